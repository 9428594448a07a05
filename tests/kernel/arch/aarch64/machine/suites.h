/**
 * suites.h - the suites that only aarch64 has: none.
 */
#pragma once

#define MACHINE_SUITES
