/**
 * time.c - the kernel's clock, read without a system call.
 */
#include "sdk/rt/time.h"

#include "native/counter.h"
#include "sdk/rt/component.h"

nanos_t time_now(void)
{
    const struct component_info *info = component_self();
    return time_scale(counter_read(), info->clock_multiplier, info->clock_offset_ns);
}
