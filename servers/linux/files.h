/*
 * files.h - puts the file systems of a world together.
 */
#pragma once

#include "servers/linux/cpio.h"
#include "servers/linux/proc_source.h"

struct files {
    struct dentry *root; /* counted */
    struct mount *root_mount;
    struct mount *dev_mount;
    struct mount *pts_mount;
    struct mount *proc_mount;
    struct mount *sysfs_mount;
    struct cpio_report report;
};

/**
 * files_start - root from the archive, /dev, /proc, /sys, /tmp.
 * Call once, before any Linux thread, on a thread whose context has root's credentials (fs and
 * files may be NULL until then). Returns NULL, or in words why not: say so and end.
 */
const char *files_start(struct files *files, const void *archive, size_t archive_bytes,
                        const struct proc_source *source);

/* Opens the terminal as descriptors 0, 1 and 2 of the current context, or installs three files
   there (takes over their references). 0 or an error. */
MUST_USE int files_open_terminal(const char *path);
MUST_USE int files_install_streams(struct file *streams[3]);
