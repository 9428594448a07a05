/**
 * worker.c - the loop of a worker: an operation by chance, again and again.
 */
#include "tests/kernel/stress/worker.h"

#include "lib/base/bits.h"
#include "sdk/rt/time.h"

#define VECTORS_EVERY 16u  /* choices */
#define LOOK_EVERY    800u /* operations of a worker: so there is one in each thousand of all */

struct worker me;

/* How often each is done, of the sum of all. */
static const struct {
    void (*run)(void);
    uint32_t weight;
} operations[] = {
    {call_server, 30},
    {stop_server, 3},
    {signal_self, 16},
    {poll_self, 10},
    {wait_for_bits, 4},
    {signal_other, 10},
    {yield, 4},
    {memory_map, 12},
    {memory_map_list, 6},
    {memory_unmap, 8},
    {memory_protect, 6},
    {memory_look, 6},
    {memory_touch, 12},
    {memory_detach, 1},
    {capability_change, 24},
    {capability_check, 10},
    {heap_object, 8},
    {time_of_own, 2},
    {give_signal, 8},
    {take_signals_back, 3},
    {use_given, 12},
    {lend_page, 4},
    {take_pages_back, 2},
    {write_lent, 6},
    {move_other, 2},
    {puppet_stop, 4},
    {puppet_busy, 3},
    {puppet_replace, 1},
    {guest_kick_own, 4},
    {guest_kick_other, 6},
    {guest_stop, 2},
};

uint32_t roll(uint32_t count)
{
    return (uint32_t)((generator_next(&me.generator) >> 32) * count >> 32);
}

nanos_t soon(uint32_t within_us) { return time_now() + (nanos_t)roll(within_us) * NANOS_PER_US; }

uint32_t roll_other(void) { return (me.index + 1 + roll(WORKERS - 1)) % WORKERS; }

void took_bits(uint64_t received)
{
    const uint64_t own = me.own_bits, bits = received & BADGE_MASK;
    me.own_bits = 0;
    if (!(received & RECEIVED_SIGNAL)) {
        WANT_EQUAL(own, 0);
        return;
    }
    WANT(bits != 0);
    WANT_EQUAL(bits & (BIT(BITS_OWN) - 1), own);
    WANT_EQUAL(bits & me.forbidden, 0);
    WANT_EQUAL(bits & ~(BIT(BITS_OWN) - 1) & ~(BITS_PEER | BITS_GIVEN | BITS_SENT), 0);
}

void helper_make(cap_t slot, cap_t untyped, bool vector)
{
    DO_OK(untyped_retype(untyped, OBJECT_THREAD, 0, vector, ACTOR_TABLE, slot));
    DO_OK(thread_configure(slot, ACTOR_TABLE, ACTOR_SPACE, CAP_NONE));
    DO_OK(sched_bind(ACTOR_OTHER_TIMES + roll(PROCESSORS), slot));
}

void helper_start(cap_t slot, void (*run)(void *), uint8_t *stack)
{
    const uint64_t top = align_down((uint64_t)(uintptr_t)stack + HELPER_STACK_BYTES, 16) - 8;
    *(uint64_t *)(uintptr_t)top = 0; /* as if called */
    DO_OK(thread_start(slot, (uint64_t)(uintptr_t)run, top, 0, 0));
}

static void begin(uint32_t index)
{
    me.index = index;
    me.vectors = (uint8_t)(0x10 * (index + 1));
    generator_begin(&me.generator, shared->seed, (uint64_t)shared->round * WORKERS + index);
    calls_begin();
    memory_begin();
    capabilities_begin();
    contest_begin();
    puppet_begin();
    guest_begin();
    vectors_fill(me.vectors);
}

static uint32_t sum_of_weights(void)
{
    uint32_t sum = 0;
    for (uint32_t i = 0; i < ARRAY_LENGTH(operations); i++)
        sum += operations[i].weight;
    return sum;
}

static void do_one(uint32_t sum)
{
    uint32_t at = roll(sum);
    uint32_t i = 0;
    for (; at >= operations[i].weight; i++)
        at -= operations[i].weight;
    operations[i].run();
}

/* All that this worker has is as its model says, all that the kernel has as its headers say. */
static void look_at_everything(void)
{
    if (shared->debug)
        DO_OK(debug_check());
    memory_look();
    memory_look_at_contents();
    capability_look_at_all();
    poll_self();
    WANT(vectors_hold(me.vectors));
    __atomic_store_n(&shared->looks[me.index], shared->looks[me.index] + 1, __ATOMIC_RELAXED);
}

void worker_run(uint32_t index)
{
    const uint32_t sum = sum_of_weights();
    uint64_t next_look = LOOK_EVERY;
    begin(index);
    while (!__atomic_load_n(&shared->go, __ATOMIC_ACQUIRE))
        ipc_yield();
    for (uint32_t i = 1; !__atomic_load_n(&shared->stop, __ATOMIC_RELAXED); i++) {
        do_one(sum);
        if (i % VECTORS_EVERY == 0)
            WANT(vectors_hold(me.vectors));
        if (shared->operations[index] < next_look)
            continue;
        next_look += LOOK_EVERY;
        look_at_everything();
    }
    __atomic_store_n(&shared->done[index], 1, __ATOMIC_RELEASE);
    WANT_EQUAL(ipc_signal(ACTOR_REPORT), OK);
    for (;;)
        (void)notification_wait(SLOT_SILENT, DEADLINE_NEVER);
}
