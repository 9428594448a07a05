/**
 * machine.c - a PC: switching it off and resetting it, without ACPI; its first serial port.
 */
#include "servers/init/init.h"

#include <corm/kernel_calls.h>
#include "native/counter.h"
#include "sdk/ipc/invoke.h"

/* QEMU's isa-debug-exit: the emulator ends with status 2 * value + 1. */
#define DEBUG_EXIT_PORT   0xf4
#define DEBUG_EXIT_OK     0x10
#define DEBUG_EXIT_FAILED 0x11

/* PM1a control of QEMU's q35 (ICH9) and of its older i440fx: SLP_EN with sleep type 0 (S5). */
#define POWER_PORT_Q35 0x604
#define POWER_PORT_PC  0xb004
#define POWER_OFF_WORD 0x2000

/* PIIX and ICH9 reset control: full reset; then the keyboard controller's reset line. */
#define RESET_PORT          0xcf9
#define RESET_FULL          0x0e
#define KEYBOARD_PORT       0x64
#define KEYBOARD_RESET_LINE 0xfe

/* The first serial port, polled (PC16550D §8). */
#define SERIAL_PORT        0x3f8
#define SERIAL_STATUS_PORT 0x3fd
#define SERIAL_READY       0x20
#define SERIAL_POLLS       100000

void machine_put(char character)
{
    uint64_t value = 0;
    for (unsigned polls = 0; polls < SERIAL_POLLS && !(value & SERIAL_READY); polls++)
        if (ioport_in(INIT_SLOT_IOPORT, SERIAL_STATUS_PORT, 1, &value) != OK)
            return;
    status_ignore(ioport_out(INIT_SLOT_IOPORT, SERIAL_PORT, 1, (uint8_t)character),
                  "nothing is left to say it with");
}

/** Nothing can be done about a port that does nothing: the next way is tried. */
static void out(uint32_t port, unsigned width, uint32_t value)
{
    const status_t status = ioport_out(INIT_SLOT_IOPORT, port, width, value);
    ASSERT(status == OK);
}

NORETURN static void stop(void)
{
    for (;;)
        counter_pause();
}

void power_off(bool failed)
{
    out(DEBUG_EXIT_PORT, 1, failed ? DEBUG_EXIT_FAILED : DEBUG_EXIT_OK);
    out(POWER_PORT_Q35, 2, POWER_OFF_WORD);
    out(POWER_PORT_PC, 2, POWER_OFF_WORD);
    stop();
}

void power_reset(void)
{
    out(RESET_PORT, 1, RESET_FULL);
    out(KEYBOARD_PORT, 1, KEYBOARD_RESET_LINE);
    stop();
}
