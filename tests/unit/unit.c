/**
 * unit.c - runs the tests that unit.h registered and reports them in TAP version 13.
 *
 * Each test runs in a process of its own, so it finds the program as it was at the start, and one
 * that crashes, hangs or leaks memory fails alone. The plan comes first and every line is flushed,
 * so a program that dies leaves a short plan, which every TAP reader counts as a failure.
 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/check.h"

#define SEED_DEFAULT     UINT64_C(0x5eed)
#define FAILURES_SHOWN   10u
#define TEST_SECONDS_MAX 120u
#define JUMP_ABANDON     1
#define JUMP_ASSERT      2

/** The test that runs now. */
static struct {
    uint64_t checks;
    uint64_t failures;
    uint64_t random_state;
    jmp_buf end;
    jmp_buf *assert_target;
} current;

static struct unit_test *tests_first;
static struct unit_test **tests_end = &tests_first;
static uint64_t seed = SEED_DEFAULT;

void unit_register(struct unit_test *test)
{
    *tests_end = test;
    tests_end = &test->next;
}

/** Count a check; returns true if its failure is to be described. */
static bool count_check(bool passed, const char *file, int line, const char *what)
{
    current.checks++;
    if (passed)
        return false;
    current.failures++;
    if (current.failures > FAILURES_SHOWN)
        return false;
    printf("# %s:%d: failed: %s\n", file, line, what);
    return true;
}

bool unit_check(bool passed, const char *file, int line, const char *what)
{
    count_check(passed, file, line, what);
    return passed;
}

bool unit_check_equal(uint64_t left, uint64_t right, const char *file, int line, const char *what)
{
    if (count_check(left == right, file, line, what))
        printf("#   left %" PRIu64 " (0x%" PRIx64 "), right %" PRIu64 " (0x%" PRIx64 ")\n", left,
               left, right, right);
    return left == right;
}

bool unit_check_text(const char *left, const char *right, const char *file, int line,
                     const char *what)
{
    bool same = strcmp(left, right) == 0;
    if (count_check(same, file, line, what))
        printf("#   left \"%s\", right \"%s\"\n", left, right);
    return same;
}

void unit_abandon(void) { longjmp(current.end, JUMP_ABANDON); }

void unit_expect_assert(jmp_buf *target) { current.assert_target = target; }

void check_failed(const char *file, int line, const char *what)
{
    jmp_buf *target = current.assert_target;
    current.assert_target = NULL;
    if (target != NULL)
        longjmp(*target, JUMP_ASSERT);
    unit_check(false, file, line, what);
    printf("#   that was an ASSERT of the code under test\n");
    longjmp(current.end, JUMP_ASSERT);
}

/** SplitMix64 (Steele, Lea and Flood 2014). */
uint64_t unit_random(void)
{
    uint64_t mixed = current.random_state += UINT64_C(0x9e3779b97f4a7c15);
    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ mixed >> 31;
}

uint64_t unit_random_below(uint64_t limit) { return unit_random() % limit; }

/** Run @test in this process; true if it passed. */
static bool run_test_here(const struct unit_test *test)
{
    memset(&current, 0, sizeof current);
    current.random_state = seed;
    if (setjmp(current.end) == 0)
        test->run();
    if (current.failures > FAILURES_SHOWN)
        printf("# %" PRIu64 " failures in all\n", current.failures);
    if (current.checks == 0)
        printf("# the test executed no check\n");
    return current.failures == 0 && current.checks > 0;
}

/** Run @test in a process of its own; true if it passed. */
static bool run_test(const struct unit_test *test)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        alarm(TEST_SECONDS_MAX);
        exit(run_test_here(test) ? 0 : 1); /* exit: the leak checker has its say */
    }
    if (child < 0 || waitpid(child, &status, 0) != child) {
        printf("# cannot run a process: %s\n", strerror(errno));
        return false;
    }
    if (WIFSIGNALED(status))
        printf("# killed by signal %d (%s)\n", WTERMSIG(status), strsignal(WTERMSIG(status)));
    else if (WEXITSTATUS(status) > 1)
        printf("# ended by a sanitizer or exit(), status %d\n", WEXITSTATUS(status));
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool selected(const struct unit_test *test, char **words)
{
    bool any = false, wanted = false;
    for (; *words != NULL; words++) {
        bool without = **words == '!';
        bool named = strstr(test->sentence, *words + without) != NULL;
        if (without && named)
            return false;
        any |= !without;
        wanted |= !without && named;
    }
    return wanted || !any;
}

static void list_tests(void)
{
    for (const struct unit_test *test = tests_first; test != NULL; test = test->next)
        printf("%s\n", test->sentence);
}

static bool run_tests(char **words)
{
    unsigned planned = 0, number = 0, failed = 0;
    for (const struct unit_test *test = tests_first; test != NULL; test = test->next)
        planned += selected(test, words);
    printf("TAP version 13\n1..%u\n# seed %" PRIu64 "\n", planned, seed);
    for (const struct unit_test *test = tests_first; test != NULL; test = test->next) {
        if (!selected(test, words))
            continue;
        bool passed = run_test(test);
        failed += !passed;
        printf("%s %u - %s\n", passed ? "ok" : "not ok", ++number, test->sentence);
    }
    return planned > 0 && failed == 0;
}

int main(int count, char **arguments)
{
    const char *seed_text = getenv("UNIT_SEED");
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (seed_text != NULL)
        seed = strtoull(seed_text, NULL, 0);
    if (count == 2 && strcmp(arguments[1], "--list") == 0) {
        list_tests();
        return 0;
    }
    return run_tests(arguments + 1) ? 0 : 1;
}
