/**
 * kit.h - what a component builds of its own `objects` memory: kernel objects, mappings, threads.
 *
 * A kit hands out what it has in order and takes nothing back: its owner revokes the Untyped, which
 * destroys everything at once, and starts again with kit_init. Authority comes from the slots that
 * the manifest's `objects` grants: SLOT_TABLE, SLOT_SPACE and SLOT_SCHED.
 *
 * One thread at a time uses a kit.
 */
#pragma once

#include <corm/object.h>
#include <corm/status.h>
#include "abi/component.h"
#include "abi/message.h"
#include "lib/base/types.h"

#define KIT_PAGE_BYTES 4096ull
#define KIT_STACK_LOG2 14

/** What a kit may use: slots of the Table, slots of the Space, addresses from @address on. */
struct kit_limits {
    cap_t first_slot, end_slot;
    uint32_t first_space_slot, end_space_slot;
    uint64_t address;
};

struct kit {
    cap_t untyped;
    struct kit_limits limits;
    cap_t next_slot;
    uint32_t next_space_slot;
    uint64_t next_address;
};

/** kit_init - an unused kit that makes objects of @untyped. */
void kit_init(struct kit *kit, cap_t untyped, const struct kit_limits *limits);

/** kit_slot - an empty slot of the component's Table, used up by this. Errors: FULL. */
MUST_USE status_t kit_slot(struct kit *kit, cap_t *slot);

/** kit_make - one object in a slot of its own; arguments as untyped_retype(). Errors: as that,
 * FULL.
 */
MUST_USE status_t kit_make(struct kit *kit, enum object_type type, uint64_t size_log2,
                           uint64_t flags, cap_t *slot);

/** kit_mint - a child of capability @source with @rights and @badge. */
MUST_USE status_t kit_mint(struct kit *kit, cap_t source, uint64_t rights, uint64_t badge,
                           cap_t *slot);

/** kit_map - see all of @region, of 2^@size_log2 bytes, in the component's own Space. */
MUST_USE status_t kit_map(struct kit *kit, cap_t region, unsigned size_log2, uint64_t rights,
                          void **address);

/** kit_memory - a new Region of 2^@size_log2 zeroed bytes, readable and writable at *@address. */
MUST_USE status_t kit_memory(struct kit *kit, unsigned size_log2, cap_t *region, void **address);

/** kit_map_range - space_map() until the whole range is done. */
MUST_USE status_t kit_map_range(cap_t space, uint32_t space_slot, uint64_t offset, uint64_t vaddr,
                                uint64_t size_bytes, uint64_t rights);

/** kit_sched - a new Sched with @budget_ns in each @period_ns, split off @parent. */
MUST_USE status_t kit_sched(struct kit *kit, cap_t parent, nanos_t budget_ns, nanos_t period_ns,
                            uint32_t priority, cap_t *slot);

/** What a thread is to be. */
struct kit_thread {
    cap_t table;    /* 0: the component's own */
    cap_t space;    /* 0: the component's own */
    cap_t fault;    /* 0: nobody is told */
    cap_t sched;    /* its home; 0: the component's own */
    uint32_t floor; /* of its priority */
    bool vector;    /* declares vector state */
    void (*main)(void *argument);
    void *argument;
    void *stack;            /* its lowest byte, as we see it */
    uint64_t stack_address; /* the same as the thread sees it; 0: as we do */
    uint64_t stack_bytes;
};

/**
 * kit_thread_make - a thread with all its bindings, not yet started.
 * kit_thread_start - let it run. When its main function returns it faults.
 */
MUST_USE status_t kit_thread_make(struct kit *kit, const struct kit_thread *spec, cap_t *slot);
MUST_USE status_t kit_thread_start(cap_t thread, const struct kit_thread *spec);
