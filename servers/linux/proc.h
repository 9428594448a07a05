/*
 * proc.h - the file systems /proc and /sys.
 *
 * Nothing of them is stored: a lookup makes an inode that knows which table entry, process and
 * number it stands for, a read makes the text. What is read through one open file is one moment's
 * text, made anew by a read from its beginning. What exists is in the tables: proc_table_process.c,
 * proc_table.c, sysfs_table.c.
 */
#pragma once

#include "servers/linux/proc_source.h"

/* A new /proc over the callbacks (which stay for ever), or the /sys that goes with it; registered.
   NULL when memory is out. */
struct mount *proc_create(const struct proc_source *source);
struct mount *sysfs_create(void);
void proc_destroy(struct mount *mount); /* tests */

/* ---- between the files of /proc ----------------------------------------------------------- */

struct proc_entry {
    const char *name;
    uint32_t mode;                                                 /* with the type */
    void (*show)(struct text *text, const struct proc_node *node); /* files */
    /* Files: a line, with its 0 behind `count` bytes. */
    int (*write)(const struct proc_node *node, const char *bytes, size_t count);
    bool (*exists)(const struct proc_entry *entry); /* absent: always */
    int which;                                      /* for functions that several entries share */
    const struct proc_entry *children;              /* directories; ends with {0} */
    const struct proc_entry *member;                /* directories: what a number in it is */
    const char *member_prefix;                      /* of their names; absent: bare numbers */
    /* Directories: the lowest number above, 0 or less for none; and is there such a number? */
    int (*member_next)(const struct proc_node *node, int after);
    /* Links: the entry they jump to (counted) and, if that has no path, the text of readlink. */
    struct dentry *(*target)(const struct proc_node *node, struct text *text);
    bool plain_text;  /* links: the text is all there is (self) */
    bool owned;       /* belongs to the process's user, not to root */
    bool guarded;     /* for whoever may look into the process (proc_source.inspect) */
    bool open_to_own; /* directories: to the process itself whatever its mode says */
    bool setting;     /* a file of /proc/sys or /sys: even root opens it only as its mode says */
};

/* The forms of an entry. */
#define PROC_FILE(name_, show_)                                                                    \
    {                                                                                              \
        .name = name_, .mode = S_IFREG | 0444, .show = show_                                       \
    }
#define PROC_WHICH(name_, show_, which_)                                                           \
    {                                                                                              \
        .name = name_, .mode = S_IFREG | 0444, .show = show_, .which = which_                      \
    }
#define PROC_SETTING(name_, show_, which_)                                                         \
    {                                                                                              \
        .name = name_, .mode = S_IFREG | 0444, .show = show_, .which = which_, .setting = true     \
    }
#define PROC_DIRECTORY(name_, children_)                                                           \
    {                                                                                              \
        .name = name_, .mode = S_IFDIR | 0555, .children = children_                               \
    }
#define PROC_TEXT_LINK(name_, target_)                                                             \
    {                                                                                              \
        .name = name_, .mode = S_IFLNK | 0777, .target = target_, .plain_text = true               \
    }

extern const struct proc_entry proc_root_entry, sysfs_root_entry;
extern const struct proc_entry proc_process_entry;
extern const struct proc_entry proc_net_children[];
extern const struct proc_source *proc_source;
extern const struct inode_ops proc_directory_ops, proc_file_inode_ops, proc_link_ops;
extern const struct file_ops proc_directory_file_ops, proc_file_ops;

/* Appends an entry's path, " (deleted)" if it is gone. */
void proc_append_path(struct text *text, struct dentry *dentry);

/* Appends the name of a thread so that it stays on one line. */
void proc_append_name(struct text *text, const char *name);

/* Appends random bytes as a UUID, and a newline. */
void proc_format_uuid(struct text *text, const uint8_t random[16]);

/* ---- what the tables name ------------------------------------------------------------------ */

#define SHOWS(name) void proc_show_##name(struct text *text, const struct proc_node *node)
#define TARGET(name)                                                                               \
    struct dentry *proc_##name##_target(const struct proc_node *node, struct text *text)

int proc_process_next(const struct proc_node *node, int after);

/* proc_pid.c */
int proc_thread_next(const struct proc_node *node, int after);
SHOWS(stat);
SHOWS(name);
SHOWS(limits);
SHOWS(io);
SHOWS(cgroup);
SHOWS(id_map);
SHOWS(setgroups);
SHOWS(wait_channel);
SHOWS(personality);
SHOWS(timer_slack);
SHOWS(schedstat);
SHOWS(oom_adjust);
SHOWS(oom_score);
SHOWS(arguments);
SHOWS(environment);
SHOWS(auxiliary);
int proc_write_name(const struct proc_node *node, const char *bytes, size_t count);
int proc_write_oom_adjust(const struct proc_node *node, const char *bytes, size_t count);

/* proc_status.c, proc_space.c */
SHOWS(statm);
SHOWS(status);
SHOWS(maps);
SHOWS(smaps);
SHOWS(smaps_rollup);

/* proc_fd.c */
int proc_fd_next(const struct proc_node *node, int after);
SHOWS(fdinfo);
TARGET(fd);
TARGET(exe);
TARGET(cwd);
TARGET(root);
TARGET(self);
TARGET(thread_self);
TARGET(self_mounts);
TARGET(self_net);

/* proc_mounts.c, proc_net.c */
SHOWS(mounts);
SHOWS(mountinfo);
SHOWS(filesystems);
SHOWS(net_devices);
SHOWS(net_unix);
SHOWS(sockstat);

/* proc_system.c */
SHOWS(meminfo);
SHOWS(system_stat);
SHOWS(uptime);
SHOWS(loadavg);
SHOWS(swaps);
SHOWS(partitions);
SHOWS(devices);
SHOWS(interrupts);
SHOWS(vmstat);
SHOWS(tty_drivers);
SHOWS(nothing);
SHOWS(file_numbers);
SHOWS(uuid);
SHOWS(text);   /* which: enum proc_text_kind */
SHOWS(number); /* which: enum proc_number */
SHOWS(value);  /* which: the number itself */
int proc_write_host_name(const struct proc_node *node, const char *bytes, size_t count);
int proc_write_control(const struct proc_node *node, const char *bytes, size_t count);

#undef SHOWS
#undef TARGET
