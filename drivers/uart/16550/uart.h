/**
 * uart.h - one 16550 and the byte streams that share it.
 *
 * Output of all sessions goes to the line, one line of text at a time where they write lines. Input
 * goes to the first session that is not a log; while that one has not read it, the UART is left
 * alone, so that a sender with flow control (an emulator) waits.
 */
#ifndef UART_16550_UART_H
#define UART_16550_UART_H

#include "abi/component.h"
#include "sdk/ring/stream_driver.h"

struct uart {
    cap_t ports;
    uint32_t base;       /* first port */
    cap_t line;          /* the interrupt */
    uint32_t interrupts; /* what REG_INTERRUPTS holds */
    uint32_t generation;
    uint32_t count;
    uint32_t current;            /* the stream whose line is being written */
    struct stream_driver *input; /* NULL if every session is a log */
    struct stream_driver streams[COMPONENT_SESSIONS_MAX];
};

uint32_t uart_read(const struct uart *uart, uint32_t reg);
void uart_write(const struct uart *uart, uint32_t reg, uint32_t value);

/**
 * uart_transmit - move waiting output into the UART, as far as it takes it at once, in at most
 * @bursts_max bursts of a FIFO. Returns true if output is still waiting.
 */
bool uart_transmit(struct uart *uart, unsigned bursts_max);

#endif
