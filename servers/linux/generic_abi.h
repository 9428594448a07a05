/*
 * generic_abi.h - layouts of Linux's interface as on all newer architectures (asm-generic in the
 * UAPI headers of Linux 6.1); x86_64 has its own.
 */
#pragma once

#include <stdint.h>

#include "lib/base/types.h"

/* Which arguments of clone(2) these are. */
#define CLONE_ARGUMENT_TLS       3
#define CLONE_ARGUMENT_CHILD_TID 4

struct linux_stat {
    uint64_t st_dev;
    uint64_t st_ino;
    uint32_t st_mode;
    uint32_t st_nlink;
    uint32_t st_uid;
    uint32_t st_gid;
    uint64_t st_rdev;
    uint64_t padding;
    int64_t st_size;
    int32_t st_blksize;
    int32_t padding2;
    int64_t st_blocks;
    int64_t st_atime_sec;
    int64_t st_atime_nsec;
    int64_t st_mtime_sec;
    int64_t st_mtime_nsec;
    int64_t st_ctime_sec;
    int64_t st_ctime_nsec;
    uint32_t reserved[2];
};
STATIC_ASSERT(sizeof(struct linux_stat) == 128, "struct stat");

struct linux_epoll_event {
    uint32_t events;
    uint32_t padding;
    uint64_t data;
};
STATIC_ASSERT(sizeof(struct linux_epoll_event) == 16, "struct epoll_event");
