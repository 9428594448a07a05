/*
 * calls.h - what a call takes, as far as that is worth knowing.
 */
#pragma once

#include "apps/linux-fuzz/value.h"

struct call {
    long number;
    uint8_t weight;
    uint8_t gives;        /* enum call_gives */
    uint8_t arguments[6]; /* enum value_kind */
    const uint64_t *set; /* of V_SET, V_ONE, V_CONST; the second such argument starts at `second` */
    uint8_t count, second;
};

enum call_gives {
    GIVES_NOTHING,
    GIVES_MAP,
    GIVES_CHILD,
    GIVES_IPC,
    GIVES_PAIR, /* a pipe's ends */
    GIVES_SOCKET_PAIR,
    GIVES_DESCRIPTOR,
    GIVES_SOCKET, /* this and the rest: as enum value_kind has them, from V_SOCKET */
    GIVES_EPOLL,
    GIVES_INOTIFY,
    GIVES_TIMER,
    GIVES_PROCESS,
    GIVES_FOLDER,
};

extern const struct call calls[];
extern const unsigned call_count;
unsigned call_weights(void); /* the sum */

/* The call that stands at `at` < call_weights() when each is as long as its weight. */
const struct call *call_at(unsigned at);
