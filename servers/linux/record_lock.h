/*
 * record_lock.h - locks on ranges of a file: fcntl's F_SETLK family, of processes and (OFD) of open
 * files.
 */
#pragma once

#include "servers/linux/file.h"

/* F_GETLK, F_SETLK, F_SETLKW and their F_OFD_ forms; `argument`: a struct flock of the guest. */
long record_lock_command(struct file *file, int command, uint64_t argument);

/* Drops what an owner (an fd_table whose descriptor of this file is closed, or an open file that
   ends) holds. Only worth calling while inode_has_record_locks. */
void record_locks_drop(struct inode *inode, const void *owner);

static inline bool inode_has_record_locks(const struct inode *inode)
{
    return __atomic_load_n(&inode->record_locks, __ATOMIC_RELAXED) != NULL;
}
