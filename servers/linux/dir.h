/*
 * dir.h - directories in memory: a hash table to find a name, an ordered list to read them all.
 *
 * Growing is by doubling, so a directory of n files costs O(n). A reader keeps a cursor in the
 * list, so reading costs O(n) too however the directory changes meanwhile: what stays is returned
 * exactly once.
 *
 * Lock: everything here wants the directory's inode.mutex held.
 */
#pragma once

#include "servers/linux/vfs.h"

void dir_init(struct directory *directory);
void dir_free(struct directory *directory); /* the table; there must be no entries */

uint32_t dir_hash(const char *name, unsigned length);

/* The child with this name, without a reference; or NULL. */
struct dentry *dir_find(struct directory *directory, const char *name, unsigned length);

/* Makes room for one more entry, so that the next dir_insert cannot fail. 0 or -ENOMEM. */
MUST_USE int dir_reserve(struct directory *directory);
void dir_insert(struct directory *directory, struct dentry *dentry); /* the directory keeps one
                                                                        reference of its own */
void dir_remove(struct directory *directory, struct dentry *dentry); /* and drops it */

/* The file operations of every such directory. */
extern const struct file_ops dir_file_ops;
