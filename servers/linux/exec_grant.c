/*
 * exec_grant.c - see exec_grant.h.
 */
#include "servers/linux/exec_grant.h"

#include "servers/linux/may.h"
#include "servers/linux/xattr.h"

#define REVISION_MASK  0xff000000u
#define REVISION_2     0x02000000u
#define REVISION_3     0x03000000u
#define FLAG_EFFECTIVE 1u

struct file_capabilities {
    uint32_t magic; /* revision and flag */
    struct {
        uint32_t permitted;
        uint32_t inheritable;
    } half[2];     /* the lower half first */
    uint32_t root; /* revision 3: user 0 of the name space in which they count */
};
#define BYTES_2 (sizeof(struct file_capabilities) - sizeof(uint32_t))
#define BYTES_3 sizeof(struct file_capabilities)
STATIC_ASSERT(BYTES_2 == 20, "struct vfs_cap_data");

bool file_capabilities_valid(const void *data, size_t bytes)
{
    const struct file_capabilities *told = data;

    return (bytes == BYTES_2 && (told->magic & REVISION_MASK) == REVISION_2) ||
           (bytes == BYTES_3 && (told->magic & REVISION_MASK) == REVISION_3);
}

static void read_capabilities(struct inode *inode, struct exec_grant *grant)
{
    struct file_capabilities told = {0};
    long bytes = xattr_get(inode, FILE_CAPABILITIES, &told, sizeof(told));

    if (bytes < 0 || !file_capabilities_valid(&told, (size_t)bytes) || told.root != 0)
        return;
    grant->has_capabilities = true;
    grant->makes_effective = told.magic & FLAG_EFFECTIVE;
    grant->permitted = told.half[0].permitted | (uint64_t)told.half[1].permitted << 32;
    grant->inheritable = told.half[0].inheritable | (uint64_t)told.half[1].inheritable << 32;
    grant->permitted &= CAPABILITIES_ALL;
    grant->inheritable &= CAPABILITIES_ALL;
}

void exec_grant_of(struct inode *inode, struct exec_grant *grant)
{
    const uint32_t set_group = S_ISGID | S_IXGRP;

    *grant = (struct exec_grant){0};
    if (inode->mount->nosuid)
        return;
    mutex_lock(&inode->mutex);
    grant->sets_uid = inode->mode & S_ISUID;
    grant->sets_gid = (inode->mode & set_group) == set_group;
    grant->uid = inode->uid;
    grant->gid = inode->gid;
    mutex_unlock(&inode->mutex);
    if (inode->xattrs)
        read_capabilities(inode, grant);
}

void inode_lose_privileges(struct inode *inode)
{
    if (inode->mode & (S_ISUID | S_ISGID))
        inode->mode = mode_after_write(credentials_current(), inode);
    if (UNLIKELY(inode->xattrs != NULL))
        xattr_drop_locked(inode, FILE_CAPABILITIES);
}
