/*
 * abi.h - the parts of Linux's interface that architectures differ in, riscv64: as the generic
 * ones.
 */
#pragma once

#include "servers/linux/generic_abi.h"

#define O_DIRECT    00040000
#define O_LARGEFILE 00100000
#define O_DIRECTORY 00200000
#define O_NOFOLLOW  00400000
#define O_TMPFILE   (020000000 | O_DIRECTORY)

#define MINSIGSTKSZ 2048

/* Every handler returns through the vDSO. */
struct linux_sigaction {
    uint64_t handler;
    uint64_t flags;
    uint64_t mask;
};
