/*
 * guest.h - the door between a server thread and its guest: the frame and the way in.
 *
 * guest.c has the loop. What knows the registers is in arch/ARCH: machine/registers.h which of them
 * is what, registers.c the rest of these functions.
 */
#pragma once

#include "machine/registers.h"
#include "servers/linux/base.h"

#define GUEST_ADDRESS_MIN 0x10000ull /* mmap_min_addr */

/* Pages in one of 2^@log2 parts of a guest's address space. */
#define GUEST_PAGES_PART(log2) (GUEST_ADDRESS_END >> PAGE_SHIFT >> (log2))

struct thread;

/* Binds the guest Space of the current thread's mm, if that is not what is bound. */
void guest_bind_space(struct thread *thread);

/* Fresh registers for a program at `entry` with stack pointer `sp`; vector state is reset. */
void guest_reset(struct thread *thread, uint64_t entry, uint64_t sp);

/* The registers of `parent` (inside a system call) as the child of a clone sees them. */
void guest_clone(struct thread *child, struct thread *parent, uint64_t stack);

/* The system call `number` will be executed again when the guest goes on. */
void guest_restart_call(struct thread *thread, uint64_t number);

/* Between the kernel's vector state of the current thread and its frame page. */
void guest_vector_out(struct thread *thread);
MUST_USE int guest_vector_in(struct thread *thread); /* -EINVAL if refused */
void guest_vector_clear(struct thread *thread);      /* the frame page's copy: initial state */
