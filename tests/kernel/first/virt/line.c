/**
 * virt.c - an interrupt line of QEMU's virt boards: the alarm of the real-time clock, which is
 * level.
 */
#include "machine/board.h"
#include "tests/kernel/first/harness.h"

/* Beside init's image, in a node of its page tables. */
#define ALARM_ADDRESS 0x5ff000ull
#define ALARM_SLOT    63u /* of init's Space */
#define ALARM_SOON_NS (100 * US)

/* The line, and what hears it. */
static struct {
    cap_t irq, notification, signal;
} alarm;

static volatile uint32_t *const registers = (volatile uint32_t *)ALARM_ADDRESS;

static uint32_t clock_piece(void)
{
    for (uint32_t i = 0; i < first_boot->count_memory; i++) {
        const struct bootinfo_memory *memory = &first_boot->memory[i];
        if (memory->kind == BOOTINFO_MEMORY_DEVICE && memory->base <= MACHINE_CLOCK &&
            MACHINE_CLOCK - memory->base < 1ull << memory->size_log2)
            return i;
    }
    CHECK(!"the clock's registers are device memory");
    return 0;
}

static void map_clock(void)
{
    uint64_t done = 0;
    const uint32_t piece = clock_piece();
    const struct bootinfo_memory *memory = &first_boot->memory[piece];
    const cap_t device = INIT_SLOT_FIRST_UNTYPED + piece, region = first_slot();
    CHECK_OK(table_revoke(INIT_SLOT_TABLE, device)); /* of the case before */
    CHECK_OK(untyped_reset(device));
    CHECK_OK(untyped_retype(device, OBJECT_REGION, memory->size_log2, 0, INIT_SLOT_TABLE, region));
    CHECK_OK(space_attach(INIT_SLOT_SPACE, ALARM_SLOT, region, ALARM_ADDRESS, PAGE));
    CHECK_OK(space_map(INIT_SLOT_SPACE, ALARM_SLOT, MACHINE_CLOCK - memory->base, ALARM_ADDRESS,
                       PAGE, RIGHTS_RW, &done));
    CHECK_EQUAL(done, PAGE);
}

static void make_alarm(void)
{
    map_clock();
    machine_quiet(registers);
    alarm.irq = first_slot();
    alarm.signal = first_slot();
    alarm.notification = first_make(OBJECT_NOTIFICATION, 0, 0);
    CHECK_OK(issue(MACHINE_LINE, TRIGGER_LEVEL, 0, alarm.irq));
    CHECK_OK(table_mint(INIT_SLOT_TABLE, alarm.notification, INIT_SLOT_TABLE, alarm.signal,
                        NOTIFICATION_RIGHT_SIGNAL, 4));
    CHECK_OK(irq_bind(alarm.irq, alarm.signal));
}

static bool interrupt_within(nanos_t span_ns)
{
    const uint64_t received = notification_wait(alarm.notification, first_now() + span_ns);
    CHECK(received == (RECEIVED_SIGNAL | 4) || received == (RECEIVED_ERROR | TIMEOUT));
    return (received & RECEIVED_SIGNAL) != 0;
}

/* That a line which stays raised interrupts again, QEMU 7.2's PLIC does not show. */
static void raised(void)
{
    make_alarm();
    CHECK(!interrupt_within(MS));
    machine_alarm(registers, ALARM_SOON_NS);
    CHECK(interrupt_within(NANOS_PER_S));
    machine_quiet(registers);
    machine_alarm(registers, 0);
    CHECK(!interrupt_within(MS)); /* masked */
    CHECK_OK(irq_ack(alarm.irq));
    CHECK(interrupt_within(NANOS_PER_S));
    machine_quiet(registers);
    CHECK_OK(irq_ack(alarm.irq));
    CHECK(!interrupt_within(MS));
    machine_alarm(registers, ALARM_SOON_NS);
    CHECK(interrupt_within(NANOS_PER_S));
    machine_quiet(registers);
}

static void notification_dies(void)
{
    make_alarm();
    const cap_t irq = alarm.irq;
    CHECK_OK(table_delete(INIT_SLOT_TABLE, alarm.notification));
    machine_alarm(registers, 0);
    const nanos_t end = first_now() + MS;
    while (first_now() < end)
        ;
    machine_quiet(registers);
    alarm.notification = first_make(OBJECT_NOTIFICATION, 0, 0);
    CHECK_OK(table_mint(INIT_SLOT_TABLE, alarm.notification, INIT_SLOT_TABLE, alarm.signal,
                        NOTIFICATION_RIGHT_SIGNAL, 4));
    CHECK_OK(irq_bind(irq, alarm.signal));
    machine_alarm(registers, 0);
    CHECK(interrupt_within(NANOS_PER_S));
    machine_quiet(registers);
}

static void authority_revoked(void)
{
    make_alarm();
    CHECK_OK(table_revoke(INIT_SLOT_TABLE, INIT_SLOT_IRQ_CONTROL));
    CHECK_EQUAL(type_of(alarm.irq), 0);
    machine_alarm(registers, 0);
    CHECK(!interrupt_within(MS));
    CHECK_OK(issue(MACHINE_LINE, TRIGGER_LEVEL, 0, alarm.irq));
    CHECK_OK(irq_bind(alarm.irq, alarm.signal));
    CHECK(interrupt_within(NANOS_PER_S));
    machine_quiet(registers);
}

TEST_SUITE(first_line,
           {"a line that was raised while it was masked interrupts when it is acknowledged",
            raised},
           {"a line whose Notification is deleted is silent, and can be bound again",
            notification_dies},
           {"revoking interrupt authority silences the lines that were issued", authority_revoked});
