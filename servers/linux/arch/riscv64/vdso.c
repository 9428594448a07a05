/*
 * vdso.c - the functions of the vDSO by the names that vdso(7) gives them on riscv64.
 */
#include "servers/linux/vdso/clock.h"

EXPORT int __vdso_clock_gettime(int clock, struct timespec *to);
EXPORT int __vdso_clock_getres(int clock, struct timespec *to);
EXPORT int __vdso_gettimeofday(struct timeval *to, void *zone);
EXPORT int __vdso_getcpu(unsigned *cpu, unsigned *node, void *unused);
EXPORT int __vdso_flush_icache(void *start, void *end, uint64_t flags);

int __vdso_clock_gettime(int clock, struct timespec *to) { return clock_get(clock, to); }

int __vdso_clock_getres(int clock, struct timespec *to)
{
    return vdso_system_call(NR_clock_getres, clock, to);
}

int __vdso_gettimeofday(struct timeval *to, void *zone) { return clock_get_of_day(to, zone); }

int __vdso_getcpu(unsigned *cpu, unsigned *node, void *unused)
{
    (void)unused;
    return clock_processor(cpu, node);
}

/* All processors have to see it, so the kernel is asked. */
int __vdso_flush_icache(void *start, void *end, uint64_t flags)
{
    register long a7 __asm__("a7") = NR_riscv_flush_icache;
    register void *a0 __asm__("a0") = start;
    register void *a1 __asm__("a1") = end;
    register uint64_t a2 __asm__("a2") = flags;
    __asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2) : "memory");
    return (int)(long)a0;
}

/* Where a handler returns to; the image's entry, by which the server finds it. Unwinders know a
   signal's frame by these two instructions. */
__asm__(".pushsection .text\n"
        ".balign 4\n"
        ".option push\n"
        ".option norvc\n"
        ".globl __vdso_rt_sigreturn\n"
        ".type __vdso_rt_sigreturn, @function\n"
        "__vdso_rt_sigreturn:\n"
        "    li a7, 139\n" /* NR_rt_sigreturn */
        "    ecall\n"
        ".size __vdso_rt_sigreturn, . - __vdso_rt_sigreturn\n"
        ".option pop\n"
        ".popsection\n");
_Static_assert(NR_rt_sigreturn == 139, "as in the instruction");
