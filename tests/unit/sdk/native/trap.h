/**
 * trap.h - the system calls of programs under test: a function of the test's own.
 */
#pragma once

#include "abi/message.h"
#include "lib/base/types.h"

#define TRAP_INLINE static inline

/** fake_trap - what the kernel would do. */
uint64_t fake_trap(uint64_t handles, struct message *m, nanos_t deadline_ns);

TRAP_INLINE uint64_t trap(uint64_t handles, struct message *m)
{
    return fake_trap(handles, m, NANOS_NEVER);
}

TRAP_INLINE uint64_t trap_deadline(uint64_t handles, struct message *m, nanos_t deadline_ns)
{
    return fake_trap(handles, m, deadline_ns);
}

TRAP_INLINE uint64_t trap_bare(uint64_t handles, uint64_t word)
{
    struct message m = {.words = {word}};
    return fake_trap(handles, &m, NANOS_NEVER);
}

TRAP_INLINE uint64_t trap_enter(uint64_t handles, struct message *m)
{
    return fake_trap(handles, m, NANOS_NEVER);
}
