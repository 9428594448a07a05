/*
 * machine.h - what the programs of this folder must know of x86_64.
 */
#pragma once

#include <linux/audit.h>
#include <string.h>
#include <ucontext.h>

#define AUDIT_ARCH_HERE AUDIT_ARCH_X86_64

static inline unsigned long context_pc(const ucontext_t *context)
{
    return (unsigned long)context->uc_mcontext.gregs[REG_RIP];
}

/* The number of the system call that a signal came instead of. */
static inline long context_call(const ucontext_t *context)
{
    return context->uc_mcontext.gregs[REG_RAX];
}

/* What a call seems to answer whose result nobody wrote. */
static inline long result_untouched(long number, long first_argument)
{
    (void)first_argument;
    return number;
}

/* A function that returns @value, made at @code: mov $value, %eax; ret. Returns its bytes. */
static inline unsigned make_function(unsigned char *code, unsigned short value)
{
    const unsigned char made[] = {0xb8, (unsigned char)value, value >> 8, 0, 0, 0xc3};

    memcpy(code, made, sizeof(made));
    return sizeof(made);
}
