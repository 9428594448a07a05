/*
 * vfs_check.h - permission checks shared by vfs_name.c and vfs_rename.c.
 */
#pragma once

#include "servers/linux/vfs.h"

/* May a name be added here, for something of this mode? Caller holds the directory's mutex. */
MUST_USE int check_create(const struct dentry *dir, uint32_t mode);

/* May `victim` be taken out of `dir`, as a directory or as anything else? */
MUST_USE int check_remove(const struct dentry *dir, const struct dentry *victim, bool directory);
