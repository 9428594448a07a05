/*
 * calls.c - system calls that other architectures do not have, riscv64.
 */
#include "servers/linux/sys.h"

#define FLUSH_LOCAL 1ull /* the caller's processor is enough */

/* What was written is executed from now on; the range is a hint (Linux flushes all, too). The
   server runs where the caller does. */
SYSCALL(riscv_flush_icache)
{
    if (args[2] & ~FLUSH_LOCAL)
        return -EINVAL;
    __asm__ volatile("fence.i" : : : "memory"); /* stores before it, fetches after it */
    return 0;
}
