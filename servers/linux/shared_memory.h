/*
 * shared_memory.h - memory that processes share without a file: MAP_SHARED | MAP_ANONYMOUS.
 */
#pragma once

#include "servers/linux/file.h"

/* A file without a name of that size, counted; NULL and *error. */
struct file *shared_memory_create(uint64_t bytes, int *error);

struct shared_memory_pages {
    uint64_t used;
    uint64_t limit;
};
struct shared_memory_pages shared_memory_pages(void);

/* Once, at the start. */
void shared_memory_init(void);

/* An inode of that kind alone; counted. NULL: no memory. */
struct inode *shared_memory_inode(uint32_t mode);
