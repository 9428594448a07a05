/**
 * victim.h - threads that wait, or want to run, while what they wait for goes away.
 *
 * They are made on the stage, above the worker and below the driver, so each has come to where it
 * waits when it has been started. What ends its wait lets it go on, and it goes to rest.
 */
#pragma once

#include "sweep.h"

#define VICTIMS_MAX 96u

enum victim_act { VICTIM_RECEIVES, VICTIM_CALLS, VICTIM_SLEEPS, VICTIM_RUNS };

struct victims {
    enum victim_act act;
    uint32_t count;
    cap_t sched;    /* 0: the worker's */
    uint32_t floor; /* VICTIM_ABOVE, or 0: it does not run while the worker does */
    cap_t endpoint; /* where they wait */
    nanos_t deadline_ns, stagger_ns;
};

#define VICTIM_ABOVE 30u

/** victims_make_rest - where victims go in the end; once. */
void victims_make_rest(void);

/** victims_start - as many threads of the stage that do so. */
void victims_start(const struct victims *victims);
