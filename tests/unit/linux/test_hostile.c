/*
 * test_hostile.c - any arguments at all: no call may crash, leak, or break the world for the next.
 */
#include <stdio.h>

#include "servers/linux/dev.h"
#include "servers/linux/tty.h"
#include "tests/unit/linux/shim.h"

typedef long call_t(const uint64_t args[6]);

static const struct {
    const char *name;
    call_t *function;
} calls[] = {
#define X(name) {#name, sys_##name},
#include "tests/unit/linux/calls.inc"
#undef X
};

static const char *const paths[] = {
    "/",
    "",
    ".",
    "..",
    "/tmp",
    "/tmp/f",
    "/tmp/f/",
    "/tmp/l",
    "/tmp/p",
    "/tmp/d",
    "/tmp/d/..",
    "/proc/self/fd/0",
    "/proc/self/fd/3",
    "/proc/7/maps",
    "/dev/null",
    "/dev/tty",
    "/dev/ttyS0",
    "/dev/zero",
    "f",
    "l",
    "d/e",
    "/proc/self/cwd",
    "/proc",
    "/dev/stdin",
    "/proc/corm/control",
};

/* A number that a hostile or broken program might pass. */
static uint64_t wild(void)
{
    switch (unit_random_below(12)) {
    case 0:
        return unit_random();
    case 1:
        return UINT64_MAX - unit_random_below(5);
    case 2:
        return UINT64_C(1) << unit_random_below(64);
    case 3:
        return GUEST_BAD;
    case 4:
        return GUEST_START + GUEST_BYTES - unit_random_below(10); /* ends too early */
    case 5:
        return GUEST_BUFFER + unit_random_below(4096);
    case 6:
    case 7:
        return guest_text(paths[unit_random_below(ARRAY_LENGTH(paths))]);
    case 8:
        return (uint64_t)AT_FDCWD;
    default:
        return unit_random_below(12); /* descriptors, small sizes, flags */
    }
}

/* As root again: a wild call may have given that up. */
static void furnish(void)
{
    become(0, 0);
    make_file("/tmp/f", "contents");
    call(symlink, guest_text("f"), guest_text("/tmp/l"));
    call(mknod, guest_text("/tmp/p"), S_IFIFO | 0666, 0);
    do_mkdir("/tmp/d");
    call(chdir, guest_text("/tmp"));
    do_open("/tmp/f", O_RDWR, 0);
    call(pipe2, GUEST_BUFFER, O_NONBLOCK);
    do_open("/dev/ttyS0", O_RDWR, 0);
    do_open("/tmp", O_RDONLY, 0);
    call(eventfd2, 1, O_NONBLOCK);
    call(epoll_create1, 0);
    do_open("/proc/self/status", O_RDONLY, 0);
}

/* The limits of a small machine: what is asked for must not be able to fill the host's memory. */
static void limit(void)
{
    world.root_mount->pages_limit = world.dev_mount->pages_limit = 300;
    shim.limits[RLIMIT_NOFILE] = 64;
}

static void run_wild(unsigned rounds, bool short_of_memory)
{
    world_begin();
    struct tty *tty = tty_create(dev_make(TTY_MAJOR, TTY_S0), 24, 80);
    limit();
    furnish();
    for (unsigned i = 0; i < rounds; i++) {
        uint64_t args[6];
        for (int j = 0; j < 6; j++)
            args[j] = wild();
        if (short_of_memory) {
            shim.heap_allowed = (long)unit_random_below(6);
            shim.pages_allowed = (long)unit_random_below(3);
        }
        long result = calls[unit_random_below(ARRAY_LENGTH(calls))].function(args);
        shim.heap_allowed = shim.pages_allowed = -1;
        CHECK(result >= -4095);
        if (i % 50 == 0)
            furnish();
        if (i % 200 == 0)
            call(close_range, 0, UINT32_MAX, 0);
    }
    world.root_mount->pages_limit = 1000000; /* it may be full */
    become(0, 0);
    call(chdir, guest_text("/"));
    call(close_range, 0, UINT32_MAX, 0);
    struct fs_context *old = context_current()->fs; /* a chroot may have moved the root */
    context_current()->fs = fs_context_create(world.root);
    fs_context_put(old);
    CHECK_EQUAL(make_file("/still-works", "yes"), 0);
    CHECK_TEXT(read_all("/still-works"), "yes");
    tty_destroy(tty);
    world_end();
}

TEST("every call survives wild arguments") { run_wild(60000, false); }

TEST("every call survives wild arguments without memory") { run_wild(60000, true); }

TEST("every call refuses bad addresses in every argument")
{
    world_begin();
    furnish();
    for (size_t i = 0; i < ARRAY_LENGTH(calls); i++) {
        for (int bad = 0; bad < 6; bad++) {
            uint64_t args[6] = {0, GUEST_BUFFER, 8, 0, 0, 0};
            args[bad] = GUEST_BAD;
            CHECK(calls[i].function(args) >= -4095);
        }
        uint64_t none[6] = {0};
        CHECK(calls[i].function(none) >= -4095);
        call(close_range, 0, UINT32_MAX, 0);
        furnish();
    }
    call(close_range, 0, UINT32_MAX, 0);
    world_end();
}
