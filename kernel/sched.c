/*
 * sched.c - run queues, budgets, and the choice of who runs. schedops.c has the operations on
 * Scheds.
 *
 * Budget: a period starts when the Sched is first used after the last one ended; its budget is used
 * up in one piece or many; then whoever holds it is parked until the period ends.
 */
#include "kernel/sched.h"

#include "kernel/arch.h"
#include "kernel/cpu.h"
#include "kernel/lock.h"
#include "kernel/thread.h"

/* Threads that one refill releases, or dry threads that one choice parks, before interrupts are let
 * in. */
#define SCHED_BATCH 16u

/* A whole register: 32 bits are extended again and again on riscv64. */
static ALWAYS_INLINE uint64_t rank_on(const struct sched *sched, const struct thread *thread)
{
    uint64_t priority = sched->priority, floor = (uint32_t)thread->floor;
    return floor > priority ? floor : priority;
}

uint64_t sched_current_rank(const struct cpu *cpu) { return rank_on(cpu->sched, cpu->current); }

static uint64_t thread_rank(const struct thread *thread) { return rank_on(thread->sched, thread); }

static void update_ready_rank(struct cpu *cpu)
{
    int highest = bitmap_highest(&cpu->ready_map);
    cpu->ready_rank = highest < 0 ? 0 : (uint32_t)highest;
}

/* After a change of the Sched in use, @sched, or when ready_rank has grown. */
static ALWAYS_INLINE void update_floor_needed(struct cpu *cpu, const struct sched *sched)
{
    cpu->floor_needed = cpu->ready_rank > sched->priority ? (int32_t)cpu->ready_rank : 0;
}

/* @thread joins the queue of @rank; nobody else who is ready has one above @others. */
static ALWAYS_INLINE void enqueue(struct cpu *cpu, struct thread *thread, uint64_t rank,
                                  enum queue_end end, uint32_t others)
{
    size_t priority = rank % PRIORITIES;
    struct list *queue = cpu->ready + priority;
    thread->rank = (uint8_t)priority;
    thread->queue = QUEUE_RUN;
    if (end == QUEUE_HEAD)
        list_push_front(queue, &thread->ready_link);
    else
        list_push_back(queue, &thread->ready_link);
    bitmap_set(&cpu->ready_map, (uint8_t)priority);
    cpu->ready_rank = rank > others ? (uint32_t)rank : others;
}

void sched_enqueue(struct thread *thread, enum queue_end end)
{
    struct cpu *cpu = cpus[thread->sched->cpu];
    uint64_t rank = thread_rank(thread);
    enqueue(cpu, thread, rank, end, cpu->ready_rank);
    update_floor_needed(cpu, cpu->sched);
    if (cpu->current == NULL || rank >= sched_current_rank(cpu))
        cpu_reschedule(cpu);
}

void sched_dequeue(struct thread *thread)
{
    if (thread->queue == QUEUE_NONE)
        return;
    list_remove(&thread->ready_link);
    if (thread->queue == QUEUE_RUN) {
        struct cpu *cpu = cpus[thread->sched->cpu];
        if (list_empty(&cpu->ready[thread->rank])) {
            bitmap_clear(&cpu->ready_map, thread->rank);
            update_ready_rank(cpu);
        }
    }
    thread->queue = QUEUE_NONE;
}

/* Whoever holds no Sched is suspended instead of ready. */
static bool has_time(struct thread *thread)
{
    thread->state = thread->sched == NULL ? THREAD_SUSPENDED : THREAD_READY;
    return thread->sched != NULL;
}

void sched_make_ready(struct thread *thread, enum queue_end end)
{
    if (has_time(thread))
        sched_enqueue(thread, end);
}

/* @thread goes on with its own time; the caller that it may serve keeps what it lent. */
static COLD void go_home(struct thread *thread)
{
    thread->sched = thread->home;
    if (thread_serves(thread))
        thread->slow_word |= SLOW_ANSWERING;
}

COLD void sched_leave(struct thread *thread)
{
    bool was_ready = thread->state == THREAD_READY;
    sched_dequeue(thread);
    go_home(thread);
    if (was_ready)
        sched_make_ready(thread, QUEUE_TAIL);
}

/* If @thread runs on another processor, that attends. What it called has not happened. */
static COLD NOINLINE void block_elsewhere(struct thread *thread)
{
    struct cpu *cpu = cpu_running(thread);
    if (cpu == NULL)
        return;
    if (cpu->call != CALL_NONE) {
        arch_context_fill(thread, cpu->call, true);
        thread->message.tag = 0; /* no slot is offered any more */
    }
    thread->sched = cpu->sched;
    cpu->current = NULL;
}

