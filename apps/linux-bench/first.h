/*
 * first.h - what process 1 of a Linux system without anything else has to do.
 */
#pragma once

#include <stdbool.h>

bool first_am_i(void);

/* Mounts what the rows use. Returns the place where that failed, with errno, or NULL. */
const char *first_mount(void);

/* Switches the machine off. */
__attribute__((noreturn)) void first_end(void);
