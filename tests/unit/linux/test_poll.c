/*
 * test_poll.c - poll, select, epoll, eventfd.
 */
#include "tests/unit/linux/shim.h"

static int reader, writer;

static void make_pipe(void)
{
    REQUIRE(call(pipe2, GUEST_BUFFER, 0) == 0);
    reader = ((int32_t *)GUEST_BUFFER)[0];
    writer = ((int32_t *)GUEST_BUFFER)[1];
}

static long poll_one(int fd, int events, int timeout, int *revents)
{
    struct linux_pollfd *p = guest(0x300000);
    *p = (struct linux_pollfd){.fd = fd, .events = (int16_t)events, .revents = 77};
    long found = call(poll, p, 1, timeout);
    *revents = p->revents;
    return found;
}

TEST("poll tells what holds, times out, and marks what is not open")
{
    int got;
    world_begin();
    make_pipe();
    CHECK_EQUAL(poll_one(reader, POLLIN, 0, &got), 0);
    CHECK_EQUAL(got, 0);
    nanos_t before = shim.now;
    CHECK_EQUAL(poll_one(reader, POLLIN, 50, &got), 0);
    CHECK(shim.now - before >= 50 * NANOS_PER_MS);
    CHECK_EQUAL(poll_one(reader, POLLIN, -1, &got), -ERESTART_RESTARTBLOCK);
    CHECK_EQUAL(poll_one(writer, POLLOUT, -1, &got), 1);
    CHECK_EQUAL(got, POLLOUT);
    do_write(writer, "x");
    CHECK_EQUAL(poll_one(reader, POLLIN | POLLOUT, -1, &got), 1);
    CHECK_EQUAL(got, POLLIN);
    CHECK_EQUAL(poll_one(99, POLLIN, -1, &got), 1);
    CHECK_EQUAL(got, POLLNVAL);
    CHECK_EQUAL(poll_one(-1, POLLIN, 0, &got), 0);
    CHECK_EQUAL(got, 0);
    call(close, writer);
    CHECK_EQUAL(poll_one(reader, 0, -1, &got), 1);
    CHECK_EQUAL(got, POLLHUP);
    CHECK_EQUAL(call(poll, GUEST_BAD, 1, 0), -EFAULT);
    CHECK_EQUAL(call(poll, GUEST_BUFFER, 1025, 0), -EINVAL);
    world_end();
}

TEST("a poll that a signal interrupts goes on to the end that it was given")
{
    int got;
    world_begin();
    make_pipe();
    nanos_t begin = shim.now;
    shim.signal_is_pending = true;
    CHECK_EQUAL(poll_one(reader, POLLIN, 50, &got), -ERESTART_RESTARTBLOCK);
    nanos_t end = shim.resumed.deadline_ns;
    CHECK(end >= begin + 50 * NANOS_PER_MS && end < begin + 51 * NANOS_PER_MS);
    shim.now += 20 * NANOS_PER_MS;
    CHECK_EQUAL(shim.resumed.resume(&shim.resumed), -ERESTART_RESTARTBLOCK);
    shim.signal_is_pending = false;
    CHECK_EQUAL(shim.resumed.resume(&shim.resumed), 0);
    CHECK_EQUAL(shim.now, end);
    CHECK_EQUAL(((struct linux_pollfd *)guest(0x300000))->revents, 0);
    do_write(writer, "x");
    CHECK_EQUAL(shim.resumed.resume(&shim.resumed), 1);
    CHECK_EQUAL(((struct linux_pollfd *)guest(0x300000))->revents, POLLIN);
    world_end();
}

TEST("a pipe that lost its readers polls as an error")
{
    int got;
    world_begin();
    make_pipe();
    call(close, reader);
    CHECK_EQUAL(poll_one(writer, POLLOUT, 0, &got), 1);
    CHECK_EQUAL(got, POLLOUT | POLLERR);
    world_end();
}

TEST("regular files are always ready, and so is /dev/null")
{
    int got;
    world_begin();
    CHECK_EQUAL(poll_one(do_open("/f", O_CREAT | O_RDWR, 0644), POLLIN | POLLOUT, 0, &got), 1);
    CHECK_EQUAL(got, POLLIN | POLLOUT);
    CHECK_EQUAL(poll_one(do_open("/dev/null", O_RDWR, 0), POLLIN, 0, &got), 1);
    world_end();
}

