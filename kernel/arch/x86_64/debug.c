/*
 * debug.c - last words on the first UART, and the end of the machine.
 */
#include "kernel/arch/x86_64/debug.h"

#include "kernel/arch.h"
#include "kernel/arch/x86_64/instructions.h"
#include "kernel/arch/x86_64/machine.h"

/* 16550 (National PC16550D data sheet). */
#define UART              0x3f8
#define UART_INTERRUPTS   (UART + 1)
#define UART_FIFO         (UART + 2)
#define UART_LINE         (UART + 3)
#define UART_MODEM        (UART + 4)
#define UART_STATUS       (UART + 5)
#define LINE_8N1          0x03
#define LINE_DIVISOR      0x80
#define DIVISOR_115200    1
#define FIFO_ENABLE_CLEAR 0x07
#define MODEM_READY       0x03
#define STATUS_EMPTY      0x20
#define UART_WAIT_ROUNDS  100000 /* a character takes 87 us; an absent UART reads as empty */

#define TEST_EXIT_PORT   0xf4
#define TEST_EXIT_FAILED 0x11
#define RESET_PORT       0xcf9 /* PCH reset control */
#define RESET_PREPARE    0x02
#define RESET_NOW        0x06
#define KEYBOARD_PORT    0x64
#define KEYBOARD_RESET   0xfe

static bool test_exit;

void debug_init(void)
{
    port_write8(UART_INTERRUPTS, 0);
    port_write8(UART_LINE, LINE_DIVISOR);
    port_write8(UART, DIVISOR_115200);
    port_write8(UART_INTERRUPTS, 0);
    port_write8(UART_LINE, LINE_8N1);
    port_write8(UART_FIFO, FIFO_ENABLE_CLEAR);
    port_write8(UART_MODEM, MODEM_READY);
}

void debug_test_exit(bool test)
{
    test_exit = test;
}

void arch_debug_write(char character)
{
    if (character == '\n')
        arch_debug_write('\r');
    for (unsigned i = 0; i < UART_WAIT_ROUNDS; i++)
        if (port_read8(UART_STATUS) & STATUS_EMPTY)
            break;
    port_write8(UART, (uint8_t)character);
}

void arch_halt(bool reset)
{
    if (test_exit)
        port_write32(TEST_EXIT_PORT, TEST_EXIT_FAILED);
    if (reset) {
        port_write8(RESET_PORT, RESET_PREPARE);
        port_write8(RESET_PORT, RESET_NOW);
        port_write8(KEYBOARD_PORT, KEYBOARD_RESET);
        /* No interrupt table: the next exception is a triple fault, which resets. */
        struct {
            uint16_t limit;
            uint64_t base;
        } PACKED none = {0, 0};
        __asm__ volatile("lidt %0; ud2" : : "m"(none));
    }
    for (;;)
        __asm__ volatile("cli; hlt");
}

/* 0: read user memory; 1: write the kernel's text; 2: execute data; 3: fill the stack. */
void arch_debug_provoke(uint64_t which)
{
    static uint8_t data[] = {0xc3};
    switch (which) {
    case 0:
        (void)*(volatile uint8_t *)0x400000;
        break;
    case 1:
        *(volatile uint8_t *)(uintptr_t)arch_debug_provoke = 0xc3;
        break;
    case 2:
        ((void (*)(void))(uintptr_t)data)();
        break;
    case 3:
        __asm__ volatile("1: push %rax; jmp 1b");
        break;
    }
}
