/**
 * main.c - makes a debug kernel do what must end in a panic: the protections of the kernel from
 * itself.
 *
 * Which of them is said by the day of the month of the machine's clock, the one thing that can be
 * chosen from outside and read without a driver (`-rtc base=...`).
 */
#include <corm/kernel_calls.h>
#include "sdk/rt/component.h"
#include "sdk/rt/log.h"
#include "sdk/rt/time.h"

#define CMOS_INDEX 0x70u /* MC146818 */
#define CMOS_DATA  0x71u
#define CMOS_DAY   7u

#define FLAG_ALIGNMENT_CHECK 0x40000

/* With this flag a kernel may touch user memory (SMAP), so no system call may bring it along. */
static void set_alignment_check(void)
{
    __asm__ volatile("pushfq\n\torq %0, (%%rsp)\n\tpopfq" : : "i"(FLAG_ALIGNMENT_CHECK) : "memory");
}

int component_main(const struct component_info *info)
{
    const struct component_device *device = component_device(info, DEVICE_PORTS);
    uint64_t day = 0;
    if (device == NULL || ioport_out(device->slot, CMOS_INDEX, 1, CMOS_DAY) != OK ||
        ioport_in(device->slot, CMOS_DATA, 1, &day) != OK)
        return 1;
    log_line("provoking number %lu", day - 1);
    log_drain(time_now() + NANOS_PER_S);
    set_alignment_check();
    const status_t status = (status_t)trap_bare(SYSCALL_DEBUG_CALL, day - 1);
    log_line("not ok - the kernel goes on, with status %u", status);
    log_drain(time_now() + NANOS_PER_S);
    return 1;
}
