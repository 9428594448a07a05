/*
 * timer.c - deadlines: the wheel of each processor, and what happens when one passes.
 */
#include "kernel/timer.h"

#include "kernel/arch.h"
#include "kernel/cpu.h"
#include "kernel/lock.h"
#include "kernel/thread.h"

/* Steps that one timer interrupt does before it looks who is to run now. */
#define TIMER_STEPS_MAX 8u

void timer_arm(struct timer *timer, uint32_t cpu, nanos_t deadline)
{
    if (deadline == NANOS_NEVER)
        return;
    wheel_insert(&cpus[cpu]->wheel, &timer->entry, deadline);
    if (deadline < cpus[cpu]->timer_set)
        cpu_reschedule(cpus[cpu]); /* sets the hardware's timer on the way out */
}

void time_expired(void)
{
    struct cpu *cpu = cpu_self();
    nanos_t now = arch_time_now();
    struct wheel_entry *entry;
    cpu->timer_set = NANOS_NEVER;
    cpu->reschedule = true; /* sets the timer, which fires at once if steps are left over */
    for (unsigned i = 0; i < TIMER_STEPS_MAX && wheel_step(&cpu->wheel, now, &entry); i++) {
        if (entry != NULL) {
            struct timer *timer = container_of(entry, struct timer, entry);
            timer->due(timer);
        }
        if (preemption_due())
            break;
    }
}
