/*
 * message.h - an invocation of a kernel object, as the slow path sees it.
 */
#pragma once

#include "abi/message.h"
#include "kernel/object.h"

struct thread;
struct slot;

/* Arguments come in words, results go out in words. */
struct invocation {
    struct thread *caller;
    uint64_t *words; /* MESSAGE_WORDS of them, the caller's own registers as saved */
};

/* What an operation returns instead of a status when an interrupt waits: the system call restarts.
 */
#define STATUS_RESTART ((status_t)0x1000)

/* What an operation returns when it has set result and state of the caller itself. */
#define STATUS_SWITCHED ((status_t)0x1001)

/**
 * invocation_slot - the slot that a `cap` argument names in the caller's Table, which must hold
 * @type.
 */
MUST_USE status_t invocation_slot(struct invocation *call, uint64_t index, enum object_type type,
                                  struct slot **slot);

/**
 * invocation_destination - the empty slot @index of the Table that slot @table of the caller names.
 */
MUST_USE status_t invocation_destination(struct invocation *call, uint64_t table, uint64_t index,
                                         struct slot **slot);
