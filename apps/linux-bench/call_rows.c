/*
 * call_rows.c - system calls that wait for nobody: getppid, a signal to oneself, epoll_wait.
 */
#include <signal.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "apps/linux-bench/rows.h"

static void call_getppid(void *context)
{
    (void)context;
    getppid();
}

void row_getppid(const struct row *row, unsigned count)
{
    row_measure(row, &(struct measure){.operation = call_getppid}, count);
}

static volatile sig_atomic_t signals;

static void on_signal(int number)
{
    (void)number;
    signals++;
}

static void signal_self(void *context) { kill(*(pid_t *)context, SIGUSR1); }

void row_signal_self(const struct row *row, unsigned count)
{
    struct sigaction action = {.sa_handler = on_signal};
    pid_t self = getpid();

    row_need(sigaction(SIGUSR1, &action, NULL), "sigaction");
    row_measure(row, &(struct measure){.operation = signal_self, .context = &self}, count);
}

static void wait_ready(void *context)
{
    struct epoll_event event;
    row_need(epoll_wait(*(int *)context, &event, 1, -1), "epoll_wait");
}

void row_epoll_ready(const struct row *row, unsigned count)
{
    int ends[2];
    struct epoll_event event = {.events = EPOLLIN};
    int epoll = (int)row_need(epoll_create1(0), "epoll_create1");

    row_need(pipe(ends), "pipe");
    row_need(epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event), "epoll_ctl");
    row_need(write(ends[1], "", 1), "write");
    row_measure(row, &(struct measure){.operation = wait_ready, .context = &epoll}, count);
}
