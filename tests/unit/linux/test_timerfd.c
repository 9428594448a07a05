/*
 * test_timerfd.c - timers that are read and polled.
 */
#include "servers/linux/clock.h"
#include "tests/unit/linux/shim.h"

static int fd;

static long set(int flags, nanos_t value, nanos_t interval)
{
    *(struct linux_itimerspec *)GUEST_BUFFER =
        (struct linux_itimerspec){clock_timespec(interval), clock_timespec(value)};
    return call(timerfd_settime, fd, flags, GUEST_BUFFER, GUEST_BUFFER + 64);
}

static uint64_t ticks(void)
{
    *(uint64_t *)GUEST_BUFFER = 0;
    long done = call(read, fd, GUEST_BUFFER, 8);
    return done == 8 ? *(uint64_t *)GUEST_BUFFER : (uint64_t)done;
}

static int is_ready(void)
{
    struct linux_pollfd *entry = (void *)GUEST_BUFFER;
    *entry = (struct linux_pollfd){.fd = fd, .events = POLLIN};
    return (int)call(poll, GUEST_BUFFER, 1, 0);
}

static void begin(uint64_t clock, uint32_t flags)
{
    world_begin();
    fd = (int)call(timerfd_create, clock, flags);
    REQUIRE(fd >= 0);
}

TEST("a timer fires once, or again and again, and a read takes all that was missed")
{
    begin(CLOCK_MONOTONIC, O_NONBLOCK);
    CHECK_EQUAL(ticks(), (uint64_t)-EAGAIN);
    CHECK_EQUAL(set(0, 1000, 0), 0);
    CHECK_EQUAL(is_ready(), 0);
    shim_advance(shim.now + 2000);
    CHECK_EQUAL(is_ready(), 1);
    CHECK_EQUAL(ticks(), 1);
    CHECK_EQUAL(ticks(), (uint64_t)-EAGAIN);
    CHECK_EQUAL(set(0, 1000000, 1000000), 0);
    shim_advance(shim.now + 4500000);
    CHECK_EQUAL(ticks(), 4);
    CHECK_EQUAL(call(timerfd_gettime, fd, GUEST_BUFFER), 0);
    const struct linux_itimerspec *now = (void *)GUEST_BUFFER;
    CHECK_EQUAL(now->interval.tv_nsec, 1000000);
    CHECK(now->value.tv_nsec > 0 && now->value.tv_nsec <= 1000000);
    CHECK_EQUAL(set(0, 0, 0), 0);
    CHECK(((struct linux_itimerspec *)(GUEST_BUFFER + 64))->value.tv_nsec > 0);
    shim_advance(shim.now + 4500000);
    CHECK_EQUAL(is_ready(), 0);
    world_end();
}

TEST("a read waits for the timer, and absolute times are those of its clock")
{
    begin(CLOCK_REALTIME, 0);
    CHECK_EQUAL(ticks(), (uint64_t)-ERESTARTSYS);
    nanos_t start = shim.now;
    CHECK_EQUAL(set(1, (nanos_t)clock_real_offset() + start + 5000000, 0), 0);
    CHECK_EQUAL(ticks(), 1);
    CHECK(shim.now >= start + 5000000);
    CHECK_EQUAL(set(1, 5, 0), 0);
    shim_advance(shim.now + 1000);
    CHECK_EQUAL(ticks(), 1);
    CHECK_EQUAL(set(0, 1000, 1000), 0); /* armed when it is closed */
    world_end();
}

TEST("bad clocks, flags, values and descriptors are refused")
{
    begin(CLOCK_BOOTTIME, O_CLOEXEC);
    CHECK_EQUAL(call(timerfd_create, CLOCK_THREAD_CPUTIME_ID, 0), -EINVAL);
    CHECK_EQUAL(call(timerfd_create, CLOCK_MONOTONIC, 1), -EINVAL);
    CHECK_EQUAL(set(8, 1, 1), -EINVAL);
    CHECK_EQUAL(set(0, 1, 1), 0);
    ((struct linux_itimerspec *)GUEST_BUFFER)->value.tv_nsec = 1000000000;
    CHECK_EQUAL(call(timerfd_settime, fd, 0, GUEST_BUFFER, 0), -EINVAL);
    CHECK_EQUAL(call(timerfd_settime, fd, 0, GUEST_BAD, 0), -EFAULT);
    CHECK_EQUAL(call(read, fd, GUEST_BUFFER, 7), -EINVAL);
    CHECK_EQUAL(call(write, fd, GUEST_BUFFER, 8), -EINVAL);
    CHECK_EQUAL(call(timerfd_gettime, do_open("/", O_RDONLY, 0), GUEST_BUFFER), -EINVAL);
    CHECK_EQUAL(call(timerfd_gettime, 99, GUEST_BUFFER), -EBADF);
    world_end();
}
