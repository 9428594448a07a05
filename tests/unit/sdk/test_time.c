/**
 * test_time.c - scaling the counter, and what the battery-backed clock's registers mean.
 */
#include "drivers/rtc/cmos/date.h"
#include "drivers/rtc/cmos/regs.h"
#include "sdk/rt/time.h"
#include "tests/unit/unit.h"

static uint64_t unix_of(struct date_registers raw)
{
    uint64_t unix_s = 0;
    return date_to_unix(&raw, &unix_s) == OK ? unix_s : ~0ull;
}

TEST("the counter is scaled without losing its upper bits")
{
    CHECK_EQUAL(time_scale(1000, 1ull << 32, 0), 1000);
    CHECK_EQUAL(time_scale(1ull << 63, 1ull << 32, 0), 1ull << 63);
    CHECK_EQUAL(time_scale(1ull << 40, 1ull << 31, -5), (1ull << 39) - 5);
}

TEST("binary and decimal registers mean the same date")
{
    const struct date_registers decimal = {0x56, 0x34, 0x12, 0x29, 0x02, 0x24, 0x20, B_24_HOURS};
    const struct date_registers binary = {56, 34, 12, 29, 2, 24, 20, B_24_HOURS | B_BINARY};
    CHECK_EQUAL(unix_of(decimal), 1709210096);
    CHECK_EQUAL(unix_of(binary), 1709210096);
}

TEST("twelve-hour registers have a midnight and a noon")
{
    struct date_registers raw = {0, 0, 0x12, 0x01, 0x01, 0x70, 0x19, 0};
    CHECK_EQUAL(unix_of(raw), 0);
    raw.hours = 0x12 | HOURS_PM;
    CHECK_EQUAL(unix_of(raw), 12 * 3600);
    raw.hours = 0x11 | HOURS_PM;
    CHECK_EQUAL(unix_of(raw), 23 * 3600);
}

TEST("a century that is no century is the present one")
{
    struct date_registers raw = {0, 0, 0, 0x01, 0x01, 0x00, 0x20, B_24_HOURS};
    CHECK_EQUAL(unix_of(raw), 946684800);
    raw.century = 0xff;
    CHECK_EQUAL(unix_of(raw), 946684800);
    raw.century = 0;
    CHECK_EQUAL(unix_of(raw), 946684800);
}

TEST("what is no date is refused")
{
    const struct date_registers good = {0, 0, 0, 0x28, 0x02, 0x23, 0x20, B_24_HOURS};
    struct date_registers raw = good;
    CHECK(unix_of(raw) != ~0ull);
    raw.day = 0x29;
    CHECK_EQUAL(unix_of(raw), ~0ull);
    raw = good;
    raw.month = 0x13;
    CHECK_EQUAL(unix_of(raw), ~0ull);
    raw = good;
    raw.minutes = 0x6a;
    CHECK_EQUAL(unix_of(raw), ~0ull);
    raw = good;
    raw.hours = 0x24;
    CHECK_EQUAL(unix_of(raw), ~0ull);
    raw = good;
    raw.day = 0;
    CHECK_EQUAL(unix_of(raw), ~0ull);
}

TEST("every day of four centuries is the day after the one before")
{
    static const uint8_t days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    uint64_t expected = 0;
    for (unsigned year = 1970; year < 2370; year++)
        for (unsigned month = 1; month <= 12; month++) {
            const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
            const unsigned count = days[month - 1] + (month == 2 && leap);
            const struct date_registers raw = {.day = (uint8_t)count,
                                               .month = (uint8_t)month,
                                               .year = (uint8_t)(year % 100),
                                               .century = (uint8_t)(year / 100),
                                               .mode = B_24_HOURS | B_BINARY};
            expected += count;
            CHECK_EQUAL(unix_of(raw), (expected - 1) * 86400);
        }
}
