/*
 * test_fd.c - descriptor numbers: allocation, duplication, flags, limits; devices; flock.
 */
#include "tests/unit/linux/shim.h"

TEST("the lowest free number is given out")
{
    world_begin();
    CHECK_EQUAL(do_open("/dev/null", O_RDWR, 0), 0);
    CHECK_EQUAL(do_open("/dev/null", O_RDWR, 0), 1);
    CHECK_EQUAL(do_open("/dev/null", O_RDWR, 0), 2);
    CHECK_EQUAL(call(close, 1), 0);
    CHECK_EQUAL(call(close, 1), -EBADF);
    CHECK_EQUAL(call(dup, 0), 1);
    CHECK_EQUAL(call(dup, 50), -EBADF);
    CHECK_EQUAL(call(close, -1), -EBADF);
    CHECK_EQUAL(call(fcntl, 0, F_DUPFD, 10), 10);
    CHECK_EQUAL(call(fcntl, 0, F_DUPFD, 10), 11);
    CHECK_EQUAL(call(fcntl, 0, F_DUPFD, 1024), -EINVAL);
    CHECK_EQUAL(call(fcntl, 0, F_DUPFD, -1), -EINVAL);
    world_end();
}

TEST("duplicates share position and flags but not close-on-exec")
{
    char text[8];
    world_begin();
    make_file("/f", "abcdef");
    int a = do_open("/f", O_RDONLY, 0);
    int b = (int)call(fcntl, a, F_DUPFD_CLOEXEC, 0);
    do_read(a, text, 2);
    do_read(b, text, 2);
    CHECK_TEXT(text, "cd");
    CHECK_EQUAL(call(fcntl, a, F_GETFD), 0);
    CHECK_EQUAL(call(fcntl, b, F_GETFD), FD_CLOEXEC);
    CHECK_EQUAL(call(fcntl, b, F_SETFL, O_NONBLOCK), 0);
    CHECK_EQUAL(call(fcntl, a, F_GETFL), O_RDONLY | O_NONBLOCK | O_LARGEFILE);
    CHECK_EQUAL(call(fcntl, b, F_SETFD, 0), 0);
    CHECK_EQUAL(call(fcntl, b, F_GETFD), 0);
    CHECK_EQUAL(call(fcntl, b, 999), -EINVAL);
    world_end();
}

TEST("dup2 and dup3 close what was there, and differ for equal numbers")
{
    world_begin();
    int null = do_open("/dev/null", O_RDWR, 0);
    int file = do_open("/f", O_CREAT | O_WRONLY, 0644);
    CHECK_EQUAL(call(dup2, file, 7), 7);
    CHECK_EQUAL(call(dup2, null, 7), 7);
    CHECK_EQUAL(do_write(7, "lost"), 4);
    CHECK_TEXT(read_all("/f"), "");
    CHECK_EQUAL(call(dup2, 7, 7), 7);
    CHECK_EQUAL(call(dup2, 60, 60), -EBADF);
    CHECK_EQUAL(call(dup3, 7, 7, 0), -EINVAL);
    CHECK_EQUAL(call(dup3, 7, 8, O_CLOEXEC), 8);
    CHECK_EQUAL(call(fcntl, 8, F_GETFD), FD_CLOEXEC);
    CHECK_EQUAL(call(dup3, 7, 8, 1), -EINVAL);
    CHECK_EQUAL(call(dup2, 7, 1024), -EBADF);
    CHECK_EQUAL(call(dup2, 7, 1023), 1023);
    world_end();
}

TEST("RLIMIT_NOFILE is the end of numbers")
{
    world_begin();
    shim.limits[RLIMIT_NOFILE] = 70;
    for (int i = 0; i < 70; i++)
        CHECK_EQUAL(do_open("/dev/null", O_RDWR, 0), i);
    CHECK_EQUAL(do_open("/dev/null", O_RDWR, 0), -EMFILE);
    CHECK_EQUAL(call(pipe2, GUEST_BUFFER, 0), -EMFILE);
    call(close, 5);
    CHECK_EQUAL(call(pipe2, GUEST_BUFFER, 0), -EMFILE);
    CHECK_EQUAL(do_open("/dev/null", O_RDWR, 0), 5);
    world_end();
}

TEST("a forked table is a copy, exec closes what is marked, close_range a range")
{
    world_begin();
    for (int i = 0; i < 40; i++)
        do_open("/dev/null", i % 2 ? O_RDWR | O_CLOEXEC : O_RDWR, 0);
    struct fd_table *parent = context_current()->files;
    struct fd_table *child = fd_table_clone(parent);
    fd_table_close_on_exec(child);
    CHECK_EQUAL(fd_table_next(child, 1), 2);
    CHECK_EQUAL(fd_table_next(parent, 1), 1);
    fd_table_put(child);
    CHECK_EQUAL(call(close_range, 10, 20, 0), 0);
    CHECK_EQUAL(fd_table_next(parent, 10), 21);
    CHECK_EQUAL(call(close_range, 30, UINT32_MAX, CLOSE_RANGE_CLOEXEC), 0);
    CHECK_EQUAL(call(fcntl, 30, F_GETFD), FD_CLOEXEC);
    CHECK_EQUAL(call(close_range, 5, 4, 0), -EINVAL);
    CHECK_EQUAL(call(close_range, 5, 6, 99), -EINVAL);
    world_end();
}

