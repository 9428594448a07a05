/**
 * test_irq.c - interrupt lines and I/O ports.
 */
#include "tests/unit/kernel/machine.h"

static struct notification *notification_at(uint32_t index)
{
    return (struct notification *)slot_at(index)->object;
}

static uint64_t issue(uint64_t line, uint32_t to)
{
    return INVOKE(INIT_SLOT_IRQ_CONTROL, IRQ_CONTROL_OP_ISSUE, line, 1, 0, INIT_SLOT_TABLE, to);
}

TEST("an interrupt signals the bound Notification and stays masked until it is acknowledged")
{
    boot();
    uint32_t irq = fresh();
    uint32_t notification = make(OBJECT_NOTIFICATION, 0, 0);
    uint32_t bit = mint(notification, NOTIFICATION_RIGHT_SIGNAL, 32);
    CHECK_EQUAL(issue(5, irq), OK);
    CHECK(host_irq_masked(5));
    CHECK_EQUAL(INVOKE(irq, IRQ_OP_BIND, bit), OK);
    CHECK(!host_irq_masked(5));
    host_irq_raise(5);
    interrupts();
    CHECK(host_irq_masked(5));
    CHECK_EQUAL(notification_at(notification)->bits, 32);
    reply_wait(notification, 0, 0);
    CHECK_EQUAL(seen_result(init_thread), RECEIVED_SIGNAL | 32);
    host_irq_raise(5);
    interrupts();
    CHECK_EQUAL(notification_at(notification)->bits, 0);
    CHECK_EQUAL(INVOKE(irq, IRQ_OP_ACK), OK);
    interrupts();
    CHECK_EQUAL(notification_at(notification)->bits, 32);
}

static void raise_while_idle(void) { host_irq_raise(5); }

TEST("an interrupt wakes the only thread there is, and no timer is set for who has all time")
{
    boot();
    uint32_t irq = fresh();
    uint32_t notification = make(OBJECT_NOTIFICATION, 0, 0);
    uint32_t bit = mint(notification, NOTIFICATION_RIGHT_SIGNAL, 1);
    CHECK_EQUAL(issue(5, irq), OK);
    CHECK_EQUAL(INVOKE(irq, IRQ_OP_BIND, bit), OK);
    host_idle_hook = raise_while_idle;
    reply_wait(notification, 0, 0);
    CHECK(running() == init_thread);
    CHECK_EQUAL(seen_result(init_thread), RECEIVED_SIGNAL | 1);
    CHECK_EQUAL(host_timer, NANOS_NEVER);
}

TEST("a line is issued once at a time, and only if it exists")
{
    boot();
    uint32_t irq = fresh();
    CHECK_EQUAL(issue(HOST_IRQ_LINES, irq), RANGE);
    CHECK_EQUAL(issue(~0ull, irq), RANGE);
    CHECK_EQUAL(issue(7, irq), OK);
    CHECK_EQUAL(issue(7, fresh()), BUSY);
    CHECK_EQUAL(issue(8, irq), SLOT_BUSY);
    del(irq);
    CHECK(host_irq_masked(7));
    CHECK_EQUAL(issue(7, irq), OK);
}

TEST("a line is issued with a trigger and a polarity that exist, by who may, into an empty slot")
{
    boot();
    uint32_t irq = fresh();
    uint32_t bare = mint(INIT_SLOT_IRQ_CONTROL, 0, 0);
    for (uint64_t bad = 2; bad != 0; bad <<= 1) {
        CHECK_EQUAL(
            INVOKE(INIT_SLOT_IRQ_CONTROL, IRQ_CONTROL_OP_ISSUE, 7, bad, 0, INIT_SLOT_TABLE, irq),
            RANGE);
        CHECK_EQUAL(
            INVOKE(INIT_SLOT_IRQ_CONTROL, IRQ_CONTROL_OP_ISSUE, 7, 0, bad, INIT_SLOT_TABLE, irq),
            RANGE);
    }
    CHECK_EQUAL(INVOKE(bare, IRQ_CONTROL_OP_ISSUE, 7, 0, 0, INIT_SLOT_TABLE, irq), RIGHTS);
    CHECK_EQUAL(issue(7, INIT_SLOT_TABLE), SLOT_BUSY);
    CHECK_EQUAL(issue(7, INIT_SLOTS), RANGE);
    CHECK_EQUAL(INVOKE(INIT_SLOT_IRQ_CONTROL, IRQ_CONTROL_OP_ISSUE, 7, 0, 0, INIT_SLOT_SPACE, irq),
                TYPE);
    CHECK_EQUAL(INVOKE(INIT_SLOT_IRQ_CONTROL, IRQ_CONTROL_OP_ISSUE, 7, 1, 1, INIT_SLOT_TABLE, irq),
                OK);
}

