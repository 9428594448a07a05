/*
 * uart.h - the first UART, polled, for last words (Arm PL011 technical reference manual, 3.2).
 */
#pragma once

#include "lib/base/types.h"

#define UART_DATA        (0x00 / 4)
#define UART_FLAGS       (0x18 / 4)
#define UART_FLAGS_FULL  0x20u
#define UART_WAIT_ROUNDS 100000 /* a character takes 87 us */

static inline void uart_put(volatile uint32_t *uart, char character)
{
    if (character == '\n')
        uart_put(uart, '\r');
    for (unsigned i = 0; i < UART_WAIT_ROUNDS; i++)
        if (!(uart[UART_FLAGS] & UART_FLAGS_FULL))
            break;
    uart[UART_DATA] = (uint8_t)character;
}
