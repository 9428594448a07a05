/**
 * driver.c - the 16550 UART as a byte stream (abi/stream.h): services "console" and "channel".
 *
 * Non-goals: modem lines, other speeds than 115200, telling a break or a parity error from data,
 * and registers in memory that are wider than a byte.
 *
 * A restart finds the UART in any state. Setting it up leaves both FIFOs alone; so what a death may
 * lose or repeat is at most one FIFO of 16 bytes.
 */
#include "drivers/uart/16550/access.h"
#include "drivers/uart/16550/regs.h"
#include "sdk/driver/line.h"
#include "sdk/rt/component.h"
#include "sdk/rt/log.h"
#include "sdk/rt/time.h"

#define RECEIVE_POLL_NS (50 * NANOS_PER_US)

struct uart {
    struct access access;
    uint32_t interrupts; /* what REG_INTERRUPTS holds */
};

/** Wait for a byte, for a sender that is in the middle of many; false if none came. */
static bool uart_poll(const struct uart *uart)
{
    const nanos_t deadline_ns = time_now() + RECEIVE_POLL_NS;
    while (time_now() < deadline_ns)
        if (access_read(&uart->access, REG_LINE_STATUS) & STATUS_DATA_READY)
            return true;
    return false;
}

/** With @lent, waits a little for more after a FIFO's worth. */
static uint32_t uart_receive(void *device, uint8_t *data, uint32_t size, bool lent)
{
    const struct uart *uart = device;
    uint32_t count = 0;
    while (count < size && (access_read(&uart->access, REG_LINE_STATUS) & STATUS_DATA_READY ||
                            (lent && count >= FIFO_BYTES && uart_poll(uart))))
        data[count++] = (uint8_t)access_read(&uart->access, REG_DATA);
    return count;
}

static bool uart_readable(void *device)
{
    const struct uart *uart = device;
    return access_read(&uart->access, REG_LINE_STATUS) & STATUS_DATA_READY;
}

static bool uart_writable(void *device)
{
    const struct uart *uart = device;
    return access_read(&uart->access, REG_LINE_STATUS) & STATUS_TRANSMITTER_READY;
}

static uint32_t uart_send(void *device, const uint8_t *data, uint32_t size)
{
    const struct uart *uart = device;
    if (!uart_writable(device))
        return 0;
    access_write_fifo(&uart->access, data, size);
    return size;
}

/** Wait for these from now on, and for no others. */
static void uart_await(void *device, bool input, bool output)
{
    struct uart *uart = device;
    const uint32_t interrupts =
        (input ? INTERRUPT_RECEIVED : 0u) | (output ? INTERRUPT_TRANSMITTED : 0u);
    if (interrupts != uart->interrupts)
        access_write(&uart->access, REG_INTERRUPTS, interrupts);
    uart->interrupts = interrupts;
    /* Where the line is edge-triggered, it must fall before it can rise again. A cause that is
     * still pending would keep it high for ever, so all causes are switched off for a moment. */
    if (interrupts != 0 && !(access_read(&uart->access, REG_IDENTIFY) & IDENTIFY_NONE)) {
        access_write(&uart->access, REG_INTERRUPTS, 0);
        access_write(&uart->access, REG_INTERRUPTS, interrupts);
    }
}

/** A UART is there: its scratch register remembers. */
static bool uart_present(const struct uart *uart)
{
    access_write(&uart->access, REG_SCRATCH, 0x5a);
    return access_read(&uart->access, REG_SCRATCH) == 0x5a;
}

static void uart_set_up(const struct uart *uart)
{
    static const struct {
        uint8_t reg, value;
    } set_up[] = {
        {REG_INTERRUPTS, 0},
        {REG_LINE, LINE_DIVISOR_ACCESS | LINE_8N1},
        {REG_DATA, DIVISOR_115200},
        {REG_INTERRUPTS, 0},
        {REG_LINE, LINE_8N1},
        {REG_FIFO, FIFO_ENABLE | FIFO_TRIGGER_8},
        {REG_MODEM, MODEM_DTR_RTS_OUT2},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(set_up); i++)
        access_write(&uart->access, set_up[i].reg, set_up[i].value);
}

int component_main(const struct component_info *info)
{
    static struct uart uart;
    static struct line line;
    static const struct line_ops ops = {.read = uart_receive,
                                        .readable = uart_readable,
                                        .write = uart_send,
                                        .writable = uart_writable,
                                        .await = uart_await,
                                        .burst_bytes = FIFO_BYTES};
    const struct component_device *interrupt = component_device(info, DEVICE_IRQ);
    if (!access_open(&uart.access, info) || interrupt == NULL)
        component_exit(1, "the manifest grants no registers or no interrupt");
    if (!uart_present(&uart))
        component_exit(0, "no UART is there");
    line_open(&line, &ops, &uart, info, interrupt);
    uart_set_up(&uart);
    log_line("16550, %u streams, generation %u", line.count, info->generation);
    line_serve(&line, info);
}
