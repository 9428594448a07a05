/*
 * cpu_timers.c - timers and sleeps on consumed processor time, clocks of others, RLIMIT_CPU: what
 * expires, whom it tells, and that nothing does while nobody computes.
 *
 * How late is not said: that depends on the machine. None of timer_create's is early; those of
 * setitimer may be on Linux, which counts them in ticks: at least half of the time must have
 * passed.
 */
#include "show.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>

#define MS 1000000LL

static volatile int arrived[65];
static volatile int over;

static void count(int signo) { arrived[signo]++; }

static long long now(clockid_t clock)
{
    struct timespec time;
    NEED(clock_gettime(clock, &time) == 0);
    return time.tv_sec * 1000 * MS + time.tv_nsec;
}

static void burn(clockid_t clock, long long span)
{
    long long end = now(clock) + span;
    while (now(clock) < end)
        for (volatile int i = 0; i < 10000; i++)
            continue;
}

/* Computes until the signal has come so often. */
static void burn_until(int signo, int times)
{
    while (arrived[signo] < times)
        for (volatile int i = 0; i < 10000; i++)
            continue;
}

static void *burn_in_thread(void *argument)
{
    (void)argument;
    while (!over)
        for (volatile int i = 0; i < 10000; i++)
            continue;
    return NULL;
}

/* ---- setitimer --------------------------------------------------------------------------------
 */

static void interval(int which, int signo, clockid_t clock)
{
    struct itimerval value = {.it_value = {0, 50000}}, old;

    arrived[signo] = 0;
    long long before = now(clock);
    SHOW(setitimer(which, &value, NULL));
    usleep(100000);
    SHOW(arrived[signo]);
    SHOW(getitimer(which, &old));
    SHOW(old.it_value.tv_sec == 0 && old.it_value.tv_usec > 0 && old.it_value.tv_usec < 70000);
    SHOW(old.it_interval.tv_sec + old.it_interval.tv_usec);
    burn_until(signo, 1);
    SHOW(now(clock) - before >= 25 * MS);
    SHOW(getitimer(which, &old));
    SHOW(old.it_value.tv_sec + old.it_value.tv_usec);
    burn(clock, 60 * MS);
    SHOW(arrived[signo]);
    value.it_interval.tv_usec = 20000;
    before = now(clock);
    SHOW(setitimer(which, &value, NULL));
    burn_until(signo, 4);
    SHOW(now(clock) - before >= 45 * MS);
    SHOW(setitimer(which, &(struct itimerval){0}, &old));
    SHOW(old.it_interval.tv_usec);
    int last = arrived[signo];
    burn(clock, 60 * MS);
    SHOW(arrived[signo] - last);
}

/* ---- timer_create ------------------------------------------------------------------------------
 */

static timer_t make(clockid_t clock, int signo)
{
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = signo};
    timer_t timer;
    NEED(timer_create(clock, &event, &timer) == 0);
    return timer;
}

static void set(timer_t timer, int flags, long long value, long long interval)
{
    const struct itimerspec spec = {.it_value = {value / (1000 * MS), value % (1000 * MS)},
                                    .it_interval = {0, interval}};
    NEED(timer_settime(timer, flags, &spec, NULL) == 0);
}

static void posix_timers(void)
{
    timer_t all = make(CLOCK_PROCESS_CPUTIME_ID, SIGUSR1);
    timer_t own = make(CLOCK_THREAD_CPUTIME_ID, SIGUSR2);
    struct itimerspec left;
    pthread_t other;

    SECTION("timer_create");
    long long before = now(CLOCK_PROCESS_CPUTIME_ID);
    set(all, 0, 50 * MS, 0);
    set(own, 0, 50 * MS, 0);
    NEED(pthread_create(&other, NULL, burn_in_thread, NULL) == 0);
    while (arrived[SIGUSR1] == 0)
        usleep(1000);
    SHOW(now(CLOCK_PROCESS_CPUTIME_ID) - before >= 50 * MS);
    over = 1;
    pthread_join(other, NULL);
    SHOW(timer_gettime(all, &left));
    SHOW(left.it_value.tv_sec + left.it_value.tv_nsec);
    before = now(CLOCK_THREAD_CPUTIME_ID);
    arrived[SIGUSR2] = 0;
    set(own, 0, 50 * MS, 0);
    burn_until(SIGUSR2, 1);
    SHOW(now(CLOCK_THREAD_CPUTIME_ID) - before >= 50 * MS);
    SECTION("in the past, and again");
    arrived[SIGUSR1] = 0;
    set(all, TIMER_ABSTIME, 1, 0);
    SHOW(arrived[SIGUSR1]);
    before = now(CLOCK_PROCESS_CPUTIME_ID);
    set(all, TIMER_ABSTIME, before + 30 * MS, 1);
    burn_until(SIGUSR1, 4);
    SHOW(now(CLOCK_PROCESS_CPUTIME_ID) - before >= 30 * MS);
    SHOW(timer_delete(all));
    SHOW(timer_delete(own));
    SECTION("clocks that are not");
    SHOW(timer_create(~0x12345678u << 3 | 2, NULL, &all));
    SHOW(timer_create(~1u << 3 | 6, NULL, &all));
    SHOW(timer_create(12, NULL, &all));
}

