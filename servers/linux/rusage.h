/*
 * rusage.h - struct rusage of wait4, waitid and getrusage.
 */
#pragma once

#include "servers/linux/process.h"

struct linux_rusage {
    struct linux_timeval ru_utime;
    struct linux_timeval ru_stime;
    int64_t ru_maxrss; /* KiB */
    int64_t ru_unused[13];
};
STATIC_ASSERT(sizeof(struct linux_rusage) == 144, "struct rusage");

static inline struct linux_timeval rusage_timeval(nanos_t ns)
{
    return (struct linux_timeval){(int64_t)(ns / NANOS_PER_S),
                                  (int64_t)(ns % NANOS_PER_S / NANOS_PER_US)};
}

static inline struct linux_rusage rusage_of(const struct process_times *times, uint64_t peak_pages)
{
    return (struct linux_rusage){.ru_utime = rusage_timeval(times->user_ns),
                                 .ru_stime = rusage_timeval(times->system_ns),
                                 .ru_maxrss = (int64_t)(peak_pages * (PAGE_BYTES / 1024))};
}
