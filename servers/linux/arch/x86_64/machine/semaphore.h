/*
 * semaphore.h - what semctl(2) tells of a set, x86_64: times have room for the older kind.
 */
#pragma once

#include "servers/linux/ipc.h"

struct linux_semid_ds {
    struct linux_ipc_perm perm;
    int64_t otime;
    uint64_t unused0;
    int64_t ctime;
    uint64_t unused1;
    uint64_t count;
    uint64_t unused2[2];
};
STATIC_ASSERT(sizeof(struct linux_semid_ds) == 104, "struct semid64_ds");