TEST("many descriptors in one poll need more than the stack")
{
    struct linux_pollfd *p = guest(0x300000);
    int fds[20];
    world_begin();
    for (int i = 0; i < 20; i++) {
        make_pipe();
        fds[i] = writer;
        p[i] = (struct linux_pollfd){.fd = reader, .events = POLLIN};
    }
    CHECK_EQUAL(call(poll, p, 20, 10), 0);
    do_write(fds[17], "x");
    CHECK_EQUAL(call(poll, p, 20, -1), 1);
    CHECK_EQUAL(p[17].revents, POLLIN);
    CHECK_EQUAL(p[3].revents, 0);
    do_read(p[17].fd, (char[8]){0}, 1);
    shim.heap_allowed = 2; /* the two arrays, then no entry */
    CHECK_EQUAL(call(poll, p, 20, -1), -ENOMEM);
    world_end();
}

TEST("ppoll writes the remaining time back")
{
    struct linux_timespec *time = guest(0x300100);
    struct linux_pollfd *p = guest(0x300000);
    world_begin();
    make_pipe();
    *p = (struct linux_pollfd){.fd = reader, .events = POLLIN};
    *time = (struct linux_timespec){.tv_sec = 3};
    CHECK_EQUAL(call(ppoll, p, 1, time, 0, 8), 0);
    CHECK_EQUAL(time->tv_sec, 0);
    CHECK_EQUAL(time->tv_nsec, 0);
    do_write(writer, "x");
    *time = (struct linux_timespec){.tv_sec = 3};
    CHECK_EQUAL(call(ppoll, p, 1, time, 0, 8), 1);
    CHECK_EQUAL(time->tv_sec, 3); /* did not wait: all of it is left */
    time->tv_nsec = 1000000000;
    CHECK_EQUAL(call(ppoll, p, 1, time, 0, 8), -EINVAL);
    CHECK_EQUAL(call(ppoll, p, 1, 0, time, 4), -EINVAL);
    world_end();
}

TEST("select counts bits, clears the others and refuses closed numbers")
{
    uint64_t *sets = guest(0x300000);
    struct linux_timeval *time = guest(0x300100);
    world_begin();
    make_pipe();
    do_write(writer, "x");
    sets[0] = sets[1] = sets[2] = 1u << reader | 1u << writer;
    CHECK_EQUAL(call(select, 64, &sets[0], &sets[1], &sets[2], 0), 2);
    CHECK_EQUAL(sets[0], 1u << reader);
    CHECK_EQUAL(sets[1], 1u << writer);
    CHECK_EQUAL(sets[2], 0);
    do_read(reader, (char[8]){0}, 1);
    *time = (struct linux_timeval){.tv_usec = 2500000};
    sets[0] = 1u << reader;
    nanos_t before = shim.now;
    CHECK_EQUAL(call(select, writer + 1, &sets[0], 0, 0, time), 0);
    CHECK_EQUAL(sets[0], 0);
    CHECK((shim.now - before) / NANOS_PER_MS == 2500);
    sets[0] = 1u << 20;
    CHECK_EQUAL(call(select, 64, &sets[0], 0, 0, time), -EBADF);
    CHECK_EQUAL(call(select, -1, 0, 0, 0, time), -EINVAL);
    CHECK_EQUAL(call(select, 10, GUEST_BAD, 0, 0, time), -EFAULT);
    CHECK_EQUAL(call(select, 0, 0, 0, 0, time), 0);
    call(close, writer);
    sets[0] = 1u << reader;
    CHECK_EQUAL(call(pselect6, 64, &sets[0], 0, 0, 0, 0), 1);
    world_end();
}

