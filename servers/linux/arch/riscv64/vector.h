/*
 * vector.h - the copy of the floating-point state in a frame page, riscv64.
 */
#pragma once

#include "servers/linux/thread.h"

static inline struct guest_frame_vector *guest_vector_area(struct thread *thread)
{
    return (void *)((char *)thread->frame + GUEST_FRAME_VECTOR_OFFSET);
}
