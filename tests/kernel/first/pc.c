/**
 * pc.c - interrupt lines of a PC, whose interval timer can be edge and level, and its ports.
 */
#include "machine/board.h"
#include "tests/kernel/first/harness.h"

#define PIT_DATA    0x40u /* channel 0 (Intel 82C54) */
#define PIT_COMMAND 0x43u
#define PIT_ONCE    0x30u /* mode 0: the output is low until the count is 0, then high */
#define PIT_HZ      1193182u
#define PIT_LONGEST 0xffffu
#define PIT_LINE    MACHINE_LINE

#define PCI_ADDRESS        0xcf8u /* PCI 3.0 §3.2.2.3.2; the first device and function */
#define PCI_DATA           0xcfcu
#define PCI_ENABLE         0x80000000u
#define PCI_INTERRUPT_LINE 0x3cu

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

/* One that is to come may take as long as the emulator leaves the machine alone. */
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
    CHECK(interrupt_within(NANOS_PER_S));
    CHECK_OK(irq_ack(timer.irq)); /* the output is still high: that is no edge */
    CHECK(!interrupt_within(500 * US));
    pit_start(100 * US);
    CHECK(interrupt_within(NANOS_PER_S));
}

static void level(void)
{
    make_timer(TRIGGER_LEVEL);
    CHECK(!interrupt_within(500 * US));
    pit_start(100 * US);
    CHECK(interrupt_within(NANOS_PER_S));
    CHECK(!interrupt_within(500 * US)); /* masked */
    for (uint32_t i = 0; i < 3; i++) {
        CHECK_OK(irq_ack(timer.irq));
        CHECK(interrupt_within(NANOS_PER_S));
    }
    pit_quiet();
    CHECK_OK(irq_ack(timer.irq));
    CHECK(!interrupt_within(500 * US));
    pit_start(100 * US);
    CHECK(interrupt_within(NANOS_PER_S));
    pit_quiet();
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
    CHECK(interrupt_within(NANOS_PER_S));
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
    CHECK(interrupt_within(NANOS_PER_S));
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

TEST_SUITE(first_line, {"an edge-triggered line interrupts once an edge", edge},
           {"a level-triggered line interrupts again after each acknowledgement until it is quiet",
            level},
           {"a line whose Notification is deleted is silent, and can be bound again",
            notification_dies},
           {"revoking interrupt authority silences the lines that were issued", authority_revoked});

TEST_SUITE(first_port, {"ports are counted from 0 to 65535", all_ports},
           {"a port is read and written in one, two and four bytes", port_widths});