TEST("a line is bound to one Notification, by a capability that may signal it with some bits")
{
    boot();
    uint32_t irq = fresh();
    uint32_t notification = make(OBJECT_NOTIFICATION, 0, 0);
    uint32_t bit = mint(notification, NOTIFICATION_RIGHT_SIGNAL, 1);
    CHECK_EQUAL(issue(3, irq), OK);
    CHECK_EQUAL(INVOKE(irq, IRQ_OP_BIND, notification), RANGE);
    CHECK_EQUAL(INVOKE(irq, IRQ_OP_BIND, mint(notification, NOTIFICATION_RIGHT_RECEIVE, 1)),
                RIGHTS);
    CHECK_EQUAL(INVOKE(irq, IRQ_OP_BIND, irq), TYPE);
    CHECK_EQUAL(INVOKE(irq, IRQ_OP_BIND, bit), OK);
    CHECK_EQUAL(INVOKE(irq, IRQ_OP_BIND, bit), BUSY);
    del(bit);
    host_irq_raise(3);
    interrupts();
    CHECK_EQUAL(notification_at(notification)->bits, 0);
}

TEST("revoking interrupt authority silences every line that was issued")
{
    boot();
    uint32_t notification = make(OBJECT_NOTIFICATION, 0, 0);
    uint32_t bit = mint(notification, NOTIFICATION_RIGHT_SIGNAL, 1);
    for (uint32_t line = 0; line < 4; line++) {
        uint32_t irq = fresh();
        CHECK_EQUAL(issue(line, irq), OK);
        CHECK_EQUAL(INVOKE(irq, IRQ_OP_BIND, bit), OK);
    }
    CHECK_EQUAL(slot_at(notification)->object->references, 6);
    CHECK_EQUAL(INVOKE(INIT_SLOT_TABLE, TABLE_OP_REVOKE, INIT_SLOT_IRQ_CONTROL), OK);
    for (uint32_t line = 0; line < 4; line++)
        CHECK(host_irq_masked(line));
    CHECK_EQUAL(slot_at(notification)->object->references, 2);
}

TEST("a line that is still being taken apart is not issued by halves")
{
    boot();
    uint32_t irq = fresh();
    uint32_t again = fresh();
    uint32_t notification = make(OBJECT_NOTIFICATION, 0, 0);
    uint32_t bit = mint(notification, NOTIFICATION_RIGHT_SIGNAL, 1);
    CHECK_EQUAL(issue(2, irq), OK);
    CHECK_EQUAL(INVOKE(irq, IRQ_OP_BIND, bit), OK);
    host_window_countdown = 1;
    struct message registers = {.words = {irq}};
    host_syscall(HANDLE(INIT_SLOT_TABLE, TABLE_OP_DELETE), &registers, DEADLINE_NEVER);
    running()->context.restart_handle = 0;
    CHECK_EQUAL(issue(2, again), OK);
    CHECK_EQUAL(INVOKE(again, IRQ_OP_BIND, bit), OK);
    del(make(OBJECT_ENDPOINT, 0, 0));
    host_irq_raise(2);
    interrupts();
    CHECK_EQUAL(notification_at(notification)->bits, 1);
}

