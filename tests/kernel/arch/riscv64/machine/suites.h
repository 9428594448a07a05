/**
 * suites.h - the suites that only riscv64 has: none.
 */
#pragma once

#define MACHINE_SUITES
