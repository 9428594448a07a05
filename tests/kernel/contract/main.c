/**
 * main.c - the kernel's contract, sentence by sentence: a component that reports in TAP on its log.
 *
 * It is essential: the machine ends with it, and with its status.
 */
#include "mistakes.h"
#include "run.h"

#include "sdk/rt/component.h"
#include "sdk/rt/log.h"
#include "sdk/rt/time.h"
#include "suites.h"

struct counts {
    uint32_t run;
    uint32_t failed;
};

/* A result line must not be lost because the console is slow. */
static void settle(void) { log_drain(time_now() + NANOS_PER_S); }

static void report(struct counts *counts, const char *subject, const char *name,
                   const struct result *result)
{
    counts->run++;
    if (result->verdict == VERDICT_FAILED) {
        counts->failed++;
        log_line("# %s", result->why);
    }
    settle();
    log_line("%sok %u - %s: %s%s%s", result->verdict == VERDICT_FAILED ? "not " : "", counts->run,
             subject, name, result->verdict == VERDICT_SKIPPED ? " # SKIP " : "",
             result->verdict == VERDICT_SKIPPED ? result->why : "");
    settle();
}

int component_main(const struct component_info *info)
{
    struct counts counts = {0, 0};
    struct result result;
    uint32_t planned = mistakes_count;
    run_set_up(info);
    for (uint32_t i = 0; i < ARRAY_LENGTH(suites); i++)
        planned += suites[i]->count;
    log_line("1..%u", planned);
    for (uint32_t i = 0; i < mistakes_count; i++) {
        const char *name = mistake_run(i, &result);
        report(&counts, "watch", name, &result);
    }
    for (uint32_t i = 0; i < ARRAY_LENGTH(suites); i++) {
        for (uint32_t j = 0; j < suites[i]->count; j++) {
            run_case(&suites[i]->tests[j], &result);
            report(&counts, suites[i]->subject, suites[i]->tests[j].name, &result);
        }
    }
    return counts.failed == 0 ? 0 : 1;
}
