/**
 * sweep.c - placing the interrupts, and the driver that they wake.
 */
#include "sweep.h"

#include "apps/bench/measure.h"

#include <corm/kernel_calls.h>
#include "lib/base/bits.h"
#include "native/counter.h"
#include "sdk/kit/alarm.h"
#include "sdk/rt/log.h"
#include "sdk/rt/time.h"

#define STAGE_LOG2        25
#define STAGE_SLOTS       1200u
#define CALIBRATIONS      64u
#define CALIBRATE_NS      (16 * NANOS_PER_US)
#define CALIBRATE_STEP_NS 839u /* longer each time, by a tick of the coarsest of short alarms */
#define SAMPLES_MAX       8192u
#define LATENCY_MAX       (1u << 16) /* the histogram's end */
#define PERCENTILE        99u

#define QUIET_INSN         (20 * NANOS_PER_MS)
#define BETWEEN_GUESS_INSN 500u
#define SPARE_INSN         2000u /* for what lies between, and for what prepares to take longer */

/* Clocks advance each so many instructions or fewer: who begins at a multiple sees them the same.
 */
#define PHASE_INSN 1600u

/* What is not slept through before a long alarm. */
#define NEAR_NS (40 * NANOS_PER_US)
#define WAKE    BIT(SIGNAL_FREE)

/* Between the counter's reading and the interrupt: reading it and storing it. */
#define STAMP_INSN 2u

static struct {
    struct alarm alarm;
    cap_t rest, wake;
    volatile uint32_t now;     /* counter at the driver's first instruction */
    volatile uint32_t samples; /* interrupts that came */
    volatile uint32_t stamp;   /* of a loop that does nothing else */
    volatile bool woken;       /* by the worker, not by the line */
    volatile uint32_t stamped; /* the last one before the driver */
    uint64_t started;          /* counter just before the alarm was started */
    nanos_t span_ns;           /* of the alarm */
    uint64_t prepared;         /* counter when all was prepared */
    uint32_t spun;             /* instructions to wait then */
    uint64_t begun;            /* counter just before the operation */
    uint32_t start_insn;       /* from `started` to where the alarm starts */
    uint32_t between_insn;     /* from `prepared` to `begun`, without what was spun */
    uint64_t prepare_insn;     /* the most that this path took so far */
} line;

static struct {
    struct bench *bench;
    struct kit stage;
    struct kit_limits stage_limits;
    cap_t stage_untyped;
} hall;

static uint32_t coarse[SAMPLES_MAX];    /* latency at each stride */
static uint32_t histogram[LATENCY_MAX]; /* instructions at which an interrupt has that latency */
static uint32_t worst, disturbed;

struct kit *stage_kit(void) { return &hall.stage; }
cap_t stage_all(void) { return hall.stage_untyped; }
struct kit *hall_kit(void) { return &hall.bench->kit; }
struct bench *hall_bench(void) { return hall.bench; }

__attribute__((noinline)) void sweep_spin(uint64_t count) { insn_spin(count); }

/* Until no interrupt of the console is due any more. */
static void quiet(void)
{
    (void)log_drain(DEADLINE_NEVER);
    sweep_spin(QUIET_INSN);
}

static void drive(void *unused)
{
    (void)unused;
    for (;;) {
        struct message m = {0};
        (void)trap(HANDLE(SLOT_NOTIFICATION, NOTIFICATION_OP_RECEIVE), &m);
        const uint32_t now = insn_read_low();
        if (line.woken)
            continue;
        line.now = now;
        line.stamped = line.stamp;
        line.samples++;
        alarm_quiet(&line.alarm);
        must(irq_ack(line.alarm.irq), "acknowledging");
    }
}

/* The line rises in @least_ns, or later where the alarm is a long one: all but the last @awake_ns
 * of that is slept through. Then the driver is woken once: when its time ends is known again, as if
 * it had just run. */
