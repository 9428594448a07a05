/**
 * test_lock.c - the kernel lock of x86_64 between threads of the host: the machine that the kernel
 * is tested on has one processor, on which nobody waits for it.
 */
#include <pthread.h>
#include <sched.h>

#include "kernel/arch/x86_64/port/lock.h"
#include "tests/unit/unit.h"

enum { THREADS = 3, ROUNDS = 20000 };

static struct arch_lock lock;
static unsigned order[THREADS], count_order, may_release;
static unsigned counter; /* changed by whoever holds the lock, not atomically */

static uint32_t read_now(const uint32_t *at) { return __atomic_load_n(at, __ATOMIC_SEQ_CST); }

static void wait_for(const uint32_t *at, uint32_t value)
{
    while (read_now(at) != value)
        sched_yield();
}

static void take(struct arch_lock *from)
{
    if (!arch_lock_try(from))
        arch_lock_wait(from);
}

static pthread_t start(void *(*function)(void *), uintptr_t argument)
{
    pthread_t thread;
    REQUIRE(pthread_create(&thread, NULL, function, (void *)argument) == 0);
    return thread;
}

static void *take_once(void *number)
{
    take(&lock);
    order[count_order++] = (unsigned)(uintptr_t)number;
    wait_for(&may_release, 1);
    arch_lock_release(&lock);
    return NULL;
}

static void *take_often(UNUSED void *nothing)
{
    for (unsigned i = 0; i < ROUNDS; i++) {
        take(&lock);
        counter++;
        arch_lock_release(&lock);
    }
    return NULL;
}

TEST("a lock that nobody holds is taken at the first try, and by nobody else before its release")
{
    lock = (struct arch_lock){0};
    CHECK(arch_lock_try(&lock));
    CHECK(!arch_lock_try(&lock));
    arch_lock_release(&lock);
    CHECK(arch_lock_try(&lock));
    arch_lock_release(&lock);
    CHECK_EQUAL(lock.word, LOCK_FREE);
}

TEST("whoever waits for a lock is handed it, past newcomers")
{
    lock = (struct arch_lock){0};
    count_order = may_release = 0;
    REQUIRE(arch_lock_try(&lock));
    pthread_t waiter = start(take_once, 1);
    wait_for(&lock.word, LOCK_WANTED);
    CHECK(!arch_lock_try(&lock));
    arch_lock_release(&lock);
    for (unsigned i = 0; i < ROUNDS; i++)
        CHECK(!arch_lock_try(&lock));
    __atomic_store_n(&may_release, 1, __ATOMIC_SEQ_CST);
    pthread_join(waiter, NULL);
    CHECK_EQUAL(lock.word, LOCK_FREE);
}

TEST("those who wait for a lock get it in the order in which they came")
{
    pthread_t waiters[THREADS];
    lock = (struct arch_lock){0};
    count_order = 0;
    may_release = 1;
    REQUIRE(arch_lock_try(&lock));
    for (unsigned i = 0; i < THREADS; i++) {
        waiters[i] = start(take_once, i);
        wait_for(&lock.next, i + 1);
    }
    arch_lock_release(&lock);
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(waiters[i], NULL);
    for (unsigned i = 0; i < THREADS; i++)
        CHECK_EQUAL(order[i], i);
}

TEST("one at a time holds a lock, and nobody is forgotten")
{
    pthread_t threads[THREADS];
    lock = (struct arch_lock){0};
    counter = 0;
    for (unsigned i = 0; i < THREADS; i++)
        threads[i] = start(take_often, i);
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    CHECK_EQUAL(counter, THREADS * ROUNDS);
    CHECK_EQUAL(lock.word, LOCK_FREE);
    CHECK_EQUAL(lock.next, lock.serving);
}
