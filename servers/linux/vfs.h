/*
 * vfs.h - inodes, directory entries, mounts and the walk from a path to an entry.
 *
 * Names live in a tree of dentries. Every dentry that is in a directory is held by that directory
 * (one reference) and holds its parent; a removed one keeps its parent, so ".." and getcwd of a
 * removed directory stay defined. A mounted file system's root takes the place of the dentry that
 * it covers: its parent and name are those of the covered one.
 *
 * Locks: base.h has the order. A directory's inode.mutex protects its entries and the names and
 * `gone` flags of its children; `rename_mutex` (vfs.c) protects parent links against renames of
 * directories. Mode, owner, size, times: inode.mutex to change; single words are read without.
 */
#pragma once

#include "servers/linux/base.h"

struct dentry;
struct file;
struct file_ops;
struct inode;
struct walk_link;

/* ---- mounts
 * -------------------------------------------------------------------------------------- */

/* A mounted file system. Lives for ever; the list only grows, during boot. */
struct mount {
    struct mount *next;
    const char *type;    /* "tmpfs", "proc" */
    const char *source;  /* as shown in /proc/mounts */
    struct dentry *root; /* NULL for internal ones (pipes) */
    uint64_t magic;      /* of statfs */
    uint64_t next_number;
    uint64_t pages_used; /* atomic */
    uint64_t pages_limit;
    uint32_t device; /* st_dev, minor number; major is 0 */
    int id;
    bool nosuid; /* set-id bits and capabilities of its files count for nothing */
};

extern struct mount *mounts; /* in the order of mounting */

/* Gives the mount its device number and puts it on the list if it has a root. */
void mount_register(struct mount *mount);

/* Puts mount->root over `at`, a directory. Boot only. */
void mount_over(struct mount *mount, struct dentry *at);

/* Tests: takes it off the list, and frees it and its root. */
void mount_destroy(struct mount *mount);

/* ---- inodes
 * --------------------------------------------------------------------------------------- */

struct link_target {
    const char *text;    /* the path to go on with, 0-terminated; owned by the inode ... */
    void *text_heap;     /* ... or here, for heap_free */
    struct dentry *jump; /* or the entry itself, with a reference (/proc/PID/fd/N) */
};

/* What a directory or symbolic link can do. Absent operations: see vfs_name.c. */
struct inode_ops {
    /* Caller holds dir->inode->mutex. 0 with a reference in *found, -ENOENT, other errors. */
    int (*lookup)(struct dentry *dir, const char *name, unsigned length, struct dentry **found);
    /* The rest also requires that the checks of vfs_name.c are done. `mode` has the type bits. */
    int (*create)(struct dentry *dir, const char *name, unsigned length, uint32_t mode,
                  uint32_t rdev, const char *symlink_text, struct dentry **created);
    int (*link)(struct dentry *dir, const char *name, unsigned length, struct inode *inode);
    int (*remove)(struct dentry *dir, struct dentry *victim); /* -ENOTEMPTY for a full directory */
    int (*rename)(struct dentry *old_dir, struct dentry *moved, struct dentry *new_dir,
                  const char *name, unsigned length, struct dentry *replaced);
    void (*exchange)(struct dentry *a_dir, struct dentry *a, struct dentry *b_dir,
                     struct dentry *b);
    int (*follow)(struct inode *inode, struct link_target *target); /* symbolic links */
    /* readlink of a link whose text is not what `follow` gives: length, or an error. */
    long (*readlink)(struct inode *inode, char *buffer, size_t capacity);
    struct inode *(*unnamed)(struct mount *mount, uint32_t mode); /* a file in no directory yet */
    int (*resize)(struct inode *inode, uint64_t size);            /* caller holds inode->mutex */
    void (*destroy)(struct inode *inode);                         /* the last reference has gone */
    void (*refresh)(struct inode *inode); /* bring attributes up to date before stat */
    bool (*allows)(
        const struct inode *inode); /* is the current thread allowed what the mode denies? */
};

/* The entries of a directory that lives in memory (dir.c). */
struct directory {
    struct list entries; /* of struct dir_node, in order of creation */
    struct dentry **buckets;
    uint32_t bucket_count; /* a power of two, or 0 */
    uint32_t entry_count;
    uint64_t next_cookie; /* from DIR_COOKIE_FIRST; 0 and 1 are "." and ".." */
};
#define DIR_COOKIE_FIRST 2

/* Pages of a file by index (page_tree.c). */
struct page_tree {
    void *root;      /* a page at height 0, else a node */
    uint32_t height; /* levels of nodes above the pages */
    _Atomic uint32_t page_count;
};

struct inode_times {
    struct linux_timespec accessed, modified, changed;
};

/* What an inode of /proc stands for (proc.h). */
struct proc_node {
    const struct proc_entry *entry;
    int pid;    /* 0: not below a process */
    int number; /* descriptor, thread or processor; 0: none, or the first */
};