void sched_block(struct thread *thread, uint32_t state)
{
    struct cpu *cpu = cpu_self();
    thread->state = state;
    if (UNLIKELY(cpu->current != thread)) {
        if (cpu_count > 1)
            block_elsewhere(thread);
        return;
    }
    thread->sched = cpu->sched;
    cpu->current = NULL;
}

static bool sched_unlimited(const struct sched *sched)
{
    return sched->budget_ns >= sched->period_ns;
}

void sched_begin_period(struct sched *sched, nanos_t now)
{
    if (now < sched->period_end_ns)
        return;
    sched->left_ns = sched->budget_ns;
    sched->period_end_ns = now + sched->period_ns;
}

static ALWAYS_INLINE bool sched_has_budget(struct sched *sched, nanos_t now)
{
    sched_begin_period(sched, now);
    return sched->left_ns > 0 || sched_unlimited(sched);
}

COLD nanos_t sched_left(struct sched *sched, nanos_t now)
{
    sched_begin_period(sched, now);
    return sched_unlimited(sched) ? NANOS_NEVER : sched->left_ns;
}

/* Book the time since the last charge to the Sched in use. Returns what time it is. */
static ALWAYS_INLINE nanos_t charge(struct cpu *cpu)
{
    nanos_t now = arch_time_now();
    nanos_t used = now - cpu->charged_at;
    struct sched *sched = cpu->sched;
    cpu->charged_at = now;
    sched->consumed_ns += used;
    sched->left_ns -= used < sched->left_ns ? used : sched->left_ns;
    return now;
}

void sched_charge(struct cpu *cpu) { charge(cpu); }

/* @thread, READY and in no queue, holds a dry Sched: it goes on at home, or is parked. True: it can
 * run. */
static COLD bool sched_when_dry(struct thread *thread, nanos_t now)
{
    struct sched *sched = thread->sched;
    struct sched *home = thread->home;
    if (home != NULL && home != sched && sched_has_budget(home, now)) {
        go_home(thread);
        return true;
    }
    thread->queue = QUEUE_PARKED;
    list_push_back(&sched->parked, &thread->ready_link);
    if (!wheel_entry_active(&sched->refill.entry))
        timer_arm(&sched->refill, sched->cpu, sched->period_end_ns);
    return false;
}

COLD void sched_refill_due(struct timer *timer)
{
    struct sched *sched = container_of(timer, struct sched, refill);
    nanos_t now = arch_time_now();
    bool funded = sched_has_budget(sched, now); /* or those released before have used it up */
    for (unsigned i = 0; funded && i < SCHED_BATCH; i++) {
        struct list *link = list_first(&sched->parked);
        if (link == NULL)
            return;
        struct thread *thread = container_of(link, struct thread, ready_link);
        sched_dequeue(thread);
        sched_enqueue(thread, QUEUE_TAIL);
    }
    if (!list_empty(&sched->parked))
        timer_arm(&sched->refill, sched->cpu, funded ? now : sched->period_end_ns);
}

/* Take the first thread of the highest queue, or NULL. */
static struct thread *take_highest(struct cpu *cpu)
{
    int priority = bitmap_highest(&cpu->ready_map);
    if (priority < 0)
        return NULL;
    struct list *link = list_first(&cpu->ready[priority]);
    struct thread *thread = container_of(link, struct thread, ready_link);
    sched_dequeue(thread);
    return thread;
}

/* The running thread joins its queue: at the head, unless its turn is over or its Sched is dry. */
static struct thread *put_back_current(struct cpu *cpu)
{
    struct thread *current = cpu->current;
    nanos_t now = cpu->charged_at;
    if (current == NULL)
        return NULL;
    sched_block(current, THREAD_READY);
    if (current->sched->dying) {
        sched_leave(current);
    } else {
        bool goes_on = now < cpu->slice_end && sched_has_budget(current->sched, now);
        enqueue(cpu, current, thread_rank(current), goes_on ? QUEUE_HEAD : QUEUE_TAIL,
                cpu->ready_rank);
    }
    return current;
}

/* The first of the highest queue that has time and belongs there still (its Sched may have been
 * lowered meanwhile); out of the queue. NULL if there is none, or it is not known yet and another
 * reschedule is due. */