static __attribute__((noinline)) void start(nanos_t least_ns, nanos_t awake_ns)
{
    must(alarm_load(&line.alarm, least_ns, &line.span_ns), "loading the alarm");
    const nanos_t due_ns = time_now() + line.span_ns;
    line.started = insn_read();
    must(alarm_start(&line.alarm), "starting the alarm");
    if (line.span_ns > 2 * least_ns) {
        (void)notification_wait(line.rest, due_ns - awake_ns);
        line.woken = true;
        must(ipc_signal(line.wake), "waking the driver");
        line.woken = false;
    }
}

/* Counter at which the line rises. */
static uint64_t rise(void) { return line.started + line.start_insn + line.span_ns; }

/* From the line's rise to the driver's first instruction. */
static uint32_t latency(void) { return line.now - (uint32_t)rise(); }

/*
 * Interrupts while this thread does nothing but store the counter. The least that lies between a
 * stamp and the driver is the exact latency; so it is known when the line rose, and from that where
 * the alarm starts.
 */
static void calibrate(void)
{
    uint32_t least = UINT32_MAX, least_raw = UINT32_MAX, count_least = 0;
    for (uint32_t i = 0; i < CALIBRATIONS; i++) {
        const uint32_t samples = line.samples;
        start(CALIBRATE_NS + i * CALIBRATE_STEP_NS, NEAR_NS);
        sweep_spin(i);
        while (line.samples == samples)
            line.stamp = insn_read_low();
        const uint32_t taken = line.now - line.stamped - STAMP_INSN;
        const uint32_t raw = latency();
        least = taken < least ? taken : least;
        count_least = raw < least_raw ? 1 : count_least + (raw == least_raw);
        least_raw = raw < least_raw ? raw : least_raw;
    }
    log_line("an interrupt at user level: %u; %u of %u times", least, count_least, CALIBRATIONS);
    if (count_least < CALIBRATIONS / 2)
        must(PROTOCOL, "the alarm is as exact as the counter");
    line.start_insn = least_raw - least;
}

static void clear_stage(const struct path *path)
{
    if (path->restore != NULL) {
        path->restore();
    } else {
        must(table_revoke(SLOT_TABLE, hall.stage_untyped), "revoking the stage");
        must(untyped_reset(hall.stage_untyped), "resetting the stage");
    }
}

/* Start the alarm and prepare @path, at the same phase of all clocks each time; all but @offset and
 * what is spared before the line rises. */
static void prepare(const struct path *path, uint32_t offset)
{
    const uint64_t lead_insn = line.prepare_insn + offset + SPARE_INSN;
    hall.stage = (struct kit){0};
    kit_init(&hall.stage, hall.stage_untyped, &hall.stage_limits);
    start(lead_insn + 2 * PHASE_INSN, lead_insn + NEAR_NS);
    const uint64_t begin = (rise() - lead_insn) / PHASE_INSN * PHASE_INSN;
    const uint64_t now = insn_read();
    if (now > begin)
        must(TIMEOUT, "an alarm that is still to come");
    sweep_spin(begin - now);
    if (path->prepare != NULL)
        path->prepare();
    line.prepared = insn_read();
    const uint64_t taken = line.prepared - begin;
    line.prepare_insn = taken > line.prepare_insn ? taken : line.prepare_insn;
}

/* Perform @path once with the line rising @offset instructions after its begin, if it lasts so
 * long. */
static bool attempt(const struct path *path, uint32_t offset, uint32_t *result)
{
    uint32_t samples;
    for (;;) {
        samples = line.samples;
        prepare(path, offset);
        const uint64_t wait = rise() - offset - line.between_insn;
        line.prepared = insn_read();
        if (line.prepared <= wait) {
            line.spun = (uint32_t)(wait - line.prepared);
            break;
        }
        /* It took longer than ever before, which is known now. */
        path->perform();
        while (line.samples == samples)
            counter_pause();
        clear_stage(path);
    }
    sweep_spin(line.spun);
    line.begun = insn_read();
    path->perform();
    const bool within = line.samples != samples;
    while (line.samples == samples)
        counter_pause();
    *result = latency();
    clear_stage(path);
    return within;
}

static void nothing(void) {}

/* What lies between the last look at the counter and the operation: tried with a guess that is too
 * high, so that the interrupt comes after the operation. */