TEST("eventfd adds, takes all or one, and blocks at its ends")
{
    uint64_t *value = (void *)GUEST_BUFFER;
    int got;
    world_begin();
    int fd = (int)call(eventfd2, 5, 0);
    *value = 3;
    CHECK_EQUAL(call(write, fd, value, 8), 8);
    CHECK_EQUAL(call(read, fd, value, 8), 8);
    CHECK_EQUAL(*value, 8);
    CHECK_EQUAL(call(read, fd, value, 8), -ERESTARTSYS);
    CHECK_EQUAL(call(read, fd, value, 4), -EINVAL);
    *value = UINT64_MAX;
    CHECK_EQUAL(call(write, fd, value, 8), -EINVAL);
    *value = UINT64_MAX - 1;
    CHECK_EQUAL(call(write, fd, value, 8), 8);
    CHECK_EQUAL(poll_one(fd, POLLIN | POLLOUT, 0, &got), 1);
    CHECK_EQUAL(got, POLLIN);
    *value = 1;
    CHECK_EQUAL(call(write, fd, value, 8), -ERESTARTSYS);
    int semaphore = (int)call(eventfd2, 2, EFD_SEMAPHORE | O_NONBLOCK);
    CHECK_EQUAL(call(read, semaphore, value, 8), 8);
    CHECK_EQUAL(*value, 1);
    CHECK_EQUAL(call(read, semaphore, value, 8), 8);
    CHECK_EQUAL(call(read, semaphore, value, 8), -EAGAIN);
    CHECK_EQUAL(call(eventfd2, 0, 0x5555), -EINVAL);
    world_end();
}

/* ---- epoll -------------------------------------------------------------------------------- */

static long control(int epoll, int operation, int fd, uint32_t events)
{
    struct linux_epoll_event *event = guest(0x300000);
    *event = (struct linux_epoll_event){.events = events, .data = (uint64_t)fd};
    return call(epoll_ctl, epoll, operation, fd, event);
}

static long wait_now(int epoll, int timeout)
{
    return call(epoll_wait, epoll, guest(0x310000), 8, timeout);
}

static struct linux_epoll_event got(int i)
{
    return ((struct linux_epoll_event *)guest(0x310000))[i];
}

TEST("epoll reports a level as long as it holds")
{
    world_begin();
    make_pipe();
    int epoll = (int)call(epoll_create1, 0);
    CHECK_EQUAL(control(epoll, EPOLL_CTL_ADD, reader, POLLIN), 0);
    CHECK_EQUAL(wait_now(epoll, 0), 0);
    CHECK_EQUAL(wait_now(epoll, 20), 0);
    CHECK_EQUAL(wait_now(epoll, -1), -EINTR);
    do_write(writer, "xy");
    CHECK_EQUAL(wait_now(epoll, -1), 1);
    CHECK_EQUAL(got(0).events, POLLIN);
    CHECK_EQUAL(got(0).data, reader);
    do_read(reader, (char[8]){0}, 1);
    CHECK_EQUAL(wait_now(epoll, -1), 1);
    do_read(reader, (char[8]){0}, 1);
    CHECK_EQUAL(wait_now(epoll, 0), 0);
    call(close, writer);
    CHECK_EQUAL(wait_now(epoll, 0), 1);
    CHECK_EQUAL(got(0).events, POLLHUP);
    world_end();
}

TEST("edge triggered epoll reports each change once, one-shot until armed again")
{
    world_begin();
    make_pipe();
    int epoll = (int)call(epoll_create1, O_CLOEXEC);
    control(epoll, EPOLL_CTL_ADD, reader, POLLIN | EPOLLET);
    do_write(writer, "a");
    CHECK_EQUAL(wait_now(epoll, 0), 1);
    CHECK_EQUAL(wait_now(epoll, 0), 0);
    do_write(writer, "b");
    CHECK_EQUAL(wait_now(epoll, 0), 1);
    CHECK_EQUAL(wait_now(epoll, 0), 0);
    CHECK_EQUAL(control(epoll, EPOLL_CTL_MOD, reader, POLLIN | EPOLLONESHOT), 0);
    CHECK_EQUAL(wait_now(epoll, 0), 1);
    do_write(writer, "c");
    CHECK_EQUAL(wait_now(epoll, 0), 0);
    CHECK_EQUAL(control(epoll, EPOLL_CTL_MOD, reader, POLLIN | EPOLLONESHOT), 0);
    CHECK_EQUAL(wait_now(epoll, 0), 1);
    world_end();
}

