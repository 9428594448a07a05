/**
 * day.h - which of several things a program is to do: the day of the month of the machine's clock,
 * the one thing that can be chosen from outside (`-rtc base=...`) and read without a driver.
 */
#pragma once

#include <corm/kernel_calls.h>

#define DAY_PORT_FIRST 0x70u /* MC146818: index, then data */
#define DAY_REGISTER   7u

/** day_of_month - from 1 on; 0 if the capability @ports does not reach the clock. */
static inline uint64_t day_of_month(cap_t ports)
{
    uint64_t day = 0;
    if (ioport_out(ports, DAY_PORT_FIRST, 1, DAY_REGISTER) != OK ||
        ioport_in(ports, DAY_PORT_FIRST + 1, 1, &day) != OK)
        return 0;
    return day;
}
