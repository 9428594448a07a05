/**
 * main.c - stands in the place of init and faults: on days 1 to 3 in one way each.
 */
#include <corm/syscall.h>

#include "abi/bootinfo.h"
#include "tests/kernel/day.h"

NORETURN void init_main(const struct bootinfo *boot);

static void read_nothing(void) { (void)*(volatile uint8_t *)NULL; }

static void write_own_code(void) { *(volatile uint8_t *)(uintptr_t)init_main = 0; }

static void undefined(void) { __asm__ volatile("ud2"); }

void init_main(const struct bootinfo *boot)
{
    static void (*const ways[])(void) = {read_nothing, write_own_code, undefined};
    const uint64_t day = day_of_month(INIT_SLOT_IOPORT);
    (void)boot;
    if (day >= 1 && day <= ARRAY_LENGTH(ways))
        ways[day - 1]();
    for (;;) /* no fault, or one that had no consequence: the machine does not end */
        ;
}
