/**
 * world.h - a Linux world on the host's threads: the whole server, real but for kernel and init.
 */
#pragma once

struct guest_program;

/** world_add_program - an executable file in the root, before the world runs. */
void world_add_program(const char *path, const struct guest_program *program);

/**
 * world_run - a world whose pid 1 executes @program; returns the status that it ended with (as wait
 * reports it). Once in a process. ThreadSanitizer ends the process where it finds a data race.
 */
int world_run(const struct guest_program *program);