static struct thread *choose(struct cpu *cpu)
{
    for (unsigned i = 1;; i++) {
        struct thread *thread = take_highest(cpu);
        if (thread == NULL)
            return NULL;
        bool funded = sched_has_budget(thread->sched, cpu->charged_at);
        if (LIKELY(funded && thread->rank <= thread_rank(thread)))
            return thread;
        if (thread->sched->dying)
            sched_leave(thread);
        else if (funded || sched_when_dry(thread, cpu->charged_at))
            sched_enqueue(thread, QUEUE_HEAD); /* of lower rank, perhaps, than others */
        if (i % SCHED_BATCH == 0 && preemption_due()) {
            cpu->reschedule = true; /* others have their turn, and all is judged anew */
            return NULL;
        }
    }
}

static void set_timer(struct cpu *cpu)
{
    nanos_t now = cpu->charged_at;
    nanos_t when = wheel_next_expiry(&cpu->wheel);
    if (cpu->current != NULL) {
        if (!sched_unlimited(cpu->sched) && when > now + cpu->sched->left_ns)
            when = now + cpu->sched->left_ns;
        bool contested = cpu->ready_rank == cpu->current->rank && !bitmap_empty(&cpu->ready_map);
        if (contested && when > cpu->slice_end)
            when = cpu->slice_end;
    }
    /* One that is set too early fires once for nothing; setting it anew at each switch costs more.
     */
    if (when < cpu->timer_set) {
        cpu->timer_set = when;
        arch_timer_set(when);
    }
}

/* @thread goes on; its turn too, if it is the @previous one and on the same Sched. If it is not,
 * its guest is not where it believes to be alone (restartable sequences): it comes out of `enter`.
 */
static void run(struct cpu *cpu, struct thread *thread, const struct thread *previous)
{
    struct sched *sched = thread->sched;
    nanos_t now = cpu->charged_at;
    if (thread != previous || sched != cpu->sched || now >= cpu->slice_end)
        cpu->slice_end = now + sched->slice_ns;
    if (thread != previous && thread->context.in_guest)
        arch_guest_leave(thread);
    cpu->current = thread;
    cpu->sched = sched;
    thread->rank = (uint8_t)thread_rank(thread);
    update_floor_needed(cpu, sched);
    set_timer(cpu);
}

/*
 * What reschedule would do when @thread, READY and in no queue, is the one to choose and nothing
 * else is to be decided: in fewer instructions. The timer is never set later than anything in the
 * wheel. The Sched in use is not dying, or a reschedule would be due.
 */
static ALWAYS_INLINE bool take_over(struct cpu *cpu, struct thread *thread)
{
    struct thread *current = cpu->current;
    struct sched *sched = thread->sched;
    if (cpu->reschedule || sched->cpu != cpu->index)
        return false;
    uint64_t rank = thread_rank(thread), current_rank = 0;
    if (current != NULL) {
        current->sched = cpu->sched;
        current_rank = thread_rank(current);
    }
    if (LIKELY(current != NULL) ? rank <= current_rank : rank < cpu->ready_rank)
        return false;
    if (sched != cpu->sched) {
        nanos_t now = charge(cpu);
        if (!sched_has_budget(sched, now))
            return false;
        nanos_t dry_at = now + sched->left_ns;
        cpu->sched = sched;
        cpu->slice_end = now + sched->slice_ns;
        if (dry_at < cpu->timer_set && !sched_unlimited(sched))
            cpu->reschedule = true; /* which sets it */
    }
    if (LIKELY(current != NULL))
        enqueue(cpu, current, current_rank, QUEUE_HEAD, 0); /* it ran: it is the highest */
    update_floor_needed(cpu, sched);
    thread->rank = (uint8_t)rank;
    cpu->current = thread;
    return true;
}

void sched_wake(struct thread *thread, enum queue_end end)
{
    if (has_time(thread) && UNLIKELY(!take_over(cpu_self(), thread)))
        sched_enqueue(thread, end);
}

/* Without a thread: until an interrupt comes, or just long enough for others to have the lock. */
static COLD void idle(struct cpu *cpu)
{
    bool only_gives_way = cpu->reschedule;
    cpu->sched = &cpu->idle;
    set_timer(cpu);
    if (cpu_count > 1)
        arch_space_leave();
    arch_lock_release(arch_kernel_lock());
    if (!only_gives_way)
        arch_idle();
    if (arch_lock_try(arch_kernel_lock()))
        arch_code_refetch();
    else
        cpu_wait(CALL_NONE);
    arch_interrupts_dispatch();
}

void sched_reschedule(struct cpu *cpu)
{
    do {
        cpu->reschedule = false;
        sched_charge(cpu);
        const struct thread *previous = put_back_current(cpu);
        struct thread *thread = choose(cpu);
        if (thread != NULL)
            run(cpu, thread, previous);
        else
            idle(cpu);
    } while (cpu->current == NULL || cpu->reschedule);
}
