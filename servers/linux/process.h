/*
 * process.h - processes, their threads, their families, groups and sessions.
 *
 * process_mutex protects: the id table, parent and child links, groups and sessions, thread lists,
 * states, exit statuses, everything of signals, timers. It is taken after file and mm locks and
 * before the heap; user copies are not allowed under it.
 *
 * A process lives until its parent has waited for it. Its leader's struct thread may be gone (in
 * the pool) before: everything that outlives threads is here.
 */
#pragma once

#include "servers/linux/interval_timer.h"
#include "servers/linux/may.h"
#include "servers/linux/signal_types.h"
#include "servers/linux/thread.h"
#include "servers/linux/timer.h"

struct file;
struct mm;
struct sem_undo;

#define PROCESS_ID_MAX 32768

#define TIMERS_PER_PROCESS 64
#define OOM_ADJUST_MAX     1000 /* either way */

enum process_state {
    PROCESS_ALIVE = 0,
    PROCESS_ZOMBIE = 1, /* its last thread has gone; the parent has not waited */
    PROCESS_DEAD = 2,   /* waited for, or nobody will */
};

/* A number in use: by a process, a thread, a group or a session. */
struct id {
    int number;
    uint32_t group_members;
    uint32_t session_members;
    struct process *process;
    struct thread *thread;
    struct id *next; /* hash chain */
};

struct rlimit {
    uint64_t soft;
    uint64_t hard;
};

struct process {
    uint32_t refs; /* atomic: the id table, and whoever looks at it without the lock */
    int id;
    int parent_id; /* what getppid says; kept in step with parent */
    int group;
    int session;
    enum process_state state;
    struct process *parent;
    struct list children; /* of sibling */
    struct list sibling;
    struct list threads; /* thread.process_link, oldest first */
    uint32_t thread_count;
    uint32_t live_count; /* of them, those that have not begun to end */
    struct list all_link;
    /* ending */
    bool exiting;            /* exit_status is decided: every thread is to end */
    bool has_executed;       /* setpgid by the parent is refused from now on */
    int exit_status;         /* as wait reports it */
    int exit_signal;         /* to the parent at the end; 0 none */
    struct thread *executor; /* runs execve and waits for the other threads to end */
    /* job control */
    bool stopped;
    int stop_signal;
    bool stop_reported;
    bool continued;    /* not yet reported by wait */
    bool has_terminal; /* its session's (process_terminal.c) */
    int hangup_group;  /* of a session leader: to be told too when it ends; 0: none */
    /* signals */
    struct signal_actions *actions;
    struct signal_pending_set pending;
    uint32_t pending_count;      /* entries charged to this process */
    struct waitqueue child_wait; /* wait4 of our threads */
    struct waitqueue end_queue;  /* who polls a pidfd of it */
    /* limits, names, accounting */
    struct rlimit limits[RLIM_NLIMITS];
    struct mm *mm; /* of the leader, for procfs; counted; NULL when it has gone */
    struct file *executable;
    uint64_t personality;
    int oom_score_adjust; /* -1000 to 1000: who ends first when memory is out (fault.c) ... */
    int oom_score_floor;  /* ... and how low whoever is not root may set it */
    int nice;
    nanos_t start_ns;
    struct usage ended;       /* of its threads that have ended, but for times ... */
    nanos_t ended_ns;         /* ... which are this together ... */
    struct usage_split split; /* ... and divided with those of the living */
    struct usage waited_children;
    struct io_counts ended_io;            /* of threads that have ended */
    char ended_name[THREAD_NAME_BYTES];   /* of the last thread, for a zombie ... */
    struct credentials ended_credentials; /* ... like these; without groups */
    bool is_subreaper;
    int dumpable;            /* 0: what runs here may know more than its user (credentials_guard) */
    int parent_death_signal; /* prctl(PR_SET_PDEATHSIG), 0: none */
    struct sem_undo *sem_undos; /* sem.c's lock */
    uint32_t membarriers;       /* atomic: what it has registered for */
    /* timers */
    struct interval_timers interval_timers;
    struct list cpu_timers;       /* that wait for its time (cpu_timer.h) */
    struct cpu_timer limit_timer; /* RLIMIT_CPU */
    struct posix_timer *timers[TIMERS_PER_PROCESS];
};

