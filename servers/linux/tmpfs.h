/*
 * tmpfs.h - the file system in memory: root, /tmp and /dev.
 */
#pragma once

#include "servers/linux/file.h"

/* A new, empty one with a root directory of this mode; registered, not yet over any directory.
   At most `pages_limit` pages of file data. NULL when memory is out. */
struct mount *tmpfs_create(const char *source, uint32_t mode, uint64_t pages_limit);

/* Removes every entry (tests: to see that nothing leaks). Nobody may be using it. */
void tmpfs_destroy(struct mount *mount);

/* A file, say, that is in no directory; counted. NULL when memory is out. */
struct inode *tmpfs_unnamed(struct mount *mount, uint32_t mode);

/* Hangs one page into a regular file without copying (the boot archive). Takes over the caller's
   reference. Before anyone else knows the file. 0 or -ENOMEM. */
MUST_USE int tmpfs_adopt_page(struct inode *inode, uint64_t index, struct page *page);

/* tmpfs_file.c, for tmpfs.c */
extern const struct file_ops tmpfs_file_ops;
int tmpfs_resize(struct inode *inode, uint64_t size);
void tmpfs_drop_pages(struct inode *inode);
