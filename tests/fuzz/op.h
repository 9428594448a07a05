/**
 * op.h - a fuzzer's input: a few settings and a list of operations that user level, the devices and
 * time perform.
 *
 * What an operation names it names by what it is ("the second Endpoint in the Table of whoever
 * runs"), so that a change earlier in the list does not turn all that follows into nonsense. Any
 * bytes are an input; an input that ops_encode() made decodes to the same operations.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/message.h"

#define OPS_MAX 200u

enum op_kind {
    OP_CALL,    /* `call` of a capability: an operation, a message or a signal */
    OP_RECEIVE, /* `reply_wait` */
    OP_RAW,     /* any system call: the handle as it comes */
    OP_YIELD,
    OP_ENTER,
    OP_RESTART,    /* the broken-off system call is made again */
    OP_FAULT,      /* of the running thread */
    OP_GUEST_EXIT, /* the running thread's guest does what brings it back */
    OP_TIME,       /* it goes by */
    OP_TURN,       /* ... until the running thread's turn is over */
    OP_RAISE,      /* a device interrupts; it is noticed at the next chance */
    OP_INTERRUPT,  /* now is one */
    OP_ACCESS,     /* user level reads, writes or executes at an address */
    OP_FRAME,      /* the server writes to its guest's frame */
    OP_FAST,       /* the fast path is tried from now on, or not */
    OP_KINDS
};

/* What a value is: a class, and a number that means something in it. */
enum value_class {
    VALUE_NUMBER, /* itself */
    VALUE_SLOT,   /* of the Table of whoever runs */
    VALUE_EMPTY,  /* the n-th empty slot of it */
    VALUE_PAGE,   /* the n-th page of the windows in which all Regions are attached */
    VALUE_LARGE,  /* the n-th stretch of 2 MiB from there */
    VALUE_BYTES,  /* n pages, in bytes */
    VALUE_MICROS, /* in nanoseconds */
    VALUE_MILLIS,
    VALUE_POWER,   /* 2^n */
    VALUE_MASK,    /* 2^n - 1 */
    VALUE_PAIR,    /* page n / 8 and offset n % 8, as map_list wants them */
    VALUE_CONTROL, /* slot n % 8 with rights n / 8, likewise */
    VALUE_ABSURD,  /* limits of all kinds, and what is just beyond them */
    VALUE_TYPED,   /* and above: the n-th slot with an object of type (class - VALUE_TYPED + 1) */
};
#define VALUE_CLASSES (VALUE_TYPED + 11u)

struct value {
    uint8_t class;
    uint8_t n;
};

struct op {
    uint8_t kind;
    uint8_t
        window; /* low half: at which chance an interrupt comes (0: none); high: every how many */
    struct value name; /* what the operation is about */
    uint8_t op;        /* number of the operation; or a detail of other kinds */
    /* System calls only. */
    uint8_t label;
    uint8_t send;     /* slots in the tag: 0 none, to 127 a slot, above the n-th that is full */
    uint8_t receive;  /* likewise; above 127 the n-th empty one */
    uint8_t deadline; /* 0 never, 1 poll, else some time from now */
    uint8_t count_words;
    struct value words[MESSAGE_WORDS];
};

struct ops {
    uint8_t settings; /* see play.c */
    size_t count;
    struct op list[OPS_MAX];
};

void ops_decode(struct ops *ops, const uint8_t *data, size_t size);

/** ops_encode - returns how many bytes it took; operations that do not fit are left out. */
size_t ops_encode(const struct ops *ops, uint8_t *data, size_t size_max);

static inline bool op_is_syscall(const struct op *op) { return op->kind <= OP_RAW; }
