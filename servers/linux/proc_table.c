/*
 * proc_table.c - what stands in /proc.
 */
#include "servers/linux/proc.h"

#define FILE_ENTRY(name_, show_)                                                                   \
    {                                                                                              \
        .name = name_, .mode = S_IFREG | 0444, .show = show_                                       \
    }
#define OWN_ENTRY(name_, mode_, show_)                                                             \
    {                                                                                              \
        .name = name_, .mode = S_IFREG | (mode_), .show = show_, .owned = true                     \
    }
#define LINK_ENTRY(name_, target_)                                                                 \
    {                                                                                              \
        .name = name_, .mode = S_IFLNK | 0777, .target = target_, .owned = true                    \
    }
#define TEXT_LINK_ENTRY(name_, target_)                                                            \
    {                                                                                              \
        .name = name_, .mode = S_IFLNK | 0777, .target = target_, .plain_text = true               \
    }
#define DIRECTORY_ENTRY(name_, children_)                                                          \
    {                                                                                              \
        .name = name_, .mode = S_IFDIR | 0555, .children = children_                               \
    }

static const struct proc_entry no_children[] = {{0}};

static const struct proc_entry fd_link = {
    .mode = S_IFLNK | 0700, .target = proc_fd_target, .owned = true};
static const struct proc_entry fd_info = {
    .mode = S_IFREG | 0400, .show = proc_show_fdinfo, .owned = true};

static const struct proc_entry thread_children[] = {
    OWN_ENTRY("stat", 0444, proc_show_stat),
    OWN_ENTRY("status", 0444, proc_show_status),
    OWN_ENTRY("comm", 0444, proc_show_name),
    {0},
};

static const struct proc_entry thread_entry = {
    .mode = S_IFDIR | 0555, .children = thread_children, .owned = true};

static const struct proc_entry process_children[] = {
    OWN_ENTRY("stat", 0444, proc_show_stat),
    OWN_ENTRY("statm", 0444, proc_show_statm),
    OWN_ENTRY("status", 0444, proc_show_status),
    OWN_ENTRY("comm", 0444, proc_show_name),
    OWN_ENTRY("cmdline", 0444, proc_show_arguments),
    OWN_ENTRY("environ", 0400, proc_show_environment),
    OWN_ENTRY("maps", 0444, proc_show_maps),
    OWN_ENTRY("mounts", 0444, proc_show_mounts),
    OWN_ENTRY("mountinfo", 0444, proc_show_mountinfo),
    LINK_ENTRY("exe", proc_exe_target),
    LINK_ENTRY("cwd", proc_cwd_target),
    LINK_ENTRY("root", proc_root_target),
    {.name = "fd",
     .mode = S_IFDIR | 0500,
     .children = no_children,
     .member = &fd_link,
     .member_next = proc_fd_next,
     .owned = true},
    {.name = "fdinfo",
     .mode = S_IFDIR | 0500,
     .children = no_children,
     .member = &fd_info,
     .member_next = proc_fd_next,
     .owned = true},
    {.name = "task",
     .mode = S_IFDIR | 0555,
     .children = no_children,
     .member = &thread_entry,
     .member_next = proc_thread_next,
     .owned = true},
    {0},
};

const struct proc_entry proc_process_entry = {
    .mode = S_IFDIR | 0555, .children = process_children, .owned = true};

static const struct proc_entry random_children[] = {
    FILE_ENTRY("uuid", proc_show_uuid),
    {0},
};

static const struct proc_entry kernel_children[] = {
    FILE_ENTRY("hostname", proc_show_hostname),   FILE_ENTRY("ostype", proc_show_ostype),
    FILE_ENTRY("osrelease", proc_show_osrelease), FILE_ENTRY("pid_max", proc_show_pid_max),
    DIRECTORY_ENTRY("random", random_children),   {0},
};

static const struct proc_entry vm_children[] = {
    FILE_ENTRY("overcommit_memory", proc_show_zero),
    {0},
};

static const struct proc_entry fs_children[] = {
    FILE_ENTRY("pipe-max-size", proc_show_pipe_max),
    {0},
};

static const struct proc_entry sys_children[] = {
    DIRECTORY_ENTRY("kernel", kernel_children),
    DIRECTORY_ENTRY("vm", vm_children),
    DIRECTORY_ENTRY("fs", fs_children),
    {0},
};

static const struct proc_entry corm_children[] = {
    FILE_ENTRY("components", proc_show_components),
    FILE_ENTRY("syscalls", proc_show_syscalls),
    FILE_ENTRY("memory", proc_show_corm_memory),
    FILE_ENTRY("objects", proc_show_corm_objects),
    FILE_ENTRY("world", proc_show_world),
    {.name = "control", .mode = S_IFREG | 0200, .write = proc_write_control},
    {0},
};

static const struct proc_entry root_children[] = {
    TEXT_LINK_ENTRY("self", proc_self_target),
    TEXT_LINK_ENTRY("thread-self", proc_thread_self_target),
    TEXT_LINK_ENTRY("mounts", proc_self_mounts_target),
    FILE_ENTRY("meminfo", proc_show_meminfo),
    FILE_ENTRY("stat", proc_show_system_stat),
    FILE_ENTRY("uptime", proc_show_uptime),
    FILE_ENTRY("loadavg", proc_show_loadavg),
    FILE_ENTRY("cpuinfo", proc_show_cpuinfo),
    FILE_ENTRY("filesystems", proc_show_filesystems),
    FILE_ENTRY("version", proc_show_version),
    FILE_ENTRY("cmdline", proc_show_command_line),
    DIRECTORY_ENTRY("sys", sys_children),
    DIRECTORY_ENTRY("corm", corm_children),
    {0},
};

const struct proc_entry proc_root_entry = {
    .mode = S_IFDIR | 0555,
    .children = root_children,
    .member = &proc_process_entry,
    .member_next = proc_process_next,
};
