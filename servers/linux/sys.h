/*
 * sys.h - what the file system calls share: paths from guests, *at directories.
 *
 * A system call is `long sys_NAME(const uint64_t args[6])`; syscalls.def lists them all.
 */
#pragma once

#include "servers/linux/fd.h"

/* Declares and opens the definition of a call. */
#define SYSCALL(name)                                                                              \
    long sys_##name(const uint64_t args[6]);                                                       \
    long sys_##name(const uint64_t args[6])

/* An int argument: the upper half of the register is not part of it. */
static inline int arg_int(uint64_t argument) { return (int)(uint32_t)argument; }

#define USER_PATH_INLINE 192

/* A path copied from the guest: short ones on the stack, long ones in a page. */
struct user_path {
    const char *text;
    struct page *page;
    char inline_text[USER_PATH_INLINE];
};

/* 0, -EFAULT, -ENAMETOOLONG or -ENOMEM; then user_path_end. */
MUST_USE int user_path_read(struct user_path *path, uint64_t address);
void user_path_end(struct user_path *path);

/* A struct of the guest that later versions may have made longer: what we do not know of it must be
   zeros, what it does not have is. 0, -E2BIG or -EFAULT. */
MUST_USE int user_read_versioned(void *to, size_t known_bytes, uint64_t address, uint64_t bytes);

/* A path and the directory from which it goes if it is relative. */
struct at_path {
    struct user_path path;
    struct dentry *start; /* counted; NULL: the working directory, or not needed */
};

/* 0 or an error (-EBADF, -ENOTDIR and those of user_path_read); then at_path_end. */
MUST_USE int at_path_read(struct at_path *at, int dirfd, uint64_t address);
/* The same, but the directory is needed even if the path begins with a slash. */
MUST_USE int at_path_read_below(struct at_path *at, int dirfd, uint64_t address);
void at_path_end(struct at_path *at);

/* Follows a path to its entry. `flags`: AT_SYMLINK_NOFOLLOW. Counted. */
MUST_USE int at_dentry(int dirfd, uint64_t address, int flags, struct dentry **found);

/* The same to the inode, which with AT_EMPTY_PATH and "" is that of dirfd itself, whatever it is.
 */
MUST_USE int at_inode(int dirfd, uint64_t address, int flags, struct inode **found);

/* The same with the entry, counted; NULL if the descriptor has none. Then at_place_end, which tells
   who watches of this event (IN_*; 0: of nothing). */
MUST_USE int at_place(int dirfd, uint64_t address, int flags, struct dentry **dentry,
                      struct inode **inode);
void at_place_end(struct dentry *dentry, struct inode *inode, uint32_t event);
