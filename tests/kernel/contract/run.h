/**
 * run.h - running cases: the watching thread's side.
 */
#pragma once

#include "lib/base/fmt.h"
#include "test.h"

enum verdict { VERDICT_NONE, VERDICT_PASSED, VERDICT_FAILED, VERDICT_SKIPPED };

struct result {
    enum verdict verdict;
    char why[144];
};

/** run_set_up - once, before the first case. */
void run_set_up(const struct component_info *info);

/** run_case - run one case and clean up after it. */
void run_case(const struct test *test, struct result *result);

/** baseline_record - what is now is what must be after each case. */
void baseline_record(void);

/** baseline_check - false, and why, if anything is not as it was then. */
bool baseline_check(char *why, size_t size);

/** env_begin, env_end - a fresh environment; everything back. */
void env_begin(void);
MUST_USE status_t env_end(void);

/** helpers_forget - the threads are gone: their stacks are free. */
void helpers_forget(void);

/** What the watching thread receives on. Badges say who speaks. */
extern cap_t run_endpoint;
enum { BADGE_VERDICT = 1, BADGE_WORKER_FAULT = 2, BADGE_HELPER_FAULT = 3 };
extern cap_t run_verdict; /* badged capabilities of run_endpoint */

/** How often the watching thread heard its own Notification; a case may set it to 0. */
extern volatile uint64_t run_signals;

/** The verdict of the running case; the first one counts. */
extern struct result run_result;
