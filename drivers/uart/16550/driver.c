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
#include "sdk/rt/time.h"
#include "drivers/uart/16550/uart.h"

#define RECEIVE_MAX     1024 /* bytes at one go */
#define RECEIVE_POLL_NS (50 * NANOS_PER_US)

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

/** Wait for a byte, for a sender that is in the middle of many; false if none came. */
static bool uart_poll(const struct uart *uart)
{
    const nanos_t deadline_ns = time_now() + RECEIVE_POLL_NS;
    while (time_now() < deadline_ns)
        if (uart_read(uart, REG_LINE_STATUS) & STATUS_DATA_READY)
            return true;
    return false;
}

/**
 * Take input as far as the client has room, on the caller's time (@lent) waiting a little for more
 * of it after a FIFO's worth. Returns which interrupt to wait for.
 */
static uint32_t uart_receive(struct uart *uart, bool lent)
{
    uint8_t data[RECEIVE_MAX];
    uint32_t count = 0;
    struct stream_driver *stream = &uart->input->driver;
    const uint32_t room = stream_driver_room(stream);
    const uint32_t limit = room < RECEIVE_MAX ? room : RECEIVE_MAX;
    while (count < limit && (uart_read(uart, REG_LINE_STATUS) & STATUS_DATA_READY ||
                             (lent && count >= FIFO_BYTES && uart_poll(uart))))
        data[count++] = (uint8_t)uart_read(uart, REG_DATA);
    if (count > 0)
        stream_driver_give(stream, data, count);
    return room > count ? INTERRUPT_RECEIVED : 0;
}

/** Tell @stream's client, who pays, if it should call. Returns which interrupts to wait for. */
static uint32_t uart_tell(struct uart *uart, struct uart_stream *stream)
{
    const uint32_t status = uart_read(uart, REG_LINE_STATUS);
    const bool wants_input = stream == uart->input && stream_driver_room(&stream->driver) > 0;
    const bool wants_output = stream_driver_waiting(&stream->driver) > 0;
    if ((wants_input && status & STATUS_DATA_READY) ||
        (wants_output && status & STATUS_TRANSMITTER_READY)) {
        session_signal(&stream->driver.session);
        return 0;
    }
    return (wants_input ? INTERRUPT_RECEIVED : 0) | (wants_output ? INTERRUPT_TRANSMITTED : 0);
}

/** Wait for @interrupts from now on, and for no others. */
static void uart_await(struct uart *uart, uint32_t interrupts)
{
    if (interrupts != uart->interrupts)
        uart_write(uart, REG_INTERRUPTS, interrupts);
    uart->interrupts = interrupts;
    /* The line is edge-triggered: it must fall before it can rise again. A cause that is still
     * pending would keep it high for ever, so all causes are switched off for a moment. */
    if (interrupts != 0 && !(uart_read(uart, REG_IDENTIFY) & IDENTIFY_NONE)) {
        uart_write(uart, REG_INTERRUPTS, 0);
        uart_write(uart, REG_INTERRUPTS, interrupts);
    }
}

/** Do on our own time what can be done now, and tell those who pay. */
static void uart_work(struct uart *uart)
{
    uint32_t interrupts = 0;
    if (uart->input != NULL && !uart_stream_pays(uart->input))
        interrupts |= uart_receive(uart, false);
    if (uart_transmit(uart, BURSTS_OWN, false))
        interrupts |= INTERRUPT_TRANSMITTED;
    for (uint32_t i = 0; i < uart->count; i++)
        if (uart_stream_pays(&uart->streams[i]))
            interrupts |= uart_tell(uart, &uart->streams[i]);
    uart_await(uart, interrupts);
}

/** Do on the caller's time what can be done now. */
static void uart_work_lent(struct uart *uart)
{
    uint32_t interrupts = uart->input != NULL ? uart_receive(uart, true) : 0;
    if (uart_transmit(uart, BURSTS_LENT, true))
        interrupts |= INTERRUPT_TRANSMITTED;
    uart_await(uart, interrupts);
}

static status_t serve_work(void *ctx, uint64_t badge)
{
    struct uart *uart = ctx;
    for (uint32_t i = 0; i < uart->count; i++)
        if (uart->streams[i].badge == badge && stream_driver_update(&uart->streams[i].driver))
            uart->streams[i].paid_epoch = uart->streams[i].driver.epoch;
    uart_work_lent(uart);
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
    uart_work(uart);
}

static void on_session(void *ctx, uint32_t index)
{
    (void)index;
    uart_work(ctx);
}

static void on_status(void *ctx)
{
    log_update();
    uart_work(ctx);
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
        struct uart_stream *stream = &uart->streams[uart->count];
        if (info->sessions[i].role != SESSION_PROVIDER)
            continue;
        session_of(&session, info, i);
        if (stream_driver_create(&stream->driver, &session, info->generation) != OK)
            continue;
        stream->badge = info->sessions[i].badge;
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