TEST("the memory devices do as their names say")
{
    world_begin();
    int null = do_open("/dev/null", O_RDWR, 0);
    CHECK_EQUAL(call(read, null, GUEST_BUFFER, 10), 0);
    CHECK_EQUAL(do_write(null, "gone"), 4);
    int zero = do_open("/dev/zero", O_RDWR, 0);
    memset((void *)GUEST_BUFFER, 1, 10000);
    CHECK_EQUAL(call(read, zero, GUEST_BUFFER, 10000), 10000);
    CHECK_EQUAL(((char *)GUEST_BUFFER)[9999], 0);
    int full = do_open("/dev/full", O_RDWR, 0);
    CHECK_EQUAL(do_write(full, "x"), -ENOSPC);
    int random = do_open("/dev/urandom", O_RDONLY, 0);
    CHECK_EQUAL(call(read, random, GUEST_BUFFER, 1000), 1000);
    CHECK_EQUAL(do_open("/dev/tty", O_RDWR, 0), -ENXIO);
    CHECK_EQUAL(do_stat("/dev/null").st_rdev, 0x103);
    CHECK_EQUAL(call(mknod, guest_text("/odd"), S_IFCHR | 0666, 0xabcd), 0);
    CHECK_EQUAL(do_open("/odd", O_RDWR, 0), -ENXIO);
    CHECK_EQUAL(call(mknod, guest_text("/sock"), S_IFSOCK | 0666, 0), 0);
    CHECK_EQUAL(do_open("/sock", O_RDWR, 0), -ENXIO);
    CHECK_EQUAL(call(mknod, guest_text("/dir"), S_IFDIR | 0777, 0), -EPERM);
    CHECK_EQUAL(call(ioctl, null, TCGETS, GUEST_BUFFER), -ENOTTY);
    world_end();
}

TEST("flock keeps out the others until it is dropped")
{
    world_begin();
    int a = do_open("/f", O_CREAT | O_RDWR, 0644);
    int b = do_open("/f", O_RDWR, 0);
    int c = do_open("/f", O_RDWR, 0);
    CHECK_EQUAL(call(flock, a, LOCK_SH), 0);
    CHECK_EQUAL(call(flock, b, LOCK_SH), 0);
    CHECK_EQUAL(call(flock, c, LOCK_EX | LOCK_NB), -EAGAIN);
    CHECK_EQUAL(call(flock, c, LOCK_EX), -ERESTARTSYS);
    call(close, a);
    CHECK_EQUAL(call(flock, b, LOCK_EX | LOCK_NB), 0);
    CHECK_EQUAL(call(flock, c, LOCK_SH | LOCK_NB), -EAGAIN);
    CHECK_EQUAL(call(flock, b, LOCK_UN), 0);
    CHECK_EQUAL(call(flock, c, LOCK_EX), 0);
    CHECK_EQUAL(call(flock, c, 99), -EINVAL);
    world_end();
}

TEST("ioctl on any descriptor: close-on-exec, non-blocking, bytes behind the position")
{
    int32_t *value = (void *)GUEST_BUFFER;
    world_begin();
    make_file("/f", "12345");
    int fd = do_open("/f", O_RDONLY, 0);
    CHECK_EQUAL(call(ioctl, fd, FIOCLEX), 0);
    CHECK_EQUAL(call(fcntl, fd, F_GETFD), FD_CLOEXEC);
    CHECK_EQUAL(call(ioctl, fd, FIONCLEX), 0);
    *value = 1;
    CHECK_EQUAL(call(ioctl, fd, FIONBIO, value), 0);
    CHECK(call(fcntl, fd, F_GETFL) & O_NONBLOCK);
    call(lseek, fd, 2, SEEK_SET);
    CHECK_EQUAL(call(ioctl, fd, FIONREAD, value), 0);
    CHECK_EQUAL(*value, 3);
    CHECK_EQUAL(call(ioctl, 99, FIONREAD, value), -EBADF);
    world_end();
}

TEST("a file is used without a reference only while nobody else can close it")
{
    world_begin();
    CHECK_EQUAL(do_open("/dev/null", O_RDWR, 0), 0);
    struct fd_use alone = fd_use(0);
    CHECK(alone.file && !alone.counted);
    CHECK_EQUAL(alone.file->refs, 1);
    fd_done(alone);
    CHECK(fd_use(1).file == NULL);
    CHECK(fd_use(-1).file == NULL);
    CHECK_EQUAL(do_open("/", O_PATH, 0), 1);
    CHECK(fd_use(1).file == NULL);

    struct fd_table *shared = fd_table_get(context_current()->files);
    struct fd_use together = fd_use(0);
    CHECK(together.file && together.counted);
    CHECK_EQUAL(call(close, 0), 0); /* as another thread would */
    CHECK_EQUAL(together.file->refs, 1);
    fd_done(together);
    CHECK(fd_use(0).file == NULL);
    fd_table_put(shared);
    world_end();
}