struct inode {
    uint32_t refs; /* atomic */
    _Atomic uint32_t mode;
    _Atomic uint32_t uid;
    _Atomic uint32_t gid;
    _Atomic uint32_t nlink;
    uint32_t rdev;
    uint64_t size;
    uint64_t number;
    const struct inode_ops *ops;
    const struct file_ops *file_ops;
    struct mount *mount;
    struct spin times_spin;
    uint8_t
        accessed_last; /* atomic: atime lies behind the other two, so a read need not change it */
    struct inode_times times;    /* under times_spin */
    struct linux_timespec btime; /* constant */
    struct mutex mutex;
    struct mutex pages_mutex;
    int32_t writers;        /* atomic; files open for writing, or minus the programs that run it */
    uint32_t mapping_count; /* owned by mm: guest mappings of this file */
    uint32_t mapping_generation; /* atomic; raised when pages are replaced or truncated */
    void *mappings;              /* owned by mm */
    struct file *lock_exclusive; /* flock */
    uint32_t lock_shared_count;
    struct record_lock *record_locks; /* record_lock.c; atomic */
    struct inotify_watch *watches;    /* inotify.c; atomic */
    struct xattr *xattrs;             /* xattr.c; under mutex */
    struct memfd *memfd;              /* of a file that memfd_create made; memfd.h */
    bool linkable;                    /* made by O_TMPFILE: may get its first name */
    bool is_segment;                  /* System V shared memory, for good: shm.c */
    union {
        struct directory directory;
        struct page_tree pages;
        char *symlink;
        struct pipe *pipe;
        struct proc_node proc;
        void *private;
    };
};

/* A new inode with one reference, times set to now, nlink 1; NULL when memory is out. */
struct inode *inode_create(struct mount *mount, uint32_t mode);
void inode_destroy(struct inode *inode); /* through inode_put */

static inline struct inode *inode_get(struct inode *inode)
{
    __atomic_fetch_add(&inode->refs, 1, __ATOMIC_RELAXED);
    return inode;
}

/* As it is right now: it may change unless the caller holds inode->mutex. */
static inline uint64_t inode_size(const struct inode *inode)
{
    return __atomic_load_n(&inode->size, __ATOMIC_RELAXED);
}

static inline void inode_put(struct inode *inode)
{
    if (__atomic_sub_fetch(&inode->refs, 1, __ATOMIC_ACQ_REL) == 0)
        inode_destroy(inode);
}

/* may_access and may_own (may.h) for the current thread. */
MUST_USE int inode_permission(const struct inode *inode, int mask);
bool inode_owned(const struct inode *inode);

void inode_touch_modified(struct inode *inode); /* mtime and ctime := now */
void inode_touch_changed(struct inode *inode);  /* ctime := now */
void inode_touch_accessed(struct inode *inode); /* atime := now if it is behind mtime or ctime */
struct inode_times inode_times_read(struct inode *inode);
void inode_times_write(struct inode *inode, const struct inode_times *times);

/* Executable or writable, never both: 0 or -ETXTBSY. */
MUST_USE int inode_claim_write(struct inode *inode);
void inode_release_write(struct inode *inode);
MUST_USE int inode_claim_execute(struct inode *inode);
void inode_release_execute(struct inode *inode);

/* ---- directory entries --------------------------------------------------------------- */

#define DENTRY_INLINE_NAME 24

/* A node of directory.entries: an entry, or the place of somebody who reads the directory. */
struct dir_node {
    struct list link;
    uint64_t cookie; /* position in the directory, rising along the list */
    bool is_cursor;
};

struct dentry {
    uint32_t refs; /* atomic */
    uint32_t hash;
    uint16_t length;
    _Atomic bool gone;      /* removed from its directory */
    struct dentry *parent;  /* counted; itself at the root */
    struct inode *inode;    /* counted */
    struct dentry *mounted; /* what covers this entry, or NULL */
    struct dentry *hash_next;
    struct dir_node node;
    char *name; /* inline_name or heap */
    char inline_name[DENTRY_INLINE_NAME];
};

/* A new entry in no directory; takes its own references. NULL when memory is out. */
struct dentry *dentry_create(struct dentry *parent, const char *name, unsigned length,
                             struct inode *inode);
/* Like it for the root of a mount: its own parent. */
struct dentry *dentry_create_root(struct inode *inode);
void dentry_destroy(struct dentry *dentry); /* through dentry_put */
MUST_USE int dentry_set_name(struct dentry *dentry, const char *name, unsigned length);
void dentry_swap_names(struct dentry *a, struct dentry *b); /* both are in no directory */

static inline struct dentry *dentry_get(struct dentry *dentry)
{
    __atomic_fetch_add(&dentry->refs, 1, __ATOMIC_RELAXED);
    return dentry;
}

static inline void dentry_put(struct dentry *dentry)
{
    if (__atomic_sub_fetch(&dentry->refs, 1, __ATOMIC_ACQ_REL) == 0)
        dentry_destroy(dentry);
}

