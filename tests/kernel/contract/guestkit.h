/**
 * guestkit.h - a guest: a Space with a page of code, a frame, and a helper that enters it.
 */
#pragma once

#include "test.h"

#include "machine/guest.h"

#define GUEST_CODE 0x10000ull /* one page, writable and executable */
#define GUEST_DATA 0x20000ull /* one page */
#define GUEST_HOLE 0x30000ull /* never mapped */

struct guest {
    cap_t thread; /* that enters */
    cap_t space;
    cap_t frame_region;
    cap_t code_region;
    volatile struct guest_frame *frame;
    uint8_t *code; /* the pages as the component sees them */
    uint8_t *data;
};

extern struct guest guest; /* of the running case */

/** guest_make - everything; @run will be the helper's, at @floor on @sched (0: the case's). */
void guest_make(void (*run)(void *), uint32_t floor, cap_t sched);

/** guest_run - make it and run @run above the worker, to its end or block. */
void guest_run(void (*run)(void *));

/** guest_code - put @bytes at the start of the guest's code, and the frame's pc there. */
void guest_code(const void *bytes, uint64_t count);

/* The same for a string of code. */
#define GUEST_CODE_SET(code) guest_code(code, sizeof(code) - 1)

/** guest_enter - enter; the answer's label, words in @m. */
uint32_t guest_enter(struct message *m);
