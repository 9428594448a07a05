/*
 * generic_semaphore.h - what semctl(2) tells of a set, as on all newer architectures.
 */
#pragma once

#include "servers/linux/ipc.h"

struct linux_semid_ds {
    struct linux_ipc_perm perm;
    int64_t otime;
    int64_t ctime;
    uint64_t count;
    uint64_t unused[2];
};
STATIC_ASSERT(sizeof(struct linux_semid_ds) == 88, "struct semid64_ds");
