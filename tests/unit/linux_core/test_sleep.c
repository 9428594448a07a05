/**
 * test_sleep.c - sleeping, waking and handing over, on gates made of POSIX threads.
 *
 * The gates do what the kernel does (servers/linux/gate.h): a call ends the sleep and waits for the
 * next one, a signal is kept for it.
 */
#include "servers/linux/gate.h"
#include "servers/linux/processors.h"

#include <pthread.h>
#include <stdlib.h>

#include "servers/linux/turn.h"
#include "tests/unit/unit.h"

#define THREADS 4
#define ROUNDS  20000

enum place { ELSEWHERE, AT_GATE, CALLING };

static pthread_mutex_t kernel = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t moved = PTHREAD_COND_INITIALIZER;

static struct body {
    struct thread thread;
    enum place place;
    enum gate_event event;
    bool signalled;
    struct body *caller;
    unsigned calls, signals, kicks;
} bodies[THREADS];

static __thread struct body *self = &bodies[0];
static bool times_out; /* a wait that would have to wait ends */
static unsigned lent;

uint32_t turn_now = 1;

struct thread *thread_current(void) { return &self->thread; }

struct lock_list *lock_list_current(void) { return &self->thread.locks; }

nanos_t time_now_monotonic(void) { return 5; }

void turn_lend(void) { __atomic_fetch_add(&lent, 1, __ATOMIC_SEQ_CST); }

static unsigned begun; /* threads that began to run, but not because they were called */

void usage_begin(void) { __atomic_fetch_add(&begun, 1, __ATOMIC_SEQ_CST); }

void turn_lent(void) { __atomic_fetch_sub(&lent, 1, __ATOMIC_SEQ_CST); }

static struct body *body_of(const struct thread *thread)
{
    for (unsigned i = 0; i < THREADS; i++)
        if (&bodies[i].thread == thread)
            return &bodies[i];
    abort();
}

static void answer(void)
{
    if (self->caller)
        self->caller->place = ELSEWHERE;
    self->caller = NULL;
    pthread_cond_broadcast(&moved);
}

enum gate_event gate_wait(const struct thread *thread, nanos_t deadline_ns, nanos_t *now_ns)
{
    pthread_mutex_lock(&kernel);
    self = body_of(thread);
    answer();
    self->event = GATE_SIGNALLED;
    if (!self->signalled && (deadline_ns == 0 || times_out)) {
        self->event = GATE_TIMEOUT;
    } else if (!self->signalled) {
        self->place = AT_GATE;
        while (self->place != ELSEWHERE)
            pthread_cond_wait(&moved, &kernel);
    } else {
        self->signalled = false;
    }
    *now_ns = 7;
    enum gate_event event = self->event;
    pthread_mutex_unlock(&kernel);
    return event;
}

bool gate_call(const struct thread *thread, nanos_t *now_ns)
{
    struct body *body = body_of(thread);

    pthread_mutex_lock(&kernel);
    body->calls++;
    bool there = body->place == AT_GATE;
    if (there) {
        body->place = ELSEWHERE;
        body->event = GATE_CALLED;
        body->caller = self;
        self->place = CALLING;
        pthread_cond_broadcast(&moved);
        while (self->place != ELSEWHERE)
            pthread_cond_wait(&moved, &kernel);
        *now_ns = 8;
    }
    pthread_mutex_unlock(&kernel);
    return there;
}

void gate_signal(const struct thread *thread)
{
    struct body *body = body_of(thread);

    pthread_mutex_lock(&kernel);
    body->signals++;
    if (body->place == AT_GATE) {
        body->place = ELSEWHERE;
        body->event = GATE_SIGNALLED;
        pthread_cond_broadcast(&moved);
    } else {
        body->signalled = true;
    }
    pthread_mutex_unlock(&kernel);
}

void gate_kick(const struct thread *thread) { body_of(thread)->kicks++; }

static void begin(void)
{
    for (unsigned i = 0; i < THREADS; i++)
        bodies[i] = (struct body){.thread = {.gate = 1 + i}};
    self = &bodies[0];
    times_out = false;
}

