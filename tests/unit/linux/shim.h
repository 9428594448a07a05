/*
 * shim.h - a world for the files half of the Linux server on the host: the floor of base.h, a guest
 * memory, a current process, and system calls by name.
 *
 * Time is invented: it moves only when somebody sleeps to a deadline or a timer. A thread that
 * would sleep with nobody to wake it gets -EINTR instead, so "it blocks" is visible as
 * -ERESTARTSYS.
 */
#pragma once

#include <string.h>

#include "servers/linux/fd.h"
#include "servers/linux/files.h"
#include "tests/unit/unit.h"

/* What the shim counts and decides; reset by world_begin. */
struct shim {
    long pages;      /* allocated and not freed */
    long boot_pages; /* of a boot archive, that somebody uses */
    const uint8_t *boot_start;
    size_t boot_bytes;
    long heap_objects;  /* likewise */
    long pages_allowed; /* page_alloc fails at 0; -1: no limit */
    long heap_allowed;  /* heap_alloc fails at 0; -1: no limit */
    nanos_t now;
    struct restart_block resumed; /* what a call that was interrupted wants to go on with */
    bool signal_is_pending;
    bool signal_ignored; /* signal_blocked_or_ignored */
    bool orphaned;
    bool has_terminal;
    int hangup_group;
    int last_signal; /* sent to the current thread, to a group or a process */
    int last_signal_group;
    int last_signal_process;
    int signals_sent;
    int pid, group, session;
    int guarded; /* commits after which nobody may look into the process any more */
    uint64_t limits[RLIM_NLIMITS];
    long unmapped_calls;
    int last_control_status;
    char last_control[128];
};
extern struct shim shim;

/* Moves time and fires the timers that are due. */
void shim_advance(nanos_t to);

/* Makes / (empty), /dev, /proc, /tmp and a process that is root and leads session 1. */
void world_begin(void);
void world_begin_with(const void *archive, size_t bytes);
/* Closes everything; checks that pages and heap objects are back to none. */
void world_end(void);
extern struct files world;

/* Runs a function on another host thread of the same process (tests of blocking). While one exists,
   sleeping is real. */
struct start *thread_start(void (*run)(void *argument), void *argument);
void thread_join(struct start *start);

/* Guest memory: GUEST_BYTES at GUEST_START; everything else faults. */
#define GUEST_START UINT64_C(0x10000000)
#define GUEST_BYTES UINT64_C(0x800000)
#define GUEST_BAD   UINT64_C(0x666000)
void *guest(uint64_t offset);                 /* host pointer, which is also the guest's address */
uint64_t guest_text(const char *text);        /* copies into a rotating corner of guest memory */
#define GUEST_BUFFER (GUEST_START + 0x100000) /* free for tests */

/* call(openat, AT_FDCWD, guest_text("/x"), O_RDONLY) */
#define call(name, ...) sys_##name((const uint64_t[6]){SHIM_ARGS(__VA_ARGS__, 0, 0, 0, 0, 0, 0)})
#define SHIM_ARGS(a, b, c, d, e, f, ...)                                                           \
    (uint64_t)(a), (uint64_t)(b), (uint64_t)(c), (uint64_t)(d), (uint64_t)(e), (uint64_t)(f)

#define X(name) long sys_##name(const uint64_t args[6]);
#include "tests/unit/linux/calls.inc"
#undef X

/* Shorthands on paths. */
int do_open(const char *path, uint32_t flags, uint32_t mode);
long do_write(int fd, const char *text);
long do_read(int fd, char *to, size_t bytes); /* 0-terminates: room for bytes + 1 */
const char *read_all(const char *path);       /* up to 64 KiB of text; "" on errors */
int make_file(const char *path, const char *text);
int do_mkdir(const char *path);
struct linux_stat do_stat(const char *path); /* st_ino 0: there is none */
long do_access(const char *path);            /* F_OK */

/* Another user from now on, in no further group; 0 is root again, with all capabilities. */
void become(uint32_t uid, uint32_t gid);
/* These from now on; the groups get a reference of their own. */
void become_with(const struct credentials *whom);
