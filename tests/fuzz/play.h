/**
 * play.h - performs an input's operations on a fresh machine, with everything watching.
 *
 * Every operation is judged by the oracle of authority (tests/oracle), which knows only what was
 * asked for and what came back; after every one, or as many as the settings say, it is compared
 * with the kernel's structures, and kernel_valid() asked. At the end init takes back all that it
 * gave: nothing may be left.
 */
#pragma once

#include "tests/fuzz/op.h"

enum play_settings {
    PLAY_CHECKS = 3,  /* mask: the state is checked after every 2^n operations */
    PLAY_SLOW = 4,    /* the fast path is off at first */
    PLAY_RESET = 8,   /* init also resets its memory */
    PLAY_BREAKS = 16, /* init is interrupted at every chance while it takes all back */
};

/** play_init - boots the machine, once. Ends the program where that fails. */
void play_init(void);

/** play - NULL, or what is wrong with the kernel. What it did goes to stdout if @tell. */
const char *play(const struct ops *ops, bool tell);

/** play_check_failed - of the user: an ASSERT of the kernel broke. Does not return. */
void play_check_failed(const char *text) __attribute__((noreturn));
