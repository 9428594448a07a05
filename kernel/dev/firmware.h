/*
 * firmware.h - I/O ports of a machine that has none: what the firmware does stands behind two, for
 * who holds a capability to them. Port 0 is the machine's power (enum power), port 1 the console of
 * arch_debug_write(), a byte at a time.
 */
#pragma once

#include "kernel/arch.h"

enum power { POWER_OFF, POWER_OFF_FAILED, POWER_RESET };

/* With what an emulator ends that is told to, by POWER_OFF and POWER_OFF_FAILED; neither is what
 * one that was killed ends with. */
enum { POWER_STATUS_GOOD = 33, POWER_STATUS_FAILED = 35 };

/** firmware_power - the port's; @what may come from user level, but is one of the enum. */
NORETURN void firmware_power(enum power what);
