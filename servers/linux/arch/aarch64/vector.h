/*
 * vector.h - the copy of the vector state in a frame page, aarch64.
 */
#pragma once

#include "servers/linux/thread.h"

static inline struct guest_vector *guest_vector_area(struct thread *thread)
{
    return (void *)((char *)thread->frame + GUEST_FRAME_VECTOR_OFFSET);
}

/* What a handler's frame takes at most, with alignment (signal_frame.c). */
uint64_t signal_frame_bytes_max(void);
