/**
 * guest.h - Linux's system calls and first instructions, x86_64.
 */
#pragma once

#include <stdint.h>

enum guest_number {
    NR_READ = 0,
    NR_WRITE = 1,
    NR_CLOSE = 3,
    NR_IOCTL = 16,
    NR_CLONE = 56,
    NR_EXECVE = 59,
    NR_WAIT4 = 61,
    NR_CHDIR = 80,
    NR_SETSID = 112,
    NR_EXIT_GROUP = 231,
    NR_OPENAT = 257,
};

/* _start: guest_start with the stack's address, on an aligned stack (System V ABI §3.4.1). */
#define GUEST_START                                                                                \
    "xorl %ebp, %ebp\n\t"                                                                          \
    "movq %rsp, %rdi\n\t"                                                                          \
    "andq $-16, %rsp\n\t"                                                                          \
    "call guest_start\n\t"                                                                         \
    "ud2\n"

static inline long guest_trap(long number, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    register uint64_t fourth __asm__("r10") = d;
    long result = number;
    __asm__ volatile("syscall"
                     : "+a"(result)
                     : "D"(a), "S"(b), "d"(c), "r"(fourth)
                     : "rcx", "r11", "memory");
    return result;
}
