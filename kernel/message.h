/*
 * message.h - an invocation of a kernel object, as the slow path sees it.
 */
#pragma once

#include <corm/object_perform.h>

#include "abi/message.h"
#include "kernel/object.h"

struct thread;
struct slot;

/* An operation under way. Its arguments stay as they came until it is done: it may restart. */
struct invocation {
    struct thread *caller;
    union {                    /* MESSAGE_WORDS words, the caller's own registers as saved */
        const void *arguments; /* struct OPERATION_args */
        uint64_t *words;       /* where results go */
    };
    /* What the operation's rule names (corm/object_perform.h), looked up and checked. */
    struct slot *caps[OBJECT_OP_CAPS]; /* in order; NULL: an optional one that is not there */
    struct slot *to;                   /* empty */
    uint32_t handle;
};

/* What an operation returns instead of a status when an interrupt waits: the system call restarts.
 */
#define STATUS_RESTART ((status_t)0x1000)

/* What an operation returns when it has set result and state of the caller itself. */
#define STATUS_SWITCHED ((status_t)0x1001)
