/*
 * raw.h - system calls without the C library: no errno, no cancellation, no TLS. A thread that was
 * made with a wild TLS base can make them too.
 */
#pragma once

#include <stdint.h>

static inline long raw_call(long number, const uint64_t a[6])
{
    register uint64_t r10 __asm__("r10") = a[3];
    register uint64_t r8 __asm__("r8") = a[4];
    register uint64_t r9 __asm__("r9") = a[5];
    long result;

    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}

#define RAW(number, ...) raw_call(number, (const uint64_t[6]){__VA_ARGS__})

/* As raw_call for clone and clone3: the child, on whatever stack it has, goes to actor_child(). */
long raw_clone(long number, const uint64_t a[6]);
