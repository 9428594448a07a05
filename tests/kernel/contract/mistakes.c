/**
 * mistakes.c - cases that are wrong on purpose: each must be failed, and for its own reason.
 *
 * Without them, nobody would know that a case can fail, or that what it leaves behind is seen.
 */
#include "mistakes.h"

#include "lib/base/check.h"
#include "lib/base/string.h"
#include "run.h"
#include "sdk/rt/time.h"

#define SLOT_STRAY       ((1u << COMPONENT_TABLE_SLOTS_LOG2_OBJECTS) - 1) /* of no case */
#define SPACE_SLOT_STRAY (ENV_SPACE_END - 1)
#define HOLE             ((volatile uint8_t *)(uintptr_t)ADDRESS_FAULT)

static void wrong_value(void) { CHECK_EQUAL(PAGE, 1); }

static void wrong_status(void) { CHECK_OK(table_delete(SLOT_TABLE, 0)); }

static void no_end(void)
{
    for (;;)
        sleep_until(time_now() + NANOS_PER_S);
}

static void touch_hole(void *unused)
{
    (void)unused;
    *HOLE = 1;
}

static void fault(void) { touch_hole(NULL); }

static void helper_fault(void)
{
    helper_high(touch_hole, NULL);
    sleep_until(time_now() + NANOS_PER_S);
}

static void leave_slot(void)
{
    CHECK_OK(table_copy(SLOT_TABLE, SLOT_NOTIFICATION, SLOT_TABLE, SLOT_STRAY, 0));
}

static void lose_slot(void)
{
    CHECK_OK(table_move(SLOT_TABLE, SLOT_SIGNAL_SELF, SLOT_TABLE, SLOT_STRAY));
}

static void find_slot(void)
{
    ASSERT(table_move(SLOT_TABLE, SLOT_STRAY, SLOT_TABLE, SLOT_SIGNAL_SELF) == OK);
}

static void leave_memory(void)
{
    CHECK_OK(untyped_retype(SLOT_UNTYPED, OBJECT_ENDPOINT, 0, 0, SLOT_TABLE, SLOT_STRAY));
}

static void leave_time(void)
{
    CHECK_OK(untyped_retype(SLOT_UNTYPED, OBJECT_SCHED, 0, 0, SLOT_TABLE, SLOT_STRAY));
    CHECK_OK(sched_split(SLOT_SCHED, SLOT_STRAY, 100 * NANOS_PER_US, 100 * NANOS_PER_MS,
                         NANOS_PER_MS, 1));
}

static void leave_page(void)
{
    uint64_t done = 0;
    CHECK_OK(untyped_retype(SLOT_UNTYPED, OBJECT_REGION, 12, 0, SLOT_TABLE, SLOT_STRAY));
    CHECK_OK(space_attach(SLOT_SPACE, SPACE_SLOT_STRAY, SLOT_STRAY, ADDRESS_REVOKE, PAGE));
    CHECK_OK(space_map(SLOT_SPACE, SPACE_SLOT_STRAY, 0, ADDRESS_REVOKE, PAGE, RIGHTS_RW, &done));
}

static void nothing(void) {}

static void delete_stray(void) { ASSERT(table_delete(SLOT_TABLE, SLOT_STRAY) == OK); }

static const struct mistake {
    struct test test;
    const char *why;    /* is in the reason of the failure */
    void (*mend)(void); /* what the case left behind */
} mistakes[] = {
    {{"a case with a wrong value fails", wrong_value}, "not 0x1", nothing},
    {{"a case with a wrong status fails", wrong_status}, "is RANGE, not OK", nothing},
    {{"a case that does not end fails", no_end}, "no end", nothing},
    {{"a case that faults fails", fault}, "the worker faulted", nothing},
    {{"a case whose helper faults fails", helper_fault}, "a helper faulted", nothing},
    {{"a case that leaves a slot full fails", leave_slot}, "slot 4095 changed", delete_stray},
    {{"a case that empties a slot of the component fails", lose_slot}, "slot 9 changed", find_slot},
    {{"a case that leaves memory given out fails", leave_memory},
     "bytes of the component",
     delete_stray},
    {{"a case that leaves time split off fails", leave_time}, "time is", delete_stray},
    {{"a case that leaves a slot of the Space full fails", leave_page},
     "of the Space is not empty",
     delete_stray},
    {{"a case that leaves a page mapped fails", leave_page}, "are mapped", delete_stray},
};

const uint32_t mistakes_count = ARRAY_LENGTH(mistakes);

static bool contains(const char *text, const char *part)
{
    for (; *text != '\0'; text++) {
        if (strncmp(text, part, strlen(part)) == 0)
            return true;
    }
    return false;
}

const char *mistake_run(uint32_t index, struct result *result)
{
    const struct mistake *mistake = &mistakes[index];
    struct result failed;
    run_case(&mistake->test, &failed);
    mistake->mend();
    baseline_record(); /* memory that was given out does not come back */
    *result = failed;
    result->verdict = failed.verdict == VERDICT_FAILED && contains(failed.why, mistake->why)
                          ? VERDICT_PASSED
                          : VERDICT_FAILED;
    return mistake->test.name;
}
