/**
 * main.c - what only the first program holds: all interrupt lines, device memory, the root of time.
 * machine/board.h, of each port, says which other cases there are.
 */
#include "tests/kernel/first/harness.h"

#include "machine/board.h"

NORETURN void init_main(const struct bootinfo *boot);

uint64_t type_of(cap_t slot)
{
    uint64_t type = 0, rights = 0, badge = 0;
    CHECK_OK(table_inspect(INIT_SLOT_TABLE, slot, &type, &rights, &badge));
    return type;
}

cap_t copy_of(cap_t slot, uint64_t rights)
{
    const cap_t to = first_slot();
    CHECK_OK(table_copy(INIT_SLOT_TABLE, slot, INIT_SLOT_TABLE, to, rights));
    return to;
}

static void owns_the_machine(void)
{
    static const enum object_type types[] = {0,
                                             OBJECT_TABLE,
                                             OBJECT_SPACE,
                                             OBJECT_THREAD,
                                             OBJECT_SCHED,
                                             OBJECT_IRQ_CONTROL,
                                             OBJECT_IOPORT};
    uint64_t base = 0, size_log2 = 0, word = 0, device = 0;
    for (cap_t slot = 1; slot < ARRAY_LENGTH(types); slot++)
        CHECK_EQUAL(type_of(slot), types[slot]);
    CHECK_EQUAL(first_boot->magic, BOOTINFO_MAGIC);
    for (uint32_t i = 0; i < first_boot->count_memory; i++) {
        const struct bootinfo_memory *memory = &first_boot->memory[i];
        const cap_t slot = INIT_SLOT_FIRST_UNTYPED + i;
        if (memory->kind == BOOTINFO_MEMORY_BUNDLE) {
            CHECK_OK(region_info(slot, &base, &size_log2, &word, &device));
            CHECK_EQUAL(word, RIGHTS_RX);
        } else {
            CHECK_OK(untyped_info(slot, &base, &size_log2, &word, &device));
            CHECK_EQUAL(word, 0);
        }
        CHECK_EQUAL(base, memory->base);
        CHECK_EQUAL(size_log2, memory->size_log2);
        CHECK_EQUAL(device, memory->kind == BOOTINFO_MEMORY_DEVICE);
    }
}

static void root_of_time(void)
{
    const cap_t half = first_make(OBJECT_SCHED, 0, 0), more = first_make(OBJECT_SCHED, 0, 0);
    CHECK_STATUS(sched_configure(INIT_SLOT_SCHED, MS, 10 * MS, MS, 1), BUSY);
    CHECK_OK(sched_split(INIT_SLOT_SCHED, half, 50 * MS, 100 * MS, MS, 255));
    CHECK_STATUS(sched_split(INIT_SLOT_SCHED, more, 51 * MS, 100 * MS, MS, 1), BUDGET);
    CHECK_STATUS(sched_split(INIT_SLOT_SCHED, more, MS, 100 * MS, MS, 256), RANGE);
    CHECK_OK(sched_split(INIT_SLOT_SCHED, more, 40 * MS, 100 * MS, MS, 1));
    CHECK_OK(table_delete(INIT_SLOT_TABLE, half));
    const cap_t again = first_make(OBJECT_SCHED, 0, 0);
    CHECK_OK(sched_split(INIT_SLOT_SCHED, again, 50 * MS, 100 * MS, MS, 255));
}

status_t issue(uint64_t line, uint64_t trigger, uint64_t polarity, cap_t to)
{
    return irq_control_issue(INIT_SLOT_IRQ_CONTROL, line, trigger, polarity, INIT_SLOT_TABLE, to);
}

static void issue_refuses(void)
{
    const cap_t to = first_slot();
    const cap_t bare = copy_of(INIT_SLOT_IRQ_CONTROL, 0);
    CHECK_STATUS(issue(first_boot->interrupt_lines, 0, 0, to), RANGE);
    CHECK_STATUS(issue(~0ull, 0, 0, to), RANGE);
    CHECK_STATUS(issue(1ull << 32 | MACHINE_LINE, 0, 0, to), RANGE);
    CHECK_STATUS(issue(MACHINE_LINE, 2, 0, to), RANGE);
    CHECK_STATUS(issue(MACHINE_LINE, 1ull << 32, 0, to), RANGE);
    CHECK_STATUS(issue(MACHINE_LINE, 0, 2, to), RANGE);
    CHECK_STATUS(issue(MACHINE_LINE, 0, ~0ull, to), RANGE);
    CHECK_STATUS(issue(MACHINE_LINE, 0, 0, INIT_SLOT_SCHED), SLOT_BUSY);
    CHECK_STATUS(issue(MACHINE_LINE, 0, 0, 0), RANGE);
    CHECK_STATUS(issue(MACHINE_LINE, 0, 0, 1u << INIT_TABLE_SLOTS_LOG2), RANGE);
    CHECK_STATUS(irq_control_issue(INIT_SLOT_IRQ_CONTROL, MACHINE_LINE, 0, 0, INIT_SLOT_SCHED, to),
                 TYPE);
    CHECK_STATUS(irq_control_issue(INIT_SLOT_IRQ_CONTROL, MACHINE_LINE, 0, 0, to, to), BAD_HANDLE);
    CHECK_STATUS(irq_control_issue(bare, MACHINE_LINE, 0, 0, INIT_SLOT_TABLE, to), RIGHTS);
    CHECK_EQUAL(type_of(to), 0);
}

