/**
 * vector.c - vector state: private, kept, and checked before it is taken from anybody.
 */
#include "test.h"

#include "lib/base/string.h"
#include "machine/vector.h"
#include "raw.h"
#include "sdk/rt/time.h"

struct state {
    uint8_t vectors[RAW_VECTORS][RAW_VECTOR_BYTES];
};

static cap_t service;
static volatile uint64_t finished;

static void fill(struct state *state, uint8_t seed)
{
    memset(state, 0, sizeof(*state));
    for (uint32_t i = 0; i < RAW_VECTORS; i++)
        memset(state->vectors[i], seed + (int)i,
               vectors_whole() ? RAW_VECTOR_BYTES : VECTOR_AREA_BYTES);
}

static void load(const struct state *state) { raw_vector_load(state->vectors, vectors_whole()); }

static bool holds(const struct state *wanted)
{
    struct state state;
    memset(&state, 0, sizeof(state));
    raw_vector_store(state.vectors, vectors_whole());
    return memcmp(&state, wanted, sizeof(state)) == 0;
}

static bool holds_nothing(void)
{
    struct state zero;
    memset(&zero, 0, sizeof(zero));
    return holds(&zero);
}

/* Two of these and one that declared nothing take turns on one Sched. */
static void hold(void *seed)
{
    struct state state;
    CHECK(holds_nothing());
    fill(&state, (uint8_t)(uintptr_t)seed);
    load(&state);
    for (uint32_t i = 0; i < 50; i++) {
        ipc_yield();
        CHECK(holds(&state));
    }
    finished++;
}

static void start(void (*run)(void *), void *argument, uint32_t floor)
{
    const struct helper helper = {.run = run, .argument = argument, .floor = floor, .vector = true};
    helper_run(&helper);
}

static void separate(void)
{
    finished = 0;
    start(hold, (void *)0x10, 0);
    start(hold, (void *)0x50, 0);
    for (uint32_t i = 0; i < 200; i++)
        ipc_yield();
    CHECK_EQUAL(finished, 2);
}

static void hold_long(void *seed)
{
    struct state state;
    fill(&state, (uint8_t)(uintptr_t)seed);
    load(&state);
    const nanos_t end = time_now() + 3 * NANOS_PER_MS;
    while (time_now() < end)
        CHECK(holds(&state));
    finished++;
}

static void preempted(void)
{
    const cap_t sched = env_make(OBJECT_SCHED, 0, 0);
    const struct helper one = {
        .run = hold_long, .argument = (void *)0x11, .sched = sched, .vector = true};
    const struct helper two = {
        .run = hold_long, .argument = (void *)0x77, .sched = sched, .vector = true};
    CHECK_OK(sched_split(env_sched, sched, 30 * NANOS_PER_MS, 100 * NANOS_PER_MS, 50 * NANOS_PER_US,
                         PRIORITY_LOW));
    finished = 0;
    helper_run(&one);
    helper_run(&two);
    sleep_until(time_now() + 40 * NANOS_PER_MS);
    CHECK_EQUAL(finished, 2);
}

static void plain_server(void *unused)
{
    struct message m = {0};
    (void)unused;
    for (;;) {
        (void)!ipc_reply_wait(service, &m);
        m.tag = TAG(OK, 0);
    }
}

/* Leaves its own pattern in all registers at each call. */
static void vector_server(void *unused)
{
    struct message m = {0};
    struct state state;
    (void)unused;
    fill(&state, 0xc0);
    for (;;) {
        (void)!ipc_reply_wait(service, &m);
        load(&state);
        m.tag = TAG(OK, 0);
    }
}

static void hold_over_calls(void *seed)
{
    struct state state;
    fill(&state, (uint8_t)(uintptr_t)seed);
    load(&state);
    for (uint32_t i = 0; i < 20; i++) {
        struct message m = {.tag = TAG(1, 0)};
        CHECK_OK(ipc_call(service, &m));
        CHECK(holds(&state));
    }
    finished++;
}

static void over_plain_calls(void)
{
    service = env_endpoint();
    finished = 0;
    helper_high(plain_server, NULL);
    start(hold_over_calls, (void *)0x30, PRIORITY_HIGH);
    CHECK_EQUAL(finished, 1);
}

static void over_vector_calls(void)
{
    service = env_endpoint();
    finished = 0;
    start(vector_server, NULL, PRIORITY_HIGH);
    start(hold_over_calls, (void *)0x40, PRIORITY_HIGH);
    CHECK_EQUAL(finished, 1);
}

