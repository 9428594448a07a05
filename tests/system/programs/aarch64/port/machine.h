/*
 * machine.h - what the programs of this folder must know of aarch64.
 */
#pragma once

#include <linux/audit.h>
#include <string.h>
#include <ucontext.h>

#define AUDIT_ARCH_HERE AUDIT_ARCH_AARCH64

#define CALL_REGISTER 8

static inline unsigned long context_pc(const ucontext_t *context)
{
    return context->uc_mcontext.pc;
}

/* The number of the system call that a signal came instead of. */
static inline long context_call(const ucontext_t *context)
{
    return (long)context->uc_mcontext.regs[CALL_REGISTER];
}

/* What a call seems to answer whose result nobody wrote: its place is the first argument's. */
static inline long result_untouched(long number, long first_argument)
{
    (void)number;
    return first_argument;
}

/* A function that returns @value, made at @code: mov w0, #value; ret. Returns its bytes. */
static inline unsigned make_function(unsigned char *code, unsigned short value)
{
    const unsigned made[] = {0x52800000u | (unsigned)value << 5, 0xd65f03c0u};

    memcpy(code, made, sizeof(made));
    return sizeof(made);
}
