/**
 * transmit.c - choosing whose output goes to the line next, and putting it there.
 */
#include "drivers/uart/16550/uart.h"

#include <corm/kernel_calls.h>
#include "lib/base/check.h"
#include "lib/base/string.h"
#include "drivers/uart/16550/regs.h"

/** Bytes of @data up to and including the first end of line. */
static uint32_t line_length(const uint8_t *data, uint32_t size)
{
    uint32_t length = 0;
    while (length < size)
        if (data[length++] == '\n')
            break;
    return length;
}

/** The next burst: of the current stream, or of the next one that has something. 0 if none has. */
static uint32_t choose(struct uart *uart, uint8_t burst[FIFO_BYTES], bool lent)
{
    for (uint32_t tried = 0; tried < uart->count; tried++) {
        struct uart_stream *stream = &uart->streams[uart->current];
        const uint32_t size = lent || !uart_stream_pays(stream)
                                  ? stream_driver_peek(&stream->driver, burst, FIFO_BYTES)
                                  : 0;
        if (size > 0)
            return line_length(burst, size);
        uart->current = (uart->current + 1) % uart->count;
    }
    return 0;
}

static void put(struct uart *uart, const uint8_t *burst, uint32_t size)
{
    uint64_t words[FIFO_BYTES / sizeof(uint64_t)] = {0};
    memcpy(words, burst, size);
    const status_t status =
        ioport_out_bytes(uart->ports, uart->base + REG_DATA, size, words[0], words[1], 0, 0);
    ASSERT(status == OK);
    stream_driver_consume(&uart->streams[uart->current].driver, size);
    if (burst[size - 1] == '\n')
        uart->current = (uart->current + 1) % uart->count;
}

bool uart_transmit(struct uart *uart, unsigned bursts_max, bool lent)
{
    uint8_t burst[FIFO_BYTES];
    for (unsigned bursts = 0; bursts < bursts_max; bursts++) {
        const uint32_t size = choose(uart, burst, lent);
        if (size == 0)
            return false;
        if (!(uart_read(uart, REG_LINE_STATUS) & STATUS_TRANSMITTER_READY))
            return true;
        put(uart, burst, size);
    }
    return true;
}
