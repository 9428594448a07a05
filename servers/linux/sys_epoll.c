/*
 * sys_epoll.c - the system calls of epoll.c.
 */
#include "servers/linux/epoll.h"
#include "servers/linux/sys.h"
#include "servers/linux/wait_time.h"

#define EVENTS_MAX (INT32_MAX / (int)sizeof(struct linux_epoll_event))

static long create(bool close_on_exec)
{
    int error;
    struct file *file = epoll_create(&error);
    return file ? fd_install_or_put(file, close_on_exec) : error;
}

SYSCALL(epoll_create) { return arg_int(args[0]) <= 0 ? -EINVAL : create(false); }

SYSCALL(epoll_create1)
{
    return args[0] & ~(uint64_t)O_CLOEXEC ? -EINVAL : create(args[0] & O_CLOEXEC);
}

SYSCALL(epoll_ctl)
{
    struct linux_epoll_event event = {0};
    int operation = arg_int(args[1]), fd = arg_int(args[2]);
    long status = -EBADF;

    if (operation != EPOLL_CTL_DEL && user_read(&event, uaddr(args[3]), sizeof(event)) < 0)
        return -EFAULT;
    struct file *epoll = fd_file(arg_int(args[0]));
    struct file *target = fd_file(fd);
    if (epoll && target)
        status =
            file_is_epoll(epoll) ? epoll_control(epoll, operation, fd, target, &event) : -EINVAL;
    if (epoll)
        file_put(epoll);
    if (target)
        file_put(target);
    return status;
}

static long wait_on_fd(const uint64_t args[6], struct wait_time *time)
{
    int capacity = arg_int(args[2]);

    if (capacity <= 0 || capacity > EVENTS_MAX)
        return -EINVAL;
    struct fd_use use = fd_use(arg_int(args[0]));
    if (!use.file)
        return -EBADF;
    long count = epoll_wait_events(use.file, uaddr(args[1]), capacity, time);
    fd_done(use);
    return count;
}

SYSCALL(epoll_wait)
{
    struct wait_time time = wait_time_of_ms(arg_int(args[3]));
    return wait_on_fd(args, &time);
}

static long wait_with_mask(const uint64_t args[6], struct wait_time *time)
{
    uint64_t mask;

    if (args[4] == 0)
        return wait_on_fd(args, time);
    if (args[5] != sizeof(mask))
        return -EINVAL;
    if (user_read(&mask, uaddr(args[4]), sizeof(mask)) < 0)
        return -EFAULT;
    signal_wait_mask_begin(mask);
    long count = wait_on_fd(args, time);
    signal_wait_mask_end(count == -EINTR);
    return count;
}

SYSCALL(epoll_pwait)
{
    struct wait_time time = wait_time_of_ms(arg_int(args[3]));
    return wait_with_mask(args, &time);
}

SYSCALL(epoll_pwait2)
{
    struct wait_time time;
    int status = wait_time_read(&time, args[3], TIME_IN_NANOSECONDS);
    return status < 0 ? status : wait_with_mask(args, &time);
}
