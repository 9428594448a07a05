/**
 * model.h - what the files of the oracle have from one another.
 */
#pragma once

#include <corm/object.h>
#include <corm/operations.h>
#include <corm/status.h>

#include "kernel/ipc.h"
#include "kernel/irq.h"
#include "kernel/notify.h"
#include "kernel/reap.h"
#include "kernel/space.h"
#include "kernel/table.h"
#include "tests/oracle/oracle.h"

/** oracle_wrong - note the first thing that is wrong. */
void oracle_wrong(struct oracle *o, const char *what);

/* ---- caps.c: the tree ---- */

oracle_id cap_find(const struct oracle *o, oracle_id holder, uint64_t index);
oracle_id cap_add(struct oracle *o, const struct oracle_cap *cap);
oracle_id cap_derive(struct oracle *o, oracle_id from, oracle_id parent, oracle_id holder,
                     uint64_t index);
oracle_id object_add(struct oracle *o, enum object_type type, const struct object *raw);
oracle_id object_find(const struct oracle *o, const struct object *raw);
const struct slot *slot_of(const struct oracle *o, oracle_id holder, uint64_t index);
bool has_children(const struct oracle *o, oracle_id cap);
bool counted(const struct oracle *o, const struct oracle_cap *cap);

/* ---- doom.c: deletion ---- */

/** What one deletion takes along. */
struct doom {
    bool caps[ORACLE_CAPS_MAX];
    bool objects[ORACLE_OBJECTS_MAX];
};

/** doom_init - everything that hangs on objects that are dying anyway. */
void doom_init(struct oracle *o, struct doom *doom);

/** doom_cap - @cap and what is derived from it, or (@itself false) only that, and what goes along.
 */
void doom_cap(struct oracle *o, struct doom *doom, oracle_id cap, bool itself);

/** doom_perform - it all happened, or (@all false) as far as the kernel's structures say. */
void doom_perform(struct oracle *o, const struct doom *doom, bool all);

/** cap_remove - @cap, which has no children, is gone, with what depends on it. */
void cap_remove(struct oracle *o, oracle_id cap);

/* ---- ops.c ---- */

/** op_perform - the invocation of the event returned @status and @results. */
void op_perform(struct oracle *o, oracle_id cap, unsigned op, uint64_t status,
                const uint64_t *results);

/** op_interrupted - it was broken off. */
void op_interrupted(struct oracle *o, oracle_id cap, unsigned op);

/** need - the capability of @self's Table that a successful operation must have had. */
oracle_id need(struct oracle *o, uint64_t index, enum object_type type, uint8_t rights);

/* ---- maps.c ---- */

void space_perform(struct oracle *o, oracle_id cap, unsigned op, const uint64_t *results);
void maps_clear(struct oracle *o, oracle_id space, uint64_t from, uint64_t to, paddr_t base,
                uint64_t bytes);
void maps_clear_all(struct oracle *o, oracle_id space);
void maps_adopt(struct oracle *o, oracle_id space);

/* ---- threads.c ---- */

void thread_invoked(struct oracle *o, oracle_id cap, unsigned op);
void thread_calls(struct oracle *o, oracle_id self, oracle_id endpoint, uint64_t badge,
                  nanos_t deadline);
void thread_replies_and_receives(struct oracle *o, oracle_id self, uint32_t handle,
                                 nanos_t deadline);
void thread_faults(struct oracle *o, oracle_id thread);
void thread_fails(struct oracle *o, oracle_id thread, uint64_t status);
void thread_stops(struct oracle *o, oracle_id thread);
void thread_leaves_guest(struct oracle *o, oracle_id thread);
void signal_notification(struct oracle *o, oracle_id notification, uint64_t bits);
void unbind_notification(struct oracle *o, oracle_id thread);
void deadlines_expire(struct oracle *o, nanos_t now);

/* ---- time.c ---- */

/** time_passes - until @now; at the expense of @used, or (NULL) of nobody. */
void time_passes(struct oracle *o, nanos_t now, const struct sched *used);
void sched_perform(struct oracle *o, oracle_id cap, unsigned op);
void sched_dies(struct oracle *o, oracle_id sched);
const char *time_check(const struct oracle *o);

/* ---- check_spaces.c, check_threads.c ---- */

const char *spaces_check(const struct oracle *o);
const char *threads_check(const struct oracle *o);

#define WRONG_IF(condition, what)                                                                  \
    do {                                                                                           \
        if (condition)                                                                             \
            return what;                                                                           \
    } while (0)

#define WRONG_PART(call)                                                                           \
    do {                                                                                           \
        const char *reason_ = (call);                                                              \
        if (reason_ != NULL)                                                                       \
            return reason_;                                                                        \
    } while (0)

static inline bool is_memory(unsigned type)
{
    return type == OBJECT_UNTYPED || type == OBJECT_REGION;
}

static inline uint64_t cap_bytes(const struct oracle_cap *cap) { return 1ull << cap->size_log2; }

/* Is [base, base + bytes) inside [outer, outer + outer_bytes)? */
static inline bool inside(uint64_t base, uint64_t bytes, uint64_t outer, uint64_t outer_bytes)
{
    return base >= outer && bytes <= outer_bytes && base - outer <= outer_bytes - bytes;
}

static inline bool apart(uint64_t base, uint64_t bytes, uint64_t other, uint64_t other_bytes)
{
    return base + bytes <= other || other + other_bytes <= base;
}

/** The id of the Table, Space ... that @thread is bound to, or none. */
static inline oracle_id binding(const struct oracle *o, oracle_id thread, enum thread_binding which)
{
    oracle_id cap = cap_find(o, thread, which);
    return cap == ORACLE_NONE ? ORACLE_NONE : o->caps[cap].object;
}
