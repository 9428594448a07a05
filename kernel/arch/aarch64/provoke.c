/*
 * provoke.c - faults of the kernel itself, for the tests of its protections. Debug builds only.
 */
#include "kernel/debug.h"

/* 0: read user memory; 1: write the kernel's text; 2: execute data; 3: fill the stack; 4: execute
 * user memory. */
void arch_debug_provoke(uint64_t which)
{
    static uint32_t data[] = {0xd65f03c0}; /* ret */
    if (which == 0)
        (void)*(volatile uint8_t *)0x400000;
    else if (which == 1)
        *(volatile uint8_t *)(uintptr_t)arch_debug_provoke = 0xc3;
    else if (which == 2)
        ((void (*)(void))(uintptr_t)data)();
    else if (which == 3)
        __asm__ volatile("1: stp x0, x0, [sp, #-16]!\n\tb 1b");
    else if (which == 4)
        ((void (*)(void))0x400000)();
}
