/*
 * actor.h - a process that makes random calls: one or more threads of it, a disturber that writes
 * to their arguments meanwhile, and whatever they bring into the world.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct actor_plan {
    uint64_t seed;
    uint64_t number;  /* of the process: each has calls of its own */
    uint16_t family;  /* also its user, if it is not root's */
    unsigned threads; /* that make calls */
    unsigned calls;   /* of the first thread, which then ends the process */
    bool disturbed;
};

/* Becomes it: in the family's folder, as the family's user. Never returns. */
__attribute__((noreturn)) void actor_run(const struct actor_plan *plan);

/* What a program is told that an actor becomes by execve, and its way back. */
#define ACTOR_PROGRAM "/bin/linux-fuzz"
#define ACTOR_OPTION  "--actor"
__attribute__((noreturn)) void actor_run_again(char **arguments);

#define ACTOR_USER_FIRST 2000 /* the family's number is added */
#define ACTOR_ROOT       15   /* the family whose user is root */
