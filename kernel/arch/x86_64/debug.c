/*
 * debug.c - last words on the first UART, and the end of the machine.
 */
#include "kernel/arch.h"
#include "lib/base/x86_64/uart.h"

#define RESET_PORT    0xcf9 /* PCH reset control */
#define KEYBOARD_PORT 0x64

void arch_debug_write(char character) { uart_put(character); }

void arch_reset(void)
{
    port_write8(RESET_PORT, 0x02); /* prepare a full reset, then do it */
    port_write8(RESET_PORT, 0x06);
    port_write8(KEYBOARD_PORT, 0xfe);
    for (;;)
        __asm__ volatile("cli; hlt");
}
