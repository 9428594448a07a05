/**
 * suites.h - the suites that only aarch64 has.
 */
#pragma once

extern const struct test_suite signing_suite;

#define MACHINE_SUITES &signing_suite,
