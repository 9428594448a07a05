/*
 * abi.h - the parts of Linux's interface that differ on x86_64 from the generic layout.
 */
#pragma once

#include <stdint.h>

#include "lib/base/types.h"

#define O_DIRECT    00040000
#define O_LARGEFILE 00100000
#define O_DIRECTORY 00200000
#define O_NOFOLLOW  00400000
#define O_TMPFILE   (020000000 | O_DIRECTORY)

/* Which arguments of clone(2) these are. */
#define CLONE_ARGUMENT_CHILD_TID 3
#define CLONE_ARGUMENT_TLS       4

struct linux_stat {
    uint64_t st_dev;
    uint64_t st_ino;
    uint64_t st_nlink;
    uint32_t st_mode;
    uint32_t st_uid;
    uint32_t st_gid;
    uint32_t padding;
    uint64_t st_rdev;
    int64_t st_size;
    int64_t st_blksize;
    int64_t st_blocks;
    int64_t st_atime_sec;
    int64_t st_atime_nsec;
    int64_t st_mtime_sec;
    int64_t st_mtime_nsec;
    int64_t st_ctime_sec;
    int64_t st_ctime_nsec;
    int64_t reserved[3];
};
STATIC_ASSERT(sizeof(struct linux_stat) == 144, "struct stat");

struct linux_epoll_event {
    uint32_t events;
    uint64_t data;
} PACKED;
STATIC_ASSERT(sizeof(struct linux_epoll_event) == 12, "struct epoll_event is packed here");

#define MINSIGSTKSZ 2048

struct linux_sigaction {
    uint64_t handler;
    uint64_t flags;
    uint64_t restorer;
    uint64_t mask;
};
