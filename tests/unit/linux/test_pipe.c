/*
 * test_pipe.c - pipes and FIFOs, alone and between threads.
 */
#include <stdio.h>

#include "servers/linux/pipe.h"
#include "tests/unit/linux/shim.h"

static int reader, writer;

static void make_pipe(uint32_t flags)
{
    REQUIRE(call(pipe2, GUEST_BUFFER, flags) == 0);
    reader = ((int32_t *)GUEST_BUFFER)[0];
    writer = ((int32_t *)GUEST_BUFFER)[1];
}

TEST("bytes come out of a pipe in the order they went in")
{
    char text[16];
    world_begin();
    make_pipe(0);
    CHECK_EQUAL(do_write(writer, "abc"), 3);
    CHECK_EQUAL(do_write(writer, "def"), 3);
    CHECK_EQUAL(do_read(reader, text, 4), 4);
    CHECK_TEXT(text, "abcd");
    CHECK_EQUAL(do_read(reader, text, 10), 2);
    CHECK_TEXT(text, "ef");
    CHECK_EQUAL(call(read, writer, GUEST_BUFFER, 1), -EBADF);
    CHECK_EQUAL(call(write, reader, GUEST_BUFFER, 1), -EBADF);
    CHECK_EQUAL(call(lseek, reader, 0, SEEK_SET), -ESPIPE);
    CHECK_EQUAL(call(pread64, reader, GUEST_BUFFER, 1, 0), -ESPIPE);
    CHECK_EQUAL(call(fstat, reader, GUEST_BUFFER), 0);
    CHECK(S_ISFIFO(((struct linux_stat *)GUEST_BUFFER)->st_mode));
    world_end();
}

TEST("an empty pipe blocks, ends without writers, and a full one blocks")
{
    world_begin();
    make_pipe(0);
    CHECK_EQUAL(call(read, reader, GUEST_BUFFER, 1), -ERESTARTSYS);
    CHECK_EQUAL(call(read, reader, GUEST_BUFFER, 0), 0);
    CHECK_EQUAL(call(write, writer, GUEST_BUFFER, 65536), 65536);
    CHECK_EQUAL(call(write, writer, GUEST_BUFFER, 1), -ERESTARTSYS);
    call(close, writer);
    CHECK_EQUAL(call(read, reader, guest(0x200000), 100000), 65536);
    CHECK_EQUAL(call(read, reader, GUEST_BUFFER, 1), 0);
    world_end();
}

TEST("writing without readers is EPIPE and SIGPIPE")
{
    world_begin();
    make_pipe(0);
    call(close, reader);
    CHECK_EQUAL(call(write, writer, GUEST_BUFFER, 1), -EPIPE);
    CHECK_EQUAL(shim.last_signal, SIGPIPE);
    CHECK_EQUAL(call(write, writer, GUEST_BUFFER, 0), 0);
    world_end();
}

TEST("a small write is all or nothing, a large one takes what there is")
{
    world_begin();
    make_pipe(O_NONBLOCK);
    CHECK_EQUAL(call(read, reader, GUEST_BUFFER, 1), -EAGAIN);
    CHECK_EQUAL(call(write, writer, GUEST_BUFFER, 62000), 62000);
    CHECK_EQUAL(call(write, writer, GUEST_BUFFER, 4096), -EAGAIN);
    CHECK_EQUAL(call(write, writer, GUEST_BUFFER, 4097), 3536);
    CHECK_EQUAL(call(write, writer, GUEST_BUFFER, 1), -EAGAIN);
    CHECK_EQUAL(call(write, writer, GUEST_BUFFER, 5000), -EAGAIN);
    CHECK_EQUAL(call(read, reader, guest(0x200000), 4096), 4096);
    CHECK_EQUAL(call(write, writer, GUEST_BUFFER, 4096), 4096);
    world_end();
}

