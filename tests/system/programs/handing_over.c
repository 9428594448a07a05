/*
 * handing_over.c - who is woken may run first, but does not keep whoever woke it: not by computing,
 * not by yielding, not by waking others.
 */
#include "show.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>

#define ROUNDS 2000

static int in[2], out[2];

/* A child that gets a byte, says so, and then does as told for ever. */
static pid_t start(void (*forever)(void))
{
    pid_t child = fork();
    char byte;

    if (child != 0)
        return child;
    NEED(read(in[0], &byte, 1) == 1);
    for (;;)
        forever();
}

static void compute(void) { __asm__ volatile("" ::: "memory"); }

static void yield(void) { sched_yield(); }

static void ask(void) { getppid(); }

static void wake_and_go_on(const char *what, void (*forever)(void))
{
    pid_t child = start(forever);
    int status;

    usleep(2000); /* so that it waits */
    NEED(write(in[1], "x", 1) == 1);
    printf("the other one is %s, and we go on\n", what);
    NEED(kill(child, SIGKILL) == 0 && waitpid(child, &status, 0) == child);
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t moved = PTHREAD_COND_INITIALIZER;
static int turn;

static void *play(void *at)
{
    int me = (int)(long)at;

    pthread_mutex_lock(&mutex);
    for (int i = 0; i < ROUNDS; i++) {
        while (turn % 3 != me)
            pthread_cond_wait(&moved, &mutex);
        turn++;
        pthread_cond_broadcast(&moved);
    }
    pthread_mutex_unlock(&mutex);
    return NULL;
}

int main(void)
{
    pthread_t threads[3];
    char byte;

    alarm(60);
    NEED(pipe(in) == 0 && pipe(out) == 0);
    wake_and_go_on("computing", compute);
    wake_and_go_on("yielding", yield);
    wake_and_go_on("calling", ask);

    pid_t child = fork();
    if (child == 0) {
        for (int i = 0; i < ROUNDS; i++)
            NEED(read(in[0], &byte, 1) == 1 && write(out[1], &byte, 1) == 1);
        _exit(0);
    }
    for (int i = 0; i < ROUNDS; i++)
        NEED(write(in[1], "y", 1) == 1 && read(out[0], &byte, 1) == 1);
    NEED(waitpid(child, NULL, 0) == child);
    printf("%d rounds between processes\n", ROUNDS);

    for (long i = 0; i < 3; i++)
        NEED(pthread_create(&threads[i], NULL, play, (void *)i) == 0);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    printf("%d turns among three threads\n", turn);
    return 0;
}
