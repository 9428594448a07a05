/*
 * fast.h - the registers of a system call on the host port: variables, from which host_syscall()
 * (syscall.c) takes what the fast path leaves. Its exits are jumps, as on real ports.
 */
#pragma once

#include "kernel/cpu.h"
#include "kernel/lock.h"

extern uint64_t host_fast_handle;
extern uint64_t host_fast_tag;

NORETURN void fast_slow(void);
NORETURN void host_fast_signal(const struct slot *slot);
NORETURN void host_fast_return_faulted(struct thread *thread);
NORETURN void host_fast_return(struct thread *thread, uint64_t result);

static inline struct thread *fast_self(void) { return cpu_self()->current; }

static inline uint32_t fast_receive(void) { return (uint32_t)(host_fast_handle >> 32); }

static inline void fast_lock(void) { arch_lock_take(&kernel_lock); }

#define fast_handle   host_fast_handle
#define fast_tag      host_fast_tag
#define fast_deadline (cpu_self()->current->deadline_ns)
#define FAST_RELOAD()
#define CPU_LOCAL(field)       (cpu_self()->field)
#define FAST_RETURN(thread, r) host_fast_return(thread, r)
#define FAST_RETURN_SELF(r)    host_fast_return(self, r)
#define FAST_RETURN_FAULTED(t) host_fast_return_faulted(t)
#define FAST_SIGNAL(slot)      host_fast_signal(slot)
