/*
 * base.h - what the two halves of the Linux server share: the floor that files, pipes and
 * terminals stand on. CORE implements it for the target (base.c), tests/unit/linux/shim.c
 * for the host, so that everything above runs in unit tests under sanitizers.
 *
 * Errors: functions return int or long, a negative Linux errno on failure (linux_abi.h).
 *
 * Locks and their order: lock_classes.def.
 */
#pragma once

#include "lib/base/check.h"
#include "lib/base/list_walk.h"
#include "lib/base/types.h"
#include "servers/linux/credentials.h"
#include "servers/linux/linux_abi.h"
#include "servers/linux/lock_order.h"

#define PAGE_BYTES 4096u
#define PAGE_SHIFT 12

/* An address in the current guest. Wrapped so that nobody dereferences one. */
typedef struct {
    uint64_t raw;
} uaddr_t;

static inline uaddr_t uaddr(uint64_t raw) { return (uaddr_t){raw}; }

/* ---- heap: small objects ------------------------------------------------------------- */

void *heap_alloc(size_t bytes); /* zeroed, aligned to 16; NULL when full */
void heap_free(void *object);   /* NULL is allowed */

/* ---- pages: 4 KiB, counted ----------------------------------------------------------- */

enum page_flag {
    PAGE_BOOT = 1u << 0, /* lies in the boot bundle: never written, never freed to the allocator */
};

struct page {
    uint32_t refs;  /* atomic; use page_get and page_put */
    uint32_t flags; /* enum page_flag; constant while refs > 0 */
};

/* Descriptions lie as their pages do, one behind the other: where a page is follows from where its
   description is. */
#define PAGE_DATA_SHIFT (PAGE_SHIFT - 3)
STATIC_ASSERT(sizeof(struct page) << PAGE_DATA_SHIFT == PAGE_BYTES, "one page, one description");
extern uintptr_t page_data_offset; /* constant */

struct page *page_alloc(void);               /* zeroed, one reference; NULL when full */
struct page *page_alloc_unzeroed(void);      /* the caller overwrites or clears every byte */
struct page *page_alloc_shared(bool zeroed); /* for what belongs to no process, so that ending one
                                                would not give it back (files, pipes, messages):
                                                some of all memory is left for processes */
bool page_shared_room(void);                 /* is there any for that? */
void page_free(struct page *page);           /* called by page_put at zero; a boot page is kept */
struct page *page_of_boot(const void *at); /* the boot bundle's page at this 4 KiB-aligned address,
                                              with a reference; NULL if it is not in the bundle */

/* Where the server sees the 4 KiB; constant. */
static inline void *page_data(const struct page *page)
{
    return (void *)(((uintptr_t)page << PAGE_DATA_SHIFT) + page_data_offset);
}

static inline struct page *page_get(struct page *page)
{
    __atomic_fetch_add(&page->refs, 1, __ATOMIC_RELAXED);
    return page;
}

static inline void page_put(struct page *page)
{
    if (__atomic_sub_fetch(&page->refs, 1, __ATOMIC_ACQ_REL) == 0)
        page_free(page);
}

/* Totals of the page allocator, for statfs, meminfo and sysinfo. */
struct page_totals {
    uint64_t total;
    uint64_t free;
};
void page_totals_read(struct page_totals *totals);

/* ---- threads: the two primitives that every wait is built on ------------------------- */

struct thread;

struct thread *thread_current(void);

/**
 * thread_sleep - sleep until thread_wake(self), a signal, or the deadline.
 * @deadline_ns:   monotonic, absolute; NANOS_NEVER = none
 * @interruptible: return -EINTR at once while signal_pending()
 *
 * A wake is sticky: one that came before the sleep ends it at once. May end spuriously.
 * Returns 0, -ETIMEDOUT or -EINTR. Hold no spin lock.
 */
int thread_sleep(nanos_t deadline_ns, bool interruptible);

/* Makes `thread` leave its present or next thread_sleep. Any context, spin locks may be held. */
void thread_wake(struct thread *thread);

/* Gives the processor away while another thread holds a spin lock. */
void thread_yield(void);

/* ---- spin: for a few instructions around a list; never around a user copy or a sleep --- */

struct spin {
    uint32_t held;
};

void spin_wait(struct spin *spin); /* the slow half of spin_lock (wait.c) */

static inline void spin_lock(struct spin *spin, enum lock_class class)
{
    lock_note_wanted(spin, class);
    if (UNLIKELY(__atomic_exchange_n(&spin->held, 1, __ATOMIC_ACQUIRE)))
        spin_wait(spin);
}

static inline void spin_unlock(struct spin *spin, enum lock_class class)
{
    lock_note_dropped(spin, class);
    __atomic_store_n(&spin->held, 0, __ATOMIC_RELEASE);
}

/* ---- wait queues (wait.c, shared by target and host) --------------------------------- */

struct wait_entry;

struct waitqueue {
    struct spin spin;
    struct wait_entry *first; /* FIFO; protected by spin */
    struct wait_entry *last;
};

/* One sleeping thread, on its own stack; may stand in several queues (poll). */
struct waiter {
    struct thread *thread;
    uint32_t woken; /* atomic; set by a wake, cleared by waiter_sleep */
};

