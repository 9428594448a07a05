/*
 * eventfd.h - a counter that can be waited for.
 */
#pragma once

#include "servers/linux/file.h"

struct file *eventfd_create(uint64_t initial, bool semaphore, uint32_t flags, int *error);