static struct thread *asleep(unsigned i)
{
    bodies[i].thread.sleep_state = SLEEP_WAITS;
    return &bodies[i].thread;
}

TEST("a wake-up before the sleep ends it at once, and costs the kernel nothing")
{
    begin();
    thread_wake(&bodies[0].thread);
    CHECK_EQUAL(thread_sleep(NANOS_NEVER, true), 0);
    CHECK_EQUAL(bodies[0].thread.sleep_state, SLEEP_NONE);
    CHECK_EQUAL(bodies[0].signals + bodies[0].calls, 0);
}

TEST("who wakes a sleeper owes it the processor, and pays a second one by a signal")
{
    begin();
    thread_wake(asleep(1));
    thread_wake(asleep(2));
    CHECK(self->thread.owed == &bodies[1].thread);
    CHECK_EQUAL(bodies[1].signals, 0);
    CHECK_EQUAL(bodies[2].signals, 1);
    thread_wake(&bodies[1].thread);
    CHECK_EQUAL(bodies[1].signals, 0);
}

TEST("a thread without a gate pays, and is paid, by a signal")
{
    begin();
    bodies[1].thread.gate = CAP_NONE;
    thread_wake(asleep(1));
    CHECK_EQUAL(bodies[1].signals, 1);
    self->thread.gate = CAP_NONE;
    thread_wake(asleep(2));
    CHECK_EQUAL(bodies[2].signals, 1);
    CHECK(self->thread.owed == NULL);
}

static struct component_info of_processors(uint32_t count)
{
    return (struct component_info){.count_processors = count};
}

TEST("a sleeper on another processor is paid by a signal, and both run")
{
    const struct component_info two = of_processors(2), one = of_processors(1);

    begin();
    processors_init(&two);
    bodies[1].thread.processor = bodies[1].thread.counted_on = 1;
    thread_wake(asleep(1));
    CHECK(self->thread.owed == NULL);
    CHECK_EQUAL(bodies[1].signals, 1);
    CHECK_EQUAL(processor_choose(processors_all()), 0); /* the one that was woken is counted */
    times_out = true;
    self = &bodies[1];
    self->thread.sleep_state = SLEEP_NONE;
    self->signalled = false;
    self->thread.processor = 0; /* moved while it slept */
    CHECK_EQUAL(thread_sleep(6, false), -ETIMEDOUT);
    CHECK_EQUAL(self->thread.counted_on, 0);
    CHECK_EQUAL(processor_choose(processors_all()), 1);
    processor_count_awake(0, -1);
    processors_init(&one);
}

TEST("a sleeper that was claimed is woken by nobody else, and only a sleeper can be claimed")
{
    begin();
    CHECK(!thread_claim(&bodies[1].thread));
    CHECK(thread_claim(asleep(1)));
    CHECK(!thread_claim(&bodies[1].thread));
    thread_wake(&bodies[1].thread);
    CHECK(self->thread.owed == NULL);
    CHECK_EQUAL(bodies[1].signals, 0);
    thread_wake_claimed(&bodies[1].thread);
    CHECK_EQUAL(bodies[1].signals, 1);
}

TEST("who goes to sleep pays by a signal first; a deadline ends the sleep")
{
    begin();
    times_out = true;
    thread_wake(asleep(1));
    unsigned before = begun;
    CHECK_EQUAL(thread_sleep(6, false), -ETIMEDOUT);
    CHECK_EQUAL(begun, before + 1);
    CHECK_EQUAL(bodies[1].signals, 1);
    CHECK(self->thread.owed == NULL);
}

TEST("a hand-over to a thread that has not come to its gate is made good by a signal")
{
    begin();
    thread_wake(asleep(1));
    thread_hand_over(&self->thread);
    CHECK_EQUAL(bodies[1].calls, 1);
    CHECK_EQUAL(bodies[1].signals, 1);
    CHECK(bodies[1].signalled);
    CHECK_EQUAL(lent, 0);
}

