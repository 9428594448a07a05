/*
 * world.h - this Linux world as a component: how it is connected with the outside, and how it ends.
 */
#pragma once

#include "servers/linux/base.h"

struct component_info;

/* What a world is to run: copies out of struct world_options, checked. */
struct world {
    uint32_t mode; /* enum world_mode */
    uint32_t rows;
    uint32_t columns;
    const char **argv; /* NULL-terminated; the program is the world's own init */
    const char **envp;
};

/* Reads the options. NULL, or in words why they are no good. */
const char *world_read(struct world *world, const struct component_info *info);

/* Opens the line to the outside and installs descriptors 0 to 2 in the current context. NULL, or in
   words why not. */
const char *world_connect(const struct world *world, const struct component_info *info);

/* The event loop's thread: a session has signalled, or the status page has changed. */
void world_line_moved(void);

/* pid 1 has ended: reports its status to whoever started the machine, and ends the component.
   @status: as wait reports it */
NORETURN void world_end(int status);
