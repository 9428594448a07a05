/**
 * driver.c - the 16550 UART as a byte stream (abi/stream.h): services "console" and "channel".
 *
 * Non-goals: modem lines, other speeds than 115200, and telling a break or a parity error from
 * data.
 *
 * A restart finds the UART in any state. Setting it up leaves both FIFOs alone; so what a death may
 * lose or repeat is at most one FIFO of 16 bytes.
 */
#include <corm/kernel_calls.h>
#include <corm/stream_server.h>
#include "lib/base/string.h"
#include "drivers/uart/16550/regs.h"
#include "sdk/ipc/serve.h"
#include "sdk/rt/component.h"
#include "sdk/rt/log.h"
#include "drivers/uart/16550/uart.h"

#define RECEIVE_MAX 256 /* bytes at one go */

/* Bursts at one go: on our own time, and on that of a caller. A caller may have kept us from the
 * heartbeat until all of them are out. */
#define BURSTS_OWN  4
#define BURSTS_LENT 256

uint32_t uart_read(const struct uart *uart, uint32_t reg)
{
    uint64_t value;
    const status_t status = ioport_in(uart->ports, uart->base + reg, 1, &value);
    ASSERT(status == OK);
    return (uint32_t)value;
}

void uart_write(const struct uart *uart, uint32_t reg, uint32_t value)
{
    const status_t status = ioport_out(uart->ports, uart->base + reg, 1, value);
    ASSERT(status == OK);
}

/** Take input as far as the client has room. Returns true if more is wanted without being asked. */
static bool uart_receive(struct uart *uart)
{
    uint8_t data[RECEIVE_MAX];
    uint32_t count = 0;
    if (uart->input == NULL)
        return false;
    const uint32_t room = stream_driver_room(uart->input);
    const uint32_t limit = room < RECEIVE_MAX ? room : RECEIVE_MAX;
    while (count < limit && uart_read(uart, REG_LINE_STATUS) & STATUS_DATA_READY)
        data[count++] = (uint8_t)uart_read(uart, REG_DATA);
    if (count > 0)
        stream_driver_give(uart->input, data, count);
    return room > 0 && uart->input->bytes - (room - count) < STREAM_AHEAD;
}

/**
 * Do what can be done now, and ask for an interrupt when more can be.
 *
 * The line is edge-triggered: it must fall before it can rise again. A cause that is left pending
 * would keep it high for ever, so in that case all causes are switched off for a moment.
 */
static void uart_work(struct uart *uart, unsigned bursts_max)
{
    const bool may_receive = uart_receive(uart);
    const bool must_transmit = uart_transmit(uart, bursts_max);
    const uint32_t interrupts =
        (may_receive ? INTERRUPT_RECEIVED : 0) | (must_transmit ? INTERRUPT_TRANSMITTED : 0);
    if (interrupts != uart->interrupts) {
        uart_write(uart, REG_INTERRUPTS, interrupts);
        uart->interrupts = interrupts;
    }
    if (interrupts != 0 && !(uart_read(uart, REG_IDENTIFY) & IDENTIFY_NONE)) {
        uart_write(uart, REG_INTERRUPTS, 0);
        uart_write(uart, REG_INTERRUPTS, interrupts);
    }
}

static status_t serve_work(void *ctx, uint64_t badge)
{
    (void)badge;
    uart_work(ctx, BURSTS_LENT);
    return OK;
}

static void on_call(void *ctx, uint64_t badge, struct message *m)
{
    static const struct stream_ops ops = {.work = serve_work};
    const struct uart *uart = ctx;
    stream_dispatch(&ops, ctx, badge, uart->generation, m);
}

static void on_device(void *ctx, uint32_t index)
{
    struct uart *uart = ctx;
    (void)index;
    /* Before the work: an edge that comes while the line is masked would be lost. */
    const status_t status = irq_ack(uart->line);
    ASSERT(status == OK);
    uart_work(uart, BURSTS_OWN);
}

static void on_session(void *ctx, uint32_t index)
{
    (void)index;
    uart_work(ctx, BURSTS_OWN);
}

static void on_status(void *ctx)
{
    log_update();
    uart_work(ctx, BURSTS_OWN);
}

/** A UART is there: its scratch register remembers. */
static bool uart_present(const struct uart *uart)
{
    uart_write(uart, REG_SCRATCH, 0x5a);
    return uart_read(uart, REG_SCRATCH) == 0x5a;
}

static void uart_set_up(struct uart *uart)
{
    uart_write(uart, REG_INTERRUPTS, 0);
    uart_write(uart, REG_LINE, LINE_DIVISOR_ACCESS | LINE_8N1);
    uart_write(uart, REG_DATA, DIVISOR_115200);
    uart_write(uart, REG_INTERRUPTS, 0);
    uart_write(uart, REG_LINE, LINE_8N1);
    uart_write(uart, REG_FIFO, FIFO_ENABLE | FIFO_TRIGGER_8);
    uart_write(uart, REG_MODEM, MODEM_DTR_RTS_OUT2);
}

/** Take over every session of ours, as their provider. */
static void uart_open_streams(struct uart *uart, const struct component_info *info)
{
    for (uint32_t i = 0; i < info->count_sessions; i++) {
        struct session session;
        struct stream_driver *stream = &uart->streams[uart->count];
        if (info->sessions[i].role != SESSION_PROVIDER)
            continue;
        session_of(&session, info, i);
        if (stream_driver_create(stream, &session, info->generation) != OK)
            continue;
        uart->count++;
        if (uart->input == NULL && strcmp(info->sessions[i].service, "log") != 0)
            uart->input = stream;
    }
}

int component_main(const struct component_info *info)
{
    static struct uart uart;
    static const struct component_ops ops = {
        .call = on_call, .session = on_session, .device = on_device, .status = on_status};
    const struct component_device *ports = component_device(info, DEVICE_PORTS);
    const struct component_device *line = component_device(info, DEVICE_IRQ);
    if (ports == NULL || ports->size < REG_COUNT || line == NULL)
        component_exit(1, "the manifest grants no ports or no interrupt");
    uart.ports = ports->slot;
    uart.base = (uint32_t)ports->base;
    uart.line = line->slot;
    uart.generation = info->generation & 0xffff;
    if (!uart_present(&uart))
        component_exit(0, "no UART at these ports");
    uart_open_streams(&uart, info);
    uart_set_up(&uart);
    log_line("16550 at 0x%x, %u streams, generation %u", uart.base, uart.count, info->generation);
    on_device(&uart, 0);
    component_serve(info, &ops, &uart);
}