TEST("epoll_ctl refuses what epoll_ctl(2) says")
{
    world_begin();
    make_pipe();
    int epoll = (int)call(epoll_create, 1);
    int other = (int)call(epoll_create1, 0);
    CHECK_EQUAL(call(epoll_create, 0), -EINVAL);
    CHECK_EQUAL(call(epoll_create1, 1), -EINVAL);
    CHECK_EQUAL(control(epoll, EPOLL_CTL_ADD, reader, POLLIN), 0);
    CHECK_EQUAL(control(epoll, EPOLL_CTL_ADD, reader, POLLIN), -EEXIST);
    CHECK_EQUAL(control(epoll, EPOLL_CTL_MOD, writer, POLLIN), -ENOENT);
    CHECK_EQUAL(control(epoll, EPOLL_CTL_DEL, writer, 0), -ENOENT);
    CHECK_EQUAL(control(epoll, EPOLL_CTL_ADD, epoll, POLLIN), -EINVAL);
    CHECK_EQUAL(control(epoll, EPOLL_CTL_ADD, 99, POLLIN), -EBADF);
    CHECK_EQUAL(control(reader, EPOLL_CTL_ADD, writer, POLLIN), -EINVAL);
    CHECK_EQUAL(control(epoll, EPOLL_CTL_ADD, do_open("/tmp", O_RDONLY, 0), POLLIN), -EPERM);
    CHECK_EQUAL(control(epoll, 9, reader, POLLIN), -EINVAL);
    CHECK_EQUAL(control(other, EPOLL_CTL_ADD, epoll, POLLIN), 0);
    CHECK_EQUAL(control(epoll, EPOLL_CTL_ADD, other, POLLIN), -ELOOP);
    CHECK_EQUAL(call(epoll_ctl, epoll, EPOLL_CTL_ADD, writer, GUEST_BAD), -EFAULT);
    CHECK_EQUAL(call(epoll_wait, epoll, guest(0x310000), 0, 0), -EINVAL);
    CHECK_EQUAL(call(epoll_wait, reader, guest(0x310000), 1, 0), -EINVAL);
    do_write(writer, "x");
    CHECK_EQUAL(call(epoll_wait, epoll, GUEST_BAD, 1, 0), -EFAULT);
    CHECK_EQUAL(wait_now(epoll, 0), 1);
    CHECK_EQUAL(wait_now(other, 0), 1);
    world_end();
}

TEST("closing a watched file takes it out, closing the epoll first is fine too")
{
    world_begin();
    int epoll = (int)call(epoll_create1, 0);
    make_pipe();
    control(epoll, EPOLL_CTL_ADD, reader, POLLIN);
    control(epoll, EPOLL_CTL_ADD, writer, POLLOUT);
    do_write(writer, "x");
    CHECK_EQUAL(wait_now(epoll, 0), 2);
    call(close, reader);
    CHECK_EQUAL(wait_now(epoll, 0), 1);
    CHECK_EQUAL(got(0).data, writer);
    CHECK_EQUAL(got(0).events, POLLOUT | POLLERR);
    int copy = (int)call(dup, writer);
    call(close, writer);
    CHECK_EQUAL(wait_now(epoll, 0), 1);
    call(close, epoll);
    call(close, copy);
    world_end();
}

TEST("more ready files than room all get their turn")
{
    uint32_t seen = 0;
    world_begin();
    int epoll = (int)call(epoll_create1, 0);
    for (int i = 0; i < 6; i++) {
        make_pipe();
        control(epoll, EPOLL_CTL_ADD, reader, POLLIN);
        do_write(writer, "x");
    }
    for (int i = 0; i < 3; i++) {
        CHECK_EQUAL(call(epoll_wait, epoll, guest(0x310000), 2, 0), 2);
        seen |= 1u << got(0).data | 1u << got(1).data;
    }
    CHECK_EQUAL(__builtin_popcount(seen), 6);
    world_end();
}

static void write_later(void *argument)
{
    (void)argument;
    for (int i = 0; i < 300; i++) {
        uint64_t one = 1;
        memcpy(guest(0x320000), &one, 8);
        CHECK_EQUAL(call(write, reader, guest(0x320000), 8), 8);
        thread_yield();
    }
}

TEST("a thread in epoll_wait hears of every event from another thread")
{
    uint64_t total = 0;
    world_begin();
    int epoll = (int)call(epoll_create1, 0);
    reader = (int)call(eventfd2, 0, 0);
    control(epoll, EPOLL_CTL_ADD, reader, POLLIN | EPOLLET);
    struct start *thread = thread_start(write_later, NULL);
    while (total < 300) {
        CHECK_EQUAL(wait_now(epoll, -1), 1);
        CHECK_EQUAL(call(read, reader, GUEST_BUFFER, 8), 8);
        total += *(uint64_t *)GUEST_BUFFER;
    }
    CHECK_EQUAL(total, 300);
    thread_join(thread);
    world_end();
}
