/*
 * main.c - what Linux's operations cost in instructions: an ordinary static Linux program that runs
 * unmodified in Corm's Linux world and on Linux.
 *
 *     linux-bench [--count N] [ROW...]
 *
 * Writes a line for each row, at once: BENCH NAME FIGURE, or BENCH NAME absent: REASON if the
 * system has no such call, or BENCH NAME failed: REASON; and at the end BENCH-END. As process 1 it
 * is also what starts the system, and what ends it.
 */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apps/linux-bench/first.h"
#include "apps/linux-bench/rows.h"

#define LIMIT_S     20 /* of the system's own clock, for one row */
#define LINE_BYTES  256
#define KIB         1024
#define MIB         (1024 * KIB)
#define FAULT_BYTES (8 * MIB)
#define FAULT_PAGES (FAULT_BYTES / 4096)

static const struct row rows[] = {
    {.name = "getppid", .run = row_getppid, .count = 2000},
    {.name = "pipe_1", .run = row_pipe, .count = 500, .bytes = 1},
    {.name = "pipe_4096", .run = row_pipe, .count = 500, .bytes = 4096},
    {.name = "unix_1", .run = row_unix, .count = 500, .bytes = 1},
    {.name = "futex_processes", .run = row_futex_processes, .count = 500},
    {.name = "futex_threads", .run = row_futex_threads, .count = 500},
    {.name = "fork_exit_wait", .run = row_fork_exit_wait, .count = 10},
    {.name = "fork_exit_wait_1mib", .run = row_fork_exit_wait, .count = 5, .bytes = MIB},
    {.name = "fork_exec_busybox_true", .run = row_fork_exec, .count = 5},
    {.name = "sh_c_true", .run = row_shell, .count = 5},
    {.name = "mmap_touch_munmap", .run = row_map, .count = 200, .bytes = 4096},
    {.name = "page_fault", .run = row_page_fault, .count = 1, .bytes = 8 * MIB},
    {.name = "signal_self", .run = row_signal_self, .count = 500},
    {.name = "thread_create_join", .run = row_thread, .count = 100},
    {.name = "pread_4096", .run = row_pread, .count = 1000, .bytes = 4096},
    {.name = "open_close", .run = row_open_close, .count = 500},
    {.name = "stat", .run = row_stat, .count = 500},
    {.name = "create_unlink", .run = row_create_unlink, .count = 200},
    {.name = "write_1mib_4k", .run = row_write, .count = 1, .bytes = MIB},
    {.name = "epoll_ready", .run = row_epoll_ready, .count = 1000},
};

#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

static const char *running; /* the row, in its own process */

/* One write, so that nothing comes between the parts of a line. */
__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
    char line[LINE_BYTES];
    va_list arguments;

    va_start(arguments, format);
    int length = vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    if (length < 0 || (size_t)length >= sizeof(line) || write(1, line, (size_t)length) != length)
        abort();
}

void row_measure(const struct row *row, const struct measure *measure, unsigned count)
{
    uint64_t insn = measure_run(measure, count);
    say("BENCH %s %llu\n", row->name, (unsigned long long)insn);
}

void row_fail(const char *call)
{
    int error = errno;
    const char *how = error == ENOSYS || error == EAFNOSUPPORT ? "absent" : "failed";

    say("BENCH %s %s: %s: %s\n", running, how, call, strerror(error));
    _exit(EXIT_FAILURE);
}

void row_start_peer(void (*run)(void *context), void *context)
{
    pid_t peer = (pid_t)row_need(fork(), "fork");

    if (peer != 0)
        return;
    run(context);
    _exit(EXIT_SUCCESS);
}

static void on_alarm(int number) { (void)number; }

/* The row's process is the leader of a group, in which are its peers too. */
static void run_row(const struct row *row, unsigned count)
{
    int status;
    pid_t child = fork();

    if (child == 0) {
        setpgid(0, 0);
        running = row->name;
        row->run(row, count ? count : row->count);
        _exit(EXIT_SUCCESS);
    }
    if (child < 0) {
        say("BENCH %s failed: fork: %s\n", row->name, strerror(errno));
        return;
    }
    setpgid(child, child); /* whoever comes first */
    alarm(LIMIT_S);
    bool ended = waitpid(child, &status, 0) == child;
    alarm(0);
    kill(-child, SIGKILL);
    while (waitpid(-child, NULL, 0) > 0)
        ;
    if (!ended) {
        say("BENCH %s failed: no end after %d s\n", row->name, LIMIT_S);
    } else if (WIFSIGNALED(status)) {
        say("BENCH %s failed: %s\n", row->name, strsignal(WTERMSIG(status)));
    }
}

static void report_system(uint64_t start)
{
    struct sysinfo system;

    say("BENCH boot_to_first_program %llu\n", (unsigned long long)start);
    say("BENCH-CALIBRATION %llu\n", (unsigned long long)measure_calibrate());
    if (sysinfo(&system) == 0)
        say("BENCH-FREE-KIB %llu\n", (unsigned long long)system.freeram * system.mem_unit / KIB);
    else
        say("BENCH memory_after_boot_kib failed: sysinfo: %s\n", strerror(errno));
}

static bool wanted(const char *name, char **names)
{
    if (!*names)
        return true;
    for (; *names; names++)
        if (strcmp(*names, name) == 0)
            return true;
    return false;
}

static void run_rows(char **arguments)
{
    unsigned count = 0;
    struct sigaction action = {.sa_handler = on_alarm};

    sigaction(SIGALRM, &action, NULL);
    if (arguments[0] && arguments[1] && strcmp(arguments[0], "--count") == 0) {
        count = (unsigned)strtoul(arguments[1], NULL, 10);
        arguments += 2;
    }
    for (unsigned i = 0; i < ROW_COUNT; i++)
        if (wanted(rows[i].name, arguments))
            run_row(&rows[i], count);
    say("BENCH-END\n");
}

int main(int argc, char **argv)
{
    uint64_t start = measure_now();

    (void)argc;
    report_system(start);
    const char *unmounted = first_am_i() ? first_mount() : NULL;
    if (unmounted)
        say("BENCH-TROUBLE cannot mount %s: %s\n", unmounted, strerror(errno));
    run_rows(argv + 1);
    if (first_am_i())
        first_end();
    return 0;
}
