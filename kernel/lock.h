/*
 * lock.h - the kernel lock: one fair lock for all state that processors share.
 *
 * Held from the trap_* functions until just before the return to user level, and by the fast path
 * while it changes Endpoint or thread state. Given up while idle. `enter` and the guest's way back
 * take none.
 */
#pragma once

#include "kernel/arch.h"
#include "port/cpu.h"
#include "port/lock.h"

extern struct arch_lock kernel_lock;

#ifndef arch_kernel_lock /* a port may have it at hand */
#define arch_kernel_lock() (&kernel_lock)
#endif

/** preemption_due - an interrupt was recorded, or another processor waits for the lock: whoever has
 * done much gives way. */
MUST_USE static inline bool preemption_due(void)
{
    return arch_interrupt_window() || arch_lock_wanted(arch_kernel_lock());
}
