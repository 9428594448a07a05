/*
 * usage.c - see usage.h.
 *
 * A thread's time is that in which it did not sleep, less its part of what others had meanwhile:
 * with n threads of a processor at a look, n - 1 of n parts since the one before. A single look may
 * be wrong about a short time; in the mean they are right, and what was told never becomes less.
 *
 * The time that the world had as a whole is the kernel's own count (of its Scheds), so what the
 * samples miss of the server's own threads is in it too; only its division is sampled.
 */
#include "servers/linux/usage.h"

#include <corm/kernel_calls.h>

#include "abi/component.h"
#include "servers/linux/cpu_timer.h"
#include "servers/linux/mm.h"
#include "servers/linux/process.h"
#include "servers/linux/timer.h"

#define SAMPLE_PERIOD  (10 * NANOS_PER_MS)
#define LATE           (2 * SAMPLE_PERIOD) /* a look that was held up for so long says less */
#define LOAD_PERIOD    (5 * NANOS_PER_S)
#define LOAD_FORGOTTEN 4096 /* periods of 5 s after which no load is left: five hours */

static uint32_t usage_sampled; /* atomic */

static struct {
    struct timer timer;
    nanos_t looked_ns; /* when */
    struct {
        nanos_t consumed_ns; /* of its Sched at that moment */
        nanos_t user_ns, system_ns;
    } processors[PROCESSORS_MAX];
    nanos_t load_at_ns; /* the next time */
    uint32_t load[3];
    uint32_t running; /* at the last look */
    uint64_t ended_switches, ended_faults;
} usage;

void usage_add(struct usage *sum, const struct usage *of)
{
    sum->user_ns += of->user_ns;
    sum->system_ns += of->system_ns;
    sum->faults += of->faults;
    sum->switches += of->switches;
    sum->preemptions += of->preemptions;
    if (sum->peak_pages < of->peak_pages)
        sum->peak_pages = of->peak_pages;
}

void usage_add_io(struct io_counts *sum, const struct io_counts *of)
{
    sum->read_bytes += tally_read(&of->read_bytes);
    sum->written_bytes += tally_read(&of->written_bytes);
    sum->read_calls += tally_read(&of->read_calls);
    sum->write_calls += tally_read(&of->write_calls);
}

/* total * part / whole, to a thousandth: so half a year cannot overflow. */
static nanos_t portion(nanos_t total, nanos_t part, nanos_t whole)
{
    return whole == 0 ? 0 : total / 1024 * (part * 1024 / whole);
}

void usage_divide(struct usage_split *split, nanos_t total_ns, struct usage *to)
{
    nanos_t told_ns = split->user_told + split->system_told;

    if (total_ns > told_ns) {
        nanos_t system_ns =
            portion(total_ns, split->system_sampled, split->user_sampled + split->system_sampled);
        if (system_ns < split->system_told)
            system_ns = split->system_told;
        if (system_ns > total_ns - split->user_told)
            system_ns = total_ns - split->user_told;
        split->system_told = system_ns;
        split->user_told = total_ns - system_ns;
    }
    to->user_ns = split->user_told;
    to->system_ns = split->system_told;
}

/* ---- threads ------------------------------------------------------------------------------ */

static bool has_started(const struct thread *thread)
{
    return __atomic_load_n(&thread->started, __ATOMIC_RELAXED) != 0;
}

static bool in_guest(const struct thread *thread)
{
    return __atomic_load_n(&thread->in_guest, __ATOMIC_RELAXED) != 0;
}

static struct usage counts_of(const struct thread *thread)
{
    return (struct usage){.faults = tally_read(&thread->faults),
                          .switches = tally_read(&thread->switches),
                          .preemptions = tally_read(&thread->preemptions)};
}

