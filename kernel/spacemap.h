/*
 * spacemap.h - Space: the operations on ranges of pages.
 */
#ifndef KERNEL_SPACEMAP_H
#define KERNEL_SPACEMAP_H

#include "kernel/space.h"

/** spacemap_invoke - operation @op of @space, if it is one on a range of pages (object.def). */
status_t spacemap_invoke(struct space *space, uint32_t op, struct invocation *call);

#endif
