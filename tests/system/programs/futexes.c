/*
 * futexes.c - waiting on words: the operations that glibc does not make, of several words at once,
 * and locks whose owner is gone.
 */
#include "show.h"

#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>

#define WORDS 4

static uint32_t *word; /* shared memory: WORDS of them */

static long futex(uint32_t *at, int op, uint32_t value, uint64_t more, uint32_t *other,
                  uint32_t last)
{
    return syscall(SYS_futex, at, op, value, more, other, last);
}

/* ---- somebody who waits ------------------------------------------------------------------------
 */

struct waiter {
    pthread_t handle;
    uint32_t *at;
    int tid;
    long result;
};

static void *wait_in_thread(void *argument)
{
    struct waiter *self = argument;
    __atomic_store_n(&self->tid, gettid(), __ATOMIC_RELEASE);
    self->result = futex(self->at, FUTEX_WAIT, 0, 0, NULL, 0);
    return NULL;
}

static char state_of(int tid)
{
    char path[64], state;
    snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
    FILE *file = fopen(path, "r");
    NEED(file && fscanf(file, "%*d (%*[^)]) %c", &state) == 1);
    fclose(file);
    return state;
}

/* Returns when it sleeps, which it does nowhere else. */
static void start(struct waiter *waiter, uint32_t *at, void *(*run)(void *))
{
    *waiter = (struct waiter){.at = at};
    NEED(pthread_create(&waiter->handle, NULL, run, waiter) == 0);
    while (__atomic_load_n(&waiter->tid, __ATOMIC_ACQUIRE) == 0 || state_of(waiter->tid) != 'S')
        usleep(1000);
}

static long join(struct waiter *waiter)
{
    NEED(pthread_join(waiter->handle, NULL) == 0);
    return waiter->result;
}

/* ---- change a word and wake -------------------------------------------------------------------
 */

#define CHANGE(operation, operand, comparison, with)                                               \
    FUTEX_OP(FUTEX_OP_##operation, operand, FUTEX_OP_CMP_##comparison, with)

static void change(const char *what, uint32_t before, uint32_t how)
{
    word[1] = before;
    long result = futex(&word[0], FUTEX_WAKE_OP, 1, 1, &word[1], how);
    printf("%s of %d: %ld%s, now %d\n", what, (int)before, result,
           result == -1 ? strerrorname_np(errno) : "", (int)word[1]);
}

static void changes(void)
{
    struct waiter first, second;

    SECTION("FUTEX_WAKE_OP");
    change("set 5", 3, CHANGE(SET, 5, EQ, 3));
    change("set -1", 3, CHANGE(SET, 0xfff, EQ, 3));
    change("add -2", 3, CHANGE(ADD, 0xffe, EQ, 3));
    change("or 6", 3, CHANGE(OR, 6, EQ, 3));
    change("and not 6", 3, CHANGE(ANDN, 6, EQ, 3));
    change("xor 6", 3, CHANGE(XOR, 6, EQ, 3));
    change("set 1 << 9", 3, CHANGE(SET, 9, EQ, 3) | (uint32_t)FUTEX_OP_OPARG_SHIFT << 28);
    change("or 1 << 33", 0, CHANGE(OR, 33, EQ, 3) | (uint32_t)FUTEX_OP_OPARG_SHIFT << 28);
    change("operation 5", 3, 5u << 28);
    change("comparison 6", 3, CHANGE(SET, 7, EQ, 3) | 6u << 24);
    SHOW(futex(&word[0], FUTEX_WAKE_OP, 1, 1, (void *)16, 0));
    SHOW(futex(&word[0], FUTEX_WAKE_OP, 1, 1, (void *)((char *)word + 2), 0));
    SECTION("whom it wakes");
    static const struct {
        const char *name;
        uint32_t how;
    } cases[] = {{"==", CHANGE(SET, 0, EQ, 0xffd)}, {"!=", CHANGE(SET, 0, NE, 0xffd)},
                 {"<", CHANGE(SET, 0, LT, 0xffe)},  {"<=", CHANGE(SET, 0, LE, 0xffd)},
                 {">", CHANGE(SET, 0, GT, 0xffd)},  {">=", CHANGE(SET, 0, GE, 1)}};
    for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        word[0] = word[1] = 0;
        start(&first, &word[0], wait_in_thread);
        start(&second, &word[1], wait_in_thread);
        word[1] = (uint32_t)-3;
        printf("-3 %s: %ld\n", cases[i].name,
               futex(&word[0], FUTEX_WAKE_OP, 1, 1, &word[1], cases[i].how));
        printf("then %ld\n", futex(&word[1], FUTEX_WAKE, 1, 0, NULL, 0));
        printf("%ld %ld\n", join(&first), join(&second));
    }
}

