/*
 * dispatch.c - what the generated table needs beside itself.
 */
#include "servers/linux/dispatch.h"

uint64_t syscall_counts[SYSCALL_COUNT + 1];

long syscall_absent(const uint64_t args[6])
{
    (void)args;
    return -ENOSYS;
}