static void measure_between(void)
{
    const struct path empty = {.name = "", .perform = nothing, .restore = nothing};
    uint32_t ignored;
    line.between_insn = BETWEEN_GUESS_INSN;
    (void)attempt(&empty, 0, &ignored); /* touches everything once */
    if (attempt(&empty, 0, &ignored))
        must(PROTOCOL, "the guess is too high");
    line.between_insn = (uint32_t)(line.begun - line.prepared) - line.spun;
}

struct maximum {
    uint32_t latency, offset;
};

/* A sample counts as a maximum only if a second one is the same: then it is the path's own, and not
 * that of something else that happened to come at the same time. */
static void consider(const struct path *path, uint32_t offset, uint32_t seen, struct maximum *most)
{
    uint32_t again = 0;
    if (seen <= most->latency)
        return;
    (void)attempt(path, offset, &again);
    disturbed += again != seen;
    seen = again < seen ? again : seen;
    if (seen > most->latency)
        *most = (struct maximum){seen, offset};
}

static uint32_t sweep_coarse(const struct path *path, struct maximum *most)
{
    uint32_t count = 0;
    while (attempt(path, count * path->stride, &coarse[count])) {
        consider(path, count * path->stride, coarse[count], most);
        histogram[coarse[count] < LATENCY_MAX ? coarse[count] : LATENCY_MAX - 1] += path->stride;
        if (++count == SAMPLES_MAX)
            must(FULL, "a path has too many samples");
    }
    return count;
}

/* Go back from a coarse sample as far as the one before. */
static uint32_t sweep_fine(const struct path *path, uint32_t index, struct maximum *most)
{
    uint32_t samples = 0;
    const uint32_t at = index * path->stride;
    for (uint32_t back = 1; back < path->stride && back <= at; back++, samples++) {
        uint32_t seen = 0;
        (void)attempt(path, at - back, &seen);
        consider(path, at - back, seen, most);
    }
    return samples;
}

void sweep_path(const struct path *path)
{
    struct maximum most = {0};
    line.prepare_insn = 0;
    if (path->begin != NULL)
        path->begin();
    const uint32_t count = sweep_coarse(path, &most);
    uint32_t samples = count;
    for (uint32_t i = 0; i < count; i++)
        if (coarse[i] + path->stride > most.latency + 1)
            samples += sweep_fine(path, i, &most);
    worst = most.latency > worst ? most.latency : worst;
    log_line("LATENCY %u at %u of %u samples %u: %s", most.latency, most.offset,
             count * path->stride, samples, path->name);
    quiet();
}

void sweep_begin(struct bench *bench)
{
    struct kit_thread spec = {.sched = bench->waiter_sched, .main = drive};
    hall.bench = bench;
    must(kit_make(&bench->kit, OBJECT_UNTYPED, STAGE_LOG2, 0, &hall.stage_untyped), "the stage");
    hall.stage_limits = (struct kit_limits){.first_slot = bench->kit.next_slot,
                                            .end_slot = bench->kit.next_slot + STAGE_SLOTS,
                                            .end_space_slot = 0};
    bench->kit.next_slot += STAGE_SLOTS;
    must(alarm_find(&line.alarm), "the alarm");
    must(irq_ack(line.alarm.irq), "acknowledging");
    must(kit_make(&bench->kit, OBJECT_NOTIFICATION, 0, 0, &line.rest), "a place to rest");
    must(kit_mint(&bench->kit, SLOT_SIGNAL_SELF, NOTIFICATION_RIGHT_SIGNAL, WAKE, &line.wake),
         "the right to wake the driver");
    bench_stack(bench, &spec);
    bench_thread(bench, &spec);
    quiet(); /* and the first, short period of the Scheds is over */
    calibrate();
    measure_between();
}

void sweep_end(void)
{
    uint64_t total = 0, below = 0;
    for (uint32_t i = 0; i < LATENCY_MAX; i++)
        total += histogram[i];
    uint32_t percentile = 0;
    while (below + histogram[percentile] < total * PERCENTILE / 100)
        below += histogram[percentile++];
    log_line("%u samples were disturbed", disturbed);
    log_line("BENCH irq_latency_p99 %u", percentile);
    log_line("BENCH irq_latency_max %u", worst);
}
