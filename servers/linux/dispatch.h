/*
 * dispatch.h - from the number of a system call to its function.
 *
 * The table is generated from syscalls.def by tools/linux_syscalls.py. A call that is absent
 * returns ENOSYS; every call is counted, readable in /proc/corm/syscalls.
 */
#pragma once

#include "servers/linux/base.h"
#include "servers/linux/syscall_table.h"

typedef long syscall_t(const uint64_t args[6]);

/* Calls that are absent point to syscall_absent; the last entry stands for numbers out of range. */
extern syscall_t *const syscall_table[SYSCALL_COUNT + 1];
extern uint64_t syscall_counts[SYSCALL_COUNT + 1];

enum syscall_status { SYSCALL_ABSENT = 0, SYSCALL_PARTIAL = 1, SYSCALL_FULL = 2 };

struct syscall_description {
    const char *name;
    enum syscall_status status;
};
extern const struct syscall_description syscall_descriptions[SYSCALL_COUNT + 1];

long syscall_absent(const uint64_t args[6]);

/* A number below SYSCALL_COUNT. */
static inline long dispatch_known(uint64_t number, const uint64_t args[6])
{
    __atomic_fetch_add(&syscall_counts[number], 1, __ATOMIC_RELAXED);
    return syscall_table[number](args);
}

/* Any number. */
static inline long dispatch_call(uint64_t number, const uint64_t args[6])
{
    return dispatch_known(number < SYSCALL_COUNT ? number : SYSCALL_COUNT, args);
}
