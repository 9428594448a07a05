/*
 * objects.c - kernel objects from the granted Untyped; see objects.h.
 *
 * Lock: `objects.mutex` for slots and chunk lists. A chunk on a free list holds nothing and needs a
 * reset before use; the reset is done when it is taken, so that giving up is quick.
 *
 * Chunks are aligned to their size. So that no gaps come between them, everything small is made out
 * of larger pieces of its own, the crumbs.
 */
#include <corm/kernel_calls.h>

#include "servers/linux/objects.h"
#include "servers/linux/spare.h"

#define SPACE_SLOTS_LOG2 6
#define TABLE_LOG2_MAX   14 /* more slots than THREAD_MAX threads take */
#define SLOTS_SHORT      8  /* when so great a part of them is left */
/* A thread takes two pages of kernel memory, a Notification and an Endpoint; see kernel/thread.h
 * for the size.
 */
#define THREAD_OBJECT_BYTES 8448u
#define THREAD_EIGHTHS      5 /* of the memory at most; Spaces and chunks have the rest */
#define THREAD_MAX          4096
#define CHUNKS_MAX          2560
#define ATTIC_SLOTS_LOG2    5
#define CRUMBS_LOG2         16

STATIC_ASSERT(1u << TABLE_LOG2_MAX <= UINT16_MAX, "a slot fits objects.free");

static const unsigned chunk_log2[CHUNK_CLASSES] = {14, 17};

static struct {
    struct mutex mutex;
    cap_t untyped; /* that chunks and crumbs are made from now */
    cap_t crumbs;  /* an Untyped for small objects; CAP_NONE: none yet */
    cap_t next_slot;
    unsigned table_log2; /* slots of the Table */
    unsigned thread_limit;
    cap_t attic; /* a Table of what nobody uses, but others descend from */
    unsigned attic_next;
    unsigned made_count[CHUNK_CLASSES];
    unsigned free_count[CHUNK_CLASSES];
    uint16_t free[CHUNK_CLASSES][CHUNKS_MAX]; /* slots */
} objects = {.mutex = MUTEX_OF(LOCK_OBJECTS)};

unsigned objects_thread_limit(void) { return objects.thread_limit; }

/* From the next piece of memory when this one has no room. What is left of it stays unused. */
static status_t retype_large_locked(enum object_type type, uint64_t size_log2, uint64_t flags,
                                    cap_t slot)
{
    for (;;) {
        status_t status = untyped_retype(objects.untyped, type, size_log2, flags, SLOT_TABLE, slot);
        cap_t next = status == NO_MEMORY ? spare_take_for_objects() : CAP_NONE;
        if (next == CAP_NONE)
            return status;
        objects.untyped = next;
    }
}

static cap_t slot_limit_locked(void) { return (cap_t)1 << objects.table_log2; }

static cap_t take_slot_locked(void)
{
    return objects.next_slot < slot_limit_locked() ? objects.next_slot++ : CAP_NONE;
}

/* `slot` was the last one that was taken, unless another is in use behind it. */
static void give_slot_locked(cap_t slot)
{
    if (objects.next_slot == slot + 1)
        objects.next_slot = slot;
}

static bool make_crumbs_locked(void)
{
    cap_t crumbs = take_slot_locked();
    if (crumbs == CAP_NONE)
        return false;
    if (retype_large_locked(OBJECT_UNTYPED, CRUMBS_LOG2, 0, crumbs) != OK) {
        give_slot_locked(crumbs);
        return false;
    }
    objects.crumbs = crumbs; /* what is left of the last ones stays unused */
    return true;
}

void objects_init(const struct component_info *info)
{
    uint64_t limit = info->object_bytes / 8 * THREAD_EIGHTHS / THREAD_OBJECT_BYTES;
    objects.next_slot = SLOT_FIRST_FREE + SPARE_SLOTS;
    objects.table_log2 = info->table_slots_log2;
    objects.untyped = spare_take_for_objects();
    objects.thread_limit = limit > THREAD_MAX ? THREAD_MAX : (unsigned)limit;
    bool made = make_crumbs_locked(); /* nobody else is there; large pieces come first */
    ASSERT(made);
}

static status_t retype_locked(enum object_type type, uint64_t size_log2, uint64_t flags, cap_t slot)
{
    if (type == OBJECT_UNTYPED)
        return retype_large_locked(type, size_log2, flags, slot);
    status_t status = NO_MEMORY;
    if (objects.crumbs != CAP_NONE)
        status = untyped_retype(objects.crumbs, type, size_log2, flags, SLOT_TABLE, slot);
    if (status == NO_MEMORY && make_crumbs_locked())
        status = untyped_retype(objects.crumbs, type, size_log2, flags, SLOT_TABLE, slot);
    return status;
}

static cap_t make_locked(enum object_type type, uint64_t size_log2, uint64_t flags)
{
    cap_t slot = take_slot_locked();
    if (slot != CAP_NONE && retype_locked(type, size_log2, flags, slot) != OK) {
        give_slot_locked(slot);
        slot = CAP_NONE;
    }
    return slot;
}

