/**
 * main.c - what only the first program holds: all interrupt lines, all ports, device memory, the
 * root of time.
 */
#include "tests/kernel/first/harness.h"

#define US NANOS_PER_US
#define MS NANOS_PER_MS

#define PIT_DATA    0x40u /* channel 0 (Intel 82C54) */
#define PIT_COMMAND 0x43u
#define PIT_ONCE    0x30u /* mode 0: the output is low until the count is 0, then high */
#define PIT_HZ      1193182u
#define PIT_LONGEST 0xffffu
#define PIT_LINE    2u /* of the interrupt controller: the PC's interrupt 0 */

#define PCI_ADDRESS        0xcf8u /* PCI 3.0 §3.2.2.3.2; the first device and function */
#define PCI_DATA           0xcfcu
#define PCI_ENABLE         0x80000000u
#define PCI_INTERRUPT_LINE 0x3cu

#define TRIGGER_EDGE  0u
#define TRIGGER_LEVEL 1u

NORETURN void init_main(const struct bootinfo *boot);

static uint64_t type_of(cap_t slot)
{
    uint64_t type = 0, rights = 0, badge = 0;
    CHECK_OK(table_inspect(INIT_SLOT_TABLE, slot, &type, &rights, &badge));
    return type;
}

static cap_t copy_of(cap_t slot, uint64_t rights)
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

static status_t issue(uint64_t line, uint64_t trigger, uint64_t polarity, cap_t to)
{
    return irq_control_issue(INIT_SLOT_IRQ_CONTROL, line, trigger, polarity, INIT_SLOT_TABLE, to);
}

static void issue_refuses(void)
{
    const cap_t to = first_slot();
    const cap_t bare = copy_of(INIT_SLOT_IRQ_CONTROL, 0);
    CHECK_STATUS(issue(first_boot->interrupt_lines, 0, 0, to), RANGE);
    CHECK_STATUS(issue(~0ull, 0, 0, to), RANGE);
    CHECK_STATUS(issue(1ull << 32 | PIT_LINE, 0, 0, to), RANGE);
    CHECK_STATUS(issue(PIT_LINE, 2, 0, to), RANGE);
    CHECK_STATUS(issue(PIT_LINE, 1ull << 32, 0, to), RANGE);
    CHECK_STATUS(issue(PIT_LINE, 0, 2, to), RANGE);
    CHECK_STATUS(issue(PIT_LINE, 0, ~0ull, to), RANGE);
    CHECK_STATUS(issue(PIT_LINE, 0, 0, INIT_SLOT_SCHED), SLOT_BUSY);
    CHECK_STATUS(issue(PIT_LINE, 0, 0, 0), RANGE);
    CHECK_STATUS(issue(PIT_LINE, 0, 0, 1u << INIT_TABLE_SLOTS_LOG2), RANGE);
    CHECK_STATUS(irq_control_issue(INIT_SLOT_IRQ_CONTROL, PIT_LINE, 0, 0, INIT_SLOT_SCHED, to),
                 TYPE);
    CHECK_STATUS(irq_control_issue(INIT_SLOT_IRQ_CONTROL, PIT_LINE, 0, 0, to, to), BAD_HANDLE);
    CHECK_STATUS(irq_control_issue(bare, PIT_LINE, 0, 0, INIT_SLOT_TABLE, to), RIGHTS);
    CHECK_EQUAL(type_of(to), 0);
}

static void issued_once(void)
{
    const cap_t last = first_slot(), first = first_slot(), other = first_slot();
    CHECK_OK(issue(first_boot->interrupt_lines - 1, 1, 1, last));
    CHECK_OK(issue(PIT_LINE, TRIGGER_EDGE, 0, first));
    CHECK_EQUAL(type_of(first), OBJECT_IRQ);
    CHECK_STATUS(issue(PIT_LINE, TRIGGER_EDGE, 0, other), BUSY);
    const cap_t copy = copy_of(first, IRQ_RIGHT_MANAGE);
    CHECK_OK(table_delete(INIT_SLOT_TABLE, first));
    CHECK_STATUS(issue(PIT_LINE, TRIGGER_EDGE, 0, other), BUSY);
    CHECK_OK(table_delete(INIT_SLOT_TABLE, copy));
    CHECK_OK(issue(PIT_LINE, TRIGGER_EDGE, 0, other));
}

