/*
 * vdso.c - the functions of the vDSO by the names that vdso(7) gives them on arm64.
 */
#include "servers/linux/vdso/clock.h"

EXPORT int __kernel_clock_gettime(int clock, struct timespec *to);
EXPORT int __kernel_clock_getres(int clock, struct timespec *to);
EXPORT int __kernel_gettimeofday(struct timeval *to, void *zone);

int __kernel_clock_gettime(int clock, struct timespec *to) { return clock_get(clock, to); }

int __kernel_clock_getres(int clock, struct timespec *to)
{
    return vdso_system_call(NR_clock_getres, clock, to);
}

int __kernel_gettimeofday(struct timeval *to, void *zone) { return clock_get_of_day(to, zone); }

/* Where a handler returns to; the image's entry, by which the server finds it. Unwinders know a
   signal's frame by these two instructions. */
__asm__(".pushsection .text\n"
        ".balign 4\n"
        ".globl __kernel_rt_sigreturn\n"
        ".type __kernel_rt_sigreturn, %function\n"
        "__kernel_rt_sigreturn:\n"
        "    mov x8, #139\n" /* NR_rt_sigreturn */
        "    svc #0\n"
        ".size __kernel_rt_sigreturn, . - __kernel_rt_sigreturn\n"
        ".popsection\n");
_Static_assert(NR_rt_sigreturn == 139, "as in the instruction");