TEST("ports are read and written one at a time or as a row of bytes")
{
    boot();
    host_port_value = 0x12345678;
    CHECK_EQUAL(INVOKE(INIT_SLOT_IOPORT, IOPORT_OP_IN, 0x60, 1), OK);
    CHECK_EQUAL(results[0], 0x78);
    CHECK_EQUAL(INVOKE(INIT_SLOT_IOPORT, IOPORT_OP_IN, 0x60, 4), OK);
    CHECK_EQUAL(results[0], 0x12345678);
    CHECK_EQUAL(INVOKE(INIT_SLOT_IOPORT, IOPORT_OP_OUT, 0x3f8, 2, 0xabcd), OK);
    CHECK_EQUAL(host_port_writes[0].port, 0x3f8);
    CHECK_EQUAL(host_port_writes[0].width, 2);
    CHECK_EQUAL(host_port_writes[0].value, 0xabcd);
    CHECK_EQUAL(
        INVOKE(INIT_SLOT_IOPORT, IOPORT_OP_OUT_BYTES, 0x3f8, 10, 0x0807060504030201, 0xffff0a09),
        OK);
    CHECK_EQUAL(host_port_count_writes, 11);
    for (unsigned i = 0; i < 10; i++)
        CHECK_EQUAL(host_port_writes[1 + i].value, i + 1);
}

TEST("port capabilities reach exactly their range")
{
    boot();
    uint32_t uart = fresh();
    CHECK_EQUAL(INVOKE(INIT_SLOT_IOPORT, IOPORT_OP_MINT, 0x3f8, 8, INIT_SLOT_TABLE, uart), OK);
    CHECK_EQUAL(INVOKE(uart, IOPORT_OP_IN, 0x3f8, 1), OK);
    CHECK_EQUAL(INVOKE(uart, IOPORT_OP_IN, 0x3ff, 1), OK);
    CHECK_EQUAL(INVOKE(uart, IOPORT_OP_IN, 0x3f7, 1), RANGE);
    CHECK_EQUAL(INVOKE(uart, IOPORT_OP_IN, 0x400, 1), RANGE);
    CHECK_EQUAL(INVOKE(uart, IOPORT_OP_IN, 0x3ff, 2), RANGE);
    CHECK_EQUAL(INVOKE(uart, IOPORT_OP_IN, 0x3fc, 4), OK);
    CHECK_EQUAL(INVOKE(uart, IOPORT_OP_IN, 0x103f8, 1), RANGE);
    CHECK_EQUAL(INVOKE(uart, IOPORT_OP_IN, 0x3f8, 3), RANGE);
    CHECK_EQUAL(INVOKE(uart, IOPORT_OP_IN, 0x3f8, 0), RANGE);
    CHECK_EQUAL(INVOKE(uart, IOPORT_OP_OUT, 0x400, 1, 0), RANGE);
    CHECK_EQUAL(INVOKE(uart, IOPORT_OP_OUT_BYTES, 0x3f8, 33, 0), RANGE);
    CHECK_EQUAL(INVOKE(uart, IOPORT_OP_OUT_BYTES, 0x400, 1, 0), RANGE);
    CHECK_EQUAL(host_port_count_writes, 0);
    CHECK_EQUAL(INVOKE(uart, IOPORT_OP_MINT, 0x3f7, 2, INIT_SLOT_TABLE, fresh()), RANGE);
    CHECK_EQUAL(INVOKE(uart, IOPORT_OP_MINT, 0x3f8, 9, INIT_SLOT_TABLE, fresh()), RANGE);
    CHECK_EQUAL(INVOKE(uart, IOPORT_OP_MINT, 0x3f8, 0, INIT_SLOT_TABLE, fresh()), RANGE);
    CHECK_EQUAL(INVOKE(uart, IOPORT_OP_MINT, 0x3f9, ~0ull, INIT_SLOT_TABLE, fresh()), RANGE);
    CHECK_EQUAL(INVOKE(INIT_SLOT_IOPORT, IOPORT_OP_IN, 0xffff, 2), RANGE);
}
