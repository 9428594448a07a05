/*
 * calls.c - system calls that other architectures do not have, riscv64.
 */
#include "lib/base/bits.h"
#include "servers/linux/mm.h"
#include "servers/linux/sys.h"
#include "servers/linux/thread.h"

#define FLUSH_LOCAL 1ull /* the caller's processor is enough */

/* Programs cannot reach the other processors, and neither can the server: but what the kernel maps
   to be executed all of them fetch anew, and the next use of these pages has it mapped again. A
   range that is none stands for everything: to Linux each does. */
SYSCALL(riscv_flush_icache)
{
    struct mm *mm = thread_self()->mm;
    uint64_t start = align_down(args[0], PAGE_BYTES), end = args[1];

    if (args[2] & ~FLUSH_LOCAL)
        return -EINVAL;
    if (start >= end || end > GUEST_ADDRESS_END) {
        start = 0;
        end = GUEST_ADDRESS_END;
    }
    mm_lock(mm);
    mm_unmap_guest_locked(mm, start, align_up(end, PAGE_BYTES));
    mm_unlock(mm);
    return 0;
}