TEST("whatever the sizes, a pipe keeps every byte in order")
{
    static uint8_t next_in, next_out;
    uint64_t in = 0, out = 0;
    world_begin();
    make_pipe(O_NONBLOCK);
    next_in = next_out = 0;
    for (int round = 0; round < 3000; round++) {
        size_t count = unit_random_below(9000);
        uint8_t *data = guest(0x200000);
        for (size_t i = 0; i < count; i++)
            data[i] = (uint8_t)(next_in + i);
        long done = call(write, writer, data, count);
        if (done > 0) {
            next_in = (uint8_t)(next_in + done);
            in += (uint64_t)done;
        }
        done = call(read, reader, data, unit_random_below(9000));
        for (long i = 0; i < done; i++)
            CHECK(data[i] == next_out++);
        out += done > 0 ? (uint64_t)done : 0;
        if (round % 100 == 0)
            call(fcntl, reader, F_SETPIPE_SZ, 4096 << unit_random_below(8));
        CHECK_EQUAL(call(ioctl, reader, FIONREAD, GUEST_BUFFER), 0);
        CHECK_EQUAL(*(uint32_t *)GUEST_BUFFER, in - out);
    }
    world_end();
}

TEST("a pipe's size can be asked for and changed within limits")
{
    world_begin();
    make_pipe(O_NONBLOCK);
    CHECK_EQUAL(call(fcntl, reader, F_GETPIPE_SZ), 65536);
    CHECK_EQUAL(call(fcntl, reader, F_SETPIPE_SZ, 5000), 8192);
    CHECK_EQUAL(call(write, writer, guest(0x200000), 65536), 8192);
    CHECK_EQUAL(call(fcntl, reader, F_SETPIPE_SZ, 4096), -EBUSY);
    CHECK_EQUAL(call(fcntl, reader, F_SETPIPE_SZ, 1 << 20), 1 << 20);
    CHECK_EQUAL(call(fcntl, reader, F_SETPIPE_SZ, (1 << 20) + 1), -EPERM);
    CHECK_EQUAL(call(fcntl, do_open("/dev/null", O_RDWR, 0), F_GETPIPE_SZ), -EBADF);
    world_end();
}

TEST("a bad buffer costs the pipe nothing")
{
    char text[8];
    world_begin();
    make_pipe(O_NONBLOCK);
    do_write(writer, "abc");
    CHECK_EQUAL(call(read, reader, GUEST_BAD, 3), -EFAULT);
    CHECK_EQUAL(call(write, writer, GUEST_BAD, 3), -EFAULT);
    CHECK_EQUAL(do_read(reader, text, 7), 3);
    CHECK_TEXT(text, "abc");
    CHECK_EQUAL(call(pipe2, GUEST_BAD, 0), -EFAULT);
    CHECK_EQUAL(call(pipe2, GUEST_BUFFER, 0x1234), -EINVAL);
    CHECK_EQUAL(fd_table_next(context_current()->files, writer + 1), -1);
    world_end();
}

TEST("a pipe without memory for its pages says so and goes on later")
{
    world_begin();
    make_pipe(O_NONBLOCK);
    shim.pages_allowed = 1;
    CHECK_EQUAL(call(write, writer, GUEST_BUFFER, 10000), 4096);
    CHECK_EQUAL(call(write, writer, GUEST_BUFFER, 10), -ENOMEM);
    shim.pages_allowed = -1;
    CHECK_EQUAL(call(write, writer, GUEST_BUFFER, 10), 10);
    world_end();
}

TEST("a FIFO waits for its other side, or not")
{
    char text[8];
    world_begin();
    CHECK_EQUAL(call(mknodat, AT_FDCWD, guest_text("/fifo"), S_IFIFO | 0644, 0), 0);
    CHECK_EQUAL(do_open("/fifo", O_RDONLY, 0), -ERESTARTSYS);
    CHECK_EQUAL(do_open("/fifo", O_WRONLY, 0), -ERESTARTSYS);
    CHECK_EQUAL(do_open("/fifo", O_WRONLY | O_NONBLOCK, 0), -ENXIO);
    int r = do_open("/fifo", O_RDONLY | O_NONBLOCK, 0);
    CHECK_EQUAL(do_read(r, text, 7), 0);
    int w = do_open("/fifo", O_WRONLY, 0);
    CHECK(w >= 0);
    CHECK_EQUAL(do_write(w, "via"), 3);
    CHECK_EQUAL(do_read(r, text, 7), 3);
    CHECK_EQUAL(do_read(r, text, 7), -EAGAIN);
    do_write(w, "lost");
    call(close, w);
    call(close, r);
    int both = do_open("/fifo", O_RDWR | O_NONBLOCK, 0);
    CHECK(both >= 0);
    CHECK_EQUAL(do_read(both, text, 7), -EAGAIN);
    world_end();
}