static void store_when_called(void *unused)
{
    struct message m = {0};
    (void)unused;
    (void)!ipc_reply_wait(service, &m);
    (void)holds_nothing();
    finished++;
}

static void load_and_call(void *seed)
{
    struct message m = {.tag = TAG(1, 0)};
    struct state state;
    fill(&state, (uint8_t)(uintptr_t)seed);
    load(&state);
    (void)!ipc_call(service, &m);
}

static void closed_to_servers(void)
{
    const struct helper plain = {
        .run = store_when_called, .floor = PRIORITY_HIGH, .no_fault = true};
    service = env_endpoint();
    finished = 0;
    const cap_t server = helper_run(&plain);
    start(load_and_call, (void *)0x35, PRIORITY_HIGH);
    CHECK_EQUAL(thread_state(server), STATE_FAULTED);
    CHECK_EQUAL(finished, 0);
}

static void load_and_end(void *seed)
{
    struct state state;
    fill(&state, (uint8_t)(uintptr_t)seed);
    load(&state);
}

static void fresh_after_death(void)
{
    const struct helper first = {
        .run = load_and_end, .argument = (void *)0x66, .floor = PRIORITY_HIGH, .vector = true};
    CHECK_OK(table_delete(SLOT_TABLE, helper_run(&first)));
    finished = 0;
    start(hold, (void *)0x22, PRIORITY_HIGH);
    CHECK_EQUAL(finished, 1);
}

static cap_t with_frame(bool vector, void **frame)
{
    const struct helper helper = {
        .run = load_and_end, .argument = (void *)0x55, .floor = PRIORITY_HIGH, .vector = vector};
    cap_t region = CAP_NONE;
    *frame = env_memory(12, &region);
    const cap_t thread = helper_make(&helper);
    CHECK_OK(thread_set_guest(thread, 0, region, 0));
    return thread;
}

static void out_shows(void)
{
    void *page = NULL;
    struct state state;
    const cap_t thread = with_frame(true, &page);
    const uint8_t *area = (const uint8_t *)page + GUEST_FRAME_VECTOR_OFFSET;
    helper_start(thread);
    CHECK_OK(thread_vector_out(thread));
    fill(&state, 0x55);
    CHECK(vector_area_fresh(area));
    for (uint32_t i = 0; i < RAW_VECTORS; i++)
        CHECK(memcmp(vector_area_at(area, i), state.vectors[i], VECTOR_AREA_BYTES) == 0);
}

static void in_checks(void)
{
    void *page = NULL;
    const cap_t thread = with_frame(true, &page);
    uint8_t *area = (uint8_t *)page + GUEST_FRAME_VECTOR_OFFSET;
    CHECK_OK(thread_vector_out(thread));
    CHECK_OK(thread_vector_in(thread));
    for (uint32_t i = 0; i < ARRAY_LENGTH(vector_area_faults); i++) {
        uint64_t *word = (uint64_t *)(void *)(area + vector_area_faults[i].offset);
        const uint64_t was = *word;
        *word = was | vector_area_faults[i].bit;
        CHECK_STATUS(thread_vector_in(thread), RANGE);
        *word = was;
    }
    vector_area_low(area);
    vector_area_garbage(area);
    CHECK_OK(thread_vector_in(thread));
    helper_start(thread);
    CHECK_EQUAL(thread_state(thread), STATE_SUSPENDED);
}

static void check_given(void *seed)
{
    struct state state;
    fill(&state, (uint8_t)(uintptr_t)seed);
    for (uint32_t i = 0; i < RAW_VECTORS; i++)
        memset(state.vectors[i] + VECTOR_AREA_BYTES, 0, RAW_VECTOR_BYTES - VECTOR_AREA_BYTES);
    CHECK(holds(&state));
    finished++;
}

/* A thread with vector state that runs @run, and its frame page. */
static cap_t with_state_given(void (*run)(void *), uint8_t **page)
{
    const struct helper helper = {
        .run = run, .argument = (void *)0x21, .floor = PRIORITY_HIGH, .vector = true};
    cap_t region = CAP_NONE;
    *page = env_memory(12, &region);
    const cap_t thread = helper_make(&helper);
    CHECK_OK(thread_set_guest(thread, 0, region, 0));
    return thread;
}

