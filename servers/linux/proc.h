/*
 * proc.h - the file system /proc.
 *
 * Nothing of it is stored: a lookup makes an inode that knows which table entry, process and number
 * it stands for, a read makes the text. What is read through one open file is one moment's text,
 * made anew by a read from its beginning.
 */
#pragma once

#include "servers/linux/proc_source.h"

/* A new /proc over the callbacks (which stay for ever); registered. NULL when memory is out. */
struct mount *proc_create(const struct proc_source *source);
void proc_destroy(struct mount *mount); /* tests */

/* ---- between the files of /proc ----------------------------------------------------------- */

struct proc_entry {
    const char *name;
    uint32_t mode;                                                 /* with the type */
    void (*show)(struct text *text, const struct proc_node *node); /* files */
    int (*write)(const char *line);                                /* files; one line */
    const struct proc_entry *children;                             /* directories; ends with {0} */
    const struct proc_entry *member; /* directories: what a number in it is */
    /* Directories: the lowest number above, 0 or less for none; and is there such a number? */
    int (*member_next)(const struct proc_node *node, int after);
    /* Links: the entry they jump to (counted) and, if that has no path, the text of readlink. */
    struct dentry *(*target)(const struct proc_node *node, struct text *text);
    bool plain_text; /* links: the text is all there is (self) */
    bool owned;      /* belongs to the process's user, not to root */
};

extern const struct proc_entry proc_root_entry;
extern const struct proc_entry proc_process_entry;
extern const struct proc_source *proc_source;
extern const struct inode_ops proc_directory_ops, proc_file_inode_ops, proc_link_ops;
extern const struct file_ops proc_directory_file_ops, proc_file_ops;

void proc_show_mounts(struct text *text, const struct proc_node *node);
void proc_show_mountinfo(struct text *text, const struct proc_node *node);

/* Appends an entry's path, " (deleted)" if it is gone. */
void proc_append_path(struct text *text, struct dentry *dentry);

/* proc_pid.c, proc_system.c: the show functions that the tables name. */
void proc_show_stat(struct text *text, const struct proc_node *node);
void proc_show_statm(struct text *text, const struct proc_node *node);
void proc_show_status(struct text *text, const struct proc_node *node);
void proc_show_arguments(struct text *text, const struct proc_node *node);
void proc_show_environment(struct text *text, const struct proc_node *node);
void proc_show_name(struct text *text, const struct proc_node *node);
void proc_show_maps(struct text *text, const struct proc_node *node);
void proc_show_fdinfo(struct text *text, const struct proc_node *node);
int proc_fd_next(const struct proc_node *node, int after);
int proc_thread_next(const struct proc_node *node, int after);
struct dentry *proc_fd_target(const struct proc_node *node, struct text *text);
struct dentry *proc_exe_target(const struct proc_node *node, struct text *text);
struct dentry *proc_cwd_target(const struct proc_node *node, struct text *text);
struct dentry *proc_root_target(const struct proc_node *node, struct text *text);
struct dentry *proc_self_target(const struct proc_node *node, struct text *text);
struct dentry *proc_thread_self_target(const struct proc_node *node, struct text *text);
struct dentry *proc_self_mounts_target(const struct proc_node *node, struct text *text);
int proc_process_next(const struct proc_node *node, int after);
void proc_show_meminfo(struct text *text, const struct proc_node *node);
void proc_show_system_stat(struct text *text, const struct proc_node *node);
void proc_show_uptime(struct text *text, const struct proc_node *node);
void proc_show_loadavg(struct text *text, const struct proc_node *node);
void proc_show_filesystems(struct text *text, const struct proc_node *node);
void proc_show_cpuinfo(struct text *text, const struct proc_node *node);
void proc_show_version(struct text *text, const struct proc_node *node);
void proc_show_command_line(struct text *text, const struct proc_node *node);
void proc_show_hostname(struct text *text, const struct proc_node *node);
void proc_show_ostype(struct text *text, const struct proc_node *node);
void proc_show_osrelease(struct text *text, const struct proc_node *node);
void proc_show_pid_max(struct text *text, const struct proc_node *node);
void proc_show_uuid(struct text *text, const struct proc_node *node);
void proc_show_pipe_max(struct text *text, const struct proc_node *node);
void proc_show_zero(struct text *text, const struct proc_node *node);
void proc_show_components(struct text *text, const struct proc_node *node);
void proc_show_syscalls(struct text *text, const struct proc_node *node);
void proc_show_corm_memory(struct text *text, const struct proc_node *node);
void proc_show_corm_objects(struct text *text, const struct proc_node *node);
void proc_show_world(struct text *text, const struct proc_node *node);
int proc_write_control(const char *line);
