/*
 * world.h - what a Linux world is to run, in the boot bundle (BUNDLE_WORLD).
 *
 * strings: argument_count NUL-terminated arguments, then environment_count NUL-terminated
 * NAME=value.
 */
#pragma once

#include <stdint.h>

#define WORLD_MAGIC 0x646c72776d726f63ull

enum world_mode {
    WORLD_CONSOLE =
        0, /* a raw terminal on the service "console" (COM1): ISO without a host beside it */
    WORLD_TERMINAL = 1, /* a terminal through the framed channel on "channel" (COM2) */
    WORLD_COMMAND = 2,  /* separate standard streams through the framed channel */
};

struct world_options {
    uint64_t magic;
    uint32_t mode;
    uint32_t rows;
    uint32_t columns;
    uint32_t argument_count; /* 0: an interactive login shell */
    uint32_t environment_count;
    uint32_t string_bytes;
    char strings[];
};
