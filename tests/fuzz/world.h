/**
 * world.h - the machine that an input finds: four threads, three Spaces, and some of everything.
 *
 * init builds it with system calls, and then sleeps until WORLD_LINE_END interrupts; nobody else
 * has authority over init, that line, or the root's time. All threads share one Table, and what is
 * in it is theirs to give, to move and to destroy, themselves included.
 */
#pragma once

#include <stdint.h>

#include "kernel/arch/host/host.h"

#define WORLD_LINE_END (HOST_IRQ_LINES - 1)
#define WORLD_WINDOW   0x40000000ull /* all Regions are attached here */
#define WORLD_PRIORITY 100u
#define WORLD_PORTS    8u

/* What lies where in the Table that the threads share. */
enum world_shared {
    SHARED_TABLE = 1,         /* itself */
    SHARED_SPACE = 2,         /* two native ones, and one of guests */
    SHARED_THREAD = 5,        /* WORLD_THREADS; the last has vector state, the third a guest */
    SHARED_SCHED = 9,         /* the home of each */
    SHARED_DIVISIBLE = 13,    /* time still to be divided */
    SHARED_FRESH = 14,        /* a Sched without time */
    SHARED_ENDPOINT = 15,     /* and behind it itself with a badge; twice */
    SHARED_NOTIFICATION = 19, /* likewise */
    SHARED_REGION = 23,       /* 64 KiB */
    SHARED_PART = 24,         /* a quarter of it, read-only */
    SHARED_LARGE = 25,        /* 2 MiB */
    SHARED_DEVICE = 26,
    SHARED_UNTYPED = 27, /* two, and one of device memory */
    SHARED_CONTROL = 30, /* of interrupts */
    SHARED_LINE = 31,
    SHARED_OTHER = 32, /* a Table with nothing in it */
    SHARED_PORTS = 33, /* WORLD_PORTS of them, from 0 on */
    SHARED_COUNT = 34
};
#define WORLD_TABLE_LOG2 6u
#define WORLD_THREADS    4u

/* What init keeps in its own Table. */
enum world_slot {
    WORLD_SLOT_BASE = 19, /* what is made, until it is moved */
    WORLD_SLOT_TABLE = 56,
    WORLD_SLOT_ALARM = 57,
    WORLD_SLOT_SIGNAL = 58,
    WORLD_SLOT_LINE = 59,
    WORLD_SLOT_NODES = 60, /* and two more */
};

/** world_furnish - init makes all of it of the Untypeds in these slots of its Table: 128 KiB, some
 * device memory, 4 MiB; and of its ports. On return init still runs. */
void world_furnish(uint32_t memory, uint32_t device, uint32_t large);

/** world_call - of the user: init makes a system call, which must succeed. */
void world_call(uint64_t handle, const uint64_t *words);
#define WORLD_CALL(slot, op, ...)                                                                  \
    world_call(HANDLE(slot, op), (const uint64_t[MESSAGE_WORDS]){__VA_ARGS__})
