/*
 * inotify.h - telling who watches files what happens to them (inotify(7)).
 */
#pragma once

#include "servers/linux/file.h"

/* fs.inotify.max_queued_events of an instance, and watches of all. */
#define INOTIFY_EVENTS_MAX  16384
#define INOTIFY_WATCHES_MAX 65536

#define IN_ACCESS        0x00000001u
#define IN_MODIFY        0x00000002u
#define IN_ATTRIB        0x00000004u
#define IN_CLOSE_WRITE   0x00000008u
#define IN_CLOSE_NOWRITE 0x00000010u
#define IN_OPEN          0x00000020u
#define IN_MOVED_FROM    0x00000040u
#define IN_MOVED_TO      0x00000080u
#define IN_CREATE        0x00000100u
#define IN_DELETE        0x00000200u
#define IN_DELETE_SELF   0x00000400u
#define IN_MOVE_SELF     0x00000800u
#define IN_ALL_EVENTS    0x00000fffu
#define IN_Q_OVERFLOW    0x00004000u
#define IN_IGNORED       0x00008000u
#define IN_ONLYDIR       0x01000000u
#define IN_DONT_FOLLOW   0x02000000u
#define IN_EXCL_UNLINK   0x04000000u
#define IN_MASK_CREATE   0x10000000u
#define IN_MASK_ADD      0x20000000u
#define IN_ISDIR         0x40000000u
#define IN_ONESHOT       0x80000000u

extern uint32_t inotify_watch_count; /* atomic */

/* Anybody at all? What follows is only worth calling then. Any inode.mutex may be held but where it
   says otherwise. */
static inline bool inotify_active(void)
{
    return __atomic_load_n(&inotify_watch_count, __ATOMIC_RELAXED) != 0;
}

/* Something happened to this inode; its watches are told. */
void inotify_inode(struct inode *inode, uint32_t event);

/* ... in this directory, to the entry of this name. `of`: what the entry names. */
void inotify_entry(struct inode *dir, uint32_t event, uint32_t cookie, const char *name,
                   unsigned length, const struct inode *of);

/* ... to an inode that was found at this entry (NULL: at none): its own watches and those of the
   directory. Hold no inode.mutex and not rename_mutex. */
void inotify_place(struct dentry *dentry, struct inode *inode, uint32_t event);
void inotify_file(struct file *file, uint32_t event);

/* A name was removed, and with the last one the watches of the file end. */
void inotify_unlinked(struct inode *inode);
void inotify_removed(struct inode *dir, struct dentry *victim);
void inotify_renamed(struct inode *old_dir, const char *old_name, unsigned old_length,
                     struct inode *new_dir, struct dentry *moved);
