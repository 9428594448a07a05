/**
 * date.h - what the clock's registers mean. Pure functions.
 */
#pragma once

#include <corm/status.h>
#include "lib/base/types.h"

/** The time registers as read, in whatever form register B says. */
struct date_registers {
    uint8_t seconds, minutes, hours, day, month, year, century;
    uint8_t mode; /* register B */
};

/**
 * date_to_unix - seconds since 1970-01-01 00:00 UTC; the clock is taken to run on UTC.
 * A century that is no number from 19 to 99 counts as 20.
 * Errors: IO (no date: a month 13, a digit A).
 */
MUST_USE status_t date_to_unix(const struct date_registers *raw, uint64_t *unix_s);
