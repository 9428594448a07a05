/*
 * fast.h - the registers of a system call on the host port: variables, from which host_syscall()
 * (syscall.c) takes what the fast path leaves. Its exits are jumps, as on real ports.
 */
#pragma once

#include "kernel/cpu.h"
#include "kernel/lock.h"

extern uint64_t host_fast_handle;
extern uint64_t host_fast_tag;

NORETURN void host_fast_slow(void);
NORETURN void host_fast_signal(const struct slot *slot);
NORETURN void host_fast_return_faulted(struct thread *thread);
NORETURN void host_fast_return(struct thread *thread, uint64_t result);

#define FAST_HANDLE   host_fast_handle
#define FAST_TAG      host_fast_tag
#define FAST_DEADLINE (cpu_self()->current->deadline_ns)
#define FAST_RELOAD()
#define FAST_SELF              (cpu_self()->current)
#define FAST_RECEIVE           ((uint32_t)(host_fast_handle >> 32))
#define CPU_LOCAL(field)       (cpu_self()->field)
#define FAST_VECTOR_LIVE()     false
#define FAST_LOCK()            arch_lock_take(&kernel_lock)
#define FAST_UNLOCK()          arch_lock_release(&kernel_lock)
#define FAST_SLOW()            host_fast_slow()
#define FAST_RETURN(thread, r) host_fast_return(thread, r)
#define FAST_RETURN_SELF(r)    host_fast_return(self, r)
#define FAST_RETURN_FAULTED(t) host_fast_return_faulted(t)
#define FAST_SIGNAL(slot)      host_fast_signal(slot)
#define FAST_UNLOCK_SLOW()     (FAST_UNLOCK(), host_fast_slow())
