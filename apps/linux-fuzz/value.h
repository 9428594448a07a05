/*
 * value.h - arguments: what a call could sensibly be given, and what it could not.
 *
 * Structures are built in the thread's own workspace, which its process's disturber writes to at
 * any time. Pointers are now and then into memory that is not there, ends, cannot be written to, or
 * changes under the call.
 */
#pragma once

#include "apps/linux-fuzz/random.h"

#define PAGE 4096ull

/* Where everything lies, in every process. The secret lies below (owned.c). */
#define WORKSPACE_AT      0x1f00000000ull
#define WORKSPACE_THREADS 4
#define WORKSPACE_BYTES   (4 * PAGE) /* of one thread */
#define STACKS_AT         0x1f80000000ull
#define STACKS            64
#define STACK_BYTES       (8 * PAGE)
#define ARENA_AT          0x2000000000ull
#define ARENA_PAGES       64

enum value_kind {
    V_NONE,
    V_FD,
    V_SOCKET, /* descriptors of one kind each, mostly */
    V_EPOLL,
    V_INOTIFY,
    V_TIMER,
    V_PROCESS,
    V_FOLDER,
    V_PIPE,
    V_AT, /* a folder's descriptor: mostly that for the working directory */
    V_PATH,
    V_NAME,  /* a string that is no path */
    V_OUT,   /* a buffer to be filled */
    V_IN,    /* a structure of unknown fields */
    V_DATA,  /* bytes of the family */
    V_SIZE,  /* of the last buffer, or any */
    V_INT,   /* any number */
    V_SMALL, /* a count */
    V_SET,   /* some of the call's flags, or none, or others */
    V_ONE,   /* one of the call's commands, or another */
    V_PID,
    V_SIGNAL,
    V_ID, /* user or group */
    V_MODE,
    V_OFFSET,
    V_PAGES,     /* an offset of whole pages */
    V_OFFSET_AT, /* pointer to one */
    V_MAP,       /* address of a page */
    V_SPAN,      /* bytes of pages */
    V_TIME,      /* struct timespec, one or two of them */
    V_INTERVAL,  /* struct itimerspec */
    V_VECTOR,    /* struct iovec[] */
    V_MESSAGE,   /* struct msghdr */
    V_MESSAGES,  /* struct mmsghdr[] */
    V_ADDRESS,   /* struct sockaddr_un */
    V_LENGTH_AT, /* pointer to a length */
    V_POLL,      /* struct pollfd[] */
    V_SIGNALS,   /* sigset_t */
    V_WORD_AT,   /* pointer to an aligned word that others look at too */
    V_STRINGS,   /* char *[] */
    V_CLONE,     /* struct clone_args */
    V_CONST,     /* the first of the call's flags */
    V_LOCK,      /* struct flock */
    V_ACTION,    /* struct sigaction, as the call takes it */
    V_FILTER,    /* struct sock_fprog, for seccomp */
    V_CLOCK,
    V_IPC,     /* a number that shmget and its like gave */
    V_SEMS,    /* struct sembuf[] */
    V_TYPED,   /* struct msgbuf */
    V_WORD,    /* what V_WORD_AT's words may hold */
    V_WAKE_OP, /* FUTEX_WAKE_OP's last argument */
    V_HOW,     /* struct open_how */
    V_WAITV,   /* struct futex_waitv[] */
    V_RSEQ,    /* struct rseq, with a critical section */
    V_KINDS,
};

/* What a thread makes values from. */
struct values {
    struct random random;
    char *workspace;
    size_t used;
    size_t buffer_bytes; /* of the buffer that was made last */
};

/* What the whole process has, for all its threads; races do no harm. */
extern struct value_pool {
    int32_t descriptors[32];
    int32_t of_kind[V_PIPE - V_SOCKET + 1][8];
    int32_t ipc[8];
    int32_t children[8];
    uint64_t maps[16];
    uint32_t descriptor_at, child_at, map_at, ipc_at;
    uint32_t kind_at[V_PIPE - V_SOCKET + 1];
} value_pool;

/* Root's family is told by a capability that it has given up for good: users change, one by one for
   each thread, and what a process knows of itself it may have unmapped. It gets no path that leads
   out of its folder, which is its root directory, and reaches nobody else. */
#define ROOT_IS_WITHOUT CAP_SYS_BOOT
bool value_is_root(void);

/* Maps arena, stacks and workspaces. False: no memory. */
bool value_make_arena(void);

void value_begin(struct values *values);
uint64_t value_make(struct values *values, enum value_kind kind, const uint64_t *set,
                    unsigned count);

/* What a call gave back, to be used again. */
void value_keep_descriptor(int descriptor);
void value_keep_of_kind(enum value_kind kind, int descriptor); /* V_SOCKET to V_PIPE */
void value_keep_ipc(int id);
bool value_is_kept_ipc(int id);
void value_keep_map(uint64_t address);
void value_keep_child(int pid);
