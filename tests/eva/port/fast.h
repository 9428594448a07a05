/*
 * fast.h - the registers of a system call as the prover sees them: variables. What an exit of the
 * fast path jumps to is called, and then all return (tools/cormlib/eva.py sees to that).
 */
#pragma once

#include "kernel/arch.h"
#include "kernel/cpu.h"
#include "kernel/lock.h"

extern uint64_t fast_handle;
extern uint64_t fast_tag;
extern int64_t fast_standing;
extern struct endpoint *fast_endpoint;

/** eva_resume - what an exit to user level reads. */
void eva_resume(const struct thread *thread);

static inline struct thread *fast_enter(uint64_t *handle)
{
    *handle = fast_handle;
    return cpu_self()->current;
}

static inline uint64_t fast_deadline(void) { return cpu_self()->current->deadline_ns; }

#define fast_key(handle)         ((uint32_t)(handle))
#define fast_tag_names_slots()   (fast_tag >> TAG_SEND_SLOT_SHIFT != 0)
#define fast_serves_nobody(self) ((self)->caller == &thread_nobody)
#define fast_is_free(fast)       ((fast) == NOTIFICATION_FREE)
#define fast_is_heard(fast)      ((fast) == NOTIFICATION_HEARD)
#define fast_lock_try()          arch_lock_try(&kernel_lock)
#define fast_lock_release()      arch_lock_release(&kernel_lock)
#define fast_lock_forget()
#define fast_take_badge(slot)
#define fast_badge(slot) ((slot)->value)
#define fast_save(self)  ((void)(self))
#define fast_ready()     THREAD_READY
#define CPU_LOCAL(field) (cpu_self()->field)
#define FAST_RELOAD()
#define FAST_KEEP(variable)
#define FAST_END(exit)                                                                             \
    do {                                                                                           \
        exit;                                                                                      \
        return;                                                                                    \
    } while (0)
#define fast_load_space(from, to)    ((void)(from), (void)(to))
#define fast_resume(to, word)        FAST_END((void)(word); eva_resume(to))
#define fast_resume_self(self, word) fast_resume(self, word)
#define FAST_RETURN_FAULTED(thread)  fast_resume(thread, 0)
#define FAST_SIGNAL(slot)            FAST_END(trap_signal(slot))
/* The system call starts over: that is one of those that come next. */
#define fast_slow(handle) FAST_END((void)(handle))