/* The entry above (itself at the root of everything), with a reference. */
struct dentry *dentry_parent(struct dentry *dentry);

/**
 * dentry_path - the absolute path of an entry, as seen from the current root.
 * @buffer: at least PATH_MAX bytes
 * Returns the length without the 0, -ENAMETOOLONG, or -ENOENT if the entry lies outside the root.
 * A removed entry gives its last path; the caller looks at `gone`.
 */
MUST_USE long dentry_path(struct dentry *dentry, char *buffer, size_t capacity);

/* ---- the context of a process
 * ---------------------------------------------------------------------- */

struct fs_context {
    uint32_t refs;
    _Atomic uint32_t umask;
    struct mutex mutex; /* for root and cwd; leaf */
    struct dentry *root;
    struct dentry *cwd;
};

struct fs_context *fs_context_create(struct dentry *root); /* umask 022, cwd = root */
struct fs_context *fs_context_clone(struct fs_context *from);
struct fs_context *fs_context_get(struct fs_context *context);
void fs_context_put(struct fs_context *context);
struct dentry *fs_root(void); /* of the current thread, with a reference */
struct dentry *fs_cwd(void);
void fs_set_cwd(struct dentry *dentry); /* takes its own reference */
void fs_set_root(struct dentry *dentry);

/* ---- walking
 * ------------------------------------------------------------------------------------------ */

enum walk_flag {
    WALK_FOLLOW = 1,    /* follow a symbolic link at the end */
    WALK_PARENT = 2,    /* stop at the last component: `parent` and `name` only */
    WALK_CREATE = 4,    /* a missing last component is no error: dentry = NULL */
    WALK_DIRECTORY = 8, /* the result must be a directory */
    /* openat2(2): what the walk may not do. It fails with EXDEV, but ELOOP at a link. */
    WALK_NO_MOUNTS = 16, /* go from one mount to another */
    WALK_NO_JUMPS = 32,  /* follow links of /proc that lead to a place, not to a path */
    WALK_NO_LINKS = 64,  /* follow links */
    WALK_BENEATH = 128,  /* leave what lies below the start */
    WALK_IN_ROOT = 256,  /* the same, but the start is taken for the root: no error */
};
#define WALK_SCOPED (WALK_BENEATH | WALK_IN_ROOT)

enum walk_kind {
    WALK_NAME,   /* a proper name in `parent` */
    WALK_DOT,    /* "." */
    WALK_DOTDOT, /* ".." */
    WALK_ROOT,   /* "/" or a jump */
};

struct walk {
    struct dentry *dentry; /* the result, counted; NULL with WALK_PARENT or if missing */
    struct dentry *parent; /* with WALK_PARENT and WALK_CREATE: the directory, counted */
    const char *name;      /* last component, not 0-terminated; valid until walk_end */
    unsigned length;
    enum walk_kind kind;
    bool trailing_slash;
    unsigned flags; /* private from here */
    unsigned link_count;
    struct dentry *root;
    uint64_t renames; /* with WALK_SCOPED: vfs_renames when it began */
    struct walk_link *links;
    unsigned depth;
};

/**
 * walk_path - follow a path.
 * @start: where a relative path begins, counted by the caller; NULL = the working directory
 * On failure nothing is held. On success call walk_end, which drops dentry and parent too.
 */
MUST_USE int walk_path(struct walk *walk, struct dentry *start, const char *path, unsigned flags);
void walk_end(struct walk *walk);

/* The common case: path -> entry with a reference. */
MUST_USE int walk_to(struct dentry *start, const char *path, unsigned flags, struct dentry **found);

/* One step: child of a directory, mounts crossed. Counted result or an error. */
MUST_USE int walk_child(struct dentry *dir, const char *name, unsigned length,
                        struct dentry **found);

/* ---- changing names (vfs_name.c): every check of Linux, then the file system's operation
 * --------- */

MUST_USE int vfs_create(struct dentry *start, const char *path, uint32_t mode, uint32_t rdev,
                        const char *symlink_text);
/* Like it; the new entry, counted, in *made. */
MUST_USE int vfs_make(struct dentry *start, const char *path, uint32_t mode, uint32_t rdev,
                      const char *symlink_text, struct dentry **made);
MUST_USE int vfs_remove(struct dentry *start, const char *path, bool directory);
MUST_USE int vfs_link(struct inode *inode, struct dentry *start, const char *path);
MUST_USE int vfs_rename(struct dentry *old_start, const char *old_path, struct dentry *new_start,
                        const char *new_path, unsigned flags);
/* Creates in a directory whose mutex the caller holds; the name is missing. */
MUST_USE int vfs_create_locked(struct dentry *dir, const char *name, unsigned length, uint32_t mode,
                               uint32_t rdev, const char *symlink_text, struct dentry **created);

extern struct mutex rename_mutex;
extern uint64_t vfs_renames; /* how many there were; atomic, changed under rename_mutex */
