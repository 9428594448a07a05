/*
 * schedops.c - operations on Scheds: dividing time, binding homes, taking one apart.
 */
#include "kernel/arch.h"
#include "kernel/cpu.h"
#include "kernel/sched.h"
#include "kernel/thread.h"

#define SLICE_MIN_NS 10000ull
/* The root's own: what init waits at most for the next of its time. */
#define ROOT_PERIOD_NS (10 * NANOS_PER_MS)
/* Threads that one step of the reaper looks at. */
#define REAP_BATCH 32u

void sched_init(struct object *object)
{
    struct sched *sched = (struct sched *)object;
    list_init(&sched->children);
    list_init(&sched->parked);
    list_init(&sched->homes);
    sched->refill.due = sched_refill_due;
}

static void set_share(struct sched *sched, uint64_t utilisation, nanos_t budget_ns)
{
    sched->utilisation = utilisation;
    sched->budget_ns = budget_ns;
    if (sched->left_ns > budget_ns)
        sched->left_ns = budget_ns;
}

static void set_utilisation(struct sched *sched, uint64_t utilisation)
{
    set_share(sched, utilisation, utilisation * sched->period_ns / SCHED_UTILISATION_ONE);
}

/* What @terms take of a processor, if @source may give that. Rounded up: never more than it has. */
static status_t judge_terms(const struct sched *source, const struct sched_configure_args *terms,
                            uint64_t *utilisation)
{
    nanos_t budget = terms->budget_ns, period = terms->period_ns, slice = terms->slice_ns;
    if (period < SCHED_PERIOD_MIN_NS || period > SCHED_PERIOD_MAX_NS || budget == 0 ||
        budget > period || slice < SLICE_MIN_NS || slice > SCHED_PERIOD_MAX_NS ||
        terms->priority > source->priority)
        return RANGE;
    uint64_t taken = (budget * SCHED_UTILISATION_ONE + period - 1) / period;
    if (taken > source->utilisation)
        return BUDGET;
    *utilisation = taken;
    return OK;
}

static void set_terms(struct sched *sched, const struct sched_configure_args *terms,
                      uint64_t utilisation)
{
    sched->period_ns = terms->period_ns;
    sched->slice_ns = terms->slice_ns;
    sched->priority = (uint32_t)terms->priority;
    set_share(sched, utilisation, terms->budget_ns); /* without the rounding */
    cpu_reschedule(cpus[sched->cpu]);
}

void sched_init_root(struct sched *sched, uint32_t cpu, nanos_t slice_ns)
{
    const struct sched_configure_args all = {ROOT_PERIOD_NS, ROOT_PERIOD_NS, slice_ns,
                                             PRIORITIES - 1};
    sched->cpu = cpu;
    set_terms(sched, &all, SCHED_UTILISATION_ONE);
}

/*
 * The child's first period is paid for: it gets that part of what its parent has left of this
 * period that it gets of all periods, and it lasts as long as the parent's.
 */
static void divide_period(struct sched *sched, struct sched *child)
{
    sched_charge(cpus[sched->cpu]);
    nanos_t now = cpus[sched->cpu]->charged_at;
    sched_begin_period(sched, now);
    nanos_t share = sched->left_ns * child->utilisation / sched->utilisation;
    nanos_t end = now + child->period_ns;
    child->left_ns = share < child->budget_ns ? share : child->budget_ns;
    child->period_end_ns = end < sched->period_end_ns ? end : sched->period_end_ns;
    sched->left_ns -= child->left_ns;
}

status_t sched_configure(struct slot *slot, struct invocation *call)
{
    struct sched *sched = (struct sched *)slot->object;
    struct sched *parent = sched->parent;
    uint64_t utilisation;
    if (parent == NULL)
        return BUSY; /* the root of time, or not split off yet */
    status_t status = judge_terms(sched, call->arguments, &utilisation);
    if (status != OK)
        return status;
    set_utilisation(parent, parent->utilisation + sched->utilisation - utilisation);
    set_terms(sched, call->arguments, utilisation);
    return OK;
}

status_t sched_split(struct slot *slot, struct invocation *call)
{
    struct sched *sched = (struct sched *)slot->object;
    struct sched *child = (struct sched *)call->caps[0]->object;
    const struct sched_configure_args *terms = (const void *)&call->words[1];
    uint64_t utilisation;
    status_t status = judge_terms(sched, terms, &utilisation);
    if (status != OK)
        return status;
    if (child == sched || child->period_ns != 0)
        return BUSY;

    child->cpu = sched->cpu;
    set_terms(child, terms, utilisation);
    divide_period(sched, child);
    set_utilisation(sched, sched->utilisation - utilisation);
    child->parent = sched;
    list_push_back(&sched->children, &child->sibling);
    return OK;
}

