/*
 * test_kmsg.c - the log of a world, as /dev/kmsg has it.
 */
#include "servers/linux/kmsg.h"

#include <stdio.h>

#include "tests/unit/linux/shim.h"

TEST("each read of /dev/kmsg is one record, with what is not printable written out")
{
    char line[256];
    world_begin();
    int out = do_open("/dev/kmsg", O_WRONLY, 0);
    CHECK_EQUAL(do_write(out, "<3>first\n"), 9);
    CHECK_EQUAL(do_write(out, "a\tb\\"), 4);
    kmsg_report(KMSG_ERROR, "from the world %d", 7);
    int in = do_open("/dev/kmsg", O_RDONLY | O_NONBLOCK, 0);
    CHECK_EQUAL(call(read, in, GUEST_BUFFER, 5), -EINVAL);
    CHECK(do_read(in, line, 255) > 0);
    CHECK(strncmp(line, "11,0,", 5) == 0 && strstr(line, ",-;first\n") != NULL);
    CHECK(do_read(in, line, 255) > 0);
    CHECK(strncmp(line, "12,1,", 5) == 0 && strstr(line, ",-;a\\x09b\\x5c\n") != NULL);
    CHECK(do_read(in, line, 255) > 0);
    CHECK(strncmp(line, "3,2,", 4) == 0 && strstr(line, ",-;from the world 7\n") != NULL);
    CHECK_EQUAL(do_read(in, line, 255), -EAGAIN);
    CHECK_EQUAL(call(lseek, in, 0, SEEK_SET), 0);
    CHECK(do_read(in, line, 255) > 0 && strncmp(line, "11,0,", 5) == 0);
    CHECK_EQUAL(call(lseek, in, 0, SEEK_END), 0);
    CHECK_EQUAL(do_read(in, line, 255), -EAGAIN);
    CHECK_EQUAL(call(lseek, in, 5, SEEK_SET), -ESPIPE);
    world_end();
}

TEST("who reads too late is told that records have gone, and goes on with those that are left")
{
    char line[256];
    world_begin();
    int out = do_open("/dev/kmsg", O_WRONLY, 0);
    do_write(out, "the first");
    int in = do_open("/dev/kmsg", O_RDONLY | O_NONBLOCK, 0);
    for (int i = 0; i < 1000; i++)
        do_write(out, "one of very many lines in a log that holds but so many");
    CHECK_EQUAL(do_read(in, line, 255), -EPIPE);
    CHECK(do_read(in, line, 255) > 0 && strncmp(line, "12,0,", 5) != 0);
    world_end();
}

TEST("a line that is too long, or for which there is no memory, is refused or not kept")
{
    char line[256];
    world_begin();
    int out = do_open("/dev/kmsg", O_WRONLY, 0);
    CHECK_EQUAL(call(write, out, GUEST_BUFFER, 300), -EINVAL);
    CHECK_EQUAL(call(write, out, GUEST_BAD, 10), -EFAULT);
    int in = do_open("/dev/kmsg", O_RDONLY | O_NONBLOCK, 0);
    shim.heap_allowed = 0;
    CHECK_EQUAL(do_write(out, "lost"), 4);
    shim.heap_allowed = -1;
    CHECK_EQUAL(do_read(in, line, 255), -EAGAIN);
    world_end();
}

TEST("the log is read by who has the right, all at once as lines, and cleared")
{
    char lines[512] = "";
    struct iter to = iter_of_memory(lines, sizeof(lines) - 1);
    struct iter few = iter_of_memory(lines, 30);
    world_begin();
    kmsg_report(KMSG_INFO, "one");
    kmsg_report(KMSG_INFO, "two");
    CHECK(kmsg_read_all(&to, false) > 0);
    CHECK(strncmp(lines, "<6>[", 4) == 0 && strstr(lines, "] one\n<6>[") != NULL);
    memset(lines, 0, sizeof(lines));
    CHECK(kmsg_read_all(&few, true) > 0);
    CHECK(strncmp(lines, "<6>[", 4) == 0 && strstr(lines, "] two\n") != NULL);
    to = iter_of_memory(lines, sizeof(lines) - 1);
    CHECK_EQUAL(kmsg_read_all(&to, false), 0);
    become(1000, 1000);
    CHECK_EQUAL(do_open("/dev/kmsg", O_RDONLY, 0), -EPERM);
    become(0, 0);
    world_end();
}
