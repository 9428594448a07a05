/**
 * trap.h - the system calls of programs under test: a function of the test in place of a kernel.
 */
#pragma once

#include "abi/message.h"
#include "lib/base/types.h"

#define TRAP_INLINE         static inline
#define TRAP_HANDLE(handle) ((uint64_t)(handle))

/** kernel_trap - one system call of the current thread, as abi/message.h has it; the test's own. */
uint64_t kernel_trap(uint64_t handle, struct message *m, nanos_t deadline_ns);

TRAP_INLINE uint64_t trap(uint64_t handle, struct message *m)
{
    return kernel_trap(handle, m, DEADLINE_NEVER);
}

TRAP_INLINE uint64_t trap_deadline(uint64_t handle, struct message *m, nanos_t deadline_ns)
{
    return kernel_trap(handle, m, deadline_ns);
}

TRAP_INLINE uint64_t trap_bare(uint64_t handle, uint64_t word)
{
    struct message m = {.words = {word}};
    return kernel_trap(handle, &m, DEADLINE_NEVER);
}

TRAP_INLINE uint64_t trap_enter(uint64_t handle, struct message *m)
{
    return kernel_trap(handle, m, DEADLINE_NEVER);
}
