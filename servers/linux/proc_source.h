/*
 * proc_source.h - where /proc gets what it shows: callbacks that the process half fills in.
 *
 * All are called without locks held and may sleep. Results are copies or counted references; a
 * process may end at any moment, then a callback says so (false, NULL, -ESRCH).
 */
#pragma once

#include "servers/linux/fd.h"
#include "servers/linux/processors.h"
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
    int policy, policy_priority; /* SCHED_* */
    int exit_signal;             /* to the parent; -1: a thread that is not the leader */
    bool has_executed;           /* a program of its own since it was forked */
    bool exiting;
    int oom_score_adjust;
    uint64_t personality;
    uint32_t seccomp_mode, seccomp_filters;
    uint64_t timer_slack_ns;
    uint64_t affinity;                            /* processors, as a mask */
    uint32_t processor;                           /* the one on which it is */
    nanos_t user_ns, system_ns;                   /* consumed */
    nanos_t children_user_ns, children_system_ns; /* of children that were waited for */
    nanos_t start_ns;                             /* since boot */
    uint64_t faults, children_faults;
    uint64_t switches, preemptions;
    nanos_t waited_ns; /* for the processor; of one thread only */
    uint32_t signals_queued;
    uint64_t signals_pending, signals_pending_shared;
    uint64_t signals_blocked, signals_ignored, signals_caught;
    int exit_status;
    bool dumpable; /* what /proc shows of it is its user's, not root's */
};

/* The address space of a process: addresses and sizes in bytes, the rest in pages. */
struct proc_space {
    uint64_t virtual_bytes, virtual_peak_bytes;
    uint64_t anonymous, file, shared; /* resident; `shared`: memory shared by mmap, memfd, shmat */
    uint64_t resident_peak;
    uint64_t code_bytes, library_bytes, data_bytes, stack_bytes, table_bytes;
    uint64_t code_start, code_end, data_start, data_end, brk_start, stack_start;
    uint64_t arguments_start, arguments_end, environment_start, environment_end;
};

struct proc_mapping {
    uint64_t start, end;
    bool read, write, execute, shared, grows_down, no_reserve, no_fork, wipe_on_fork;
    uint64_t offset;     /* in the file, bytes */
    struct dentry *file; /* counted, or NULL */
    struct inode *inode; /* counted: of a file without a name (shared memory), or NULL */
    const char *label;   /* "[heap]", "[stack]", "[vdso]" or NULL */
};

/* What of a range is resident, in pages. */
struct proc_resident {
    uint64_t all, anonymous;
    uint64_t shared_clean, shared_dirty, private_clean, private_dirty;
    /* Each page divided by how many have it; of those the dirty and the anonymous ones. */
    uint64_t portion_bytes, portion_dirty_bytes, portion_anonymous_bytes;
};

struct proc_limit {
    uint64_t soft, hard;
};

struct proc_memory {
    uint64_t total_pages, free_pages, reserve_pages; /* guests get none of the reserve */
    uint64_t anonymous_pages, mapped_pages, heap_pages, stack_pages;
};

struct proc_time {
    nanos_t user_ns, system_ns, idle_ns;
};

struct proc_totals {
    nanos_t uptime_ns;
    struct proc_time time;                       /* of all processors */
    struct proc_time processors[PROCESSORS_MAX]; /* of those that are online */
    uint64_t boot_time;                          /* seconds of the real-time clock */
    uint64_t processes_created;                  /* since boot, threads too */
    uint32_t running, existing;                  /* threads */
    uint64_t switches, faults;
    uint32_t load[3]; /* averages over 1, 5, 15 minutes, in hundredths */
    int last_pid;
};

#define PROC_COMMAND_BYTES 128

enum proc_text_kind {
    PROC_PROCESSORS,
    PROC_VERSION,
    PROC_COMMAND_LINE,
    PROC_HOST_NAME,
    PROC_DOMAIN_NAME,
    PROC_SYSTEM_NAME,
    PROC_RELEASE,
    PROC_SYSTEM_VERSION,
    PROC_MACHINE,
    PROC_BOOT_ID,
    PROC_CORM_COMPONENTS,
    PROC_CORM_SYSCALLS,
    PROC_CORM_MEMORY,
    PROC_CORM_OBJECTS,
    PROC_CORM_WORLD,
};

enum proc_number {
    PROC_PID_MAX,
    PROC_THREADS_MAX,
    PROC_CAPABILITY_LAST,
    PROC_MAPPINGS_MAX,
    PROC_ADDRESS_MIN,
    PROC_RESERVE_KIB,
    PROC_SHARED_PAGES,
    PROC_SHARED_PAGES_MAX,
    PROC_SHARED_BYTES_MAX,
    PROC_SHARED_SEGMENTS_MAX,
    PROC_PROCESSORS_ONLINE, /* numbered from 0 */
};

/* One cache of the processor, as CPUID describes it. */
struct proc_cache {
    uint32_t type; /* 1 data, 2 instructions, 3 both */
    uint32_t level, line_bytes, ways, sets;
};

struct proc_source {
    int (*process_next)(int after);         /* the lowest pid above; 0: none */
    int (*thread_next)(int pid, int after); /* likewise */
    bool (*status)(int pid, int tid, struct proc_status *status); /* tid 0: the whole process */
    struct group_list *(*groups)(int pid, int tid);               /* counted; NULL: none */
    /* May the current thread look into it? 0, -EACCES, or -ESRCH: it has gone. */
    int (*inspect)(int pid, int tid);
    bool (*space)(int pid, struct proc_space *space); /* false: it has none (any more) */
    bool (*limits)(int pid, struct proc_limit limits[RLIM_NLIMITS]);
    bool (*io)(int pid, struct io_counts *io);
    /* Of the current process's threads only: -EPERM. */
    int (*rename)(int pid, int tid, const char *name);
    int (*adjust_oom_score)(int pid, int adjust); /* -EACCES: below what root has allowed */
    /* Bytes of the argument or environment strings from an offset; 0 at the end. */
    long (*arguments)(int pid, uint64_t offset, void *to, size_t bytes);
    long (*environment)(int pid, uint64_t offset, void *to, size_t bytes);
    long (*auxiliary)(int pid, uint64_t offset, void *to, size_t bytes);
    /* The first mapping that ends above `address`. */
    bool (*mapping)(int pid, uint64_t address, struct proc_mapping *mapping);
    bool (*resident)(int pid, uint64_t start, uint64_t end, struct proc_resident *resident);
    struct dentry *(*executable)(int pid);
    struct fs_context *(*fs)(int pid);
    struct fd_table *(*files)(int pid);
    void (*memory)(struct proc_memory *memory);
    void (*totals)(struct proc_totals *totals);
    void (*text)(enum proc_text_kind kind, struct text *text);
    uint64_t (*number)(enum proc_number number);
    bool (*cache)(unsigned index, struct proc_cache *cache); /* false: there are no more */
    int (*set_host_name)(const char *name, size_t length);   /* -EINVAL: too long */
    /* A line written to /proc/corm/control, 0-terminated, without its newline: "kill NAME",
       "restart NAME". 0 or -EINVAL, -ENOENT, -EPERM. */
    int (*control)(const char *command);
};
