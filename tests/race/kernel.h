/**
 * kernel.h - what stands in for the kernel: its operations that the Linux server uses, on POSIX
 * threads, all of them running at once.
 *
 * Nothing here orders what the kernel would not order, so that ThreadSanitizer sees the server's
 * own synchronisation and no other: no lock is common to all, and a Space orders nothing (space.h).
 */
#pragma once

#include "abi/message.h"

struct guest_frame;
struct space;

/* A thread of the kernel's. */
struct body;

/** kernel_begin - become a thread with capability @cap and the authority that init would give. */
void kernel_begin(cap_t cap);

/** kernel_place_region - what capability @cap of a Region stands for. */
void kernel_place_region(cap_t cap, void *address, uint64_t bytes);

/** guest_step - run the guest (guest.c) until something happens; the exit's label and words. */
void guest_step(struct guest_frame *frame, struct space *space, const uint32_t *kicked,
                struct message *exit);
