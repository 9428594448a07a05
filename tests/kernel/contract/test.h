/**
 * test.h - a case: one sentence of the kernel's contract, and the code that proves it.
 *
 * Each case runs on a thread of its own (the case's worker), in an environment that is made for it:
 * an Untyped, a Sched, empty slots. The first thread watches: it ends a case that hangs or faults,
 * revokes the Untyped, resets it, and checks that memory, slots and time are as before. So a case
 * cleans nothing up, and CHECK may end it anywhere, from any thread.
 *
 * One processor and strict priorities make cases deterministic without waiting: a helper above the
 * worker runs as soon as it is started, until it blocks.
 */
#pragma once

#include <corm/kernel_calls.h>
#include "abi/component.h"
#include "lib/base/bits.h"
#include "lib/base/types.h"
#include "sdk/kit/kit.h"
#include "sdk/kit/peer.h"
#include "sdk/rt/component.h"

struct test {
    const char *name; /* a sentence */
    void (*run)(void);
};

struct test_suite {
    const char *subject;
    const struct test *tests;
    uint32_t count;
};

/** TEST_SUITE - define `SUBJECT_suite` from cases { "sentence", function }. */
#define TEST_SUITE(name, ...)                                                                      \
    static const struct test name##_tests[] = {__VA_ARGS__};                                       \
    const struct test_suite name##_suite = {#name, name##_tests, ARRAY_LENGTH(name##_tests)}

/* ---- Checks: any of the component's own threads. A failed one ends the case. ---- */

#define CHECK(condition) ((condition) ? (void)0 : test_failed(__FILE__, __LINE__, #condition))
#define CHECK_EQUAL(value, wanted)                                                                 \
    test_check_equal((uint64_t)(value), (uint64_t)(wanted), __FILE__, __LINE__, #value)
#define CHECK_STATUS(expression, wanted)                                                           \
    test_check_status((status_t)(expression), (wanted), __FILE__, __LINE__, #expression)
#define CHECK_OK(expression) CHECK_STATUS(expression, OK)

NORETURN void test_failed(const char *file, int line, const char *what);
void test_check_equal(uint64_t value, uint64_t wanted, const char *file, int line,
                      const char *what);
void test_check_status(status_t status, status_t wanted, const char *file, int line,
                       const char *what);

/** test_skip - end the case: this machine or build cannot show it. */
NORETURN void test_skip(const char *reason);

/** test_note - a line `# subject text` beside the results. */
void test_note(const char *format, ...) PRINTF(1, 2);

/* ---- The environment of the running case ---- */

#define PRIORITY_LOW  50u  /* under the worker: on a Sched of its own */
#define PRIORITY_CASE 100u /* of the worker and env_sched */
#define PRIORITY_HIGH 120u /* floor of helpers that run at once */
#define PRIORITY_TOP  140u

#define ENV_UNTYPED_LOG2 24
#define ENV_SPACE_FIRST  (COMPONENT_SPACE_FIRST_FREE + 1)
#define ENV_SPACE_END    (1u << COMPONENT_SPACE_SLOTS_LOG2)
#define ENV_BUDGET_NS    (400 * NANOS_PER_MS)
#define ENV_PERIOD_NS    (1000 * NANOS_PER_MS)

#define RIGHTS_R  REGION_RIGHT_READ
#define RIGHTS_RW (REGION_RIGHT_READ | REGION_RIGHT_WRITE)
#define RIGHTS_RX (REGION_RIGHT_READ | REGION_RIGHT_EXECUTE)
#define PAGE      KIT_PAGE_BYTES

/* Above the last address that a Space may map. */
#define USER_END (component_self()->address_end)

/* Where cases map on their own, beside what env_memory() does. Nothing else is there. */
#define ADDRESS_MAPPING (COMPONENT_ADDRESS_FREE + (1ull << 30))
#define ADDRESS_LARGE   (COMPONENT_ADDRESS_FREE + (2ull << 30)) /* no small page ever was there */
#define ADDRESS_REVOKE  (COMPONENT_ADDRESS_FREE + (3ull << 30))
#define ADDRESS_FAULT   (COMPONENT_ADDRESS_FREE + (4ull << 30))

extern struct kit env;          /* makes objects of the case's Untyped */
extern cap_t env_sched;         /* all of the case's time, priority PRIORITY_CASE */
extern cap_t env_fault;         /* a fault Endpoint: who faults there ends the case as failed */
extern const cap_t env_untyped; /* ENV_UNTYPED_LOG2 bytes */

/** The functions below end the case where they fail. */
cap_t env_make(enum object_type type, uint64_t size_log2, uint64_t flags);
cap_t env_slot(void);
cap_t env_mint(cap_t source, uint64_t rights, uint64_t badge);
cap_t env_copy(cap_t source, uint64_t rights);
void *env_memory(unsigned size_log2, cap_t *region);
cap_t env_sched_split(nanos_t budget_ns, nanos_t period_ns, uint32_t priority);
/** env_consumed - what @sched has been used up to now. */
nanos_t env_consumed(cap_t sched);
cap_t env_endpoint(void);
cap_t env_notification(void);
/** env_signal - the right to signal @bits of @notification. */
cap_t env_signal(cap_t notification, uint64_t bits);
/** env_caller - the right to call @endpoint, with @badge. */
cap_t env_caller(cap_t endpoint, uint64_t badge);

/** env_device - what the manifest grants of a device; CAP_NONE: nothing. */
cap_t env_device(enum device_kind kind);

/** slot_type - what is in slot @index of the component's Table; 0: nothing. */
uint64_t slot_type(cap_t index);

/** sleep_until - the calling thread waits. Not for one that serves a caller: it would answer. */
void sleep_until(nanos_t deadline_ns);

/* ---- Helpers: threads in the component's own Space and Table ---- */

#define HELPERS_MAX 8

struct helper {
    void (*run)(void *argument); /* when it returns, the helper suspends itself */
    void *argument;
    uint32_t floor; /* of the priority; 0: that of the Sched */
    cap_t sched;    /* home; 0: env_sched */
    cap_t fault;    /* 0: a fault ends the case as failed */
    bool no_fault;  /* nobody is told of its faults */
    bool vector;
};

/** helper_make, helper_start - as kit_thread_make() and kit_thread_start(), with a stack. */
cap_t helper_make(const struct helper *helper);
void helper_start(cap_t thread);

/** helper_run - make and start. Above the worker, it has blocked or ended when this returns. */
cap_t helper_run(const struct helper *helper);

/** helper_high - run @run above the worker. */
cap_t helper_high(void (*run)(void *argument), void *argument);

/** helper_forget - the helper that was made last is gone: its stack is free. */
void helper_forget(cap_t thread);

/** thread_state - as thread_inspect() says. */
uint64_t thread_state(cap_t thread);

enum {
    STATE_NEW = 0,
    STATE_READY = 1,
    STATE_SUSPENDED = 2,
    STATE_FAULTED = 3,
    STATE_QUEUED = 4,
    STATE_CALLING = 5,
    STATE_LISTENING = 6,
    STATE_RECEIVING = 7,
};
