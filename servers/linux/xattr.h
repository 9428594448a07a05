/*
 * xattr.h - extended attributes: names and values beside a file's contents.
 */
#pragma once

#include "servers/linux/vfs.h"

#define XATTR_NAME_MAX  255
#define XATTR_SIZE_MAX  65536
#define XATTR_INODE_MAX 65536 /* bytes of all names and values of one file */

/* All: the name was checked. Errors: -ENODATA, -ERANGE (no room), -EEXIST, -ENOSPC, -EOPNOTSUPP. */

/* Replaces or adds; `data` is copied. `flags`: XATTR_CREATE 1, XATTR_REPLACE 2. */
MUST_USE int xattr_set(struct inode *inode, const char *name, const void *data, size_t bytes,
                       int flags);
MUST_USE int xattr_remove(struct inode *inode, const char *name);
/* Copies out of the lock, into `to` of `room` bytes; 0 room: the size alone. */
MUST_USE long xattr_get(struct inode *inode, const char *name, void *to, size_t room);
/* Names one behind the other, each with its 0. `all`: trusted ones too. */
MUST_USE long xattr_list(struct inode *inode, char *to, size_t room, bool all);

/* Caller holds inode->mutex; there need be none of this name. */
void xattr_drop_locked(struct inode *inode, const char *name);

void xattrs_free(struct inode *inode); /* the inode ends */
