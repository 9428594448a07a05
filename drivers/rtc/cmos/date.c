/**
 * date.c - what the clock's registers mean.
 */
#include "drivers/rtc/cmos/date.h"

#include "drivers/rtc/cmos/regs.h"

#define NOT_A_NUMBER 255u

static unsigned decode(uint8_t raw, uint8_t mode)
{
    if (mode & B_BINARY)
        return raw;
    if ((raw & 15) > 9 || raw >> 4 > 9)
        return NOT_A_NUMBER;
    return (raw >> 4) * 10u + (raw & 15);
}

static unsigned decode_hours(uint8_t raw, uint8_t mode)
{
    if (mode & B_24_HOURS)
        return decode(raw, mode);
    const unsigned hours = decode(raw & (uint8_t)~HOURS_PM, mode);
    if (hours < 1 || hours > 12)
        return NOT_A_NUMBER;
    return hours % 12 + (raw & HOURS_PM ? 12 : 0);
}

static unsigned decode_year(uint8_t year, uint8_t century, uint8_t mode)
{
    const unsigned hundreds = decode(century, mode);
    const unsigned rest = decode(year, mode);
    if (rest > 99)
        return NOT_A_NUMBER;
    return (hundreds >= 19 && hundreds <= 99 ? hundreds : 20) * 100 + rest;
}

static bool leap(unsigned year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

static unsigned days_of_month(unsigned month, unsigned year)
{
    static const uint8_t days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && leap(year) ? 1u : 0u);
}

/** Days from 1970-01-01 to the first of @month in @year, which is 1900 or later. */
static int64_t days_before(unsigned month, unsigned year)
{
    const int64_t before = (int64_t)year - 1;
    int64_t days = before * 365 + before / 4 - before / 100 + before / 400 - 719162;
    for (unsigned earlier = 1; earlier < month; earlier++)
        days += days_of_month(earlier, year);
    return days;
}

status_t date_to_unix(const struct date_registers *raw, uint64_t *unix_s)
{
    const unsigned seconds = decode(raw->seconds, raw->mode);
    const unsigned minutes = decode(raw->minutes, raw->mode);
    const unsigned hours = decode_hours(raw->hours, raw->mode);
    const unsigned month = decode(raw->month, raw->mode);
    const unsigned year = decode_year(raw->year, raw->century, raw->mode);
    const unsigned day = decode(raw->day, raw->mode);
    if (seconds > 60 || minutes > 59 || hours > 23 || month < 1 || month > 12 || year < 1970)
        return IO;
    if (day < 1 || day > days_of_month(month, year))
        return IO;
    const uint64_t days = (uint64_t)days_before(month, year) + day - 1;
    *unix_s = ((days * 24 + hours) * 60 + minutes) * 60 + seconds;
    return OK;
}