static cap_t make(enum object_type type, uint64_t size_log2, uint64_t flags)
{
    mutex_lock(&objects.mutex);
    cap_t slot = make_locked(type, size_log2, flags);
    mutex_unlock(&objects.mutex);
    return slot;
}

cap_t objects_make_thread(bool with_vector_state)
{
    return make(OBJECT_THREAD, 0, with_vector_state);
}

/* A signal sets the bits of the badge, so what is signalled must have one. */
struct objects_notification objects_make_notification(void)
{
    struct objects_notification made = {0};

    mutex_lock(&objects.mutex);
    made.receive = make_locked(OBJECT_NOTIFICATION, 0, 0);
    if (made.receive != CAP_NONE && objects.next_slot < slot_limit_locked() &&
        table_mint(SLOT_TABLE, made.receive, SLOT_TABLE, objects.next_slot,
                   NOTIFICATION_RIGHT_SIGNAL, 1) == OK)
        made.signal = objects.next_slot++;
    else
        made.receive = CAP_NONE;
    mutex_unlock(&objects.mutex);
    return made;
}

/* Moves a capability that only others descend from out of the way. Its slot is free then. */
static bool put_away_locked(cap_t slot)
{
    if (objects.attic == CAP_NONE || objects.attic_next == 1u << ATTIC_SLOTS_LOG2) {
        objects.attic = make_locked(OBJECT_TABLE, ATTIC_SLOTS_LOG2, 0);
        objects.attic_next = 1;
    }
    return objects.attic != CAP_NONE &&
           table_move(SLOT_TABLE, slot, objects.attic, objects.attic_next++) == OK;
}

/* The Endpoint takes the slot of the Notification, which nobody names once it is bound. */
struct objects_gate objects_make_gate(cap_t thread)
{
    struct objects_gate made = {0};
    struct objects_notification notification = objects_make_notification();
    cap_t slot = notification.receive;

    if (slot == CAP_NONE)
        return made;
    mutex_lock(&objects.mutex);
    if (thread_bind_notification(thread, slot) == OK && put_away_locked(slot) &&
        retype_locked(OBJECT_ENDPOINT, 0, 0, slot) == OK)
        made = (struct objects_gate){slot, notification.signal};
    mutex_unlock(&objects.mutex);
    return made;
}

cap_t objects_make_space(void) { return make(OBJECT_SPACE, SPACE_SLOTS_LOG2, 1 /* guest */); }

bool objects_slots_short(void)
{
    mutex_lock(&objects.mutex);
    cap_t limit = slot_limit_locked();
    bool is_short =
        objects.table_log2 < TABLE_LOG2_MAX && limit - objects.next_slot < limit / SLOTS_SHORT;
    mutex_unlock(&objects.mutex);
    return is_short;
}

cap_t objects_make_table(void)
{
    mutex_lock(&objects.mutex);
    cap_t slot = take_slot_locked();
    if (slot != CAP_NONE &&
        retype_large_locked(OBJECT_TABLE, objects.table_log2 + 1, 0, slot) != OK) {
        give_slot_locked(slot);
        slot = CAP_NONE;
    }
    mutex_unlock(&objects.mutex);
    return slot;
}

void objects_table_doubled(void)
{
    mutex_lock(&objects.mutex);
    objects.table_log2++;
    mutex_unlock(&objects.mutex);
}

cap_t objects_take_chunk(enum chunk_class class)
{
    cap_t chunk = CAP_NONE;

    mutex_lock(&objects.mutex);
    bool from_pool = objects.free_count[class] > 0;
    if (from_pool)
        chunk = objects.free[class][--objects.free_count[class]];
    else if (objects.made_count[class] < CHUNKS_MAX)
        chunk = make_locked(OBJECT_UNTYPED, chunk_log2[class], 0);
    objects.made_count[class] += chunk != CAP_NONE && !from_pool;
    mutex_unlock(&objects.mutex);
    if (chunk == CAP_NONE)
        return CAP_NONE;
    if (untyped_reset(chunk) == OK)
        return chunk;
    objects_give_chunk(chunk, class);
    return CAP_NONE;
}

void objects_give_chunk(cap_t chunk, enum chunk_class class)
{
    mutex_lock(&objects.mutex);
    ASSERT(objects.free_count[class] < CHUNKS_MAX);
    objects.free[class][objects.free_count[class]++] = (uint16_t)chunk;
    mutex_unlock(&objects.mutex);
}

struct objects_totals objects_totals_read(void)
{
    struct objects_totals totals = {0};

    mutex_lock(&objects.mutex);
    totals.slot_limit = (uint32_t)slot_limit_locked();
    totals.slots = (uint32_t)objects.next_slot;
    for (unsigned i = 0; i < CHUNK_CLASSES; i++) {
        totals.chunks[i] = objects.made_count[i];
        totals.chunks_free[i] = objects.free_count[i];
    }
    mutex_unlock(&objects.mutex);
    return totals;
}
