/**
 * harness.c - see harness.h.
 */
#include "tests/kernel/first/harness.h"

#include <corm/status_name.h>
#include "lib/base/check.h"
#include "lib/base/fmt.h"
#include "machine/board.h"
#include "native/counter.h"
#include "sdk/rt/time.h"

#define SLOT_FIRST ((cap_t)512)
#define SLOT_END   ((cap_t)1 << INIT_TABLE_SLOTS_LOG2)

const struct bootinfo *first_boot;
cap_t first_untyped;
static cap_t next_slot = SLOT_FIRST;
static uint32_t number;
static const char *running;

static void put(void *unused, char character)
{
    (void)unused;
    if (machine_put(character) != OK)
        return; /* then the plan is short, which is a failure */
}

static void line(const char *format, ...) PRINTF(1, 2);

static void line(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fmt_sink(put, NULL, "first: ");
    fmt_sink_args(put, NULL, format, args);
    fmt_sink(put, NULL, "\n");
    va_end(args);
}

NORETURN static void end(bool good)
{
    for (;;) {
        if (machine_end(good) != OK)
            counter_pause();
    }
}

void test_failed(const char *file, int row, const char *what)
{
    line("# %s:%d: %s", file, row, what);
    line("not ok %u - first: %s", number, running);
    end(false);
}

void check_failed(const char *file, int row, const char *what) { test_failed(file, row, what); }

void test_check_equal(uint64_t value, uint64_t wanted, const char *file, int row, const char *what)
{
    if (value == wanted)
        return;
    line("# 0x%lx, not 0x%lx", value, wanted);
    test_failed(file, row, what);
}

void test_check_status(status_t status, status_t wanted, const char *file, int row,
                       const char *what)
{
    if (status == wanted)
        return;
    line("# %s, not %s", status_name(status), status_name(wanted));
    test_failed(file, row, what);
}

nanos_t first_now(void)
{
    return time_scale(counter_read(), first_boot->clock_multiplier, first_boot->clock_offset_ns);
}

cap_t first_slot(void)
{
    CHECK(next_slot < SLOT_END);
    return next_slot++;
}

cap_t first_make(enum object_type type, uint64_t size_log2, uint64_t flags)
{
    const cap_t slot = first_slot();
    CHECK_OK(untyped_retype(first_untyped, type, size_log2, flags, INIT_SLOT_TABLE, slot));
    return slot;
}

static void clean_up(void)
{
    uint64_t base = 0, size_log2 = 0, used = 1, device = 0;
    CHECK_OK(table_revoke(INIT_SLOT_TABLE, first_untyped));
    for (cap_t slot = SLOT_FIRST; slot < SLOT_END; slot++)
        CHECK_OK(table_delete(INIT_SLOT_TABLE, slot));
    CHECK_OK(untyped_reset(first_untyped));
    CHECK_OK(untyped_info(first_untyped, &base, &size_log2, &used, &device));
    CHECK_EQUAL(used, 0);
    next_slot = SLOT_FIRST;
}

/* The first piece of free memory that is large enough. */
static void find_untyped(void)
{
    for (uint32_t i = 0; i < first_boot->count_memory && first_untyped == CAP_NONE; i++) {
        const struct bootinfo_memory *memory = &first_boot->memory[i];
        if (memory->kind == BOOTINFO_MEMORY_FREE && memory->size_log2 >= FIRST_UNTYPED_LOG2)
            first_untyped = INIT_SLOT_FIRST_UNTYPED + i;
    }
    CHECK(first_untyped != CAP_NONE);
}

static uint32_t count_tests(const struct test_suite *const *suites)
{
    uint32_t count = 0;
    for (; *suites != NULL; suites++)
        count += (*suites)->count;
    return count;
}

static void run_suite(const struct test_suite *suite)
{
    for (uint32_t i = 0; i < suite->count; i++) {
        number++;
        running = suite->tests[i].name;
        suite->tests[i].run();
        clean_up();
        line("ok %u - %s: %s", number, suite->subject, running);
    }
}

void first_run(const struct bootinfo *boot, const struct test_suite *const *suites)
{
    first_boot = boot;
    running = "finding memory";
    find_untyped();
    line("1..%u", count_tests(suites));
    for (; *suites != NULL; suites++)
        run_suite(*suites);
    end(true);
}
