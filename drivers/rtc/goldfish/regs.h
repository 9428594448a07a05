/**
 * regs.h - registers of the goldfish clock (Android emulator, docs/GOLDFISH-VIRTUAL-HARDWARE.TXT,
 * part VI, "Goldfish timer").
 */
#pragma once

enum {
    REG_TIME_LOW = 0x00,  /* nanoseconds since 1970; reading it keeps the other half */
    REG_TIME_HIGH = 0x04, /* of the time of the last reading of the lower half */
    REG_BYTES = 0x08,
};
