/*
 * load_many.c - many of everything at once, as a busy system has it.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apps/linux-fuzz/actor.h"
#include "apps/linux-fuzz/load.h"

#define PAGE        4096
#define STACK_BYTES 16384
#define FILES_SLACK 20

/* ---- processes ---------------------------------------------------------------------------------
 */

static int answers[2];

/* All are there at once; each writes to memory of its own and to a pipe of all. */
static void answer_and_wait(unsigned number)
{
    volatile char *mine = malloc(4 * PAGE);

    LOAD_NEED(mine);
    for (unsigned i = 0; i < 4 * PAGE; i += PAGE)
        mine[i] = (char)number;
    LOAD_NEED(write(answers[1], &number, sizeof(number)) == sizeof(number));
    for (;;)
        pause();
}

static void processes(unsigned amount)
{
    pid_t *children = calloc(amount, sizeof(*children));
    uint8_t *seen = calloc(amount, 1);

    LOAD_NEED(children && seen && pipe(answers) == 0);
    for (unsigned i = 0; i < amount; i++)
        LOAD_NEED((children[i] = load_child(answer_and_wait, i)) > 0);
    for (unsigned i = 0; i < amount; i++) {
        unsigned number;
        LOAD_NEED(read(answers[0], &number, sizeof(number)) == sizeof(number));
        LOAD_NEED(number < amount && !seen[number]);
        seen[number] = 1;
    }
    for (unsigned i = 0; i < amount; i++) {
        int status;
        LOAD_NEED(kill(children[i], SIGTERM) == 0);
        LOAD_NEED(waitpid(children[i], &status, 0) == children[i]);
        LOAD_NEED(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
    }
    load_note("%u processes at once", amount);
}

/* A child of a child of a child ...; each waits for its own. */
static void fork_chain(unsigned depth)
{
    if (depth > 0)
        load_join(load_child(fork_chain, depth - 1));
}

static void fork_tree(unsigned depth)
{
    if (depth == 0)
        return;
    pid_t left = load_child(fork_tree, depth - 1), right = load_child(fork_tree, depth - 1);
    LOAD_NEED(left > 0 && right > 0);
    load_join(left);
    load_join(right);
}

static void deep_forks(unsigned depth)
{
    fork_chain(depth);
    fork_tree(6);
    load_note("a chain of %u", depth);
}

static void orphan_chain(unsigned depth)
{
    if (depth > 0 && load_child(orphan_chain, depth - 1) < 0)
        load_fail("fork");
}

/* Each leaves its child behind: somebody else must wait for all of them. */
static void orphans(unsigned amount)
{
    for (unsigned i = 0; i < amount; i++)
        load_join(load_child(orphan_chain, 5));
    load_note("%u of six generations", amount);
}

/* ---- threads --------------------------------------------------------------------------------- */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static unsigned arrived, wanted_count;

/* All meet, and then all go on. */
static void *meet(void *context)
{
    pthread_mutex_lock(&mutex);
    if (++arrived == wanted_count)
        pthread_cond_broadcast(&condition);
    while (arrived < wanted_count)
        pthread_cond_wait(&condition, &mutex);
    pthread_mutex_unlock(&mutex);
    return context;
}

static void threads(unsigned amount)
{
    pthread_t *thread = calloc(amount, sizeof(*thread));
    pthread_attr_t attributes;

    LOAD_NEED(thread);
    wanted_count = amount;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    for (unsigned i = 0; i < amount; i++)
        if (pthread_create(&thread[i], &attributes, meet, (void *)(uintptr_t)i) != 0)
            load_fail("thread %u cannot be made", i);
    for (unsigned i = 0; i < amount; i++) {
        void *result;
        LOAD_NEED(pthread_join(thread[i], &result) == 0 && result == (void *)(uintptr_t)i);
    }
    load_note("%u threads at once", amount);
}

/* ---- files and pipes ---------------------------------------------------------------------------
 */

static void raise_file_limit(unsigned amount)
{
    const struct rlimit limit = {amount + FILES_SLACK, amount + FILES_SLACK};
    LOAD_NEED(setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

static void open_files(unsigned amount)
{
    int *files = calloc(amount, sizeof(*files));
    char path[32];
    unsigned value;

    LOAD_NEED(files);
    raise_file_limit(amount);
    LOAD_NEED(mkdir("/tmp/files", 0700) == 0 && chdir("/tmp/files") == 0);
    for (unsigned i = 0; i < amount; i++) {
        snprintf(path, sizeof(path), "%u", i);
        LOAD_NEED((files[i] = open(path, O_RDWR | O_CREAT | O_EXCL, 0600)) >= 0);
        LOAD_NEED(write(files[i], &i, sizeof(i)) == sizeof(i));
    }
    for (unsigned i = 0; i < amount; i++) {
        LOAD_NEED(pread(files[i], &value, sizeof(value), 0) == sizeof(value) && value == i);
        snprintf(path, sizeof(path), "%u", i);
        LOAD_NEED(unlink(path) == 0);
    }
    load_note("%u files open at once", amount);
}

static void pipes(unsigned amount)
{
    int(*ends)[2] = calloc(amount, sizeof(*ends));
    static char out[PAGE], in[PAGE];

    LOAD_NEED(ends);
    raise_file_limit(2 * amount);
    for (unsigned i = 0; i < amount; i++)
        LOAD_NEED(pipe(ends[i]) == 0);
    for (unsigned i = 0; i < amount; i++) {
        memset(out, (int)i, sizeof(out));
        LOAD_NEED(write(ends[i][1], out, sizeof(out)) == sizeof(out));
    }
    for (unsigned i = 0; i < amount; i++) {
        memset(out, (int)i, sizeof(out));
        LOAD_NEED(read(ends[i][0], in, sizeof(in)) == sizeof(in));
        LOAD_NEED(memcmp(in, out, sizeof(in)) == 0);
    }
    load_note("%u pipes with a page in each", amount);
}

/* ---- signals -----------------------------------------------------------------------------------
 */

static volatile unsigned handled;

static void count(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)info;
    (void)context;
    handled++;
}

static void take_all(unsigned wanted)
{
    struct sigaction action = {.sa_sigaction = count, .sa_flags = SA_SIGINFO};

    LOAD_NEED(sigaction(SIGRTMIN + 1, &action, NULL) == 0);
    LOAD_NEED(write(answers[1], "r", 1) == 1);
    while (handled < wanted)
        sched_yield();
}

/* Queued signals are counted: each arrives, although the queue is full now and then. */
static void signal_storm(unsigned amount)
{
    const unsigned receivers = 8;
    pid_t children[8];
    char ready;
    unsigned full = 0;

    LOAD_NEED(pipe(answers) == 0);
    for (unsigned i = 0; i < receivers; i++)
        LOAD_NEED((children[i] = load_child(take_all, amount)) > 0);
    for (unsigned i = 0; i < receivers; i++)
        LOAD_NEED(read(answers[0], &ready, 1) == 1);
    for (unsigned i = 0; i < amount; i++)
        for (unsigned to = 0; to < receivers; to++)
            while (sigqueue(children[to], SIGRTMIN + 1, (union sigval){.sival_int = (int)i}) < 0) {
                LOAD_NEED(errno == EAGAIN);
                full++;
                sched_yield();
            }
    for (unsigned i = 0; i < receivers; i++)
        load_join(children[i]);
    load_note("%u signals to each of %u, %u times the queue was full", amount, receivers, full);
}

/* ---- everything at once ------------------------------------------------------------------------
 */

static void *map_and_touch(void *context)
{
    for (unsigned i = 0; i < 20; i++) {
        size_t bytes = (1 + i % 5) * PAGE;
        char *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (at == MAP_FAILED)
            load_fail("mmap");
        for (size_t j = 0; j < bytes; j += PAGE) {
            if (at[j] != 0)
                load_fail("fresh memory is not zero");
            at[j] = 1;
        }
        munmap(at, bytes);
    }
    return context;
}

static void execute(unsigned number)
{
    static const char *const arguments[] = {ACTOR_PROGRAM, "--nothing", NULL};
    (void)number;
    execv(ACTOR_PROGRAM, (char *const *)(uintptr_t)arguments);
    load_fail("execv");
}

/* fork, exec, mmap and exit beside each other, with threads that are in the middle of something. */
static void churn_one(unsigned rounds)
{
    pthread_t thread;

    for (unsigned i = 0; i < rounds; i++) {
        bool with_thread = pthread_create(&thread, NULL, map_and_touch, NULL) == 0;
        pid_t child = i % 3 == 0 ? load_child(execute, i) : load_child(fork_chain, 1);
        LOAD_NEED(child > 0 || load_is_limit(errno));
        map_and_touch(NULL);
        if (child > 0)
            load_join(child);
        if (with_thread)
            pthread_join(thread, NULL);
    }
}

static void churn(unsigned rounds)
{
    const unsigned workers = 10;
    pid_t children[10];

    for (unsigned i = 0; i < workers; i++)
        LOAD_NEED((children[i] = load_child(churn_one, rounds)) > 0);
    for (unsigned i = 0; i < workers; i++)
        load_join(children[i]);
    load_note("%u workers, %u rounds", workers, rounds);
}

const struct load load_many[] = {
    {"processes", processes, 200, 200},
    {"threads", threads, 800, 2000},
    {"open_files", open_files, 10000, 50000},
    {"pipes", pipes, 1000, 5000},
    {"deep_forks", deep_forks, 120, 200},
    {"orphans", orphans, 20, 500},
    {"signal_storm", signal_storm, 300, 20000},
    {"churn", churn, 10, 500},
    {0},
};
