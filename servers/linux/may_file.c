/*
 * may_file.c - decisions about files; see may.h.
 */
#include "servers/linux/may.h"
#include "servers/linux/vfs.h"

#define S_IXANY (S_IXUSR | S_IXGRP | S_IXOTH)

/* ---- access ---------------------------------------------------------------------------------- */

/* The classes exclude each other: an owner without a right does not get it as one of the group. */
static bool mode_grants(const struct credentials *who, const struct inode *inode, uint32_t want)
{
    uint32_t granted = inode->mode;

    if (who->fsuid == inode->uid)
        granted >>= 6;
    else if ((want & (granted ^ granted >> 3)) && credentials_in_group(who, inode->gid))
        granted >>= 3;
    return !(want & ~granted);
}

/* Whoever may read everything may search everything; nobody executes what nobody may execute. */
static bool capability_grants(const struct credentials *who, const struct inode *inode,
                              uint32_t want)
{
    const bool directory = S_ISDIR(inode->mode);

    if (directory ? !(want & W_OK) : want == R_OK)
        if (has_capability(who, CAP_DAC_READ_SEARCH))
            return true;
    if (!directory && (want & X_OK) && !(inode->mode & S_IXANY))
        return false;
    return has_capability(who, CAP_DAC_OVERRIDE);
}

int may_access(const struct credentials *who, const struct inode *inode, int want)
{
    const uint32_t bits = (uint32_t)want & (R_OK | W_OK | X_OK);
    return mode_grants(who, inode, bits) || capability_grants(who, inode, bits) ? 0 : -EACCES;
}

bool may_own(const struct credentials *who, const struct inode *inode)
{
    return who->fsuid == inode->uid || has_capability(who, CAP_FOWNER);
}

/* ---- names ----------------------------------------------------------------------------------- */

int may_create(const struct credentials *who, const struct inode *dir, uint32_t mode)
{
    int status = may_access(who, dir, W_OK | X_OK);

    if (status == 0 && (S_ISCHR(mode) || S_ISBLK(mode)) && !has_capability(who, CAP_MKNOD))
        status = -EPERM;
    return status;
}

int may_remove(const struct credentials *who, const struct inode *dir, const struct inode *victim)
{
    int status = may_access(who, dir, W_OK | X_OK);

    if (status == 0 && (dir->mode & S_ISVTX) && who->fsuid != dir->uid && !may_own(who, victim))
        status = -EPERM;
    return status;
}

/* Nothing that a second name could keep alive, or that its owner would not have let go. */
static bool links_safely(const struct credentials *who, const struct inode *inode)
{
    const uint32_t set_group = S_ISGID | S_IXGRP;

    return S_ISREG(inode->mode) && !(inode->mode & S_ISUID) &&
           (inode->mode & set_group) != set_group && may_access(who, inode, R_OK | W_OK) == 0;
}

int may_link(const struct credentials *who, const struct inode *inode)
{
    return links_safely(who, inode) || may_own(who, inode) ? 0 : -EPERM;
}

int may_follow(const struct credentials *who, const struct inode *dir, const struct inode *link)
{
    const uint32_t shared = S_ISVTX | S_IWOTH;

    return who->fsuid == link->uid || (dir->mode & shared) != shared || dir->uid == link->uid
               ? 0
               : -EACCES;
}

int may_open_to_create(const struct credentials *who, const struct inode *dir,
                       const struct inode *inode)
{
    if (!(dir->mode & S_ISVTX) || inode->uid == dir->uid || inode->uid == who->fsuid)
        return 0;
    const bool group_counts = S_ISREG(inode->mode); /* level 2, as PROTECTED_REGULAR says */
    return (dir->mode & S_IWOTH) || ((dir->mode & S_IWGRP) && group_counts) ? -EACCES : 0;
}

/* ---- owner and mode -------------------------------------------------------------------------- */

/* May somebody who is not in the group make programs that run as it? */
static bool may_set_group_id(const struct credentials *who, uint32_t gid)
{
    return credentials_in_group(who, gid) || has_capability(who, CAP_FSETID);
}

/* In a set-group-id directory the new file gets the directory's group. */
uint32_t mode_to_make(const struct credentials *who, const struct inode *dir, uint32_t mode)
{
    const uint32_t runs_as_group = S_ISGID | S_IXGRP;

    if ((dir->mode & S_ISGID) && !S_ISDIR(mode) && (mode & runs_as_group) == runs_as_group &&
        !may_set_group_id(who, dir->gid))
        mode &= ~(uint32_t)S_ISGID;
    return mode;
}

uint32_t mode_to_set(const struct credentials *who, const struct inode *inode, uint32_t mode)
{
    mode &= 07777;
    return may_set_group_id(who, inode->gid) ? mode : mode & ~(uint32_t)S_ISGID;
}

/* Without the bits that a change by somebody else's hand takes away. A set-group-id bit without
   execution by the group once meant mandatory locking: it stays with the group's members. */
static uint32_t without_set_id(const struct credentials *who, const struct inode *inode)
{
    uint32_t mode = inode->mode & ~(uint32_t)S_ISUID;

    if ((mode & S_ISGID) && ((mode & S_IXGRP) || !may_set_group_id(who, inode->gid)))
        mode &= ~(uint32_t)S_ISGID;
    return mode;
}

uint32_t mode_after_write(const struct credentials *who, const struct inode *inode)
{
    return S_ISREG(inode->mode) && !has_capability(who, CAP_FSETID) ? without_set_id(who, inode)
                                                                    : inode->mode;
}

static bool may_give_away(const struct credentials *who, const struct inode *inode, uint32_t uid,
                          uint32_t gid)
{
    const bool owner = who->fsuid == inode->uid;
    const bool same_user = uid == ID_UNCHANGED || (owner && uid == inode->uid);
    const bool own_group =
        gid == ID_UNCHANGED || (owner && (gid == inode->gid || credentials_in_group(who, gid)));

    return (same_user && own_group) || has_capability(who, CAP_CHOWN);
}

int may_set_owner(const struct credentials *who, const struct inode *inode, uint32_t uid,
                  uint32_t gid, uint32_t *mode)
{
    if (!may_give_away(who, inode, uid, gid))
        return -EPERM;
    *mode = S_ISDIR(inode->mode) ? inode->mode : without_set_id(who, inode);
    if (*mode == inode->mode)
        return 0;
    if (!may_own(who, inode)) /* losing the bits is a chmod too */
        return -EPERM;
    if (!may_set_group_id(who, gid == ID_UNCHANGED ? inode->gid : gid))
        *mode &= ~(uint32_t)S_ISGID;
    return 0;
}
