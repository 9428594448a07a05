/*
 * load.h - loads: much of one thing at once, or all of it that there is. Each runs in a process of
 * its own; what it leaves behind is cleaned away, and then all must be as before.
 *
 *     linux-fuzz --load short|full [NAME...]
 *
 * A line for each:  LOAD NAME ok TEXT  or  LOAD-WRONG NAME TEXT;  and  LOAD-END FAILED  at the end.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct load {
    const char *name;
    void (*run)(unsigned amount);
    unsigned amount_short, amount_full;
};

extern const struct load load_many[], load_hogs[]; /* each ends with {0} */

int load_main(int argc, char **argv);

/* ---- for the loads ------------------------------------------------------------------------ */

/* Ends the load: something is not as it must be. errno is told too. */
__attribute__((noreturn, format(printf, 1, 2))) void load_fail(const char *format, ...);

/* A word about what was reached; the last one is shown. */
__attribute__((format(printf, 1, 2))) void load_note(const char *format, ...);

#define LOAD_NEED(claim)                                                                           \
    do {                                                                                           \
        if (!(claim))                                                                              \
            load_fail("%s:%d: %s", __FILE__, __LINE__, #claim);                                    \
    } while (0)

/* Is this what a system says that has no more of something? */
bool load_is_limit(int error);

/* A child that ends with the load, and runs nothing else. */
pid_t load_child(void (*run)(unsigned), unsigned argument);

/* Waits for it; fails unless it ended by itself, with status 0. */
void load_join(pid_t child);
