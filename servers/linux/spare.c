/*
 * spare.c - see spare.h.
 *
 * Steps of 2^k, 2^k, 2^(k+1) ... bytes fill the granted power of two without gaps, each aligned to
 * its size. A step that becomes pages is made a Region, attached to the server's own Space behind
 * the memory that init has mapped, and from then on it is a Region of pages like the others.
 */
#include "servers/linux/spare.h"

#include <corm/kernel_calls.h>

#include "lib/base/log2.h"
#include "servers/linux/memory.h"

#define FIRST_LOG2     17 /* for objects from the start; larger where steps would be too many */
#define DIRECTORY_LOG2 30 /* a node for large pages covers so much */
#define SPACE_NODES    COMPONENT_SPACE_FIRST_FREE
#define SPACE_STEPS    (COMPONENT_SPACE_FIRST_FREE + 1)
#define SLOT_NODES     (SLOT_FIRST_FREE + 1)
#define SLOT_STEPS     (SLOT_FIRST_FREE + 2)

STATIC_ASSERT(SPACE_STEPS + SPARE_STEPS_MAX <= 1 << COMPONENT_SPACE_SLOTS_LOG2,
              "a Space slot for each step");

struct step {
    cap_t untyped;
    cap_t region; /* an empty slot until it becomes pages */
    uint64_t bytes;
    uintptr_t address; /* for its pages; 0: it cannot become pages */
    bool taken;
};

static struct {
    struct spin spin;
    cap_t first; /* CAP_NONE when it has been taken */
    unsigned count;
    struct step steps[SPARE_STEPS_MAX]; /* smallest first */
} spare;

static uint64_t object_bytes; /* atomic */

static void divide(unsigned log2, cap_t slot)
{
    status_t status = untyped_retype(SLOT_UNTYPED, OBJECT_UNTYPED, log2, 0, SLOT_TABLE, slot);
    ASSERT(status == OK);
}

/* Large pages, and one stretch of small ones for the steps that are below a large page. From the
   first piece, behind what is already made of it. */
static void donate_nodes(void)
{
    unsigned log2 = PAGE_SHIFT + bits_log2_ceil((spare_bytes() >> DIRECTORY_LOG2) + 2);
    status_t status =
        untyped_retype(SLOT_FIRST_FREE, OBJECT_UNTYPED, log2, 0, SLOT_TABLE, SLOT_NODES);
    if (status == OK)
        status = space_donate(SLOT_SPACE, SPACE_NODES, SLOT_NODES);
    ASSERT(status == OK);
}

void spare_init(const struct component_info *info)
{
    unsigned all = info->object_bytes ? bits_highest(info->object_bytes) : 0;
    unsigned first = all > FIRST_LOG2 + SPARE_STEPS_MAX ? all - SPARE_STEPS_MAX : FIRST_LOG2;

    spare.first = SLOT_UNTYPED;
    object_bytes = all <= first ? info->object_bytes : BIT(first);
    if (all <= first)
        return;
    spare.first = SLOT_FIRST_FREE;
    divide(first, spare.first);
    for (unsigned log2 = first; log2 < all; log2++) {
        unsigned index = spare.count++;
        spare.steps[index] = (struct step){.untyped = SLOT_STEPS + 2 * index,
                                           .region = SLOT_STEPS + 2 * index + 1,
                                           .bytes = BIT(log2)};
        divide(log2, spare.steps[index].untyped);
    }
}

/* All steps but for the first piece, which is as large as the smallest: where each lies is its
   place in the granted Untyped. */
uint64_t spare_bytes(void) { return spare.count == 0 ? 0 : 2 * spare.steps[spare.count - 1].bytes; }

void spare_place_pages(uintptr_t address)
{
    donate_nodes();
    for (unsigned i = 0; i < spare.count; i++) {
        struct step *step = &spare.steps[i];
        if (memory_add_spare(address + step->bytes, step->bytes, step->region))
            step->address = address + step->bytes;
    }
}

/* The smallest or the largest that is left; NULL: none. */
static struct step *take(bool for_pages)
{
    for (unsigned i = 0; i < spare.count; i++) {
        struct step *step = &spare.steps[for_pages ? spare.count - 1 - i : i];
        if (step->taken || (for_pages && step->address == 0))
            continue;
        step->taken = true;
        return step;
    }
    return NULL;
}

uint64_t spare_object_bytes(void) { return __atomic_load_n(&object_bytes, __ATOMIC_RELAXED); }

cap_t spare_take_for_objects(void)
{
    spin_lock(&spare.spin, LOCK_SPARE);
    cap_t untyped = spare.first;
    spare.first = CAP_NONE;
    struct step *step = untyped == CAP_NONE ? take(false) : NULL;
    if (step)
        __atomic_fetch_add(&object_bytes, step->bytes, __ATOMIC_RELAXED);
    spin_unlock(&spare.spin, LOCK_SPARE);
    if (!step)
        return untyped;
    if (step->address != 0)
        page_forget_spare(step->bytes >> PAGE_SHIFT);
    return step->untyped;
}

static void map(const struct step *step, cap_t space_slot)
{
    status_t status = untyped_retype(step->untyped, OBJECT_REGION, bits_highest(step->bytes), 0,
                                     SLOT_TABLE, step->region);
    if (status == OK)
        status = space_attach(SLOT_SPACE, space_slot, step->region, step->address, step->bytes);
    ASSERT(status == OK);
    for (uint64_t at = 0, done; at < step->bytes; at += done) {
        status = space_map(SLOT_SPACE, space_slot, at, step->address + at, step->bytes - at,
                           REGION_RIGHT_READ | REGION_RIGHT_WRITE, &done);
        ASSERT(status == OK && done > 0);
    }
}

bool spare_take_for_pages(void)
{
    spin_lock(&spare.spin, LOCK_SPARE);
    struct step *step = take(true);
    if (step) {
        map(step, SPACE_STEPS + (cap_t)(step - spare.steps));
        page_add_spare(step->address, step->bytes >> PAGE_SHIFT);
    }
    spin_unlock(&spare.spin, LOCK_SPARE);
    return step != NULL;
}
