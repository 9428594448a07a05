/*
 * debug.c - last words on the first UART, and the end of the machine.
 */
#include "kernel/arch/x86_64/instructions.h"
#include "kernel/arch/x86_64/parts.h"

/* Registers of a 16550 (National PC16550D data sheet, 8.0). */
enum uart_port {
    UART_DATA = 0x3f8, /* divisor while LINE_DIVISOR is set */
    UART_INTERRUPTS = 0x3f9,
    UART_FIFO = 0x3fa,
    UART_LINE = 0x3fb,
    UART_MODEM = 0x3fc,
    UART_STATUS = 0x3fd,
};
#define LINE_DIVISOR     0x80
#define STATUS_EMPTY     0x20
#define UART_WAIT_ROUNDS 100000 /* a character takes 87 us */

#define RESET_PORT    0xcf9 /* PCH reset control */
#define KEYBOARD_PORT 0x64

void debug_init(void)
{
    static const struct {
        uint16_t port;
        uint8_t value;
    } set_up[] = {{UART_INTERRUPTS, 0},          {UART_LINE, LINE_DIVISOR},
                  {UART_DATA, 1 /* 115200 */},   {UART_INTERRUPTS, 0},
                  {UART_LINE, 3 /* 8N1 */},      {UART_FIFO, 7 /* on, clear */},
                  {UART_MODEM, 3 /* DTR, RTS */}};
    for (unsigned i = 0; i < ARRAY_LENGTH(set_up); i++)
        port_write8(set_up[i].port, set_up[i].value);
}

void arch_debug_write(char character)
{
    if (character == '\n')
        arch_debug_write('\r');
    for (unsigned i = 0; i < UART_WAIT_ROUNDS; i++)
        if (port_read8(UART_STATUS) & STATUS_EMPTY)
            break;
    port_write8(UART_DATA, (uint8_t)character);
}

void arch_halt(bool reset)
{
    if (reset) {
        port_write8(RESET_PORT, 0x02); /* prepare a full reset, then do it */
        port_write8(RESET_PORT, 0x06);
        port_write8(KEYBOARD_PORT, 0xfe);
    }
    for (;;)
        __asm__ volatile("cli; hlt");
}
