/*
 * test_record_lock.c - fcntl's locks on ranges, of processes and of open files.
 */
#include "tests/unit/linux/shim.h"

static int fd;

static struct linux_flock *range(int kind, int64_t start, int64_t length)
{
    struct linux_flock *lock = (void *)GUEST_BUFFER;
    *lock = (struct linux_flock){.l_type = (int16_t)kind, .l_start = start, .l_len = length};
    return lock;
}

static long lock_as(int command, int kind, int64_t start, int64_t length)
{
    range(kind, start, length);
    return call(fcntl, fd, command, GUEST_BUFFER);
}

/* Another process, which has the same file open; back with leave. */
static struct fd_table *mine;

static void enter_other(void)
{
    mine = context_current()->files;
    context_current()->files = fd_table_clone(mine);
    shim.pid = 2;
}

static void leave_other(void)
{
    fd_table_put(context_current()->files);
    context_current()->files = mine;
    shim.pid = 1;
}

static void begin(void)
{
    world_begin();
    make_file("/f", "0123456789");
    fd = do_open("/f", O_RDWR, 0);
}

TEST("read locks are shared, write locks are not, and F_GETLK tells who is in the way")
{
    begin();
    CHECK_EQUAL(lock_as(F_SETLK, F_RDLCK, 0, 5), 0);
    CHECK_EQUAL(lock_as(F_SETLK, F_WRLCK, 7, 0), 0);
    enter_other();
    CHECK_EQUAL(lock_as(F_SETLK, F_RDLCK, 0, 7), 0);
    CHECK_EQUAL(lock_as(F_SETLK, F_WRLCK, 4, 1), -EAGAIN);
    CHECK_EQUAL(lock_as(F_SETLK, F_RDLCK, 100, 1), -EAGAIN);
    CHECK_EQUAL(lock_as(F_SETLKW, F_RDLCK, 100, 1), -ERESTARTSYS);
    CHECK_EQUAL(lock_as(F_GETLK, F_WRLCK, 100, 1), 0);
    struct linux_flock *told = (void *)GUEST_BUFFER;
    CHECK_EQUAL(told->l_type, F_WRLCK);
    CHECK_EQUAL(told->l_start, 7);
    CHECK_EQUAL(told->l_len, 0);
    CHECK_EQUAL(told->l_pid, 1);
    leave_other();
    CHECK_EQUAL(lock_as(F_GETLK, F_WRLCK, 0, 1), 0);
    CHECK_EQUAL(((struct linux_flock *)GUEST_BUFFER)->l_type, F_UNLCK);
    world_end();
}

TEST("closing any descriptor of a file ends the process's locks on it; a fork has none")
{
    begin();
    CHECK_EQUAL(lock_as(F_SETLK, F_WRLCK, 0, 0), 0);
    enter_other();
    CHECK_EQUAL(lock_as(F_SETLK, F_WRLCK, 0, 0), -EAGAIN);
    leave_other();
    int again = do_open("/f", O_RDONLY, 0);
    call(close, again);
    enter_other();
    CHECK_EQUAL(lock_as(F_SETLK, F_WRLCK, 0, 0), 0);
    leave_other();
    CHECK_EQUAL(lock_as(F_SETLK, F_WRLCK, 0, 0), 0);
    world_end();
}

TEST("locks of open files belong to those, not to processes")
{
    begin();
    int other = do_open("/f", O_RDWR, 0), first = fd;
    CHECK_EQUAL(lock_as(F_OFD_SETLK, F_WRLCK, 0, 10), 0);
    fd = other;
    CHECK_EQUAL(lock_as(F_OFD_SETLK, F_RDLCK, 5, 1), -EAGAIN);
    CHECK_EQUAL(lock_as(F_SETLK, F_RDLCK, 5, 1), -EAGAIN);
    CHECK_EQUAL(lock_as(F_OFD_GETLK, F_RDLCK, 5, 1), 0);
    CHECK_EQUAL(((struct linux_flock *)GUEST_BUFFER)->l_pid, -1);
    range(F_RDLCK, 0, 1)->l_pid = 5;
    CHECK_EQUAL(call(fcntl, fd, F_OFD_SETLK, GUEST_BUFFER), -EINVAL);
    int copy = (int)call(dup, first);
    call(close, first);
    CHECK_EQUAL(lock_as(F_OFD_SETLK, F_RDLCK, 5, 1), -EAGAIN);
    call(close, copy);
    CHECK_EQUAL(lock_as(F_OFD_SETLK, F_RDLCK, 5, 1), 0);
    world_end();
}

