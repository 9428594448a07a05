/**
 * main.c - the smallest native component: it asks the clock, says so, and ends.
 */
#include <corm/clock_client.h>
#include "sdk/rt/component.h"
#include "sdk/rt/log.h"

int component_main(const struct component_info *info)
{
    struct session clock;
    uint64_t unix_ns, kernel_ns;
    status_t status = session_open(&clock, info, "clock");
    if (status == OK)
        status = clock_read(&clock, &unix_ns, &kernel_ns);
    if (status == OK)
        log_line("hello, world; it is %lu s after 1970", unix_ns / NANOS_PER_S);
    return (int)status;
}
