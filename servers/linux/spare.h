/*
 * spare.h - memory that is good for both: kernel objects, and pages when there are no others.
 *
 * What the manifest grants for kernel objects (SLOT_UNTYPED) is a limit, not a wish: a world with a
 * few processes needs a tenth of it. The first piece is for objects; each of the others doubles
 * what there is, lies idle until somebody needs it, and then belongs to whoever was first for good:
 * objects take the smallest, pages the largest. While it lies idle it counts as free.
 *
 * Lock: a spin of its own, inside any other but the page allocator's.
 */
#pragma once

#include "abi/component.h"
#include "abi/message.h"

#include "servers/linux/base.h"

#define SPARE_STEPS_MAX 12
#define SPARE_SLOTS     (2 + 2 * SPARE_STEPS_MAX) /* of the Table, from SLOT_FIRST_FREE on */

/* Divides the granted Untyped; once, before the two below. */
void spare_init(const struct component_info *info);

/* Bytes of addresses for the pages of all steps, and where they begin: where a large page may.
   Registers them with the page allocator, whose arrays are laid out already. */
uint64_t spare_bytes(void);
void spare_place_pages(uintptr_t address);

/* An Untyped for kernel objects that has not been given out before; CAP_NONE: no more. */
cap_t spare_take_for_objects(void);

/* Bytes that are for kernel objects, used or not. */
uint64_t spare_object_bytes(void);

/* Gives the page allocator more pages. False: no more. */
bool spare_take_for_pages(void);