/* A line of the timer, and the Notification that hears it. */
static struct {
    cap_t irq, notification, signal;
} timer;

static void pit_load(uint64_t ticks)
{
    CHECK_OK(ioport_out(INIT_SLOT_IOPORT, PIT_COMMAND, 1, PIT_ONCE));
    CHECK_OK(ioport_out(INIT_SLOT_IOPORT, PIT_DATA, 1, ticks & 0xff));
    CHECK_OK(ioport_out(INIT_SLOT_IOPORT, PIT_DATA, 1, ticks >> 8));
}

/* Low for 55 ms: longer than any case. */
static void pit_quiet(void) { pit_load(PIT_LONGEST); }

static void pit_start(nanos_t span_ns) { pit_load(span_ns * PIT_HZ / NANOS_PER_S); }

static void make_timer(uint64_t trigger)
{
    pit_quiet();
    timer.irq = first_slot();
    timer.signal = first_slot();
    timer.notification = first_make(OBJECT_NOTIFICATION, 0, 0);
    CHECK_OK(issue(PIT_LINE, trigger, 0, timer.irq));
    CHECK_OK(table_mint(INIT_SLOT_TABLE, timer.notification, INIT_SLOT_TABLE, timer.signal,
                        NOTIFICATION_RIGHT_SIGNAL, 4));
    CHECK_OK(irq_bind(timer.irq, timer.signal));
}

static bool interrupt_within(nanos_t span_ns)
{
    const uint64_t received = notification_wait(timer.notification, first_now() + span_ns);
    CHECK(received == (RECEIVED_SIGNAL | 4) || received == (RECEIVED_ERROR | TIMEOUT));
    return (received & RECEIVED_SIGNAL) != 0;
}

static void edge(void)
{
    make_timer(TRIGGER_EDGE);
    CHECK(!interrupt_within(500 * US));
    pit_start(100 * US);
    CHECK(interrupt_within(500 * US));
    CHECK_OK(irq_ack(timer.irq)); /* the output is still high: that is no edge */
    CHECK(!interrupt_within(500 * US));
    pit_start(100 * US);
    CHECK(interrupt_within(500 * US));
}

static void level(void)
{
    make_timer(TRIGGER_LEVEL);
    CHECK(!interrupt_within(500 * US));
    pit_start(100 * US);
    CHECK(interrupt_within(500 * US));
    CHECK(!interrupt_within(500 * US)); /* masked */
    for (uint32_t i = 0; i < 3; i++) {
        CHECK_OK(irq_ack(timer.irq));
        CHECK(interrupt_within(100 * US));
    }
    pit_quiet();
    CHECK_OK(irq_ack(timer.irq));
    CHECK(!interrupt_within(500 * US));
    pit_start(100 * US);
    CHECK(interrupt_within(500 * US));
    pit_quiet();
}

