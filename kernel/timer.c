/*
 * timer.c - deadlines: the wheel of each processor, and what happens when one passes.
 */
#include "kernel/timer.h"

#include "kernel/arch.h"
#include "kernel/cpu.h"
#include "kernel/thread.h"

/* Entries that one timer interrupt moves before it lets other interrupts in. */
#define TIMER_STEPS_MAX 32u

void timer_arm(struct timer *timer, uint32_t cpu, nanos_t deadline)
{
    timer->cpu = cpu;
    wheel_insert(&cpus[cpu].wheel, &timer->entry, deadline);
    if (deadline < cpus[cpu].timer_set)
        cpus[cpu].reschedule = true; /* sets the hardware's timer on the way out */
}

void timer_remove(struct timer *timer) { wheel_remove(&cpus[timer->cpu].wheel, &timer->entry); }

static void timer_due(struct timer *timer)
{
    if (timer->kind == TIMER_THREAD)
        thread_deadline_due(container_of(timer, struct thread, deadline));
    else
        sched_refill_due(container_of(timer, struct sched, refill));
}

void time_expired(void)
{
    struct cpu *cpu = cpu_self();
    cpu->timer_set = NANOS_NEVER;
    cpu->reschedule = true;
    /* What is left over is due already: the timer that reschedule sets fires at once. */
    if (wheel_advance(&cpu->wheel, arch_time_now(), TIMER_STEPS_MAX))
        cpu->reschedule = true;
    for (unsigned i = 0; i < TIMER_STEPS_MAX; i++) {
        struct wheel_entry *entry = wheel_take_expired(&cpu->wheel);
        if (entry == NULL)
            return;
        timer_due(container_of(entry, struct timer, entry));
    }
}
