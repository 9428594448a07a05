/**
 * generic_numbers.h - Linux's generic numbers of system calls, which all newer architectures have.
 */
#pragma once

enum guest_number {
    NR_IOCTL = 29,
    NR_CHDIR = 49,
    NR_OPENAT = 56,
    NR_CLOSE = 57,
    NR_READ = 63,
    NR_WRITE = 64,
    NR_EXIT_GROUP = 94,
    NR_SETSID = 157,
    NR_CLONE = 220,
    NR_EXECVE = 221,
    NR_WAIT4 = 260,
};
