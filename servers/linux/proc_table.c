/*
 * proc_table.c - what stands in /proc beside the processes.
 */
#include "servers/linux/inotify.h"
#include "servers/linux/may.h"
#include "servers/linux/pipe.h"
#include "servers/linux/proc.h"
#include "servers/linux/pty.h"
#include "servers/linux/unix_socket.h"

#define NUMBER(name_, number_)   PROC_SETTING(name_, proc_show_number, number_)
#define TEXT(name_, kind_)       PROC_SETTING(name_, proc_show_text, kind_)
#define CONSTANT(name_, number_) PROC_SETTING(name_, proc_show_value, number_)

static const struct proc_entry random_children[] = {
    TEXT("boot_id", PROC_BOOT_ID),
    PROC_SETTING("uuid", proc_show_uuid, 0),
    {0},
};

static const struct proc_entry pty_children[] = {
    CONSTANT("max", PTY_MAX),
    {0},
};

static const struct proc_entry kernel_children[] = {
    TEXT("arch", PROC_MACHINE),
    NUMBER("cap_last_cap", PROC_CAPABILITY_LAST),
    CONSTANT("dmesg_restrict", 1),
    TEXT("domainname", PROC_DOMAIN_NAME),
    {.name = "hostname",
     .mode = S_IFREG | 0644,
     .show = proc_show_text,
     .write = proc_write_host_name,
     .which = PROC_HOST_NAME,
     .setting = true},
    CONSTANT("ngroups_max", GROUPS_MAX),
    TEXT("osrelease", PROC_RELEASE),
    TEXT("ostype", PROC_SYSTEM_NAME),
    NUMBER("pid_max", PROC_PID_MAX),
    PROC_DIRECTORY("pty", pty_children),
    PROC_DIRECTORY("random", random_children),
    CONSTANT("randomize_va_space", 2), /* stack, mappings and heap */
    NUMBER("shmall", PROC_SHARED_PAGES_MAX),
    NUMBER("shmmax", PROC_SHARED_BYTES_MAX),
    NUMBER("shmmni", PROC_SHARED_SEGMENTS_MAX),
    CONSTANT("tainted", 0),
    NUMBER("threads-max", PROC_THREADS_MAX),
    TEXT("version", PROC_SYSTEM_VERSION),
    {0},
};

static const struct proc_entry vm_children[] = {
    NUMBER("max_map_count", PROC_MAPPINGS_MAX),
    NUMBER("min_free_kbytes", PROC_RESERVE_KIB),
    NUMBER("mmap_min_addr", PROC_ADDRESS_MIN),
    CONSTANT("overcommit_memory", 0), /* more than there is may be promised, but not in one piece */
    {0},
};

static const struct proc_entry inotify_children[] = {
    CONSTANT("max_queued_events", INOTIFY_EVENTS_MAX),
    CONSTANT("max_user_watches", INOTIFY_WATCHES_MAX),
    {0},
};

static const struct proc_entry fs_children[] = {
    PROC_SETTING("file-nr", proc_show_file_numbers, 0),
    PROC_DIRECTORY("inotify", inotify_children),
    CONSTANT("nr_open", FD_COUNT_MAX),
    CONSTANT("pipe-max-size", PIPE_PAGES_MAX *PAGE_BYTES),
    CONSTANT("protected_fifos", PROTECTED_FIFOS),
    CONSTANT("protected_hardlinks", PROTECTED_HARDLINKS),
    CONSTANT("protected_regular", PROTECTED_REGULAR),
    CONSTANT("protected_symlinks", PROTECTED_SYMLINKS),
    CONSTANT("suid_dumpable", 0),
    {0},
};

static const struct proc_entry core_children[] = {
    CONSTANT("rmem_default", UNIX_BUFFER_BYTES),
    CONSTANT("rmem_max", UNIX_BUFFER_BYTES),
    CONSTANT("somaxconn", SOMAXCONN),
    CONSTANT("wmem_default", UNIX_BUFFER_BYTES),
    CONSTANT("wmem_max", UNIX_BUFFER_BYTES),
    {0},
};

static const struct proc_entry unix_children[] = {
    CONSTANT("max_dgram_qlen", UNIX_QUEUE_MAX),
    {0},
};

static const struct proc_entry net_children[] = {
    PROC_DIRECTORY("core", core_children),
    PROC_DIRECTORY("unix", unix_children),
    {0},
};

static const struct proc_entry sys_children[] = {
    PROC_DIRECTORY("fs", fs_children),
    PROC_DIRECTORY("kernel", kernel_children),
    PROC_DIRECTORY("net", net_children),
    PROC_DIRECTORY("vm", vm_children),
    {0},
};

static const struct proc_entry tty_children[] = {
    PROC_FILE("drivers", proc_show_tty_drivers),
    {0},
};

static const struct proc_entry corm_children[] = {
    PROC_WHICH("components", proc_show_text, PROC_CORM_COMPONENTS),
    PROC_WHICH("syscalls", proc_show_text, PROC_CORM_SYSCALLS),
    PROC_WHICH("memory", proc_show_text, PROC_CORM_MEMORY),
    PROC_WHICH("objects", proc_show_text, PROC_CORM_OBJECTS),
    PROC_WHICH("world", proc_show_text, PROC_CORM_WORLD),
    {.name = "control", .mode = S_IFREG | 0200, .write = proc_write_control},
    {0},
};

static const struct proc_entry root_children[] = {
    PROC_TEXT_LINK("self", proc_self_target),
    PROC_TEXT_LINK("thread-self", proc_thread_self_target),
    PROC_TEXT_LINK("mounts", proc_self_mounts_target),
    PROC_TEXT_LINK("net", proc_self_net_target),
    PROC_WHICH("cmdline", proc_show_text, PROC_COMMAND_LINE),
    PROC_DIRECTORY("corm", corm_children),
    PROC_WHICH("cpuinfo", proc_show_text, PROC_PROCESSORS),
    PROC_FILE("devices", proc_show_devices),
    PROC_FILE("diskstats", proc_show_nothing),
    PROC_FILE("filesystems", proc_show_filesystems),
    PROC_FILE("interrupts", proc_show_interrupts),
    PROC_FILE("loadavg", proc_show_loadavg),
    PROC_FILE("meminfo", proc_show_meminfo),
    PROC_FILE("partitions", proc_show_partitions),
    PROC_FILE("stat", proc_show_system_stat),
    PROC_FILE("swaps", proc_show_swaps),
    PROC_DIRECTORY("sys", sys_children),
    PROC_DIRECTORY("tty", tty_children),
    PROC_FILE("uptime", proc_show_uptime),
    PROC_WHICH("version", proc_show_text, PROC_VERSION),
    PROC_FILE("vmstat", proc_show_vmstat),
    {0},
};

const struct proc_entry proc_root_entry = {
    .mode = S_IFDIR | 0555,
    .children = root_children,
    .member = &proc_process_entry,
    .member_next = proc_process_next,
};