status_t sched_bind(struct slot *slot, struct invocation *call)
{
    struct sched *sched = (struct sched *)slot->object;
    struct thread *thread = (struct thread *)call->caps[0]->object;
    if (sched->period_ns == 0 || thread->state == THREAD_READY)
        return BUSY;
    if (list_linked(&thread->home_link))
        list_remove(&thread->home_link);
    list_push_back(&sched->homes, &thread->home_link);
    thread->home = sched;
    if (thread->sched == NULL)
        thread->sched = sched; /* it lost what it held, perhaps while it waited */
    return OK;
}

/* Does @thread hold @sched, or would it get it back? Then it leaves it. */
static void leave_if_held(struct thread *thread, struct sched *sched)
{
    struct cpu *cpu = cpu_running(thread);
    if (cpu != NULL) {
        if (cpu->sched != sched)
            return;
        cpu_summon_thread(thread);
        sched_block(thread, THREAD_READY);
    }
    if (thread->sched == sched)
        sched_leave(thread);
}

status_t sched_consumed(struct slot *slot, struct invocation *call)
{
    struct sched *sched = (struct sched *)slot->object;
    sched_charge(cpus[sched->cpu]);
    call->words[0] = sched->consumed_ns;
    call->words[1] = sched->left_ns;
    return OK;
}

/* Whoever rotated the list of threads last; a Sched that finds another one starts its round anew.
 */
static const struct sched *last_rotor;

static bool leave_step(struct sched *sched)
{
    if (last_rotor != sched) {
        last_rotor = sched;
        sched->reap_left = thread_count;
    }
    for (unsigned i = 0; i < REAP_BATCH && sched->reap_left > 0; i++) {
        struct list *link = list_first(&thread_list);
        list_remove(link);
        list_push_back(&thread_list, link);
        leave_if_held(container_of(link, struct thread, all_link), sched);
        sched->reap_left--;
    }
    return sched->reap_left == 0 || list_empty(&thread_list);
}

/* What @sched has used of its period, beyond the part of the period that is over. */
static nanos_t used_ahead(const struct sched *sched, nanos_t now)
{
    if (now >= sched->period_end_ns)
        return 0;
    nanos_t to_come = sched->period_end_ns - now;
    nanos_t over = to_come < sched->period_ns ? sched->period_ns - to_come : 0;
    nanos_t used = sched->budget_ns - sched->left_ns;
    nanos_t due = over * sched->utilisation / SCHED_UTILISATION_ONE;
    return used > due ? used - due : 0;
}

/* The parent pays what its child used ahead, if need be out of periods to come: so dividing, using
 * up, deleting and dividing again makes no time. */
static void sched_return_time(struct sched *sched)
{
    struct sched *parent = sched->parent;
    if (parent == NULL)
        return;
    nanos_t now = arch_time_now();
    nanos_t debt = used_ahead(sched, now);
    set_utilisation(parent, parent->utilisation + sched->utilisation);
    nanos_t room = parent->budget_ns - parent->left_ns;
    nanos_t left = parent->left_ns + (sched->left_ns < room ? sched->left_ns : room);
    parent->left_ns = left > debt ? left - debt : 0;
    if (debt > left)
        parent->period_end_ns += (debt - left) * SCHED_UTILISATION_ONE / parent->utilisation;
    sched->utilisation = 0;
    list_remove(&sched->sibling);
    sched->parent = NULL;
}

/* From here on it does not spread: its homes are gone, nobody lends it, and it is dry for ever. */
static void begin_to_die(struct sched *sched)
{
    timer_disarm(&sched->refill);
    sched_return_time(sched);
    sched->budget_ns = 0;
    sched->left_ns = 0;
    sched->period_ns = 1; /* for a Sched without a period has no limit */
    sched->period_end_ns = NANOS_NEVER;
    sched->dying = true;
    cpu_reschedule(cpus[sched->cpu]);
}

bool sched_reap_step(struct object *object)
{
    struct sched *sched = (struct sched *)object;
    struct list *link = list_first(&sched->homes);
    if (link != NULL) {
        list_remove(link);
        container_of(link, struct thread, home_link)->home = NULL;
        return false;
    }
    link = list_first(&sched->children);
    if (link != NULL) {
        /* The children keep their time; it will go back to the grandparent. */
        struct sched *child = container_of(link, struct sched, sibling);
        list_remove(link);
        child->parent = sched->parent;
        if (child->parent != NULL)
            list_push_back(&child->parent->children, &child->sibling);
        return false;
    }
    if (!sched->dying)
        begin_to_die(sched);
    if (!leave_step(sched))
        return false;
    struct cpu *cpu = cpus[sched->cpu];
    if (cpu->sched == sched)
        cpu->sched = &cpu->idle;
    last_rotor = NULL;
    return true;
}
