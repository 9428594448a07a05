/*
 * exec_grant.h - what a file gives to whoever executes it: set-user-id and set-group-id bits, and
 * the capabilities in its attribute security.capability (struct vfs_cap_data; capabilities(7)).
 */
#pragma once

#include "servers/linux/vfs.h"

#define FILE_CAPABILITIES "security.capability"

/* Is this a value that the attribute may have? */
bool file_capabilities_valid(const void *data, size_t bytes);

/* Takes inode->mutex. */
void exec_grant_of(struct inode *inode, struct exec_grant *grant);

/* Somebody changes the file's contents: takes away what they must not inherit. Caller holds
   inode->mutex. */
void inode_lose_privileges(struct inode *inode);
