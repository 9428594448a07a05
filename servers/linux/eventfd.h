/*
 * eventfd.h - a counter that can be waited for.
 */
#pragma once

#include "servers/linux/file.h"

struct file *eventfd_create(uint64_t initial, bool semaphore, uint32_t flags, int *error);

/* For /proc/PID/fd: what kind of nameless file it is; NULL if it is none of these. */
bool file_is_eventfd(const struct file *file);
