/**
 * slots.h - where everything lies in init's Table and Space: fixed places, no allocator.
 *
 * The kernel's part is in abi/bootinfo.h. Every capability that init holds has its place here, so
 * the free slots before and after a restart can only differ if something leaks.
 */
#pragma once

#include "abi/bootinfo.h"
#include "abi/component.h"
#include "abi/manifest.h"

#define REST_PIECES_MAX 20 /* of "memory = rest": a Space has slots for them and the bundle's */
#define NODE_CHUNKS_MAX 4  /* of page-table memory: 4 MiB */

/* One of each. */
enum own_slot {
    /* Untyped: Endpoints and Notifications, kept across restarts */
    OWN_OBJECTS = INIT_SLOT_END,
    OWN_NODES,    /* Untyped: page-table nodes for init's own Space */
    OWN_FAULTS,   /* Endpoint: receives the faults of all components */
    OWN_SIGNALS,  /* Notification: control pages and the log */
    OWN_CONTROL,  /* the same, badge SIGNALS_CONTROL, for components that may control */
    OWN_LOG_WAKE, /* the same, badge SIGNALS_LOG, for the console */
    OWN_ARENA,    /* Region: everything that init shares with components */
    OWN_STATUS,   /* Region: its status page */
    OWN_CONSOLE,  /* the console's Notification, badge of init's log session */
    OWN_LIST,     /* Region: the list of devices */
    OWN_END,
    OWN_COUNT = OWN_END - OWN_OBJECTS,
};

enum { SIGNALS_CONTROL = 1, SIGNALS_LOG = 2 };

/* Per component; those from PART_FIRST_BUILT are made of its own memory and vanish with it. */
enum part {
    PART_MEMORY,       /* Untyped: what the component is built from */
    PART_OBJECTS,      /* Untyped: holds what is granted as SLOT_UNTYPED */
    PART_ENDPOINT,     /* its service */
    PART_NOTIFICATION, /* its Notification, without badge */
    PART_PING,         /* the same, badge BIT(SIGNAL_PING) */
    PART_STATUS,       /* the same, badge BIT(SIGNAL_STATUS) */
    PART_FAULT,        /* OWN_FAULTS, badge = index + 1 */
    PART_SHARED,       /* Region: its struct component_shared */
    PART_CONTROL,      /* Region: its control page */
    PART_FIRST_BUILT,
    PART_POOL = PART_FIRST_BUILT, /* Region: all its pages */
    PART_CONSTANTS,               /* the same, read */
    PART_DATA,                    /* the same, read and write */
    PART_TABLE,
    PART_SPACE,
    PART_THREAD,
    PART_SCHED,
    PART_NODES, /* and following */
    PART_COUNT = PART_NODES + NODE_CHUNKS_MAX,
};

/* Where the rest begins depends on the manifest: init.slots, set once by plan_slots(). */
enum { SLOTS_COMPONENTS = 160 };
_Static_assert((int)OWN_END <= (int)SLOTS_COMPONENTS, "init's own slots lie below");

_Static_assert(COMPONENT_PROCESSORS_MAX == BOOTINFO_PROCESSORS_MAX,
               "a component may have time on each processor");

struct slot_plan {
    uint32_t sessions;
    uint32_t devices;       /* per device: its Irq or its Region */
    uint32_t irq_signals;   /* per device */
    uint32_t device_memory; /* Regions of all of a piece of device memory, if any is granted */
    uint32_t scheds;        /* of those who have time on all processors: on all but the first */
    uint32_t rest_memory;   /* Untypeds of "memory = rest" */
    uint32_t rest_regions;  /* the same as Regions */
    uint32_t end;
};

/* A component's Table: two grants for each session, to call and to signal, then devices, then
 * memory. (abi/component.h tells it so one by one.) */
#define GRANTS_OF_SESSION 2
_Static_assert(SLOT_FIRST_GRANT + GRANTS_OF_SESSION * COMPONENT_SESSIONS_MAX +
                       COMPONENT_DEVICES_MAX + REST_PIECES_MAX + BOOTINFO_UNTYPED_MAX <=
                   SLOT_OTHER_SCHEDS,
               "all grants lie below its other Scheds and what is the component's own");

/* init's Space, from its end down; the kernel fills it from its start up. */
enum own_space_slot {
    OWN_SPACE_NODES = (1 << INIT_SPACE_SLOTS_LOG2) - 1,
    OWN_SPACE_ARENA = OWN_SPACE_NODES - 1,
    OWN_SPACE_WINDOW = OWN_SPACE_ARENA - 1,
};

/* Far from where the kernel maps the bundle, and both under the same nodes of the upper levels. */
#define ARENA_ADDRESS   0x1000000000ull
#define ARENA_BYTES_MAX (512ull << 20)
#define WINDOW_ADDRESS  (ARENA_ADDRESS + ARENA_BYTES_MAX)
