/*
 * uart.h - the first UART, polled, for last words (16550: National PC16550D data sheet, 8.0).
 */
#pragma once

#include "lib/base/x86_64/instructions.h"

#define UART_DATA         0x3f8
#define UART_STATUS       0x3fd
#define UART_STATUS_EMPTY 0x20
#define UART_WAIT_ROUNDS  100000 /* a character takes 87 us */

static inline void uart_put(char character)
{
    if (character == '\n')
        uart_put('\r');
    for (unsigned i = 0; i < UART_WAIT_ROUNDS; i++)
        if (port_read8(UART_STATUS) & UART_STATUS_EMPTY)
            break;
    port_write8(UART_DATA, (uint8_t)character);
}
