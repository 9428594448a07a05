/*
 * many_threads.c - what goes on while there come to be many threads: pipes and conditions to and
 * fro, sleeps, timers and children keep what they promise.
 */
#include "show.h"

#include <pthread.h>
#include <signal.h>
#include <sys/time.h>

#define PAIRS       4
#define WAVES       10
#define WAVE        60
#define STACK_BYTES 32768 /* or the least that the C library takes */

static int stop; /* atomic */

static int stopped(void) { return __atomic_load_n(&stop, __ATOMIC_SEQ_CST); }

static pthread_t start(void *(*main)(void *), void *context)
{
    pthread_attr_t attributes;
    pthread_t thread;

    pthread_attr_init(&attributes);
    const size_t least = (size_t)sysconf(_SC_THREAD_STACK_MIN);
    NEED(pthread_attr_setstacksize(&attributes, least > STACK_BYTES ? least : STACK_BYTES) == 0);
    NEED(pthread_create(&thread, &attributes, main, context) == 0);
    return thread;
}

/* ---- a number goes to and fro through pipes; the other end is a thread, or a child ----------- */

static struct pair {
    int there[2], back[2];
    unsigned rounds;
} pairs[PAIRS];

static void *echo(void *context)
{
    struct pair *pair = context;
    unsigned number;

    while (read(pair->there[0], &number, sizeof(number)) == sizeof(number)) {
        number++;
        NEED(write(pair->back[1], &number, sizeof(number)) == sizeof(number));
    }
    return NULL;
}

static void *ask(void *context)
{
    struct pair *pair = context;
    unsigned number = 0;

    do {
        NEED(write(pair->there[1], &number, sizeof(number)) == sizeof(number));
        unsigned sent = number;
        NEED(read(pair->back[0], &number, sizeof(number)) == sizeof(number));
        NEED(number == sent + 1);
        pair->rounds++;
    } while (!stopped());
    NEED(close(pair->there[1]) == 0);
    return NULL;
}

static pid_t start_child(struct pair *pair)
{
    pid_t child = fork();

    NEED(child >= 0);
    if (child == 0) {
        close(pair->there[1]);
        echo(pair);
        _exit(0);
    }
    return child;
}

/* ---- conditions, sleeps, signals of a timer -------------------------------------------------- */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t moved = PTHREAD_COND_INITIALIZER;
static unsigned turn, waiting, released;

static void *alternate(void *context)
{
    unsigned me = context != NULL;

    pthread_mutex_lock(&mutex);
    while (!stopped()) {
        while (turn % 2 != me && !stopped())
            pthread_cond_wait(&moved, &mutex);
        turn++;
        pthread_cond_broadcast(&moved);
    }
    pthread_mutex_unlock(&mutex);
    return NULL;
}

static void *sleep_often(void *context)
{
    while (!stopped()) {
        struct timespec before, after, time = {.tv_nsec = 1000000};
        clock_gettime(CLOCK_MONOTONIC, &before);
        while (nanosleep(&time, &time) < 0)
            NEED(errno == EINTR);
        clock_gettime(CLOCK_MONOTONIC, &after);
        long passed = (after.tv_sec - before.tv_sec) * 1000000000 + after.tv_nsec - before.tv_nsec;
        NEED(passed >= 1000000);
    }
    return context;
}

static volatile sig_atomic_t ticks;

static void tick(int number)
{
    (void)number;
    ticks++;
}

/* ---- the many -------------------------------------------------------------------------------- */

static pthread_mutex_t many_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t many_moved = PTHREAD_COND_INITIALIZER;

static void *wait_for_all(void *context)
{
    pthread_mutex_lock(&many_mutex);
    waiting++;
    pthread_cond_broadcast(&many_moved);
    while (!released)
        pthread_cond_wait(&many_moved, &many_mutex);
    pthread_mutex_unlock(&many_mutex);
    return context;
}

static void make_many(pthread_t *many)
{
    for (unsigned made = 0; made < WAVES * WAVE;) {
        for (unsigned i = 0; i < WAVE; i++, made++)
            many[made] = start(wait_for_all, &many[made]);
        pthread_mutex_lock(&many_mutex);
        while (waiting < made)
            pthread_cond_wait(&many_moved, &many_mutex);
        pthread_mutex_unlock(&many_mutex);
    }
}

static void let_go(pthread_t *many)
{
    pthread_mutex_lock(&many_mutex);
    released = 1;
    pthread_cond_broadcast(&many_moved);
    pthread_mutex_unlock(&many_mutex);
    for (unsigned i = 0; i < WAVES * WAVE; i++) {
        void *result;
        NEED(pthread_join(many[i], &result) == 0 && result == &many[i]);
    }
}

int main(void)
{
    static pthread_t many[WAVES * WAVE];
    pthread_t others[2 * PAIRS + 3];
    const struct itimerval every = {{0, 5000}, {0, 5000}}, never = {0};
    pid_t child;
    int status;

    NEED(signal(SIGALRM, tick) != SIG_ERR && setitimer(ITIMER_REAL, &every, NULL) == 0);
    for (unsigned i = 0; i < PAIRS; i++)
        NEED(pipe(pairs[i].there) == 0 && pipe(pairs[i].back) == 0);
    child = start_child(&pairs[0]);
    unsigned count = 0;
    for (unsigned i = 0; i < PAIRS; i++) {
        others[count++] = start(ask, &pairs[i]);
        if (i > 0)
            others[count++] = start(echo, &pairs[i]);
    }
    others[count++] = start(alternate, NULL);
    others[count++] = start(alternate, &count);
    others[count++] = start(sleep_often, NULL);
    make_many(many);
    printf("%u threads at once\n", waiting);
    let_go(many);
    printf("all of them ended\n");
    NEED(setitimer(ITIMER_REAL, &never, NULL) == 0);
    pthread_mutex_lock(&mutex);
    __atomic_store_n(&stop, 1, __ATOMIC_SEQ_CST);
    pthread_cond_broadcast(&moved);
    pthread_mutex_unlock(&mutex);
    for (unsigned i = 0; i < count; i++)
        NEED(pthread_join(others[i], NULL) == 0);
    NEED(waitpid(child, &status, 0) == child && status == 0);
    for (unsigned i = 0; i < PAIRS; i++)
        printf("pair %u went on: %s\n", i, pairs[i].rounds > 10 ? "yes" : "no");
    printf("turns went on: %s; the timer: %s\n", turn > 10 ? "yes" : "no",
           ticks > 0 ? "yes" : "no");
    return 0;
}
