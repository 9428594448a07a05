/*
 * rusage.h - struct rusage of wait4, waitid and getrusage.
 */
#pragma once

#include "servers/linux/process.h"

struct linux_rusage {
    struct linux_timeval ru_utime;
    struct linux_timeval ru_stime;
    int64_t ru_maxrss;                    /* KiB */
    int64_t ru_ixrss, ru_idrss, ru_isrss; /* 0, as on Linux */
    int64_t ru_minflt, ru_majflt;
    int64_t ru_nswap, ru_inblock, ru_oublock;  /* no disk, no swap: 0 */
    int64_t ru_msgsnd, ru_msgrcv, ru_nsignals; /* 0, as on Linux */
    int64_t ru_nvcsw, ru_nivcsw;
};
STATIC_ASSERT(sizeof(struct linux_rusage) == 144, "struct rusage");

static inline struct linux_timeval rusage_timeval(nanos_t ns)
{
    return (struct linux_timeval){(int64_t)(ns / NANOS_PER_S),
                                  (int64_t)(ns % NANOS_PER_S / NANOS_PER_US)};
}

static inline struct linux_rusage rusage_of(const struct usage *usage)
{
    return (struct linux_rusage){.ru_utime = rusage_timeval(usage->user_ns),
                                 .ru_stime = rusage_timeval(usage->system_ns),
                                 .ru_maxrss = (int64_t)(usage->peak_pages * (PAGE_BYTES / 1024)),
                                 .ru_minflt = (int64_t)usage->faults,
                                 .ru_nvcsw = (int64_t)usage->switches,
                                 .ru_nivcsw = (int64_t)usage->preemptions};
}
