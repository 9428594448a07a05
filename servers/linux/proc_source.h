/*
 * proc_source.h - where /proc gets what it shows: callbacks that the process half fills in.
 *
 * All are called without locks held and may sleep. Results are copies or counted references; a
 * process may end at any moment, then a callback says so (false, NULL, -ESRCH).
 */
#pragma once

#include "servers/linux/fd.h"
#include "servers/linux/text.h"

#define PROC_NAME_BYTES 16

/* A process (or one thread of it) at a moment. Times in nanoseconds. */
struct proc_status {
    int pid, tid, parent, group, session;
    bool has_terminal; /* its session's */
    char state;        /* R S D Z T */
    char name[PROC_NAME_BYTES];
    struct credentials credentials; /* without groups */
    uint32_t threads;
    int nice;
    nanos_t user_ns, system_ns;                   /* consumed */
    nanos_t children_user_ns, children_system_ns; /* of children that were waited for */
    nanos_t start_ns;                             /* since boot */
    uint64_t virtual_bytes;
    uint64_t resident_pages, file_pages; /* file_pages: the part of it that is of files */
    uint64_t code_bytes, data_bytes, stack_bytes;
    uint64_t minor_faults;
    uint64_t code_start, code_end, stack_start;
    uint64_t signals_pending, signals_pending_shared;
    uint64_t signals_blocked, signals_ignored, signals_caught;
    int exit_status;
};

struct proc_mapping {
    uint64_t start, end;
    bool read, write, execute, shared;
    uint64_t offset;     /* in the file, bytes */
    struct dentry *file; /* counted, or NULL */
    const char *label;   /* "[heap]", "[stack]", "[vdso]" or NULL */
};

struct proc_memory {
    uint64_t total_pages, free_pages;
    uint64_t anonymous_pages, mapped_pages, heap_pages;
};

struct proc_totals {
    nanos_t uptime_ns, idle_ns, user_ns, system_ns;
    uint64_t boot_time;         /* seconds of the real-time clock */
    uint64_t processes_created; /* since boot, threads too */
    uint32_t running, existing; /* threads */
    uint64_t switches;
    uint32_t load[3]; /* averages over 1, 5, 15 minutes, in hundredths */
    int last_pid;
};

enum proc_text_kind {
    PROC_CPUINFO,
    PROC_VERSION,
    PROC_COMMAND_LINE,
    PROC_HOSTNAME,
    PROC_OSRELEASE,
    PROC_CORM_COMPONENTS,
    PROC_CORM_SYSCALLS,
    PROC_CORM_MEMORY,
    PROC_CORM_OBJECTS,
    PROC_CORM_WORLD,
};

struct proc_source {
    int (*process_next)(int after);         /* the lowest pid above; 0: none */
    int (*thread_next)(int pid, int after); /* likewise */
    bool (*status)(int pid, int tid, struct proc_status *status); /* tid 0: the whole process */
    struct group_list *(*groups)(int pid, int tid);               /* counted; NULL: none */
    /* Bytes of the argument or environment strings from an offset; 0 at the end. */
    long (*arguments)(int pid, uint64_t offset, void *to, size_t bytes);
    long (*environment)(int pid, uint64_t offset, void *to, size_t bytes);
    /* The first mapping that ends above `address`. */
    bool (*mapping)(int pid, uint64_t address, struct proc_mapping *mapping);
    struct dentry *(*executable)(int pid);
    struct fs_context *(*fs)(int pid);
    struct fd_table *(*files)(int pid);
    void (*memory)(struct proc_memory *memory);
    void (*totals)(struct proc_totals *totals);
    void (*text)(enum proc_text_kind kind, struct text *text);
    /* A line written to /proc/corm/control, 0-terminated, without its newline: "kill NAME",
       "restart NAME". 0 or -EINVAL, -ENOENT, -EPERM. */
    int (*control)(const char *command);
};
