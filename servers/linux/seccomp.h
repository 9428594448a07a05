/*
 * seccomp.h - which system calls a thread may make: by its own choice, for good, and for its
 * children (seccomp(2)).
 *
 * A thread with a filter has call_limit 0, so that each of its calls comes to seccomp_dispatch; the
 * others pay nothing. Lock: process_mutex for changes of a thread's mode and filter, which another
 * thread may make (SECCOMP_FILTER_FLAG_TSYNC), while it is in a process; filters never change.
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

enum seccomp_mode seccomp_mode(const struct thread *thread);

/* A thread of no parent makes any call. */
void seccomp_begin(struct thread *thread);

/* A child gets what its parent has, in the moment in which it joins a process; whoever leaves one
   gives it up in that moment. Caller holds process_mutex. */
void seccomp_inherit(struct thread *child, const struct thread *parent);
void seccomp_drop(struct thread *thread);

/* The newest filter, to be compared: NULL if there is none. */
const struct seccomp_filter *seccomp_filters(const struct thread *thread);

/* Has it a filter of a thread that asked for no new privileges? Its own credentials need not say.
 */
bool seccomp_no_new_privileges(const struct thread *thread);

/* How many filters it has. Caller holds process_mutex. */
unsigned seccomp_filter_count(const struct thread *thread);
