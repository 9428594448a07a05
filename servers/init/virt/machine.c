/**
 * machine.c - a machine with firmware that only the kernel can call: two I/O ports stand for it.
 */
#include "servers/init/init.h"

#include <corm/kernel_calls.h>
#include "native/counter.h"
#include "sdk/ipc/invoke.h"

enum { PORT_POWER = 0, PORT_SERIAL = 1 }; /* the first serial port, polled by the kernel */

enum power { POWER_OFF = 0, POWER_OFF_FAILED = 1, POWER_RESET = 2 };

NORETURN static void power(enum power what)
{
    const status_t status = ioport_out(INIT_SLOT_IOPORT, PORT_POWER, 4, (uint64_t)what);
    status_ignore(status, "it would not have come back if it had worked");
    for (;;)
        counter_pause();
}

void power_off(bool failed) { power(failed ? POWER_OFF_FAILED : POWER_OFF); }

void power_reset(void) { power(POWER_RESET); }

void machine_put(char character)
{
    status_ignore(ioport_out(INIT_SLOT_IOPORT, PORT_SERIAL, 1, (uint8_t)character),
                  "nothing is left to say it with");
}
