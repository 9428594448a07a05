/*
 * fast.h - the registers of a system call on the host port: variables, from which host_syscall()
 * (syscall.c) takes what the fast path leaves. Its exits are jumps, as on real ports.
 */
#pragma once

#include "kernel/cpu.h"
#include "kernel/lock.h"

extern uint64_t host_fast_handle;
extern uint64_t host_fast_tag;
extern int64_t host_fast_standing;
extern struct endpoint *host_fast_endpoint;

NORETURN void fast_slow(uint64_t handle);
NORETURN void host_fast_signal(const struct slot *slot);
NORETURN void host_fast_return_faulted(struct thread *thread);
NORETURN void host_fast_return(struct thread *thread, uint64_t result);

static inline struct thread *fast_enter(uint64_t *handle)
{
    *handle = host_fast_handle;
    return cpu_self()->current;
}

#define fast_tag               host_fast_tag
#define fast_endpoint          host_fast_endpoint
#define fast_standing          host_fast_standing
#define fast_deadline()        (cpu_self()->current->deadline_ns)
#define fast_key(handle)       ((uint32_t)(handle))
#define fast_tag_names_slots() (fast_tag >> TAG_SEND_SLOT_SHIFT != 0)
#define fast_lock_try()        arch_lock_try(&kernel_lock)
#define fast_lock_release()    arch_lock_release(&kernel_lock)
#define fast_lock_forget()
#define fast_ready()             THREAD_READY
#define fast_serves_nobody(self) ((self)->caller == &thread_nobody)
#define fast_is_free(fast)       ((fast) == NOTIFICATION_FREE)
#define fast_is_heard(fast)      ((fast) == NOTIFICATION_HEARD)
#define fast_take_badge(slot)
#define fast_badge(slot) ((slot)->value)
#define fast_save(self)  ((void)(self)) /* host_syscall() has */
#define FAST_RELOAD()
#define FAST_KEEP(variable)
#define CPU_LOCAL(field)               (cpu_self()->field)
#define fast_load_space(from, to)      ((void)(from))
#define fast_resume(to, result)        host_fast_return(to, result)
#define fast_resume_self(self, result) host_fast_return(self, result)
#define FAST_RETURN_FAULTED(thread)    host_fast_return_faulted(thread)
#define FAST_SIGNAL(slot)              host_fast_signal(slot)
