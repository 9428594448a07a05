/*
 * context.h - the saved registers of a thread, as far as anybody can tell them apart on the host.
 *
 * There is no user level: a test plays it. It reads here what a thread would do next.
 */
#pragma once

#include "abi/message.h"
#include "lib/base/types.h"

/* What the first word of a frame page is on this port. */
struct guest_frame {
    uint64_t pc;
    uint64_t sp;
    uint64_t vector;
};

struct arch_context {
    uint64_t pc;
    uint64_t sp;
    uint64_t tls;
    uint64_t argument;
    uint64_t vector;         /* all of its vector state */
    uint64_t restart_handle; /* not 0: its system call is to be made again, with `seen` */
    uint64_t seen_result;    /* what its last system call returned, */
    struct message seen;     /* as user level sees it in its registers */
    bool in_syscall;         /* ... and it will see that when it runs again */
    bool full;               /* faulted: continues with the registers as they were */
    bool in_guest;
};