static void issued_once(void)
{
    const cap_t last = first_slot(), first = first_slot(), other = first_slot();
    CHECK_OK(issue(first_boot->interrupt_lines - 1, 1, 1, last));
    CHECK_OK(issue(MACHINE_LINE, TRIGGER_EDGE, 0, first));
    CHECK_EQUAL(type_of(first), OBJECT_IRQ);
    CHECK_STATUS(issue(MACHINE_LINE, TRIGGER_EDGE, 0, other), BUSY);
    const cap_t copy = copy_of(first, IRQ_RIGHT_MANAGE);
    CHECK_OK(table_delete(INIT_SLOT_TABLE, first));
    CHECK_STATUS(issue(MACHINE_LINE, TRIGGER_EDGE, 0, other), BUSY);
    CHECK_OK(table_delete(INIT_SLOT_TABLE, copy));
    CHECK_OK(issue(MACHINE_LINE, TRIGGER_EDGE, 0, other));
}

static void bind_refuses(void)
{
    const cap_t irq = first_slot();
    const cap_t notification = first_make(OBJECT_NOTIFICATION, 0, 0);
    const cap_t signal = first_slot();
    CHECK_OK(issue(MACHINE_LINE, TRIGGER_EDGE, 0, irq));
    CHECK_OK(table_mint(INIT_SLOT_TABLE, notification, INIT_SLOT_TABLE, signal,
                        NOTIFICATION_RIGHT_SIGNAL, 1));
    CHECK_STATUS(irq_bind(irq, notification), RANGE);
    CHECK_STATUS(irq_bind(irq, copy_of(signal, 0)), RIGHTS);
    CHECK_STATUS(irq_bind(irq, INIT_SLOT_SCHED), TYPE);
    CHECK_STATUS(irq_bind(irq, first_slot()), BAD_HANDLE);
    CHECK_STATUS(irq_bind(irq, 0), BAD_HANDLE);
    CHECK_STATUS(irq_bind(copy_of(irq, 0), signal), RIGHTS);
    CHECK_OK(irq_bind(irq, signal));
    CHECK_STATUS(irq_bind(irq, signal), BUSY);
}

static cap_t device_untyped(void)
{
    for (uint32_t i = 0; i < first_boot->count_memory; i++) {
        if (first_boot->memory[i].kind == BOOTINFO_MEMORY_DEVICE &&
            first_boot->memory[i].size_log2 >= 16)
            return INIT_SLOT_FIRST_UNTYPED + i;
    }
    CHECK(!"the machine has device memory");
    return CAP_NONE;
}

static void device_memory(void)
{
    static const enum object_type kinds[] = {OBJECT_SPACE, OBJECT_TABLE,    OBJECT_THREAD,
                                             OBJECT_SCHED, OBJECT_ENDPOINT, OBJECT_NOTIFICATION};
    const cap_t device = device_untyped();
    const cap_t piece = first_slot(), region = first_slot(), to = first_slot();
    const cap_t space = first_make(OBJECT_SPACE, 4, 0), thread = first_make(OBJECT_THREAD, 0, 0);
    uint64_t base = 0, size_log2 = 0, word = 0, is_device = 0;
    CHECK_OK(untyped_retype(device, OBJECT_UNTYPED, 14, 0, INIT_SLOT_TABLE, piece));
    for (uint32_t i = 0; i < ARRAY_LENGTH(kinds); i++)
        CHECK_STATUS(untyped_retype(piece, kinds[i], 4, 0, INIT_SLOT_TABLE, to), RANGE);
    CHECK_STATUS(space_donate(space, 0, piece), RANGE);
    CHECK_OK(untyped_retype(piece, OBJECT_REGION, 13, 0, INIT_SLOT_TABLE, region));
    CHECK_OK(region_info(region, &base, &size_log2, &word, &is_device));
    CHECK_EQUAL(is_device, 1);
    CHECK_STATUS(thread_set_guest(thread, 0, region, 0), RANGE);
    CHECK_STATUS(untyped_reset(device), BUSY);
    CHECK_OK(table_revoke(INIT_SLOT_TABLE, device));
    CHECK_EQUAL(type_of(piece) | type_of(region), 0);
    CHECK_OK(untyped_reset(device));
    CHECK_OK(untyped_info(device, &base, &size_log2, &word, &is_device));
    CHECK_EQUAL(word, 0);
}

TEST_SUITE(first,
           {"the first program holds all memory, time, interrupt lines and ports",
            owns_the_machine},
           {"the root of time is divided down to nothing left, but not configured", root_of_time},
           {"issuing a line refuses bad lines, triggers, polarities and destinations",
            issue_refuses},
           {"a line is issued again when all its capabilities are gone, not before", issued_once},
           {"a line is bound once, to a badged capability that may signal", bind_refuses},
           {"device memory becomes Regions and Untypeds only, no page-table nodes and no frame",
            device_memory});

void init_main(const struct bootinfo *boot)
{
    static const struct test_suite *const suites[] = {FIRST_SUITES, &first_processors_suite, NULL};
    first_run(boot, suites);
}