static void counts(void)
{
    struct waiter waiters[3];

    SECTION("how many");
    word[0] = word[1] = 0;
    for (int i = 0; i < 3; i++)
        start(&waiters[i], &word[0], wait_in_thread);
    SHOW(futex(&word[0], FUTEX_WAKE, 0, 0, NULL, 0));
    SHOW(futex(&word[0], FUTEX_CMP_REQUEUE, 0, 1, &word[1], 7));
    SHOW(futex(&word[0], FUTEX_CMP_REQUEUE, 0, 1, &word[1], 0));
    SHOW(futex(&word[0], FUTEX_CMP_REQUEUE, (uint32_t)-1, 1, &word[1], 0));
    SHOW(futex(&word[0], FUTEX_WAKE, (uint32_t)-1, 0, NULL, 0));
    SHOW(futex(&word[1], FUTEX_WAKE_BITSET, 1, 0, NULL, 0));
    SHOW(futex(&word[1], FUTEX_WAKE_BITSET, 1, 0, NULL, 1));
    for (int i = 0; i < 3; i++)
        printf("%ld\n", join(&waiters[i]));
    SHOW(futex(&word[0], FUTEX_WAKE | FUTEX_CLOCK_REALTIME, 1, 0, NULL, 0));
    SHOW(futex(&word[0], 99, 1, 0, NULL, 0));
}

/* ---- several words -----------------------------------------------------------------------------
 */

struct many {
    uint64_t value;
    uint64_t address;
    uint32_t flags;
    uint32_t reserved;
};

#define SIZE_32 2u
#define NUMBER  449

static struct many many[130];

static long wait_many(unsigned count, unsigned flags, const struct timespec *until, int clock)
{
    return syscall(NUMBER, many, count, flags, until, clock);
}

static void all_words(void)
{
    for (unsigned i = 0; i < 130; i++)
        many[i] = (struct many){.address = (uint64_t)(uintptr_t)&word[i % WORDS], .flags = SIZE_32};
}

static void *wait_for_many(void *argument)
{
    struct waiter *self = argument;
    __atomic_store_n(&self->tid, gettid(), __ATOMIC_RELEASE);
    self->result = wait_many(128, 0, NULL, 0);
    return NULL;
}

static void several(void)
{
    const struct timespec past = {0, 1}, wrong = {0, -1};
    struct waiter waiter;

    SECTION("futex_waitv");
    memset(word, 0, WORDS * sizeof(*word));
    all_words();
    SHOW(wait_many(0, 0, NULL, 0));
    SHOW(wait_many(129, 0, NULL, 0));
    SHOW(wait_many(1, 1, NULL, 0));
    SHOW(wait_many(1, 0, &wrong, CLOCK_MONOTONIC));
    SHOW(wait_many(1, 0, &past, CLOCK_BOOTTIME));
    SHOW(wait_many(1, 0, (void *)16, CLOCK_MONOTONIC));
    SHOW(wait_many(1, 0, &past, CLOCK_MONOTONIC));
    SHOW(wait_many(128, 0, &past, CLOCK_REALTIME));
    SHOW(syscall(NUMBER, NULL, 1, 0, NULL, 0));
    SHOW(syscall(NUMBER, (void *)16, 1, 0, NULL, 0));
    many[1].value = 1;
    SHOW(wait_many(2, 0, NULL, 0));
    many[1].flags = 0;
    SHOW(wait_many(2, 0, NULL, 0));
    many[1].flags = SIZE_32 | 64;
    SHOW(wait_many(2, 0, NULL, 0));
    many[1].flags = SIZE_32;
    many[1].reserved = 1;
    SHOW(wait_many(2, 0, NULL, 0));
    many[1] = (struct many){.address = 16, .flags = SIZE_32};
    SHOW(wait_many(2, 0, NULL, 0));
    many[1].address = many[0].address + 1;
    SHOW(wait_many(2, 0, NULL, 0));
    all_words();
    many[5].address = (uint64_t)(uintptr_t)&word[1];
    start(&waiter, NULL, wait_for_many);
    SHOW(futex(&word[2], FUTEX_WAKE, 1, 0, NULL, 0));
    printf("woken: %ld\n", join(&waiter));
    SHOW(futex(&word[2], FUTEX_WAKE, INT_MAX, 0, NULL, 0));
    SHOW(futex(&word[1], FUTEX_WAKE, INT_MAX, 0, NULL, 0));
}

/* ---- robust locks ------------------------------------------------------------------------------
 */

static void orphans(void)
{
    pthread_mutexattr_t how;
    pthread_mutex_t *lock = (pthread_mutex_t *)(void *)(word + WORDS);

    SECTION("a lock whose owner is gone");
    NEED(pthread_mutexattr_init(&how) == 0);
    NEED(pthread_mutexattr_setrobust(&how, PTHREAD_MUTEX_ROBUST) == 0);
    NEED(pthread_mutexattr_setpshared(&how, PTHREAD_PROCESS_SHARED) == 0);
    NEED(pthread_mutex_init(lock, &how) == 0);
    pid_t child = fork();
    if (child == 0) {
        pthread_mutex_lock(lock);
        raise(SIGKILL);
    }
    NEED(waitpid(child, NULL, 0) == child);
    SHOW(pthread_mutex_lock(lock) == EOWNERDEAD);
    SHOW(pthread_mutex_consistent(lock));
    SHOW(pthread_mutex_unlock(lock));
    SHOW(pthread_mutex_lock(lock));
}

int main(void)
{
    word = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    NEED(word != MAP_FAILED);
    changes();
    counts();
    several();
    orphans();
    return 0;
}
