/*
 * abi.h - the parts of Linux's interface that differ on arm64 from the generic layout.
 */
#pragma once

#include "servers/linux/generic_abi.h"

#define O_DIRECTORY 00040000
#define O_NOFOLLOW  00100000
#define O_DIRECT    00200000
#define O_LARGEFILE 00400000
#define O_TMPFILE   (020000000 | O_DIRECTORY)

#define MINSIGSTKSZ 5120

struct linux_sigaction {
    uint64_t handler;
    uint64_t flags;
    uint64_t restorer;
    uint64_t mask;
};