TEST("bad ranges and modes are refused")
{
    begin();
    CHECK_EQUAL(call(fcntl, fd, F_SETLK, GUEST_BAD), -EFAULT);
    CHECK_EQUAL(lock_as(F_SETLK, 7, 0, 1), -EINVAL);
    CHECK_EQUAL(lock_as(F_GETLK, F_UNLCK, 0, 1), -EINVAL);
    CHECK_EQUAL(lock_as(F_SETLK, F_RDLCK, -1, 1), -EINVAL);
    CHECK_EQUAL(lock_as(F_SETLK, F_RDLCK, 3, -4), -EINVAL);
    CHECK_EQUAL(lock_as(F_SETLK, F_RDLCK, INT64_MAX, 2), -EOVERFLOW);
    range(F_RDLCK, 1, 1)->l_whence = 9;
    CHECK_EQUAL(call(fcntl, fd, F_SETLK, GUEST_BUFFER), -EINVAL);
    fd = do_open("/f", O_RDONLY, 0);
    CHECK_EQUAL(lock_as(F_SETLK, F_WRLCK, 0, 1), -EBADF);
    fd = do_open("/f", O_WRONLY, 0);
    CHECK_EQUAL(lock_as(F_SETLK, F_RDLCK, 0, 1), -EBADF);
    shim.heap_allowed = 1;
    CHECK_EQUAL(lock_as(F_SETLK, F_WRLCK, 0, 1), -ENOLCK);
    world_end();
}

TEST("whatever is locked and unlocked, each byte is locked as it was last asked for")
{
    enum { BYTES = 40 };
    int8_t model[2][BYTES] = {0}; /* kind + 1, 0: none */
    begin();
    struct fd_table *tables[2] = {context_current()->files,
                                  fd_table_clone(context_current()->files)};
    for (int round = 0; round < 4000; round++) {
        unsigned who = (unsigned)unit_random_below(2);
        int kind = (int)unit_random_below(3);
        int64_t start = (int64_t)unit_random_below(BYTES);
        int64_t length = 1 + (int64_t)unit_random_below((uint64_t)(BYTES - start));
        bool conflict = false;
        for (int64_t i = start; i < start + length && kind != F_UNLCK; i++)
            conflict = conflict || (model[1 - who][i] != 0 &&
                                    (kind == F_WRLCK || model[1 - who][i] == F_WRLCK + 1));
        context_current()->files = tables[who];
        CHECK_EQUAL(lock_as(F_SETLK, kind, start, length), conflict ? -EAGAIN : 0);
        for (int64_t i = start; i < start + length && !conflict; i++)
            model[who][i] = (int8_t)(kind == F_UNLCK ? 0 : kind + 1);
    }
    context_current()->files = tables[0];
    fd_table_put(tables[1]);
    CHECK_EQUAL(lock_as(F_SETLK, F_WRLCK, 0, 0), 0);
    world_end();
}

static void unlock_later(void *argument)
{
    (void)argument;
    for (int i = 0; i < 1000; i++)
        thread_yield();
    fd_table_put(context_current()->files);
    context_current()->files = mine;
    fd_table_get(mine);
    CHECK_EQUAL(call(fcntl, fd, F_SETLK, guest(0x400000)), 0);
}

TEST("who waits for a lock gets it when it is free")
{
    begin();
    CHECK_EQUAL(lock_as(F_SETLK, F_WRLCK, 0, 0), 0);
    *(struct linux_flock *)guest(0x400000) = (struct linux_flock){.l_type = F_UNLCK};
    enter_other();
    struct start *thread = thread_start(unlock_later, NULL);
    CHECK_EQUAL(lock_as(F_SETLKW, F_WRLCK, 3, 4), 0);
    thread_join(thread);
    leave_other();
    world_end();
}

static int waits_with;

/* Another thread of the process that waits closes the descriptor it waits with. */
static void close_and_unlock(void *argument)
{
    (void)argument;
    for (int i = 0; i < 1000; i++)
        thread_yield();
    CHECK_EQUAL(call(close, waits_with), 0);
    CHECK_EQUAL(call(fcntl, fd, F_OFD_SETLK, guest(0x400000)), 0);
}

TEST("who gets a lock when its descriptor is closed already does not keep it")
{
    begin();
    waits_with = do_open("/f", O_RDWR, 0);
    CHECK_EQUAL(lock_as(F_OFD_SETLK, F_WRLCK, 0, 0), 0);
    *(struct linux_flock *)guest(0x400000) = (struct linux_flock){.l_type = F_UNLCK};
    struct start *thread = thread_start(close_and_unlock, NULL);
    range(F_WRLCK, 0, 0);
    CHECK_EQUAL(call(fcntl, waits_with, F_SETLKW, GUEST_BUFFER), 0);
    thread_join(thread);
    CHECK_EQUAL(lock_as(F_OFD_GETLK, F_WRLCK, 0, 0), 0);
    CHECK_EQUAL(((struct linux_flock *)GUEST_BUFFER)->l_type, F_UNLCK);
    world_end();
}
