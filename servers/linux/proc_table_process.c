/*
 * proc_table_process.c - what stands in /proc/PID and in /proc/PID/task/TID.
 */
#include "servers/linux/proc.h"

#define OWN(name_, mode_, show_)                                                                   \
    {                                                                                              \
        .name = name_, .mode = S_IFREG | (mode_), .show = show_, .owned = true                     \
    }
#define OWN_WRITABLE(name_, show_, write_)                                                         \
    {                                                                                              \
        .name = name_, .mode = S_IFREG | 0644, .show = show_, .write = write_, .owned = true       \
    }
#define GUARDED(name_, mode_, show_)                                                               \
    {                                                                                              \
        .name = name_, .mode = S_IFREG | (mode_), .show = show_, .owned = true, .guarded = true    \
    }
#define GUARDED_LINK(name_, target_)                                                               \
    {                                                                                              \
        .name = name_, .mode = S_IFLNK | 0777, .target = target_, .owned = true, .guarded = true   \
    }
#define OWN_DIRECTORY(name_, mode_, children_)                                                     \
    {                                                                                              \
        .name = name_, .mode = S_IFDIR | (mode_), .children = children_, .owned = true             \
    }
#define OWN_NUMBERS(name_, mode_, member_, next_, ...)                                             \
    {                                                                                              \
        .name = name_, .mode = S_IFDIR | (mode_), .children = no_children, .member = &(member_),   \
        .member_next = next_, .owned = true, __VA_ARGS__                                           \
    }

/* What processes and their threads both have. */
#define OF_PROCESS_AND_THREAD                                                                      \
    GUARDED("auxv", 0400, proc_show_auxiliary), OWN("cgroup", 0444, proc_show_cgroup),             \
        OWN("cmdline", 0444, proc_show_arguments),                                                 \
        OWN_WRITABLE("comm", proc_show_name, proc_write_name),                                     \
        GUARDED_LINK("cwd", proc_cwd_target), GUARDED("environ", 0400, proc_show_environment),     \
        GUARDED_LINK("exe", proc_exe_target), OWN("gid_map", 0444, proc_show_id_map),              \
        GUARDED("io", 0400, proc_show_io), OWN("limits", 0444, proc_show_limits),                  \
        GUARDED("maps", 0444, proc_show_maps), OWN("mountinfo", 0444, proc_show_mountinfo),        \
        OWN("mounts", 0444, proc_show_mounts), OWN_DIRECTORY("net", 0555, proc_net_children),      \
        OWN("oom_score", 0444, proc_show_oom_score),                                               \
        OWN_WRITABLE("oom_score_adj", proc_show_oom_adjust, proc_write_oom_adjust),                \
        GUARDED("personality", 0400, proc_show_personality),                                       \
        GUARDED_LINK("root", proc_root_target), OWN("schedstat", 0444, proc_show_schedstat),       \
        OWN("setgroups", 0444, proc_show_setgroups), GUARDED("smaps", 0444, proc_show_smaps),      \
        GUARDED("smaps_rollup", 0444, proc_show_smaps_rollup), OWN("stat", 0444, proc_show_stat),  \
        OWN("statm", 0444, proc_show_statm), OWN("status", 0444, proc_show_status),                \
        OWN("uid_map", 0444, proc_show_id_map), OWN("wchan", 0444, proc_show_wait_channel)

static const struct proc_entry no_children[] = {{0}};

static const struct proc_entry fd_link = {
    .mode = S_IFLNK | 0700, .target = proc_fd_target, .owned = true, .guarded = true};
static const struct proc_entry fd_info = {
    .mode = S_IFREG | 0400, .show = proc_show_fdinfo, .owned = true, .guarded = true};

const struct proc_entry proc_net_children[] = {
    PROC_FILE("dev", proc_show_net_devices),
    PROC_FILE("sockstat", proc_show_sockstat),
    PROC_FILE("unix", proc_show_net_unix),
    {0},
};

static const struct proc_entry thread_children[] = {OF_PROCESS_AND_THREAD, {0}};

static const struct proc_entry thread_entry = {
    .mode = S_IFDIR | 0555, .children = thread_children, .owned = true};

static const struct proc_entry process_children[] = {
    OF_PROCESS_AND_THREAD,
    OWN_NUMBERS("fd", 0500, fd_link, proc_fd_next, .open_to_own = true),
    OWN_NUMBERS("fdinfo", 0555, fd_info, proc_fd_next, .guarded = true),
    OWN_NUMBERS("task", 0555, thread_entry, proc_thread_next, .open_to_own = true),
    OWN("timerslack_ns", 0444, proc_show_timer_slack),
    {0},
};

const struct proc_entry proc_process_entry = {
    .mode = S_IFDIR | 0555, .children = process_children, .owned = true};
