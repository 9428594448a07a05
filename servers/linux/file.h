/*
 * file.h - open file descriptions (what a descriptor number points at) and what they can do.
 *
 * Locks: position_mutex for `position` around a read or write of a file that has one; `flags` is a
 * word that F_SETFL replaces atomically. Everything else is constant from open to release.
 */
#pragma once

#include "servers/linux/iter.h"
#include "servers/linux/vfs.h"

struct dirent_sink;
struct poll_table;
struct text;

/*
 * An absent operation means: read, write -> EINVAL; seek -> ESPIPE; ioctl -> ENOTTY; poll -> always
 * ready; getdents -> ENOTDIR; page -> ENODEV; sync -> EINVAL; resize through the inode.
 */
struct file_ops {
    int (*open)(struct file *file); /* after the fields are set; may replace ops and private */
    void (*release)(struct file *file);
    long (*read)(struct file *file, struct iter *to, uint64_t *position);
    long (*write)(struct file *file, struct iter *from, uint64_t *position);
    int64_t (*seek)(struct file *file, int64_t offset, int whence);
    long (*ioctl)(struct file *file, uint32_t command, uint64_t argument);
    uint32_t (*poll)(struct file *file, struct poll_table *table); /* POLL* bits that hold now */
    int (*getdents)(struct file *file, struct dirent_sink *sink);
    /* The page of a mapping, with a reference; NULL and *error. SIGBUS beyond the end: -EFAULT. */
    struct page *(*page)(struct file *file, uint64_t index, bool for_write, int *error);
    /* The pages that are there already from `index` on, up to the first that is not and at most
       `count`: each with a reference, for reading. How many. Absent: none. */
    unsigned (*pages)(struct file *file, uint64_t index, unsigned count, struct page **pages);
    int (*allocate)(struct file *file, int mode, uint64_t offset, uint64_t length);
    int (*sync)(struct file *file);
    /* Lines of its own in /proc/PID/fdinfo, each with its end; proc(5). */
    void (*show_info)(const struct file *file, struct text *text);
    const char *anon_name; /* of a file without a path: "anon_inode:..." in /proc/PID/fd */
    bool is_stream;        /* no position: pread and lseek fail with ESPIPE */
    bool splices_from;     /* splice and sendfile take bytes out of it */
    bool splices_to;       /* and put them into it */
    bool sends_sigpipe;    /* write does, where it is due: not every EPIPE comes with one */
};

struct file {
    uint32_t refs;          /* atomic */
    _Atomic uint32_t flags; /* O_ACCMODE and the O_* that F_GETFL shows */
    const struct file_ops *ops;
    struct inode *inode;   /* counted */
    struct dentry *dentry; /* counted; NULL for pipes and the like */
    struct mutex position_mutex;
    uint64_t position;
    void *private;
    struct epoll_item *epoll_items; /* who watches it; epoll.c's lock to change */
    uint8_t lock_kind;              /* flock: LOCK_SH, LOCK_EX or 0 */
};

#define FILE_FLAGS_SETTABLE (O_APPEND | O_NONBLOCK | O_DIRECT | O_NOATIME | FASYNC)

static inline bool file_readable(const struct file *file)
{
    const uint32_t way = file->flags & (O_ACCMODE | O_PATH);
    return way == O_RDONLY || way == O_RDWR;
}

static inline bool file_writable(const struct file *file)
{
    const uint32_t way = file->flags & (O_ACCMODE | O_PATH);
    return way == O_WRONLY || way == O_RDWR;
}

static inline bool file_nonblocking(const struct file *file)
{
    return (file->flags & O_NONBLOCK) != 0;
}

/**
 * file_create - an open file over an inode, with one reference.
 * @dentry: where it was found, or NULL. Takes its own references to both.
 * Calls ops->open. NULL and *error on failure.
 */
struct file *file_create(struct inode *inode, struct dentry *dentry, uint32_t flags,
                         const struct file_ops *ops, void *private, int *error);
void file_destroy(struct file *file); /* through file_put */
uint64_t file_count_open(void);

static inline struct file *file_get(struct file *file)
{
    __atomic_fetch_add(&file->refs, 1, __ATOMIC_RELAXED);
    return file;
}

static inline void file_put(struct file *file)
{
    if (__atomic_sub_fetch(&file->refs, 1, __ATOMIC_ACQ_REL) == 0)
        file_destroy(file);
}

/**
 * vfs_open - open a path as open(2) does, without a descriptor.
 * @start: where a relative path begins; NULL = the working directory
 * @path:  server memory
 * @walk_flags: what the walk may not do, WALK_NO_MOUNTS to WALK_IN_ROOT
 * Counted result, or NULL and *error. The flags may not contain what open_flags_check refuses.
 */
struct file *vfs_open(struct dentry *start, const char *path, uint32_t flags, uint32_t mode,
                      unsigned walk_flags, int *error);

/* O_TMPFILE: a new file in no directory, on the file system of this one; it gets a name by linkat
   unless O_EXCL is set. */
struct file *vfs_open_unnamed(struct dentry *start, const char *path, uint32_t flags, uint32_t mode,
                              unsigned walk_flags, int *error);

/* Opens for execution: a regular file with an x bit, claimed against writers; -EACCES, -ETXTBSY.
   Release the claim with file_put_executable. */
struct file *vfs_open_executable(const char *path, int *error);
struct file *vfs_open_executable_entry(struct dentry *dentry, int *error);
void file_put_executable(struct file *file);

/* Server memory <- file, at an offset; any file that can seek. Bytes read or an error. */
long file_read_at(struct file *file, void *to, size_t bytes, uint64_t offset);

/* The file's own position, for who moves bytes without it. As on Linux, of two calls that do so at
   once with one open file both begin at the same place. */
uint64_t file_position(struct file *file);
void file_set_position(struct file *file, uint64_t position);

/* As a position of a write: wherever the end is. */
#define FILE_POSITION_END UINT64_MAX

/* The transfer under every read and write call: checks, then ops. `position` NULL = the file's
   own. SIGPIPE and SIGXFSZ are sent here. */
long file_read(struct file *file, struct iter *to, uint64_t *position);
long file_write(struct file *file, struct iter *from, uint64_t *position);

/* A page for mm's fault path (see file_ops.page). */
struct page *file_page(struct file *file, uint64_t index, bool for_write, int *error);

/* Its neighbours, as far as they are there (see file_ops.pages). */
unsigned file_pages(struct file *file, uint64_t index, unsigned count, struct page **pages);

/* lseek for files whose size is inode->size. */
int64_t file_seek_sized(struct file *file, int64_t offset, int whence);

/* For ops->write of files with a size: trims the transfer to RLIMIT_FSIZE and the largest size.
   0, or -EFBIG (and SIGXFSZ) when not a byte fits. */
int file_limit_write(struct iter *from, uint64_t position);

/* Truncates or extends; checks kind and RLIMIT_FSIZE, clears set-id bits. */
int inode_resize(struct inode *inode, uint64_t size);

/* ---- getdents64 ---------------------------------------------------------------------- */

struct dirent_sink {
    bool is_old; /* getdents: struct linux_dirent, with the type behind the name */
    uint64_t at; /* guest address of the next record */
    uint64_t left;
    uint64_t written;
};

/* 0, -EINVAL when the buffer is full or a signal is pending (stop, and offer it again next time),
   or -EFAULT. */
int dirent_put(struct dirent_sink *sink, uint64_t number, uint64_t next_position, uint32_t mode,
               const char *name, unsigned length);
