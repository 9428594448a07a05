/*
 * signal_types.h - the data of signals that live inside threads and processes; signal.h has the
 * operations.
 */
#pragma once

#include "servers/linux/base.h"

#define SIGNAL_COUNT          64
#define SIGNAL_FIRST_REALTIME 32

/* Set of signals: bit n-1 is signal n. */
typedef uint64_t signal_set_t;

static inline signal_set_t signal_bit(int signo) { return UINT64_C(1) << (signo - 1); }

#define SIGNALS_UNBLOCKABLE (signal_bit(SIGKILL) | signal_bit(SIGSTOP))

/* What siginfo_t will say; `kind` chooses the layout of the union in it. */
enum signal_info_kind {
    INFO_KILL,
    INFO_TIMER,
    INFO_CHILD,
    INFO_FAULT,
    INFO_QUEUE,
    INFO_SYSTEM_CALL
};

struct signal_info {
    int32_t signo;
    int32_t code;
    enum signal_info_kind kind;
    int32_t pid;    /* KILL, QUEUE, CHILD; timer id for TIMER; number for SYSTEM_CALL */
    uint32_t uid;   /* KILL, QUEUE, CHILD; overrun for TIMER; architecture for SYSTEM_CALL */
    int32_t status; /* CHILD; what a filter says for SYSTEM_CALL */
    uint64_t value; /* QUEUE, TIMER: sigval; FAULT, SYSTEM_CALL: address */
    int64_t utime;  /* CHILD */
    int64_t stime;  /* CHILD */
};

struct signal_entry {
    struct list link;
    struct signal_info info;
    struct process *charged; /* whose RLIMIT_SIGPENDING pays */
};

/* Pending signals. `set` has a bit for each signal pending; entries in order of arrival. */
struct signal_pending_set {
    signal_set_t set;
    struct list entries;
};

/* Shared by threads (CLONE_SIGHAND). */
struct signal_actions {
    uint32_t refs;
    struct linux_sigaction action[SIGNAL_COUNT];
};

struct linux_stack {
    uint64_t sp;
    int32_t flags;
    int32_t padding;
    uint64_t size;
};

/* The signal state of one thread. */
struct signal_state {
    signal_set_t blocked;
    signal_set_t saved_blocked; /* to return to after the handler that ends a sigsuspend */
    bool restore_blocked;       /* saved_blocked is to be used */
    struct signal_pending_set pending;
    signal_set_t waited; /* sigtimedwait: wanted although blocked */
    struct linux_stack alternate;
};
