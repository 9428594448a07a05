/*
 * load.c - see load.h.
 */
#include "apps/linux-fuzz/load.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "apps/linux-fuzz/baseline.h"
#include "apps/linux-fuzz/clean.h"

#define TEXT_BYTES   300
#define LINE_BYTES   700
#define PAUSE_NS     5000000
#define LIMIT_NS     300000000000ull /* of the system's own time, for one load */
#define STATUS_WRONG 3

static char *told; /* TEXT_BYTES that a load shares with us */
static unsigned failed;
static bool warm; /* what the first load does to ourselves is not told */

__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
    char line[LINE_BYTES];
    va_list arguments;

    va_start(arguments, format);
    int length = vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    if (length < 0 || (size_t)length >= sizeof(line) ||
        (warm && write(1, line, (size_t)length) != length))
        abort();
}

void load_fail(const char *format, ...)
{
    int error = errno;
    va_list arguments;

    va_start(arguments, format);
    int length = vsnprintf(told, TEXT_BYTES, format, arguments);
    va_end(arguments);
    if (length >= 0 && length < TEXT_BYTES)
        snprintf(told + length, (size_t)(TEXT_BYTES - length), ": %s", strerror(error));
    _exit(STATUS_WRONG);
}

void load_note(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(told, TEXT_BYTES, format, arguments);
    va_end(arguments);
}

bool load_is_limit(int error)
{
    return error == ENOMEM || error == EAGAIN || error == EMFILE || error == ENFILE ||
           error == ENOSPC || error == ENOBUFS;
}

pid_t load_child(void (*run)(unsigned), unsigned argument)
{
    pid_t child = fork();

    if (child != 0)
        return child;
    run(argument);
    _exit(0);
}

void load_join(pid_t child)
{
    int status = 0;

    while (waitpid(child, &status, 0) < 0)
        LOAD_NEED(errno == EINTR);
    if (status != 0)
        load_fail("a child ended with status 0x%x", status);
}

/* ---- running them ---------------------------------------------------------------------------- */

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Orphans of the load come to us: they are waited for too. False: the time is over. */
static bool wait_for(pid_t load, int *status)
{
    const struct timespec pause = {0, PAUSE_NS};
    uint64_t end_ns = now_ns() + LIMIT_NS;
    pid_t child = 0;
    int of_child = 0;

    for (; now_ns() < end_ns; nanosleep(&pause, NULL))
        while ((child = waitpid(-1, &of_child, WNOHANG | __WALL)) > 0)
            if (child == load) {
                *status = of_child;
                return true;
            }
    return false;
}

static void wrong(const struct load *load, const char *text)
{
    failed++;
    say("LOAD-WRONG %s %s\n", load->name, text);
}

static void run(const struct load *load, unsigned amount)
{
    char text[TEXT_BYTES];
    int status = 0;
    uint64_t start_ns = now_ns();

    told[0] = 0;
    pid_t child = load_child(load->run, amount);
    if (child < 0 || !wait_for(child, &status))
        wrong(load, child < 0 ? "cannot be started" : "does not end");
    else if (status != 0)
        wrong(load, WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : told);
    else
        say("LOAD %s ok %u in %lu ms: %s\n", load->name, amount,
            (unsigned long)((now_ns() - start_ns) / 1000000), told);
    if (!clean_processes(text, sizeof(text)))
        wrong(load, text);
    clean_folder("/tmp");
    clean_ipc();
    clean_sockets();
    if (!baseline_restored(text, sizeof(text)))
        wrong(load, text);
}

static bool wanted(const char *name, char **names)
{
    for (char **at = names; *at; at++)
        if (strcmp(*at, name) == 0)
            return true;
    return !*names;
}

static void run_all(const struct load *loads, bool full, char **names)
{
    for (const struct load *load = loads; load->name; load++)
        if (wanted(load->name, names))
            run(load, full ? load->amount_full : load->amount_short);
}

static void do_nothing(unsigned argument) { (void)argument; }

int load_main(int argc, char **argv)
{
    static const struct load nothing = {.name = "nothing", .run = do_nothing};
    char text[TEXT_BYTES];
    bool full = argc > 0 && strcmp(argv[0], "full") == 0;

    told = mmap(NULL, TEXT_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (argc < 1 || told == MAP_FAILED || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
        return 2;
    clean_folder("/tmp");
    clean_warm_up();
    warm = true; /* the line to the outside keeps a page */
    say("LOAD %s\n", full ? "full" : "short");
    warm = false;
    baseline_take();
    run(&nothing, 0);
    baseline_restored(text, sizeof(text));
    failed = 0;
    warm = baseline_take();
    run(&nothing, 0);
    run_all(load_many, full, argv + 1);
    run_all(load_hogs, full, argv + 1);
    say("LOAD threads %ld spaces %ld slots %ld\n", baseline_count("threads_made"),
        baseline_count("spaces_made"), baseline_count("slots"));
    say("LOAD-END %u\n", failed);
    return failed ? 1 : 0;
}
