/**
 * run.c - one case: a worker thread that runs it, a watching thread that judges and cleans up.
 *
 * The worker tells its verdict by calling; it is never answered. The watching thread serves it
 * until the revoke, which destroys the worker.
 */
#include "run.h"

#include <corm/status_name.h>
#include "abi/bootinfo.h"
#include "lib/base/fmt.h"
#include "lib/base/string.h"
#include "sdk/rt/component.h"
#include "sdk/rt/log.h"
#include "sdk/rt/time.h"

#define CASE_LIMIT_NS      (10 * NANOS_PER_S)
#define WORKER_STACK_BYTES 32768
#define NODES_LOG2         16

enum {
    SLOT_RUN_ENDPOINT = SLOT_FIRST_FREE,
    SLOT_RUN_VERDICT,
    SLOT_RUN_WORKER_FAULT,
    SLOT_RUN_HELPER_FAULT,
    SLOT_RUN_NODES,
};

cap_t run_endpoint = SLOT_RUN_ENDPOINT;
cap_t run_verdict = SLOT_RUN_VERDICT;
cap_t env_fault = SLOT_RUN_HELPER_FAULT;
struct result run_result;
volatile uint64_t run_signals;

static const struct test *running;
static uint8_t worker_stack[WORKER_STACK_BYTES] ALIGNED(16);

/* The verdict is in run_result: the watching thread takes it from there. */
NORETURN static void end_case(void)
{
    struct message m = {.tag = TAG(0, 0)};
    for (;;)
        ASSERT(ipc_call(run_verdict, &m) != OK);
}

void test_failed(const char *file, int line, const char *what)
{
    const char *name = file;
    for (const char *c = file; *c != '\0'; c++)
        name = *c == '/' ? c + 1 : name;
    if (run_result.verdict == VERDICT_NONE) {
        fmt_buffer(run_result.why, sizeof(run_result.why), "%s:%d: %s", name, line, what);
        run_result.verdict = VERDICT_FAILED;
    }
    end_case();
}

void test_check_equal(uint64_t value, uint64_t wanted, const char *file, int line, const char *what)
{
    char text[112];
    if (value == wanted)
        return;
    fmt_buffer(text, sizeof(text), "%s is 0x%lx, not 0x%lx", what, value, wanted);
    test_failed(file, line, text);
}

void test_check_status(status_t status, status_t wanted, const char *file, int line,
                       const char *what)
{
    char text[112];
    if (status == wanted)
        return;
    fmt_buffer(text, sizeof(text), "%.72s is %s, not %s", what, status_name(status),
               status_name(wanted));
    test_failed(file, line, text);
}

void test_skip(const char *reason)
{
    fmt_buffer(run_result.why, sizeof(run_result.why), "%s", reason);
    run_result.verdict = VERDICT_SKIPPED;
    end_case();
}

void test_note(const char *format, ...)
{
    char text[112];
    va_list args;
    va_start(args, format);
    fmt_buffer_args(text, sizeof(text), format, args);
    va_end(args);
    log_line("# %s", text);
}

static void worker_main(void *unused)
{
    (void)unused;
    running->run();
    run_result.verdict = VERDICT_PASSED;
    end_case();
}

static status_t start_worker(void)
{
    const struct kit_thread spec = {
        .sched = env_sched,
        .fault = SLOT_RUN_WORKER_FAULT,
        .main = worker_main,
        .stack = worker_stack,
        .stack_bytes = sizeof(worker_stack),
    };
    cap_t thread = CAP_NONE;
    const status_t status = kit_thread_make(&env, &spec, &thread);
    return status == OK ? kit_thread_start(thread, &spec) : status;
}

static void judge_fault(uint64_t badge, const struct message *m)
{
    if (run_result.verdict != VERDICT_NONE)
        return;
    fmt_buffer(run_result.why, sizeof(run_result.why),
               "%s faulted: label %u, 0x%lx, 0x%lx at 0x%lx",
               badge == BADGE_WORKER_FAULT ? "the worker" : "a helper", tag_label(m->tag),
               m->words[0], m->words[1], m->words[2]);
    run_result.verdict = VERDICT_FAILED;
}

/* Wait for a verdict, a fault, or the time limit. */
static void watch(void)
{
    const nanos_t limit_ns = time_now() + CASE_LIMIT_NS;
    for (;;) {
        struct message m = {0};
        const uint64_t received = ipc_reply_wait_deadline(run_endpoint, &m, limit_ns);
        if (received & RECEIVED_SIGNAL) {
            run_signals++;
            log_update();
            continue;
        }
        if (received & RECEIVED_ERROR) {
            run_result.verdict = VERDICT_FAILED;
            fmt_buffer(run_result.why, sizeof(run_result.why), "no end (%s)",
                       status_name((status_t)(received & BADGE_MASK)));
        } else if (received != BADGE_VERDICT) {
            judge_fault(received, &m);
        }
        return;
    }
}

/* A debug kernel looks at all of its state, as the case has left it. */
static void check_kernel(void)
{
    if (component_self()->features & BOOTINFO_FEATURE_DEBUG)
        ASSERT(debug_check() == OK);
}

void run_case(const struct test *test, struct result *result)
{
    char why[sizeof(result->why)] = "";
    run_result = (struct result){.verdict = VERDICT_NONE};
    running = test;
    env_begin();
    ASSERT(start_worker() == OK);
    watch();
    check_kernel();
    *result = run_result;
    const status_t status = env_end();
    helpers_forget();
    check_kernel();
    if (status != OK)
        fmt_buffer(why, sizeof(why), "cleaning up: %s", status_name(status));
    if (status == OK && baseline_check(why, sizeof(why)))
        return;
    result->verdict = VERDICT_FAILED;
    memcpy(result->why, why, sizeof(why));
}

void run_set_up(const struct component_info *info)
{
    ASSERT(info->object_bytes >= 2ull << ENV_UNTYPED_LOG2);
    ASSERT(untyped_retype(SLOT_UNTYPED, OBJECT_UNTYPED, ENV_UNTYPED_LOG2, 0, SLOT_TABLE,
                          env_untyped) == OK);
    ASSERT(untyped_retype(SLOT_UNTYPED, OBJECT_UNTYPED, NODES_LOG2, 0, SLOT_TABLE,
                          SLOT_RUN_NODES) == OK);
    ASSERT(space_donate(SLOT_SPACE, COMPONENT_SPACE_FIRST_FREE, SLOT_RUN_NODES) == OK);
    ASSERT(untyped_retype(SLOT_UNTYPED, OBJECT_ENDPOINT, 0, 0, SLOT_TABLE, run_endpoint) == OK);
    for (uint32_t badge = BADGE_VERDICT; badge <= BADGE_HELPER_FAULT; badge++)
        ASSERT(table_mint(SLOT_TABLE, run_endpoint, SLOT_TABLE,
                          SLOT_RUN_VERDICT + badge - BADGE_VERDICT, ENDPOINT_RIGHT_CALL,
                          badge) == OK);
    baseline_record();
}