TEST("a pipe is opened again through /proc/self/fd")
{
    char path[32], text[8];
    world_begin();
    make_pipe(0);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", reader);
    do_write(writer, "again");
    int fd = do_open(path, O_RDONLY, 0);
    CHECK(fd >= 0);
    CHECK_EQUAL(do_read(fd, text, 7), 5);
    CHECK_TEXT(text, "again");
    CHECK(call(readlink, guest_text(path), GUEST_BUFFER, 64) > 7);
    CHECK(memcmp((void *)GUEST_BUFFER, "pipe:[", 6) == 0);
    world_end();
}

TEST("opening a pipe again waits for nobody, whoever is left")
{
    char reading[32], writing[32], text[8];
    world_begin();
    make_pipe(0);
    snprintf(reading, sizeof(reading), "/proc/self/fd/%d", reader);
    do_write(writer, "left");
    call(close, writer);
    int again = do_open(reading, O_RDONLY, 0);
    REQUIRE(again >= 0);
    CHECK_EQUAL(do_read(again, text, 7), 4);
    CHECK_EQUAL(do_read(again, text, 7), 0);
    struct linux_pollfd wanted = {.fd = again, .events = POLLIN};
    memcpy((void *)GUEST_BUFFER, &wanted, sizeof(wanted));
    CHECK_EQUAL(call(poll, GUEST_BUFFER, 1, 0), 1);
    CHECK(((struct linux_pollfd *)GUEST_BUFFER)->revents & POLLHUP);
    int back = do_open(reading, O_WRONLY, 0);
    REQUIRE(back >= 0);
    CHECK_EQUAL(do_write(back, "more"), 4);
    CHECK_EQUAL(do_read(reader, text, 7), 4);
    call(close, back);

    make_pipe(0);
    snprintf(writing, sizeof(writing), "/proc/self/fd/%d", writer);
    call(close, reader);
    again = do_open(writing, O_WRONLY | O_NONBLOCK, 0);
    REQUIRE(again >= 0);
    CHECK_EQUAL(call(write, again, GUEST_BUFFER, 1), -EPIPE);
    world_end();
}

static void write_slowly(void *argument)
{
    (void)argument;
    for (int i = 0; i < 500; i++)
        CHECK_EQUAL(call(write, writer, guest(0x200000), 1000), 1000);
    call(close, writer);
}

TEST("a writer and a reader on two threads wake each other until the end")
{
    long total = 0, part;
    world_begin();
    make_pipe(0);
    struct start *thread = thread_start(write_slowly, NULL);
    while ((part = call(read, reader, guest(0x300000), 700)) > 0)
        total += part;
    CHECK_EQUAL(part, 0);
    CHECK_EQUAL(total, 500000);
    thread_join(thread);
    world_end();
}

static void write_pattern(void *argument)
{
    uint8_t *data = argument;
    for (int i = 0; i < 200; i++)
        CHECK_EQUAL(call(write, writer, data, 4096), 4096);
}

TEST("writes of up to PIPE_BUF bytes never mix")
{
    static struct start *threads[3];
    world_begin();
    make_pipe(0);
    for (int i = 0; i < 3; i++) {
        uint8_t *data = guest(0x200000 + (uint64_t)i * 4096);
        memset(data, 'a' + i, 4096);
        threads[i] = thread_start(write_pattern, data);
    }
    for (int block = 0; block < 600; block++) {
        uint8_t *data = guest(0x400000);
        for (long done = 0; done < 4096;)
            done += call(read, reader, data + done, 4096 - (size_t)done);
        for (int i = 1; i < 4096; i++)
            CHECK(data[i] == data[0]);
    }
    for (int i = 0; i < 3; i++)
        thread_join(threads[i]);
    world_end();
}
