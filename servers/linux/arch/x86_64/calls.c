/*
 * calls.c - system calls that other architectures do not have, x86_64.
 */
#include "servers/linux/machine.h"
#include "servers/linux/sys.h"
#include "servers/linux/thread.h"

#define PR_GET_TSC    25
#define PR_TSC_ENABLE 1

#define ARCH_SET_GS 0x1001
#define ARCH_SET_FS 0x1002
#define ARCH_GET_FS 0x1003
#define ARCH_GET_GS 0x1004

SYSCALL(arch_prctl)
{
    struct guest_frame *frame = thread_self()->frame;
    uint64_t address = args[1];

    switch (arg_int(args[0])) {
    case ARCH_SET_FS:
    case ARCH_SET_GS:
        if (address >= GUEST_ADDRESS_END)
            return -EPERM;
        *(arg_int(args[0]) == ARCH_SET_FS ? &frame->fs_base : &frame->gs_base) = address;
        return 0;
    case ARCH_GET_FS:
        return user_write(uaddr(address), &frame->fs_base, sizeof(frame->fs_base));
    case ARCH_GET_GS:
        return user_write(uaddr(address), &frame->gs_base, sizeof(frame->gs_base));
    default:
        return -EINVAL;
    }
}

long machine_prctl(const uint64_t args[6])
{
    const int32_t on = PR_TSC_ENABLE;
    return arg_int(args[0]) == PR_GET_TSC ? user_write(uaddr(args[1]), &on, sizeof(on)) : -EINVAL;
}
