/**
 * main.c - stands in the place of init and looks whether all goes on as it should, while
 * non-maskable interrupts come from outside: at user level, in the kernel, and while it sleeps.
 */
#include <corm/kernel_calls.h>

#include "abi/bootinfo.h"
#include "native/counter.h"
#include "sdk/rt/time.h"
#include "tests/kernel/contract/raw.h"

#define SERIAL_PORT 0x3f8

/* In the log: from here on. The boot stage has nobody who would take an interrupt. */
#define STARTED '*'

/* QEMU's isa-debug-exit. */
#define DEBUG_EXIT_PORT   0xf4
#define DEBUG_EXIT_OK     0x10
#define DEBUG_EXIT_FAILED 0x11

#define ROUNDS       100u
#define ROUND_CALLS  2000u
#define ROUND_TURNS  200000u
#define SLEEP_NS     NANOS_PER_MS
#define SLOT_TO_WAIT ((cap_t)512)

NORETURN void init_main(const struct bootinfo *boot);

static bool registers_are_kept(void)
{
    struct registers in = {.rflags = 0x202}, out;
    uint64_t *const was = (uint64_t *)&in, *const is = (uint64_t *)&out;
    for (uint32_t i = 0; i < REGISTERS_GENERAL; i++)
        was[i] = 0x1111111111111111ull * (i + 1);
    raw_hold(&in, &out, ROUND_TURNS);
    for (uint32_t i = 0; i < REGISTERS_GENERAL; i++) {
        if (is[i] != was[i])
            return false;
    }
    return true;
}

static bool calls_are_answered(void)
{
    for (uint32_t i = 0; i < ROUND_CALLS; i++) {
        uint64_t type = 0, rights = 0, badge = 0;
        if (table_inspect(INIT_SLOT_TABLE, INIT_SLOT_SCHED, &type, &rights, &badge) != OK ||
            type != OBJECT_SCHED)
            return false;
    }
    return true;
}

static bool sleep_ends(const struct bootinfo *boot)
{
    const nanos_t now = time_scale(counter_read(), boot->clock_multiplier, boot->clock_offset_ns);
    return notification_wait(SLOT_TO_WAIT, now + SLEEP_NS) == (RECEIVED_ERROR | TIMEOUT);
}

static bool make_notification(const struct bootinfo *boot)
{
    for (uint32_t i = 0; i < boot->count_memory; i++) {
        if (boot->memory[i].kind == BOOTINFO_MEMORY_FREE)
            return untyped_retype(INIT_SLOT_FIRST_UNTYPED + i, OBJECT_NOTIFICATION, 0, 0,
                                  INIT_SLOT_TABLE, SLOT_TO_WAIT) == OK;
    }
    return false;
}

void init_main(const struct bootinfo *boot)
{
    bool good =
        make_notification(boot) && ioport_out(INIT_SLOT_IOPORT, SERIAL_PORT, 1, STARTED) == OK;
    for (uint32_t i = 0; i < ROUNDS && good; i++)
        good = registers_are_kept() && calls_are_answered() && sleep_ends(boot);
    for (;;) {
        if (ioport_out(INIT_SLOT_IOPORT, DEBUG_EXIT_PORT, 1,
                       good ? DEBUG_EXIT_OK : DEBUG_EXIT_FAILED) != OK)
            counter_pause();
    }
}
