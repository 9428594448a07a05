/**
 * driver.c - the PL011 UART as a byte stream (abi/stream.h): service "console".
 *
 * Speed and word length are what the firmware has set. Non-goals: modem lines, DMA, telling a break
 * or a parity error from data.
 *
 * A restart finds the UART in any state. Setting it up leaves both FIFOs alone; so what a death may
 * lose or repeat is at most one FIFO.
 */
#include "drivers/uart/pl011/regs.h"
#include "sdk/driver/line.h"
#include "sdk/rt/component.h"
#include "sdk/rt/log.h"

struct uart {
    volatile uint32_t *registers;
};

static uint32_t uart_read(const struct uart *uart, uint32_t reg)
{
    return uart->registers[reg / sizeof(uint32_t)];
}

static void uart_write(const struct uart *uart, uint32_t reg, uint32_t value)
{
    uart->registers[reg / sizeof(uint32_t)] = value;
}

static bool uart_readable(void *device)
{
    return !(uart_read(device, REG_FLAGS) & FLAG_RECEIVE_EMPTY);
}

static bool uart_writable(void *device)
{
    return !(uart_read(device, REG_FLAGS) & FLAG_TRANSMIT_FULL);
}

static uint32_t uart_receive(void *device, uint8_t *data, uint32_t size, bool lent)
{
    uint32_t count = 0;
    (void)lent;
    while (count < size && uart_readable(device))
        data[count++] = uart_read(device, REG_DATA) & DATA_BYTE;
    return count;
}

static uint32_t uart_send(void *device, const uint8_t *data, uint32_t size)
{
    uint32_t count = 0;
    while (count < size && uart_writable(device))
        uart_write(device, REG_DATA, data[count++]);
    return count;
}

/** That the FIFO drains is remembered until it is cleared (§2.8.3), so none is missed here. */
static void uart_await(void *device, bool input, bool output)
{
    uart_write(device, REG_INTERRUPTS,
               (input ? INTERRUPT_RECEIVED | INTERRUPT_TIMEOUT : 0) |
                   (output ? INTERRUPT_TRANSMITTED : 0));
}

/** Reception is cleared by reading all; what drained has been heard of. */
static void uart_interrupted(void *device) { uart_write(device, REG_CLEAR, INTERRUPT_TRANSMITTED); }

static void uart_set_up(const struct uart *uart)
{
    uart_write(uart, REG_INTERRUPTS, 0);
    uart_write(uart, REG_LINE, LINE_FIFO | LINE_8_BITS);
    uart_write(uart, REG_CONTROL, CONTROL_ENABLE | CONTROL_TRANSMIT | CONTROL_RECEIVE);
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
                                        .interrupted = uart_interrupted,
                                        .burst_bytes = FIFO_BYTES};
    const struct component_device *registers = component_device(info, DEVICE_MEMORY);
    const struct component_device *interrupt = component_device(info, DEVICE_IRQ);
    if (registers == NULL || registers->size < REG_BYTES || interrupt == NULL)
        component_exit(1, "the manifest grants no registers or no interrupt");
    uart.registers = (volatile uint32_t *)(uintptr_t)registers->base;
    line_open(&line, &ops, &uart, info, interrupt);
    uart_set_up(&uart);
    log_line("PL011, %u streams, generation %u", line.count, info->generation);
    line_serve(&line, info);
}
