/*
 * fd.h - the table from descriptor numbers to open files.
 *
 * One mutex per table, a leaf: held to copy a pointer and take a reference, and to grow. Tables are
 * shared by CLONE_FILES; each thread that uses one holds a reference (base.h, struct context).
 */
#pragma once

#include "servers/linux/file.h"

#define FD_INLINE 32
#define FD_MAX    65536 /* descriptors of one table, whatever RLIMIT_NOFILE says */

#define FD_COUNT_MAX 65536 /* what RLIMIT_NOFILE may be at most */

struct fd_table {
    uint32_t refs;
    struct mutex mutex;
    uint32_t capacity;     /* slots, a multiple of 64 above the inline ones */
    uint32_t lowest_maybe; /* no free slot below */
    struct file **files;
    uint64_t *close_on_exec; /* bit per slot */
    struct file *inline_files[FD_INLINE];
    uint64_t inline_close_on_exec;
};

struct fd_table *fd_table_create(void);
struct fd_table *fd_table_clone(struct fd_table *from); /* fork; NULL when memory is out */
struct fd_table *fd_table_get(struct fd_table *table);
void fd_table_put(struct fd_table *table); /* the last one closes everything */

/* execve: closes the marked descriptors. The table must be unshared (the caller clones if not). */
void fd_table_close_on_exec(struct fd_table *table);

/* The file of the current thread's descriptor with a reference; NULL = EBADF. O_PATH descriptors
   only with the second form. */
struct file *fd_file(int fd);
struct file *fd_file_or_path(int fd);

/* The same for a file of one kind only; NULL: *error is -EBADF, or -EINVAL for another kind. */
struct file *fd_file_of(int fd, const struct file_ops *ops, int *error);

/*
 * The same for the length of one call, without a reference where the current thread alone has the
 * table: then nobody else can close the file. Between fd_use and fd_done the thread must not change
 * its table itself.
 */
struct fd_use {
    struct file *file; /* NULL = EBADF */
    bool counted;
};
struct fd_use fd_use(int fd);

static inline void fd_done(struct fd_use use)
{
    if (use.counted)
        file_put(use.file);
}

/* The same in any table (procfs). */
struct file *fd_table_file(struct fd_table *table, int fd);
/* The lowest open descriptor >= fd, or -1. */
int fd_table_next(struct fd_table *table, int fd);
bool fd_table_closes_on_exec(struct fd_table *table, int fd);
void fd_table_mark(struct fd_table *table, int fd, bool close_on_exec);

/* Puts a file at the lowest free number >= minimum; takes over the caller's reference on success.
   The number, -EMFILE, -EINVAL (minimum out of range) or -ENOMEM. */
int fd_install(struct file *file, int minimum, bool close_on_exec);

/* Installs and, if that fails, drops the reference: the usual end of a call that opens. */
int fd_install_or_put(struct file *file, bool close_on_exec);

/* dup2: at exactly `fd`, closing what was there. Takes over the reference on success. */
int fd_replace(struct file *file, int fd, bool close_on_exec);

/* Takes a file out of the table; the reference passes to the caller. NULL = EBADF. */
struct file *fd_take(int fd);
struct file *fd_table_take(struct fd_table *table, int fd); /* the same of any table */
