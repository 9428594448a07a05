/*
 * processor_time.c - what is told of processor time: it follows what was used, is shared by those
 * who compete, adds up, and never becomes less.
 */
#include "show.h"

#include <sched.h>
#include <sys/resource.h>
#include <time.h>

#define BURN_MS  300
#define RACE_MS  600
#define SLEEP_MS 200

static double seconds(clockid_t clock)
{
    struct timespec now;
    NEED(clock_gettime(clock, &now) == 0);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double of(struct timeval time) { return (double)time.tv_sec + (double)time.tv_usec / 1e6; }

static void burn_until(clockid_t clock, double end)
{
    double last = seconds(CLOCK_PROCESS_CPUTIME_ID);
    while (seconds(clock) < end) {
        for (volatile int i = 0; i < 1000000; i++)
            continue;
        double now = seconds(CLOCK_PROCESS_CPUTIME_ID);
        NEED(now >= last);
        last = now;
    }
}

/* The first line of /proc/stat, in seconds: all of it, and the used part. */
static void system_times(double *all, double *used)
{
    unsigned long long field[10];
    FILE *file = fopen("/proc/stat", "r");
    NEED(file && fscanf(file, "cpu %llu %llu %llu %llu %llu %llu %llu %llu %llu %llu", &field[0],
                        &field[1], &field[2], &field[3], &field[4], &field[5], &field[6], &field[7],
                        &field[8], &field[9]) == 10);
    fclose(file);
    *all = 0;
    for (int i = 0; i < 8; i++)
        *all += (double)field[i] / 100;
    *used = *all - (double)(field[3] + field[4]) / 100;
}

static void alone(void)
{
    struct rusage before, after;
    long ticks[2];

    SECTION("alone");
    getrusage(RUSAGE_SELF, &before);
    burn_until(CLOCK_PROCESS_CPUTIME_ID, seconds(CLOCK_PROCESS_CPUTIME_ID) + BURN_MS / 1e3);
    getrusage(RUSAGE_SELF, &after);
    double user = of(after.ru_utime) - of(before.ru_utime);
    double system = of(after.ru_stime) - of(before.ru_stime);
    SHOW(user + system > 0.25 && user + system < 0.6);
    SHOW(user > system);
    FILE *file = fopen("/proc/self/stat", "r");
    NEED(file && fscanf(file, "%*d %*s %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %ld %ld",
                        &ticks[0], &ticks[1]) == 2);
    fclose(file);
    SHOW(labs(ticks[0] + ticks[1] - (long)(100 * (of(after.ru_utime) + of(after.ru_stime)))) <= 5);
    double used = seconds(CLOCK_PROCESS_CPUTIME_ID);
    usleep(SLEEP_MS * 1000);
    SHOW(seconds(CLOCK_PROCESS_CPUTIME_ID) - used < SLEEP_MS / 2e3);
}

/* Two processes on one processor, for as long as the clock on the wall says. */
static void together(void)
{
    struct rusage usage;
    double used[2], wall = seconds(CLOCK_MONOTONIC);
    cpu_set_t one;
    pid_t child[2];

    SECTION("together");
    getrusage(RUSAGE_CHILDREN, &usage); /* the children of who executed this program count, too */
    const double before = of(usage.ru_utime) + of(usage.ru_stime);
    CPU_ZERO(&one);
    CPU_SET(0, &one);
    NEED(sched_setaffinity(0, sizeof(one), &one) == 0);
    for (int i = 0; i < 2; i++) {
        if ((child[i] = fork()) == 0) {
            burn_until(CLOCK_MONOTONIC, wall + RACE_MS / 1e3);
            _exit(0);
        }
    }
    for (int i = 0; i < 2; i++) {
        NEED(wait4(child[i], NULL, 0, &usage) == child[i]);
        used[i] = of(usage.ru_utime) + of(usage.ru_stime);
    }
    wall = seconds(CLOCK_MONOTONIC) - wall;
    double sum = used[0] + used[1];
    SHOW(sum < 1.25 * wall);
    SHOW(used[0] > sum / 4 && used[1] > sum / 4);
    getrusage(RUSAGE_CHILDREN, &usage);
    double children = of(usage.ru_utime) + of(usage.ru_stime) - before;
    SHOW(children > sum - 0.02 && children < sum + 0.02);
}

int main(void)
{
    double all[2], used[2], wall[2], cpus = (double)sysconf(_SC_NPROCESSORS_ONLN);
    struct rusage usage;

    wall[0] = seconds(CLOCK_MONOTONIC);
    system_times(&all[0], &used[0]);
    alone();
    together();
    SECTION("the system");
    system_times(&all[1], &used[1]);
    wall[1] = seconds(CLOCK_MONOTONIC);
    double passed = (wall[1] - wall[0]) * cpus;
    SHOW(all[1] - all[0] > 0.8 * passed && all[1] - all[0] < 1.2 * passed);
    SHOW(used[1] - used[0] > 0.3 && used[1] - used[0] < 1.2 * passed);
    SECTION("counts");
    getrusage(RUSAGE_SELF, &usage);
    long faults = usage.ru_minflt, peak = usage.ru_maxrss;
    char *memory = malloc(8 << 20);
    for (int i = 0; i < 8 << 20; i += 4096)
        memory[i] = 1;
    getrusage(RUSAGE_SELF, &usage);
    SHOW(usage.ru_minflt > faults);
    SHOW(usage.ru_maxrss >= peak + 7000 || usage.ru_maxrss >= 8192);
    long switches = usage.ru_nvcsw;
    free(memory);
    usleep(1000);
    getrusage(RUSAGE_SELF, &usage);
    SHOW(usage.ru_nvcsw > switches);
    SHOW(usage.ru_maxrss >= 8192);
    return 0;
}