/* ---- clocks of others, and sleeping on them
 * ------------------------------------------------------
 */

static void others(void)
{
    const struct timespec span = {0, 40 * MS};
    struct timespec left;
    pthread_t other;
    clockid_t clock, child_clock;

    SECTION("clocks of others");
    over = 0;
    NEED(pthread_create(&other, NULL, burn_in_thread, NULL) == 0);
    SHOW(pthread_getcpuclockid(other, &clock));
    long long before = now(clock);
    SHOW(clock_nanosleep(clock, 0, &span, NULL));
    SHOW(now(clock) - before >= 40 * MS);
    before = now(CLOCK_PROCESS_CPUTIME_ID);
    SHOW(clock_nanosleep(CLOCK_PROCESS_CPUTIME_ID, 0, &span, NULL));
    SHOW(now(CLOCK_PROCESS_CPUTIME_ID) - before >= 40 * MS);
    over = 1;
    pthread_join(other, NULL);
    for (int i = 0; i < 1000 && clock_gettime(clock, &left) == 0; i++)
        usleep(1000); /* a thread that was joined is there for a moment yet */
    SHOW(clock_gettime(clock, &left));
    SHOW(syscall(SYS_clock_nanosleep, CLOCK_THREAD_CPUTIME_ID, 0, &span, NULL));
    SHOW(syscall(SYS_clock_nanosleep, (int)(~0u << 3 | 6), 0, &span, NULL));
    pid_t child = fork();
    if (child == 0)
        for (;;)
            continue;
    SHOW(clock_getcpuclockid(child, &child_clock));
    SHOW(clock_nanosleep(child_clock, 0, &span, NULL));
    SHOW(now(child_clock) >= 40 * MS);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    SHOW(clock_getcpuclockid(child, &child_clock));
}

/* ---- the limit ---------------------------------------------------------------------------------
 */

static void end_of(struct rlimit limit, void (*handler)(int))
{
    struct rlimit left;
    int status, tell[2];

    NEED(pipe(tell) == 0);
    pid_t child = fork();
    if (child == 0) {
        signal(SIGXCPU, handler);
        NEED(setrlimit(RLIMIT_CPU, &limit) == 0);
        for (int told = 0;;) {
            if (arrived[SIGXCPU] == told)
                continue;
            told = arrived[SIGXCPU];
            getrlimit(RLIMIT_CPU, &left);
            dprintf(tell[1], "warned %d, the limit is %d now\n", told, (int)left.rlim_cur);
        }
    }
    close(tell[1]);
    FILE *said = fdopen(tell[0], "r");
    for (int c; (c = getc(said)) != EOF;)
        putchar(c);
    fclose(said);
    NEED(waitpid(child, &status, 0) == child);
    SHOW(WIFSIGNALED(status) ? WTERMSIG(status) : -1);
}

int main(void)
{
    for (int signo = 1; signo < 32; signo++)
        if (signo == SIGPROF || signo == SIGVTALRM || signo == SIGUSR1 || signo == SIGUSR2)
            signal(signo, count);
    SECTION("ITIMER_PROF");
    interval(ITIMER_PROF, SIGPROF, CLOCK_PROCESS_CPUTIME_ID);
    SECTION("ITIMER_VIRTUAL");
    interval(ITIMER_VIRTUAL, SIGVTALRM, CLOCK_PROCESS_CPUTIME_ID);
    SHOW(setitimer(3, &(struct itimerval){0}, NULL));
    posix_timers();
    others();
    SECTION("RLIMIT_CPU");
    end_of((struct rlimit){1, 2}, count);
    end_of((struct rlimit){0, 5}, SIG_DFL);
    return 0;
}
