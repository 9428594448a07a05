/*
 * main.c - what a hostile Linux program can do to a world: an ordinary static Linux program that
 * makes random calls, and watches that nobody else comes to harm.
 *
 *     linux-fuzz SEED ROUNDS MILLISECONDS        (what follows)
 *     linux-fuzz --load short|full [NAME...]      (load.h)
 *
 * A round is some families of processes (actor.h) that live for so long of the system's own time,
 * and a bystander; afterwards all is cleaned away and the system must be as it was. A line is
 * written for each round and each finding, and one at the end:
 *
 *     FUZZ round N calls N children N execs N checks N
 *     FUZZ-WRONG round N TEXT
 *     FUZZ-END calls N children N execs N checks N findings N
 *
 * The first round warms the system up: what it keeps for good is not yet there. Everything follows
 * from SEED but the order in which the system lets processes run.
 */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "apps/linux-fuzz/actor.h"
#include "apps/linux-fuzz/baseline.h"
#include "apps/linux-fuzz/bystander.h"
#include "apps/linux-fuzz/clean.h"
#include "apps/linux-fuzz/jail.h"
#include "apps/linux-fuzz/load.h"
#include "apps/linux-fuzz/random.h"
#include "apps/linux-fuzz/report.h"
#include "apps/linux-fuzz/tree.h"

#define SLOTS        8
#define FAMILIES     3
#define LOAD_OPTION  "--load"
#define BYSTANDER    1 /* its family */
#define FAMILY_FIRST 2
#define LINE_BYTES   512
#define NUDGE_NS     400000

static uint64_t seed, findings;

__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
    char line[LINE_BYTES];
    va_list arguments;

    va_start(arguments, format);
    int length = vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    if (length >= (int)sizeof(line))
        length = sizeof(line) - 1;
    if (length < 0 || write(1, line, (size_t)length) != length)
        abort();
}

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void rest(uint64_t ns)
{
    const struct timespec pause = {(time_t)(ns / 1000000000), (long)(ns % 1000000000)};
    nanosleep(&pause, NULL);
}

/* ---- one round --------------------------------------------------------------------------------
 */

struct slot {
    pid_t pid; /* 0: nobody */
    uint16_t family;
};

static struct slot slots[SLOTS];

static const char *path_of(unsigned family)
{
    static char path[32];

    snprintf(path, sizeof(path), "/tmp/%u", family);
    return path;
}

static void make_folder(unsigned family)
{
    const char *path = path_of(family);

    if (mkdir(path, 0700) < 0 || (family != ACTOR_ROOT && chown(path, ACTOR_USER_FIRST + family,
                                                                ACTOR_USER_FIRST + family) < 0))
        say("FUZZ-WRONG cannot make %s: %s\n", path, strerror(errno));
    if (family == ACTOR_ROOT && !jail_fill(path))
        say("FUZZ-WRONG cannot fill %s: %s\n", path, strerror(errno));
}

static void start(struct slot *slot, struct random *random)
{
    static uint64_t number;
    struct actor_plan plan = {.seed = seed,
                              .number = ++number,
                              .family = slot->family,
                              .threads = 1 + (unsigned)random_below(random, 3),
                              .calls = 50 + (unsigned)random_below(random, 2000),
                              .disturbed = random_percent(random, 60)};

    slot->pid = fork();
    if (slot->pid != 0)
        return;
    setsid(); /* what is sent to groups stays there */
    if (slot->family == BYSTANDER)
        bystander_run(plan.seed + plan.number, BYSTANDER);
    if (slot->family == ACTOR_ROOT && !jail_enter(path_of(ACTOR_ROOT))) {
        report_find("root's family", "cannot enter its jail", (uint64_t)errno, plan.number, 0);
        _exit(1);
    }
    actor_run(&plan);
}

static void reap(void)
{
    pid_t child;

    while ((child = waitpid(-1, NULL, WNOHANG | __WALL)) > 0)
        for (unsigned i = 0; i < SLOTS; i++)
            if (slots[i].pid == child)
                slots[i].pid = 0;
}

/* Gets somebody out of a sleep, or back from a stop. */
static void nudge(struct random *random)
{
    static const int signals[] = {SIGUSR1, SIGUSR2, SIGALRM, SIGCONT, SIGHUP, 34, 40};
    const struct slot *slot = &slots[random_below(random, SLOTS)];

    if (slot->pid > 0 && slot->family != BYSTANDER)
        kill(slot->pid + (pid_t)random_below(random, 4), RANDOM_PICK(random, signals));
}

