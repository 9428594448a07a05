/*
 * machine.h - what the programs of this folder must know of riscv64.
 */
#pragma once

#include <linux/audit.h>
#include <string.h>
#include <ucontext.h>

#define AUDIT_ARCH_HERE AUDIT_ARCH_RISCV64

#define CALL_REGISTER 17 /* a7 */

static inline unsigned long context_pc(const ucontext_t *context)
{
    return context->uc_mcontext.__gregs[REG_PC];
}

/* The number of the system call that a signal came instead of. */
static inline long context_call(const ucontext_t *context)
{
    return (long)context->uc_mcontext.__gregs[CALL_REGISTER];
}

/* What a call seems to answer whose result nobody wrote: its place is the first argument's. */
static inline long result_untouched(long number, long first_argument)
{
    (void)number;
    return first_argument;
}

/* A function that returns @value, at most 0x7ff, made at @code: li a0, value; ret. Returns its
 * bytes. */
static inline unsigned make_function(unsigned char *code, unsigned short value)
{
    const unsigned made[] = {0x00000513u | (unsigned)value << 20, 0x00008067u};

    memcpy(code, made, sizeof(made));
    return sizeof(made);
}