extern struct list process_list;     /* of all_link, in order of creation */
extern struct process *process_init; /* pid 1 */
extern unsigned process_count;

/* ---- ids (process_id.c); caller holds process_mutex ------------------------------------- */

/* A fresh number for a new thread or process; 0 when all are in use or memory is out. */
int id_alloc(void);
struct id *id_find(int number);
void id_set_thread(int number, struct thread *thread);
void id_set_process(int number, struct process *process);
/* Moves a process to a group and a session whose numbers are in use; 0 = none (at its end). */
void process_set_group(struct process *process, int group, int session);
void id_release_if_unused(int number);
int id_last(void);
uint64_t id_count_given(void); /* since the start */

/* ---- finding; process_find returns a process that is alive or a zombie ------------------- */

struct process *process_find(int id); /* caller holds process_mutex */
struct thread *thread_find(int id);   /* caller holds process_mutex */
struct process *process_get(struct process *process);
void process_put(struct process *process);

/* The process after the one with this id, counted; takes process_mutex. For procfs: start with 0.
 */
struct process *process_next(int id);
struct process *process_lookup(int id); /* counted, or NULL; takes process_mutex */

/* May the current thread look into it (may_inspect)? `thread` NULL: its oldest one. Caller holds
   process_mutex. */
MUST_USE int process_may_inspect(const struct process *process, const struct thread *thread,
                                 enum inspection way);

/* May its nice value become this without CAP_SYS_NICE? As it is, or worse, or within RLIMIT_NICE.
 */
bool process_nice_allowed(const struct process *process, int nice);

/* Whose it is: its oldest thread's, or what the last one had. Caller holds process_mutex. */
const struct credentials *process_credentials(const struct process *process);

static inline struct process *process_current(void) { return thread_self()->process; }

/* ---- birth and death ----------------------------------------------------------------------- */

/* A process with no thread yet, which has what `maker` has, and is its child or its sibling
   (`parent`). Both are NULL for pid 1. Caller holds process_mutex. */
struct process *process_create(int id, const struct process *maker, struct process *parent);

/* Adds a thread that is complete but for its start. Caller holds process_mutex. */
void process_add_thread(struct process *process, struct thread *thread);

/* Decides the exit status and sends every thread to its end. Caller holds process_mutex. */
void process_begin_exit(struct process *process, int exit_status);

/* The current thread ends, and its process with it if it is the last. */
NORETURN void process_exit_thread(int exit_status);

/* For execve: ends all other threads and takes the leader's id. -EINTR if the process ends. */
MUST_USE int process_become_only_thread(void);

/* Frees a zombie and its id. Caller holds process_mutex. */
void process_reap(struct process *process);

/* SIGCHLD and wake-up for the parent after a change of state. Caller holds process_mutex. */
void process_notify_parent(struct process *process, int code);

/* vfork: starts the child, which may be a thread of our own process, and waits until it has
   executed a program or ended. */
void process_wait_vfork(struct thread *thread);

/* Wakes the parent of a vfork, if there is one. */
void process_end_vfork(struct thread *thread);

/* A group that lost its last outside parent and has stopped members gets SIGHUP and SIGCONT.
   Caller holds process_mutex. */
void process_check_orphaned_group(int group, int session);

/* As process_group_orphaned() of base.h, with process_mutex held. */
bool process_group_orphaned_locked(int group);

/* The file that a process executes, once more for a child: counted and claimed; may be NULL. */
struct file *process_share_executable(struct process *process);

/* What pid 1 starts with. */
void process_limits_default(struct rlimit limits[RLIM_NLIMITS]);

/* ---- start (process_start.c) ------------------------------------------------------------- */

/**
 * process_start_init - pid 1 executes `path`. All strings are server memory.
 * Returns 0 or an error; the caller's references to root and files become those of pid 1. The
 * strings stay until it runs; if it cannot be executed the world ends with status 127.
 */
MUST_USE int process_start_init(const char *path, const char *const argv[],
                                const char *const envp[]);

/* On the first thread, before it enters its guest: becomes the program of process_start_init. */
void process_first_exec(void);