static void bind_refuses(void)
{
    const cap_t irq = first_slot();
    const cap_t notification = first_make(OBJECT_NOTIFICATION, 0, 0);
    const cap_t signal = first_slot();
    CHECK_OK(issue(PIT_LINE, TRIGGER_EDGE, 0, irq));
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

static void notification_dies(void)
{
    make_timer(TRIGGER_EDGE);
    const cap_t irq = timer.irq;
    CHECK_OK(table_delete(INIT_SLOT_TABLE, timer.notification));
    pit_start(50 * US);
    const nanos_t end = first_now() + 200 * US;
    while (first_now() < end)
        ;
    timer.notification = first_make(OBJECT_NOTIFICATION, 0, 0);
    CHECK_OK(table_mint(INIT_SLOT_TABLE, timer.notification, INIT_SLOT_TABLE, timer.signal,
                        NOTIFICATION_RIGHT_SIGNAL, 4));
    CHECK_OK(irq_bind(irq, timer.signal));
    pit_start(50 * US);
    CHECK(interrupt_within(500 * US));
}

static void authority_revoked(void)
{
    make_timer(TRIGGER_EDGE);
    pit_start(100 * US);
    CHECK_OK(table_revoke(INIT_SLOT_TABLE, INIT_SLOT_IRQ_CONTROL));
    CHECK_EQUAL(type_of(timer.irq), 0);
    CHECK(!interrupt_within(500 * US));
    CHECK_OK(issue(PIT_LINE, TRIGGER_EDGE, 0, timer.irq));
    CHECK_OK(irq_bind(timer.irq, timer.signal));
    pit_start(100 * US);
    CHECK(interrupt_within(500 * US));
}

static void all_ports(void)
{
    const cap_t part = first_slot(), all = first_slot();
    uint64_t value = 0;
    CHECK_STATUS(ioport_in(INIT_SLOT_IOPORT, 0xffff, 2, &value), RANGE);
    CHECK_STATUS(ioport_in(INIT_SLOT_IOPORT, 0x10000, 1, &value), RANGE);
    CHECK_OK(ioport_in(INIT_SLOT_IOPORT, 0xffff, 1, &value));
    CHECK_OK(ioport_in(INIT_SLOT_IOPORT, 0xfffc, 4, &value));
    CHECK_STATUS(ioport_mint(INIT_SLOT_IOPORT, 0xffff, 2, INIT_SLOT_TABLE, part), RANGE);
    CHECK_STATUS(ioport_mint(INIT_SLOT_IOPORT, 0, 0x10001, INIT_SLOT_TABLE, part), RANGE);
    CHECK_STATUS(ioport_mint(INIT_SLOT_IOPORT, 0x10000, 1, INIT_SLOT_TABLE, part), RANGE);
    CHECK_OK(ioport_mint(INIT_SLOT_IOPORT, 0xffff, 1, INIT_SLOT_TABLE, part));
    CHECK_OK(ioport_mint(INIT_SLOT_IOPORT, 0, 0x10000, INIT_SLOT_TABLE, all));
    CHECK_OK(ioport_in(part, 0xffff, 1, &value));
    CHECK_STATUS(ioport_in(part, 0xfffe, 1, &value), RANGE);
}

static uint64_t pci_in(uint64_t offset, uint64_t width)
{
    uint64_t value = 0;
    CHECK_OK(ioport_in(INIT_SLOT_IOPORT, PCI_DATA + offset, width, &value));
    return value;
}

/* The interrupt line of the first PCI device: a byte that means nothing to the hardware. */
static void port_widths(void)
{
    CHECK_OK(ioport_out(INIT_SLOT_IOPORT, PCI_ADDRESS, 4, PCI_ENABLE));
    const uint64_t identity = pci_in(0, 4);
    CHECK(identity != ~0u && identity >> 16 != (identity & 0xffff));
    CHECK_EQUAL(pci_in(0, 2), identity & 0xffff);
    CHECK_EQUAL(pci_in(2, 2), identity >> 16);
    CHECK_EQUAL(pci_in(3, 1), identity >> 24);
    CHECK_OK(ioport_out(INIT_SLOT_IOPORT, PCI_ADDRESS, 4, PCI_ENABLE | PCI_INTERRUPT_LINE));
    const uint64_t line = pci_in(0, 1);
    CHECK_OK(ioport_out(INIT_SLOT_IOPORT, PCI_DATA, 2, line ^ 0xff));
    CHECK_EQUAL(pci_in(0, 1), line ^ 0xff);
    CHECK_OK(ioport_out(INIT_SLOT_IOPORT, PCI_DATA, 2, line));
    CHECK_EQUAL(pci_in(0, 1), line);
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

TEST_SUITE(
    first,
    {"the first program holds all memory, time, interrupt lines and ports", owns_the_machine},
    {"the root of time is divided down to nothing left, but not configured", root_of_time},
    {"issuing a line refuses bad lines, triggers, polarities and destinations", issue_refuses},
    {"a line is issued again when all its capabilities are gone, not before", issued_once},
    {"an edge-triggered line interrupts once an edge", edge},
    {"a level-triggered line interrupts again after each acknowledgement until it is quiet", level},
    {"a line is bound once, to a badged capability that may signal", bind_refuses},
    {"a line whose Notification is deleted is silent, and can be bound again", notification_dies},
    {"revoking interrupt authority silences the lines that were issued", authority_revoked},
    {"ports are counted from 0 to 65535", all_ports},
    {"a port is read and written in one, two and four bytes", port_widths},
    {"device memory becomes Regions and Untypeds only, no page-table nodes and no frame",
     device_memory});

void init_main(const struct bootinfo *boot) { first_run(boot, &first_suite); }