/* One place in one queue. Exactly one of waiter and notify is set. */
struct wait_entry {
    struct wait_entry *next;
    struct wait_entry *previous;
    struct waitqueue *queue; /* NULL when not queued */
    struct waiter *waiter;
    void (*notify)(struct wait_entry *entry); /* called with the queue's spin held: must not sleep
                                                 nor touch this queue */
};

/* A zeroed waitqueue is an initialised one. */
void wait_init(struct waitqueue *queue);
void waiter_init(struct waiter *waiter);
void wait_add(struct waitqueue *queue, struct wait_entry *entry);
void wait_remove(struct wait_entry *entry); /* allowed when not queued */

/**
 * waiter_sleep - sleep until a queue that one of the waiter's entries stands in is woken.
 * Returns 0, -ETIMEDOUT or -EINTR (a signal is pending).
 */
int waiter_sleep(struct waiter *waiter, nanos_t deadline_ns);

struct mutex;

/**
 * wait_on - release `held`, sleep until the queue is woken, take `held` again.
 * Wakers hold `held` too, so no wake is lost. Returns 0 (check the condition again),
 * -ETIMEDOUT or -EINTR.
 */
int wait_on(struct waitqueue *queue, struct mutex *held, nanos_t deadline_ns);

void wake_queue(struct waitqueue *queue, unsigned limit); /* use the two below */

static inline void wake_all(struct waitqueue *queue)
{
    if (__atomic_load_n(&queue->first, __ATOMIC_ACQUIRE) != NULL)
        wake_queue(queue, UINT32_MAX);
}

static inline void wake_one(struct waitqueue *queue)
{
    if (__atomic_load_n(&queue->first, __ATOMIC_ACQUIRE) != NULL)
        wake_queue(queue, 1);
}

/* ---- mutex (slow half in wait.c); a zeroed one is free, and needs its class ------------ */

struct mutex {
    uint32_t state; /* 0 free, 1 held, 2 held and perhaps waited for */
    struct waitqueue waiters;
    struct lock_label label;
};

#define MUTEX_OF(lock_class)                                                                       \
    {                                                                                              \
        .label = LOCK_LABEL(lock_class)                                                            \
    } /* a free one */

/* `mutex` is zeroed. */
static inline void mutex_init(struct mutex *mutex, enum lock_class class)
{
    lock_label_set(&mutex->label, class);
}

static inline enum lock_class mutex_class(const struct mutex *mutex)
{
    return lock_label_class(&mutex->label);
}

void mutex_lock_slow(struct mutex *mutex);
void mutex_unlock_slow(struct mutex *mutex);

static inline bool mutex_take(struct mutex *mutex)
{
    uint32_t free = 0;
    return __atomic_compare_exchange_n(&mutex->state, &free, 1, false, __ATOMIC_ACQUIRE,
                                       __ATOMIC_RELAXED);
}

/* Kept to the order too: who does not get it waits for it after all. */
static inline bool mutex_try_lock(struct mutex *mutex)
{
    if (!mutex_take(mutex))
        return false;
    lock_note_wanted(mutex, mutex_class(mutex));
    return true;
}

static inline void mutex_lock(struct mutex *mutex)
{
    lock_note_wanted(mutex, mutex_class(mutex));
    if (!mutex_take(mutex))
        mutex_lock_slow(mutex);
}

/* Lets it go. True: somebody may wait for it, so mutex_unlock_slow must follow. */
static inline bool mutex_release(struct mutex *mutex)
{
    lock_note_dropped(mutex, mutex_class(mutex));
    return __atomic_exchange_n(&mutex->state, 0, __ATOMIC_SEQ_CST) == 2;
}

static inline void mutex_unlock(struct mutex *mutex)
{
    if (mutex_release(mutex))
        mutex_unlock_slow(mutex);
}

static inline bool mutex_is_held(const struct mutex *mutex)
{
    return __atomic_load_n(&mutex->state, __ATOMIC_RELAXED) != 0;
}

/* ---- tallies: changed under a lock, read without ----------------------------------------- */

static inline uint64_t tally_read(const uint64_t *tally)
{
    return __atomic_load_n(tally, __ATOMIC_RELAXED);
}

/* Caller holds the lock under which the tally changes. */
static inline void tally_add(uint64_t *tally, uint64_t more)
{
    __atomic_store_n(tally, *tally + more, __ATOMIC_RELAXED);
}

static inline void tally_sub(uint64_t *tally, uint64_t less)
{
    __atomic_store_n(tally, *tally - less, __ATOMIC_RELAXED);
}

/* ---- user memory of the current process ---------------------------------------------- */

/* 0 or -EFAULT. On -EFAULT any prefix may have been copied. Length 0 always succeeds. */
MUST_USE int user_read(void *to, uaddr_t from, size_t bytes);
MUST_USE int user_write(uaddr_t to, const void *from, size_t bytes);
MUST_USE int user_clear(uaddr_t to, size_t bytes);

/* Length without the 0, or -EFAULT, or -ENAMETOOLONG if no 0 within capacity bytes. */
MUST_USE long user_read_string(char *to, uaddr_t from, size_t capacity);

