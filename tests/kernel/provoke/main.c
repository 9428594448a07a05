/**
 * main.c - makes a debug kernel do what must end in a panic: the protections of the kernel from
 * itself.
 * Which of them is said by the day of the month.
 */
#include <corm/kernel_calls.h>
#include "sdk/rt/component.h"
#include "sdk/rt/log.h"
#include "sdk/rt/time.h"
#include "tests/kernel/day.h"

#define FLAG_ALIGNMENT_CHECK 0x40000

/* With this flag a kernel may touch user memory (SMAP), so no system call may bring it along. */
static void set_alignment_check(void)
{
    __asm__ volatile("pushfq\n\torq %0, (%%rsp)\n\tpopfq" : : "i"(FLAG_ALIGNMENT_CHECK) : "memory");
}

int component_main(const struct component_info *info)
{
    const struct component_device *device = component_device(info, DEVICE_PORTS);
    const uint64_t day = device == NULL ? 0 : day_of_month((cap_t)device->slot);
    if (day == 0)
        return 1;
    log_line("provoking number %lu", day - 1);
    log_drain(time_now() + NANOS_PER_S);
    set_alignment_check();
    const status_t status = (status_t)trap_bare(SYSCALL_DEBUG_CALL, day - 1);
    log_line("not ok - the kernel goes on, with status %u", status);
    log_drain(time_now() + NANOS_PER_S);
    return 1;
}