static void live(uint64_t round, uint64_t duration_ns)
{
    struct random random = random_stream(seed, round, 1);
    uint64_t end_ns = now_ns() + duration_ns;
    bool with_root = random_percent(&random, 30);

    memset(slots, 0, sizeof(slots));
    for (unsigned i = 0; i < SLOTS; i++)
        slots[i].family = (uint16_t)(i == 0 ? BYSTANDER : FAMILY_FIRST + i % FAMILIES);
    if (with_root)
        slots[1].family = ACTOR_ROOT;
    for (unsigned family = BYSTANDER; family < FAMILY_FIRST + FAMILIES; family++)
        make_folder(family);
    make_folder(ACTOR_ROOT);
    while (now_ns() < end_ns) {
        for (unsigned i = 0; i < SLOTS; i++)
            if (slots[i].pid <= 0)
                start(&slots[i], &random);
        nudge(&random);
        rest(NUDGE_NS);
        reap();
    }
}

static void tell_findings(uint64_t round)
{
    for (unsigned i = 0; i < REPORT_FINDINGS; i++)
        if (__atomic_load_n(&report->findings[i].written, __ATOMIC_ACQUIRE)) {
            say("FUZZ-WRONG round %lu %s\n", round, report->findings[i].text);
            report->findings[i].written = 0;
            findings++;
        }
    report->claimed = 0;
}

static void clean(uint64_t round)
{
    char text[200];

    if (!clean_processes(text, sizeof(text))) {
        say("FUZZ-WRONG round %lu a process does not end: %s\n", round, text);
        findings++;
    }
    clean_folder("/tmp");
    clean_ipc();
    clean_sockets();
}

static void run_round(uint64_t round, uint64_t duration_ns)
{
    char text[LINE_BYTES / 2];

    live(round, duration_ns);
    clean(round);
    tell_findings(round);
    bool restored = baseline_restored(text, sizeof(text)); /* the first time, our own pages too */
    if (round > 0 && !restored) {
        say("FUZZ-WRONG round %lu a leak: %s\n", round, text);
        findings++;
    }
    if (!baseline_take()) {
        say("FUZZ-WRONG round %lu the counts cannot be read\n", round);
        findings++;
    }
    if (!tree_is_as_taken(text, sizeof(text))) {
        say("FUZZ-WRONG round %lu the tree: %s\n", round, text);
        findings++;
    }
    say("FUZZ round %lu calls %lu children %lu execs %lu checks %lu\n", round, report->calls,
        report->children, report->execs, report->checks);
}

/* ---- the whole --------------------------------------------------------------------------------
 */

/* May a stranger signal us? */
static bool unprotected(void)
{
    int status;
    pid_t child = fork();

    if (child == 0)
        _exit(setresuid(ACTOR_USER_FIRST, ACTOR_USER_FIRST, ACTOR_USER_FIRST) == 0 &&
              kill(getppid(), 0) == 0);
    return child < 0 || waitpid(child, &status, 0) < 0 || status != 0;
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], ACTOR_OPTION) == 0)
        actor_run_again(argv + 2);
    if (argc > 1 && strcmp(argv[1], "--nothing") == 0)
        return 0; /* to be executed */
    if (argc > 2 && strcmp(argv[1], LOAD_OPTION) == 0)
        return load_main(argc - 2, argv + 2);
    if (argc != 4) {
        fprintf(stderr, "usage: linux-fuzz SEED ROUNDS MILLISECONDS\n");
        return 2;
    }
    seed = strtoull(argv[1], NULL, 10);
    uint64_t rounds = strtoull(argv[2], NULL, 10);
    uint64_t duration_ns = strtoull(argv[3], NULL, 10) * 1000000;

    if (!report_create() || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0) {
        perror("linux-fuzz: cannot start"); /* no finding: it may be an actor that started it */
        return 1;
    }
    say("FUZZ seed %lu\n", seed);
    report->unprotected = unprotected();
    if (report->unprotected)
        say("FUZZ anybody may signal anybody here: such calls are left out\n");
    clean_folder("/tmp");
    clean_warm_up();
    if (!tree_take()) {
        perror("linux-fuzz: cannot read the tree");
        return 1;
    }
    for (uint64_t round = 0; round <= rounds; round++)
        run_round(round, duration_ns);
    say("FUZZ-END calls %lu children %lu execs %lu checks %lu findings %lu\n", report->calls,
        report->children, report->execs, report->checks, findings);
    return findings ? 1 : 0;
}