/* ---- the current Linux thread -------------------------------------------------------- */

struct io_counts {
    uint64_t read_bytes, written_bytes; /* tallies: by read, write and their like */
    uint64_t read_calls, write_calls;   /* tallies */
};

/*
 * CORE embeds one in each Linux thread. Every thread holds its own reference to fs and files
 * (CLONE_FS, CLONE_FILES share the object; without the flag it is cloned, see vfs.h and fd.h).
 */
struct context {
    struct fs_context *fs;  /* root, working directory, umask */
    struct fd_table *files; /* open files */
    struct credentials credentials;
    const struct credentials *acting; /* judged by these instead, while not NULL: access(2) */
    struct io_counts io;              /* the thread's own */
};

struct context *context_current(void);

int process_current_id(void);           /* getpid */
int thread_current_id(void);            /* gettid */
int process_current_group(void);        /* process group */
int process_current_session(void);      /* session id */
int process_group_session(int group);   /* session that a group belongs to, or -ESRCH */
bool process_group_orphaned(int group); /* POSIX: no member has a parent in the session outside */

/* A process has its session's controlling terminal if it took it for the session, or inherited it
   and nobody gave it up or hung it up since. */
bool process_has_terminal(void);           /* the current one */
void process_set_terminal(bool has);       /* the current one */
void process_clear_terminals(int session); /* every process of a session */
/* SIGHUP and SIGCONT to the leader of a session whose terminal was hung up; when that ends, its
   process_hangup_group is the one that was in the foreground. */
void process_hang_up(int session, int group);
int process_hangup_group(void); /* of the current one; 0: none */

uint64_t process_limit(int resource); /* the current soft limit, RLIMIT_* */

/* ---- signals ------------------------------------------------------------------------- */

bool signal_pending(void);                    /* would be delivered to the current thread now */
void signal_send_current(int signo);          /* to the current thread (SIGPIPE, SIGXFSZ) */
void signal_send_group(int group, int signo); /* to every process of a process group */
void signal_send_process(int pid, int signo);
void signal_hang_up_group(int group);      /* signal_hang_up for every process of it */
bool signal_blocked_or_ignored(int signo); /* by the current thread and process */

/**
 * call_may_go_on - asked between the pieces of a system call that may take long.
 *
 * If the thread's turn is over (turn.h), who handed the processor over goes on first. Mutexes may
 * be held, spin locks may not. False: a signal is pending, and the call ends with what it has done.
 */
MUST_USE bool call_may_go_on(void);

/* The same of a call that signals do not cut short. False: the process is being ended, so nobody
   will see what is left undone. */
bool call_must_go_on(void);

/*
 * ppoll, pselect6, epoll_pwait: the signal mask while one call waits. `end` restores the old one at
 * once, or, when a signal interrupted the wait, leaves that to the delivery of the signal (the
 * handler runs under the wait's mask and returns to the old one, as rt_sigsuspend does).
 */
void signal_wait_mask_begin(uint64_t mask);
void signal_wait_mask_end(bool interrupted);

/*
 * A call that a signal interrupts returns one of these instead of -EINTR; the dispatcher turns
 * them into a restart or into -EINTR and never lets the guest see them (as Linux does).
 */
#define ERESTARTSYS           512 /* restart if the handler has SA_RESTART or none runs */
#define ERESTARTNOHAND        514 /* restart only if no handler runs */
#define ERESTART_RESTARTBLOCK 516 /* resume what call_resume_later was told, if no handler runs */

/* How a call goes on that cannot start from its arguments again, for they say how long. */
struct restart_block {
    long (*resume)(const struct restart_block *block);
    nanos_t deadline_ns; /* monotonic */
    uint64_t address;
    uint64_t value;
    uint64_t bits;
};

/* Keeps it for restart_syscall; -ERESTART_RESTARTBLOCK, for the call to return. */
MUST_USE long call_resume_later(const struct restart_block *block);

/* ---- clocks and randomness ----------------------------------------------------------- */

nanos_t time_now_monotonic(void);
void time_now_real(struct linux_timespec *now);
void random_bytes(void *to, size_t bytes);

/* ---- memory mappings of files (mm.c) ------------------------------------------------- */

struct inode;

/**
 * mm_unmap_file_range - forget every guest mapping of these pages of a file.
 * Called after truncation and when a boot page is replaced by its writable copy; the next touch
 * faults and asks ops->page again. Private copies that a process already made stay, except
 * when `truncated`. Caller may hold inode->mutex, never pages_mutex; inode->mapping_generation has
 * been raised before, so a fault that fetched the old page from ops->page meanwhile sees that it
 * must ask again (read the generation before asking, compare under the mm lock). Only called while
 * inode->mapping_count != 0.
 */
void mm_unmap_file_range(struct inode *inode, uint64_t first_page, uint64_t page_count,
                         bool truncated);

/* ---- log ----------------------------------------------------------------------------- */

/* One line to the system log; printf-like through lib/base/fmt (%s %d %u %x %lu %lx ...). */
void log_line(const char *format, ...) PRINTF(1, 2);