nanos_t usage_of_thread_ns(struct thread *thread)
{
    nanos_t since = __atomic_load_n(&thread->runs_since_ns, __ATOMIC_RELAXED);
    nanos_t consumed = tally_read(&thread->consumed_ns);
    nanos_t waited = tally_read(&thread->waited_ns);
    nanos_t now = time_now_monotonic();

    if (has_started(thread) && now > since)
        consumed += now - since;
    consumed = consumed > waited ? consumed - waited : 0;
    nanos_t told = tally_read(&thread->told_ns);
    while (told < consumed && !__atomic_compare_exchange_n(&thread->told_ns, &told, consumed, false,
                                                           __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        ;
    return told < consumed ? consumed : told;
}

struct usage usage_of_thread(struct thread *thread)
{
    struct usage of = counts_of(thread);

    usage_divide(&thread->split, usage_of_thread_ns(thread), &of);
    return of;
}

struct usage usage_of_process(struct process *process)
{
    struct usage of = process->ended;
    nanos_t total_ns = process->ended_ns;

    list_for_each (link, &process->threads) {
        struct thread *thread = list_entry(link, struct thread, process_link);
        const struct usage one = counts_of(thread);
        usage_add(&of, &one);
        total_ns += usage_of_thread_ns(thread);
    }
    usage_divide(&process->split, total_ns, &of);
    if (process->mm && of.peak_pages < mm_peak_resident(process->mm))
        of.peak_pages = mm_peak_resident(process->mm);
    return of;
}

void usage_end_thread(struct thread *thread)
{
    struct process *process = thread->process;
    const struct usage of = counts_of(thread);

    usage_add(&process->ended, &of);
    usage_add_io(&process->ended_io, &thread->context.io);
    process->ended_ns += usage_of_thread_ns(thread);
    usage.ended_switches += of.switches + of.preemptions;
    usage.ended_faults += of.faults;
}

static bool runs(const struct thread *thread)
{
    return __atomic_load_n(&thread->runs_since_ns, __ATOMIC_SEQ_CST) != NANOS_NEVER &&
           has_started(thread);
}

struct look {
    uint32_t running;
    struct {
        uint32_t running;
        uint32_t in_guest; /* of these */
    } processors[PROCESSORS_MAX];
};

static void each_running(void (*visit)(struct thread *thread, void *context), void *context)
{
    list_for_each (link, &process_list) {
        struct process *process = list_entry(link, struct process, all_link);
        list_for_each (inner, &process->threads) {
            struct thread *thread = list_entry(inner, struct thread, process_link);
            if (runs(thread))
                visit(thread, context);
        }
    }
}

static void add_living(struct usage_totals *totals)
{
    list_for_each (link, &process_list) {
        struct process *process = list_entry(link, struct process, all_link);
        list_for_each (inner, &process->threads) {
            const struct thread *thread = list_entry(inner, struct thread, process_link);
            totals->switches += tally_read(&thread->switches) + tally_read(&thread->preemptions);
            totals->faults += tally_read(&thread->faults);
        }
    }
}

static void count(struct thread *thread, void *context)
{
    struct look *look = context;
    look->running++;
    const uint32_t processor = thread_processor(thread);
    look->processors[processor].running++;
    look->processors[processor].in_guest += in_guest(thread);
}

struct charge {
    nanos_t now;
    nanos_t elapsed_ns;
    const struct look *look;
};

static void charge(struct thread *thread, void *context)
{
    const struct charge *charge = context;
    struct usage_split *own = &thread->split, *all = &thread->process->split;
    nanos_t elapsed_ns = charge->elapsed_ns;
    nanos_t since = __atomic_load_n(&thread->runs_since_ns, __ATOMIC_RELAXED);

    if (elapsed_ns > LATE && since < charge->now && charge->now - since < elapsed_ns)
        elapsed_ns = charge->now - since;
    const uint32_t running = charge->look->processors[thread_processor(thread)].running;
    nanos_t part_ns = elapsed_ns / (running ? running : 1); /* it moved here since the look */
    tally_add(&thread->waited_ns, elapsed_ns - part_ns);
    const bool user = in_guest(thread);
    *(user ? &own->user_sampled : &own->system_sampled) += part_ns;
    *(user ? &all->user_sampled : &all->system_sampled) += part_ns;
}

/* ---- the world ---------------------------------------------------------------------------- */

/* As Linux does it every 5 seconds (kernel/sched/loadavg.c gives the factors e^-5/60 and so on). */
static void average(uint32_t running)
{
    static const uint32_t keeps[3] = {1884, 2014, 2037};

    for (unsigned i = 0; i < ARRAY_LENGTH(keeps); i++) {
        uint64_t active = (uint64_t)running * LOAD_ONE;
        uint64_t load = usage.load[i] * (uint64_t)keeps[i] + active * (LOAD_ONE - keeps[i]);
        if (active >= usage.load[i])
            load += LOAD_ONE - 1;
        usage.load[i] = (uint32_t)(load / LOAD_ONE);
    }
}

static void update_load(nanos_t now, uint32_t running, bool idle)
{
    if (now > usage.load_at_ns + LOAD_FORGOTTEN * LOAD_PERIOD) {
        usage.load[0] = usage.load[1] = usage.load[2] = 0;
        usage.load_at_ns = now;
    }
    while (now >= usage.load_at_ns) {
        usage.load_at_ns += LOAD_PERIOD;
        average(idle && now >= usage.load_at_ns ? 0 : running);
    }
}

static void book_processor(const struct look *look, uint32_t processor)
{
    const uint32_t running = look->processors[processor].running;
    uint64_t consumed_ns, left_ns;
    status_t status = sched_consumed(processor_sched(processor), &consumed_ns, &left_ns);

    ASSERT(status == OK);
    nanos_t delta = consumed_ns - usage.processors[processor].consumed_ns;
    nanos_t user = running ? delta * look->processors[processor].in_guest / running : 0;
    usage.processors[processor].consumed_ns = consumed_ns;
    usage.processors[processor].user_ns += user;
    usage.processors[processor].system_ns += delta - user;
}

/* `idle`: since the last look nobody ran but for the last moment. */
static void look_around(bool idle)
{
    nanos_t now = time_now_monotonic();
    struct look look = {0};
    const struct charge each = {.now = now, .elapsed_ns = now - usage.looked_ns, .look = &look};

    each_running(count, &look);
    for (uint32_t i = 0; i < processors_count; i++)
        book_processor(&look, i);
    update_load(now, look.running, idle);
    usage.looked_ns = now;
    usage.running = look.running;
    if (look.running > 0 && !idle)
        each_running(charge, (void *)&each);
}

/*
 * Nobody runs: no more looks. A thread that begins to run says so before it looks whether samples
 * are taken, and here they are ended before the threads are looked at: one of both sees the other.
 */
static void sample(struct timer *timer)
{
    struct look look = {0};

    look_around(false);
    cpu_timers_look();
    if (usage.running == 0) {
        __atomic_store_n(&usage_sampled, 0, __ATOMIC_SEQ_CST);
        each_running(count, &look);
        if (look.running == 0)
            return;
        __atomic_store_n(&usage_sampled, 1, __ATOMIC_SEQ_CST);
    }
    timer_arm(timer, time_now_monotonic() + SAMPLE_PERIOD);
}

void usage_poll(void)
{
    if (!__atomic_load_n(&usage_sampled, __ATOMIC_SEQ_CST) || timer_armed(&usage.timer))
        return;
    usage.timer.fire = sample;
    look_around(true);
    timer_arm(&usage.timer, time_now_monotonic() + SAMPLE_PERIOD);
}

void usage_begin(void)
{
    if (__atomic_exchange_n(&usage_sampled, 1, __ATOMIC_SEQ_CST) == 0)
        timers_poll();
}

void usage_totals_read(struct usage_totals *totals)
{
    look_around(!timer_armed(&usage.timer));
    *totals = (struct usage_totals){.running = usage.running,
                                    .uptime_ns = usage.looked_ns,
                                    .load = {usage.load[0], usage.load[1], usage.load[2]},
                                    .switches = usage.ended_switches,
                                    .faults = usage.ended_faults};
    add_living(totals);
    for (uint32_t i = 0; i < processors_count; i++) {
        struct usage_processor *of = &totals->processors[i];
        nanos_t used = usage.processors[i].user_ns + usage.processors[i].system_ns;
        *of = (struct usage_processor){
            .user_ns = usage.processors[i].user_ns,
            .system_ns = usage.processors[i].system_ns,
            .idle_ns = totals->uptime_ns > used ? totals->uptime_ns - used : 0,
        };
    }
}
