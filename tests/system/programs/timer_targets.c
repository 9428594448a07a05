/*
 * Whom a timer may tell: its own process or a thread of it, and nobody else.
 */
#include "show.h"

#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>

static int timer;

static long create(int notify, int signo, pid_t thread)
{
    struct sigevent event = {.sigev_notify = notify, .sigev_signo = signo};

    event._sigev_un._tid = thread;
    return syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &timer);
}

static pid_t self(void) { return (pid_t)syscall(SYS_gettid); }

static volatile pid_t other;
static volatile int came, came_to_other;

static void handle(int signo)
{
    (void)signo;
    came_to_other = self() == other;
    came = 1;
}

static void *wait_in_thread(void *unused)
{
    other = self();
    while (!came)
        usleep(1000);
    return unused;
}

static void tell_a_thread(void)
{
    const struct itimerspec soon = {.it_value.tv_nsec = 1000000};
    const struct sigaction action = {.sa_handler = handle};
    pthread_t thread;

    SECTION("a thread of ours");
    NEED(sigaction(SIGUSR1, &action, NULL) == 0);
    NEED(pthread_create(&thread, NULL, wait_in_thread, NULL) == 0);
    while (other == 0)
        usleep(1000);
    SHOW(create(SIGEV_THREAD_ID, SIGUSR1, other));
    NEED(syscall(SYS_timer_settime, timer, 0, &soon, NULL) == 0);
    NEED(pthread_join(thread, NULL) == 0);
    while (syscall(SYS_tgkill, getpid(), other, 0) == 0) /* joined is not yet gone */
        usleep(1000);
    printf("it came to that one: %d\n", came_to_other);
    SHOW(create(SIGEV_THREAD_ID, SIGUSR1, other) == -1 && errno == EINVAL);
}

int main(void)
{
    int status;

    SECTION("nobody else");
    pid_t child = fork();
    if (child == 0) {
        SHOW(create(SIGEV_THREAD_ID, SIGABRT, getppid()));
        SHOW(create(SIGEV_THREAD_ID, SIGABRT, 1));
        SHOW(create(SIGEV_THREAD_ID, SIGABRT, 0));
        SHOW(create(SIGEV_THREAD_ID, SIGABRT, -1));
        _exit(0);
    }
    NEED(waitpid(child, &status, 0) == child && status == 0);
    SECTION("how");
    SHOW(create(SIGEV_THREAD_ID, 0, self()));
    SHOW(create(SIGEV_THREAD_ID, 65, self()));
    SHOW(create(SIGEV_THREAD_ID | SIGEV_NONE, SIGUSR1, self()));
    SHOW(create(SIGEV_THREAD, 0, 0));
    SHOW(create(SIGEV_THREAD, SIGUSR1, 0));
    SHOW(create(3, SIGUSR1, 0));
    SHOW(create(SIGEV_NONE, 0, 0));
    tell_a_thread();
    return 0;
}
