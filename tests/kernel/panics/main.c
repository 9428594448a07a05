/**
 * main.c - stands in the place of init and does what must be the end of the machine. Which of
 * several things, `panic=N` on the kernel's command line says: N is the place in `ways`.
 */
#include <corm/kernel_calls.h>

#include "abi/bootinfo.h"
#include "machine/board.h"

#define OPTION "panic="

NORETURN void init_main(const struct bootinfo *boot);

/* Debug builds alone: the kernel does it itself (arch_debug_provoke). */
static void provoke(uint64_t which)
{
    machine_let_kernel_touch_user();
    (void)trap_bare(SYSCALL_DEBUG_CALL, which);
}

static void read_nothing(uint64_t unused)
{
    (void)unused;
    (void)*(volatile uint8_t *)NULL;
}

static void write_own_code(uint64_t unused)
{
    (void)unused;
    *(volatile uint8_t *)(uintptr_t)init_main = 0;
}

static void undefined(uint64_t unused)
{
    (void)unused;
    machine_undefined();
}

static const struct {
    void (*go)(uint64_t which);
    uint64_t which;
} ways[] = {{provoke, 0}, {provoke, 1},      {provoke, 2},        {provoke, 3},
            {provoke, 4}, {read_nothing, 0}, {write_own_code, 0}, {undefined, 0}};

/* Behind OPTION, if it is there; else what is no way. */
static uint64_t number(const char *command_line)
{
    for (const char *at = command_line; *at != '\0'; at++) {
        uint32_t same = 0;
        while (OPTION[same] != '\0' && at[same] == OPTION[same])
            same++;
        if (OPTION[same] == '\0')
            return (uint64_t)(at[same] - '0');
    }
    return ARRAY_LENGTH(ways);
}

/* Where it had no consequence the machine ends as if a test had failed. */
void init_main(const struct bootinfo *boot)
{
    const uint64_t way = number(boot->command_line);
    if (way < ARRAY_LENGTH(ways))
        ways[way].go(ways[way].which);
    for (;;)
        (void)!machine_end(false);
}
