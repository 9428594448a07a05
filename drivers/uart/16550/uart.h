/**
 * uart.h - one 16550 and the byte streams that share it.
 *
 * Output of all sessions goes to the line, one line of text at a time where they write lines. Input
 * goes to the first session that is not a log; while its ring is full the UART is left alone, so
 * that a sender with flow control (an emulator) waits.
 *
 * Work for a client that pays (abi/stream.h) is done when it calls, on its time; in between it is
 * only told that there is some. Work for the others is done on the driver's own time.
 */
#pragma once

#include "abi/component.h"
#include "sdk/ring/stream_driver.h"

struct uart_stream {
    struct stream_driver driver;
    uint64_t badge;      /* of the session's calls */
    uint32_t paid_epoch; /* in which the client has called; 0: in none */
};

struct uart {
    cap_t ports;
    uint32_t base;       /* first port */
    cap_t line;          /* the interrupt */
    uint32_t interrupts; /* what REG_INTERRUPTS holds */
    uint32_t generation; /* as in a tag */
    uint32_t count;
    uint32_t current;          /* the stream whose line is being written */
    struct uart_stream *input; /* NULL if every session is a log */
    struct uart_stream streams[COMPONENT_SESSIONS_MAX];
};

uint32_t uart_read(const struct uart *uart, uint32_t reg);
void uart_write(const struct uart *uart, uint32_t reg, uint32_t value);

/** uart_stream_pays - the client of @stream calls when there is work. */
static inline bool uart_stream_pays(const struct uart_stream *stream)
{
    return stream->driver.attached && stream->paid_epoch == stream->driver.epoch;
}

/**
 * uart_transmit - move waiting output into the UART, as far as it takes it at once, in at most
 * @bursts_max bursts of a FIFO; with @lent also that of clients who pay.
 * Returns true if output that it may move is still waiting.
 */
bool uart_transmit(struct uart *uart, unsigned bursts_max, bool lent);