TEST("work ends an interruptible sleep; the end of a turn does not")
{
    begin();
    times_out = true;
    thread_interrupt(&self->thread, WORK_TURN);
    CHECK_EQUAL(thread_sleep(6, true), -ETIMEDOUT);
    thread_interrupt(&self->thread, WORK_SIGNAL);
    CHECK_EQUAL(thread_sleep(6, true), -EINTR);
    CHECK_EQUAL(thread_sleep(6, false), -ETIMEDOUT);
}

TEST("work for a thread in its guest is a kick, for any other a wake-up")
{
    begin();
    bodies[1].thread.in_guest = 1;
    thread_interrupt(&bodies[1].thread, WORK_SIGNAL);
    CHECK_EQUAL(bodies[1].kicks, 1);
    CHECK_EQUAL(bodies[1].thread.sleep_state, SLEEP_NONE);
    thread_interrupt(&bodies[2].thread, WORK_SIGNAL);
    CHECK_EQUAL(bodies[2].kicks, 0);
    CHECK_EQUAL(bodies[2].thread.sleep_state, SLEEP_TOKEN);
}

static bool at_gate(const struct body *body)
{
    pthread_mutex_lock(&kernel);
    bool there = body->place == AT_GATE;
    pthread_mutex_unlock(&kernel);
    return there;
}

/* Not NULL if all is as it should be. */
static void *sleeps_once(void *at)
{
    self = at;
    bool good = thread_sleep(NANOS_NEVER, false) == 0 && self->thread.turn_since == turn_now &&
                self->thread.runs_since_ns == 7;
    thread_hand_back(&self->thread);
    return good && self->thread.turn_since == 0 ? self : NULL;
}

TEST(
    "who hands over goes on when the other hands back, and neither is charged for the other's time")
{
    pthread_t other;
    void *good;

    begin();
    pthread_create(&other, NULL, sleeps_once, &bodies[1]);
    while (!at_gate(&bodies[1]))
        sched_yield();
    self->thread.runs_since_ns = 1;
    thread_wake(&bodies[1].thread);
    thread_hand_over(&self->thread);
    CHECK_EQUAL(self->thread.consumed_ns, 4);
    CHECK_EQUAL(self->thread.runs_since_ns, 8);
    CHECK_EQUAL(bodies[1].signals, 0);
    pthread_join(other, &good);
    CHECK(good != NULL);
}

/* A token goes round: who has it gives it to another and wakes that one. */
static unsigned holder, rounds;

static void *plays(void *at)
{
    self = at;
    unsigned me = (unsigned)(self - bodies), seed = me + 1;

    while (__atomic_load_n(&rounds, __ATOMIC_SEQ_CST) < ROUNDS) {
        if (__atomic_load_n(&holder, __ATOMIC_SEQ_CST) != me) {
            thread_sleep(NANOS_NEVER, false);
            continue;
        }
        unsigned next = (me + 1 + (unsigned)rand_r(&seed) % (THREADS - 1)) % THREADS;
        __atomic_fetch_add(&rounds, 1, __ATOMIC_SEQ_CST);
        __atomic_store_n(&holder, next, __ATOMIC_SEQ_CST);
        thread_wake(&bodies[next].thread);
        if (rand_r(&seed) % 4 == 0)
            thread_wake(&bodies[(unsigned)rand_r(&seed) % THREADS].thread);
        if (rand_r(&seed) % 2 && self->thread.owed)
            thread_hand_over(&self->thread);
        if (self->thread.turn_since != 0)
            thread_hand_back(&self->thread);
    }
    for (unsigned i = 0; i < THREADS; i++)
        thread_wake(&bodies[i].thread);
    if (self->thread.owed)
        thread_hand_over(&self->thread);
    thread_hand_back(&self->thread);
    return NULL;
}

TEST("threads that wake each other in every way lose no wake-up")
{
    pthread_t threads[THREADS];

    begin();
    for (unsigned i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, plays, &bodies[i]);
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    CHECK(rounds >= ROUNDS);
    CHECK_EQUAL(lent, 0);
}