static void give(cap_t thread, uint8_t *page)
{
    struct state state;
    CHECK_OK(thread_vector_out(thread));
    fill(&state, 0x21);
    uint8_t *area = page + GUEST_FRAME_VECTOR_OFFSET;
    for (uint32_t i = 0; i < RAW_VECTORS; i++)
        memcpy(vector_area_at(area, i), state.vectors[i], VECTOR_AREA_BYTES);
    vector_area_low(area);
    CHECK_OK(thread_vector_in(thread));
}

static void in_sets(void)
{
    uint8_t *page = NULL;
    const cap_t thread = with_state_given(check_given, &page);
    give(thread, page);
    finished = 0;
    helper_start(thread);
    CHECK_EQUAL(finished, 1);
}

static void wait_with_state(void *seed)
{
    struct message m = {0};
    struct state state;
    fill(&state, 0x91);
    load(&state);
    (void)!ipc_reply_wait_deadline(service, &m, time_now() + NANOS_PER_MS);
    check_given(seed);
}

static void in_replaces(void)
{
    uint8_t *page = NULL;
    const cap_t thread = with_state_given(wait_with_state, &page);
    service = env_endpoint();
    finished = 0;
    helper_start(thread);
    give(thread, page);
    CHECK_EQUAL(finished, 0);
    sleep_until(time_now() + 2 * NANOS_PER_MS);
    CHECK_EQUAL(finished, 1);
}

static void give_itself(void *page)
{
    const cap_t self = (cap_t)finished;
    struct state state;
    fill(&state, 0x91);
    load(&state);
    give(self, page);
    check_given((void *)0x21);
}

/* The state that it left in the registers would hide what it was given. */
static void in_replaces_own(void)
{
    struct helper helper = {.run = give_itself, .floor = PRIORITY_HIGH, .vector = true};
    cap_t region = CAP_NONE;
    helper.argument = env_memory(12, &region);
    const cap_t thread = helper_make(&helper);
    CHECK_OK(thread_set_guest(thread, 0, region, 0));
    finished = thread;
    helper_start(thread);
    CHECK_EQUAL(finished, thread + 1);
}

static void look_and_hold(void *thread)
{
    struct state state;
    fill(&state, 0x17);
    load(&state);
    helper_start(*(const cap_t *)thread);
    CHECK_OK(thread_vector_out(*(const cap_t *)thread));
    CHECK(holds(&state));
    finished = 1;
}

/* Another's state is in the registers when its copy is made. */
static void out_keeps_apart(void)
{
    struct helper looks = {.run = look_and_hold, .floor = PRIORITY_HIGH, .vector = true};
    const struct helper shown = {
        .run = load_and_end, .argument = (void *)0x55, .floor = PRIORITY_TOP, .vector = true};
    cap_t region = CAP_NONE, thread = helper_make(&shown);
    (void)!env_memory(12, &region);
    CHECK_OK(thread_set_guest(thread, 0, region, 0));
    looks.argument = &thread;
    finished = 0;
    helper_run(&looks);
    CHECK_EQUAL(finished, 1);
}

static void refusals(void)
{
    void *page = NULL;
    const cap_t plain = with_frame(false, &page);
    CHECK_STATUS(thread_vector_out(plain), UNSUPPORTED);
    CHECK_STATUS(thread_vector_in(plain), UNSUPPORTED);
    const cap_t bare = env_make(OBJECT_THREAD, 0, 1);
    CHECK_STATUS(thread_vector_out(bare), EMPTY);
    CHECK_STATUS(thread_vector_in(bare), EMPTY);
}

TEST_SUITE(vector, {"threads with vector state keep theirs apart, and start with none", separate},
           {"vector state survives preemption at any instruction", preempted},
           {"vector state survives calls to a server without any", over_plain_calls},
           {"vector state survives calls to a server that uses vectors", over_vector_calls},
           {"a server without vector state cannot look at that of who calls", closed_to_servers},
           {"a dead thread's vector state is seen by nobody", fresh_after_death},
           {"vector_out shows the state in the frame page", out_shows},
           {"vector_in refuses what the processor would trap on", in_checks},
           {"vector_in sets the state", in_sets},
           {"vector_in replaces what is still in the registers", in_replaces},
           {"vector_in of the running thread replaces what is in the registers", in_replaces_own},
           {"vector_out of another thread keeps its state from the caller", out_keeps_apart},
           {"vector operations need vector state and a frame", refusals});
