/*
 * seccomp.h - which system calls a thread may make: by its own choice, for good, and for its
 * children (seccomp(2)).
 *
 * A thread with a filter has call_limit 0, so that each of its calls comes to seccomp_dispatch; the
 * others pay nothing. Lock: process_mutex for a thread's mode and filter when another thread
 * changes them (SECCOMP_FILTER_FLAG_TSYNC); filters themselves never change.
 */
#pragma once

#include "servers/linux/base.h"

struct thread;
struct seccomp_filter;

enum seccomp_mode { SECCOMP_NONE = 0, SECCOMP_STRICT = 1, SECCOMP_FILTERED = 2 };

/* The result of a call that may be refused, or does not return. */
long seccomp_dispatch(struct thread *thread, uint64_t number, const uint64_t args[6]);

/* prctl(PR_SET_SECCOMP) */
MUST_USE long seccomp_set(uint64_t mode, uint64_t filter);

/* A child gets what its parent has. */
void seccomp_inherit(struct thread *child, const struct thread *parent);
void seccomp_drop(struct thread *thread);

/* How many filters it has. Caller holds process_mutex. */
unsigned seccomp_filter_count(const struct thread *thread);
