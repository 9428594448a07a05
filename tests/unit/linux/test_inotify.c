/*
 * test_inotify.c - who watches files is told what happens to them.
 */
#include <stdio.h>

#include "servers/linux/inotify.h"
#include "tests/unit/linux/shim.h"

#define EVENTS (GUEST_START + 0x300000)

static int fd;

/* What was told, as "WATCH:MASK name;" for each event. */
static const char *told(void)
{
    static char text[2048];
    size_t at = 0;
    long bytes = call(read, fd, EVENTS, 65536);

    text[0] = 0;
    for (long offset = 0; offset < bytes;) {
        const uint32_t *head = (const uint32_t *)(EVENTS + (uint64_t)offset);
        const char *name = head[3] ? (const char *)(head + 4) : "";
        at += (size_t)snprintf(text + at, sizeof(text) - at, "%d:%x %s;", (int)head[0], head[1],
                               name);
        offset += 16 + (long)head[3];
    }
    return bytes < 0 && bytes != -EAGAIN ? "error" : text;
}

static int watch(const char *path, uint32_t mask)
{
    return (int)call(inotify_add_watch, fd, guest_text(path), mask);
}

static void begin(void)
{
    world_begin();
    fd = (int)call(inotify_init1, O_NONBLOCK);
    REQUIRE(fd >= 0);
    do_mkdir("/d");
}

TEST("a directory tells what happens to its entries, a file what happens to itself")
{
    begin();
    CHECK_EQUAL(watch("/d", IN_ALL_EVENTS), 1);
    make_file("/d/f", "text");
    CHECK_TEXT(told(), "1:100 f;1:20 f;1:2 f;1:8 f;");
    CHECK_EQUAL(watch("/d/f", IN_ALL_EVENTS), 2);
    read_all("/d/f");
    CHECK_TEXT(told(), "1:20 f;2:20 ;1:1 f;2:1 ;1:10 f;2:10 ;");
    call(chmod, guest_text("/d/f"), 0600);
    CHECK_TEXT(told(), "1:4 f;2:4 ;");
    call(truncate, guest_text("/d/f"), 1);
    CHECK_TEXT(told(), "1:2 f;2:2 ;");
    do_mkdir("/d/sub");
    CHECK_TEXT(told(), "1:40000100 sub;");
    call(unlink, guest_text("/d/f"));
    CHECK_TEXT(told(), "2:4 ;2:400 ;2:8000 ;1:200 f;");
    call(rmdir, guest_text("/d/sub"));
    CHECK_TEXT(told(), "1:40000200 sub;");
    call(rmdir, guest_text("/d"));
    CHECK_TEXT(told(), "1:400 ;1:8000 ;");
    CHECK_EQUAL(inotify_watch_count, 0);
    world_end();
}

TEST("both halves of a move have one number")
{
    begin();
    do_mkdir("/e");
    make_file("/d/f", "");
    watch("/d", IN_MOVED_FROM | IN_MOVED_TO);
    watch("/e", IN_MOVED_FROM | IN_MOVED_TO);
    watch("/d/f", IN_MOVE_SELF);
    call(rename, guest_text("/d/f"), guest_text("/e/g"));
    CHECK_TEXT(told(), "1:40 f;2:80 g;3:800 ;");
    const uint32_t *events = (const uint32_t *)EVENTS;
    CHECK(events[2] != 0 && events[2] == events[8 + 2]);
    world_end();
}

TEST("watches are changed, added to, used once and removed")
{
    begin();
    CHECK_EQUAL(watch("/d", IN_CREATE), 1);
    CHECK_EQUAL(watch("/d", IN_DELETE), 1);
    make_file("/d/f", "");
    CHECK_TEXT(told(), "");
    CHECK_EQUAL(watch("/d", IN_MASK_ADD | IN_CREATE), 1);
    CHECK_EQUAL(watch("/d", IN_MASK_CREATE | IN_CREATE), -EEXIST);
    make_file("/d/g", "");
    CHECK_TEXT(told(), "1:100 g;");
    CHECK_EQUAL(watch("/d", IN_ONESHOT | IN_CREATE), 1);
    make_file("/d/h", "");
    make_file("/d/i", "");
    CHECK_TEXT(told(), "1:100 h;1:8000 ;");
    CHECK_EQUAL(watch("/d", IN_CREATE), 2);
    CHECK_EQUAL(call(inotify_rm_watch, fd, 1), -EINVAL);
    CHECK_EQUAL(call(inotify_rm_watch, fd, 2), 0);
    CHECK_TEXT(told(), "2:8000 ;");
    CHECK_EQUAL(watch("/d/f", IN_ONLYDIR | IN_CREATE), -ENOTDIR);
    CHECK_EQUAL(watch("/none", IN_CREATE), -ENOENT);
    CHECK_EQUAL(watch("/d", 0), -EINVAL);
    CHECK_EQUAL(call(inotify_rm_watch, 0x777, 2), -EBADF);
    CHECK_EQUAL(call(inotify_init1, 1), -EINVAL);
    world_end();
}

TEST("a read takes what fits, equal events are one, and too many overflow")
{
    begin();
    watch("/d", IN_ALL_EVENTS);
    make_file("/d/file-name", "");
    CHECK_EQUAL(call(ioctl, fd, FIONREAD, GUEST_BUFFER), 0);
    CHECK_EQUAL(*(int32_t *)GUEST_BUFFER, 3 * 32);
    CHECK_EQUAL(call(read, fd, EVENTS, 31), -EINVAL);
    CHECK_EQUAL(call(read, fd, EVENTS, 63), 32);
    CHECK_EQUAL(call(read, fd, EVENTS, 64), 64);
    int file = do_open("/d/file-name", O_RDWR, 0);
    do_write(file, "a");
    do_write(file, "b");
    CHECK_TEXT(told(), "1:20 file-name;1:2 file-name;");
    for (int i = 0; i < 10000; i++) {
        call(pwrite64, file, GUEST_BUFFER, 1, 0);
        call(pread64, file, GUEST_BUFFER, 1, 0);
    }
    long bytes = 0, last = 0, part;
    while ((part = call(read, fd, EVENTS, 65536)) > 0) {
        bytes += part;
        last = part;
    }
    CHECK_EQUAL(bytes, 16384 * 32 + 16);
    CHECK_EQUAL(((uint32_t *)(EVENTS + (uint64_t)last))[-3], IN_Q_OVERFLOW);
    world_end();
}
