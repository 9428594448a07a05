/*
 * processors.c - threads and processes on all processors that there are, whatever their number:
 * each may be confined to each, says where it is, and what they do at once adds up.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS 8
#define ROUNDS  3000

static void expect(int holds, const char *what)
{
    if (!holds) {
        printf("failed: %s (%s)\n", what, strerror(errno));
        exit(1);
    }
}

static cpu_set_t all;

static int confine(int processor)
{
    cpu_set_t one;

    CPU_ZERO(&one);
    CPU_SET(processor, &one);
    return sched_setaffinity(0, sizeof(one), &one);
}

static void asked_processor_is_taken(void)
{
    cpu_set_t got;

    for (int i = 0; i < CPU_SETSIZE; i++) {
        if (!CPU_ISSET(i, &all))
            continue;
        unsigned by_call;
        expect(confine(i) == 0, "a processor that there is");
        expect(sched_getaffinity(0, sizeof(got), &got) == 0 && CPU_COUNT(&got) == 1 &&
                   CPU_ISSET(i, &got),
               "the affinity is as set");
        expect(sched_getcpu() == i, "sched_getcpu");
        expect(syscall(SYS_getcpu, &by_call, NULL, NULL) == 0 && (int)by_call == i, "getcpu");
    }
    CPU_ZERO(&got);
    CPU_SET(CPU_SETSIZE - 1, &got);
    expect(sched_setaffinity(0, sizeof(got), &got) == -1 && errno == EINVAL,
           "a processor that there is not");
    expect(sched_setaffinity(0, sizeof(all), &all) == 0, "all of them");
    puts("each processor can be had");
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static long guarded;
static atomic_long counted;

static void *count(void *unused)
{
    for (int i = 0; i < ROUNDS; i++) {
        pthread_mutex_lock(&mutex);
        guarded++;
        pthread_mutex_unlock(&mutex);
        counted++;
        if (i % 500 == 0)
            sched_yield();
    }
    return unused;
}

static void threads_add_up(void)
{
    pthread_t threads[THREADS];

    for (int i = 0; i < THREADS; i++)
        expect(pthread_create(&threads[i], NULL, count, NULL) == 0, "pthread_create");
    for (int i = 0; i < THREADS; i++)
        expect(pthread_join(threads[i], NULL) == 0, "pthread_join");
    expect(guarded == THREADS * ROUNDS && counted == guarded, "no count is lost");
    puts("threads add up");
}

static atomic_int stop;

static void *map_and_unmap(void *unused)
{
    const size_t bytes = 16 * 4096;

    while (!stop) {
        char *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        expect(at != MAP_FAILED, "mmap");
        for (size_t i = 0; i < bytes; i += 4096) {
            expect(at[i] == 0, "fresh memory is zero");
            at[i] = (char)i | 1;
        }
        expect(mprotect(at, bytes, PROT_READ) == 0, "mprotect");
        expect(munmap(at, bytes) == 0, "munmap");
    }
    return unused;
}

/* A child that lives beside threads of its parent which change the memory they share. */
static void forks_beside_threads(void)
{
    pthread_t threads[3];

    for (int i = 0; i < 3; i++)
        expect(pthread_create(&threads[i], NULL, map_and_unmap, NULL) == 0, "pthread_create");
    for (int i = 0; i < 100; i++) {
        int status;
        pid_t child = fork();
        expect(child >= 0, "fork");
        if (child == 0)
            _exit(i);
        expect(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == i,
               "a child's status");
    }
    stop = 1;
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    puts("forks beside threads");
}

static void pipes_carry_everything(void)
{
    enum { WRITERS = 4, BYTES = 200000 };
    int ends[2];
    char buffer[4096];
    long sum = 0, got;

    expect(pipe(ends) == 0, "pipe");
    for (int i = 0; i < WRITERS; i++) {
        if (fork() == 0) {
            close(ends[0]);
            memset(buffer, i + 1, sizeof(buffer));
            for (int left = BYTES; left > 0; left -= 1000)
                expect(write(ends[1], buffer, 1000) == 1000, "write");
            _exit(0);
        }
    }
    close(ends[1]);
    while ((got = read(ends[0], buffer, sizeof(buffer))) > 0)
        for (long i = 0; i < got; i++)
            sum += buffer[i];
    close(ends[0]);
    while (wait(NULL) > 0)
        ;
    expect(sum == (1 + 2 + 3 + 4) * (long)BYTES, "every byte arrives");
    puts("pipes carry everything");
}

/* Dekker's algorithm: the fence of one side is the system call of the other. */
static atomic_int mine, other, both;
static pthread_barrier_t round_begins, round_ends;

static void *light_side(void *unused)
{
    for (int i = 0; i < ROUNDS; i++) {
        pthread_barrier_wait(&round_begins);
        atomic_store_explicit(&other, 1, memory_order_relaxed);
        atomic_signal_fence(memory_order_seq_cst);
        if (!atomic_load_explicit(&mine, memory_order_relaxed))
            both++;
        pthread_barrier_wait(&round_ends);
    }
    return unused;
}

static void membarrier_orders_others(void)
{
    pthread_t thread;

    expect(syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0,
           "registering");
    pthread_barrier_init(&round_begins, NULL, 2);
    pthread_barrier_init(&round_ends, NULL, 2);
    expect(pthread_create(&thread, NULL, light_side, NULL) == 0, "pthread_create");
    for (int i = 0; i < ROUNDS; i++) {
        mine = other = both = 0;
        pthread_barrier_wait(&round_begins);
        atomic_store_explicit(&mine, 1, memory_order_relaxed);
        expect(syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0, "membarrier");
        if (!atomic_load_explicit(&other, memory_order_relaxed))
            both++;
        pthread_barrier_wait(&round_ends);
        expect(both < 2, "one of both sees the other");
    }
    pthread_join(thread, NULL);
    puts("membarrier orders others");
}

int main(void)
{
    setvbuf(stdout, NULL, _IONBF, 0);
    expect(sched_getaffinity(0, sizeof(all), &all) == 0, "sched_getaffinity");
    expect(sysconf(_SC_NPROCESSORS_ONLN) == CPU_COUNT(&all), "sysconf counts as many");
    asked_processor_is_taken();
    threads_add_up();
    forks_beside_threads();
    pipes_carry_everything();
    membarrier_orders_others();
    return 0;
}
