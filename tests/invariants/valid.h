/**
 * valid.h - is the kernel's state what its headers promise?
 *
 * Each part states the invariants of some headers apart from the code that keeps them, over all
 * objects that can be found from anywhere. Meant to be asked between any two system calls; on
 * several processors by the holder of the kernel lock. The kernel that it belongs to is the host
 * library, or a debug kernel on the target, which looks when `debug_check` is called.
 */
#pragma once

#include <stddef.h>

#include "kernel/cap.h"
#include "kernel/cpu.h"
#include "lib/base/list.h"

/** kernel_valid - NULL, or which invariant is broken. */
const char *kernel_valid(void);

/* What the parts of kernel_valid() share: everything that was found. */

/* A program whose machines are small says so: clearing these takes most of the time. */
#ifndef FOUND_SLOTS_MAX
#define FOUND_SLOTS_MAX   16384u
#define FOUND_OBJECTS_MAX 2048u
#endif

struct found {
    struct slot *slots[FOUND_SLOTS_MAX]; /* not empty */
    size_t count_slots;
    struct object *objects[FOUND_OBJECTS_MAX]; /* with a capability, or a thread */
    uint32_t references[FOUND_OBJECTS_MAX];    /* as counted */
    size_t count_objects;
};

extern struct found found;

/** find_everything - fill `found`; returns NULL or what is wrong with it. */
const char *find_everything(void);

/** found_object - its index in found.objects, or -1. */
long found_object(const struct object *object);

const char *valid_capabilities(void);
const char *valid_memory(void);
const char *valid_threads(void);
const char *valid_time(void);
const char *valid_spaces(void);

/* ---- Where the kernel runs: valid_target.c, or the host port's (tests/unit/kernel) ---- */

/** valid_in_memory - @object is in memory that capabilities speak of, not in the kernel's own. */
bool valid_in_memory(const struct object *object);
/** valid_first_object - what to begin with beside the threads and the slots, or NULL. */
struct object *valid_first_object(void);
/** valid_time_is_known - all Scheds are found from it; else some may have been lost with a root. */
bool valid_time_is_known(void);
/** valid_has_yet_to_look - @cpu waits, or was told to choose anew and has not begun. */
bool valid_has_yet_to_look(const struct cpu *cpu);
/** valid_may_be_calling - on another processor, whose entry code may be saving what @thread wants.
 */
bool valid_may_be_calling(const struct thread *thread);
/** valid_timer - @cpu, which runs somebody, will be interrupted in time. */
const char *valid_timer(struct cpu *cpu);
/** valid_machine - what else only this machine can be asked. */
const char *valid_machine(void);

/** ring_valid - @head and the links that are found from it are neighbours of each other. */
bool ring_valid(const struct list *head);

/** BROKEN_IF - in a function that returns a reason. */
#define BROKEN_IF(condition)                                                                       \
    do {                                                                                           \
        if (condition)                                                                             \
            return "not expected: " #condition;                                                    \
    } while (0)

#define BROKEN_PART(call)                                                                          \
    do {                                                                                           \
        const char *reason_ = (call);                                                              \
        if (reason_ != NULL)                                                                       \
            return reason_;                                                                        \
    } while (0)
