/*
 * memfd.h - files without a name, and seals on what may still be done with them.
 */
#pragma once

#include "servers/linux/file.h"

#define F_SEAL_SEAL         0x01
#define F_SEAL_SHRINK       0x02
#define F_SEAL_GROW         0x04
#define F_SEAL_WRITE        0x08
#define F_SEAL_FUTURE_WRITE 0x10

/* What such a file's inode has beside its pages. */
struct memfd {
    uint32_t seals;           /* F_SEAL_*; under inode.mutex */
    uint32_t shared_mappings; /* atomic: shared mappings that are or may become writable */
    char name[];
};

long memfd_add_seals(struct file *file, uint64_t seals);
long memfd_seals(const struct file *file); /* -EINVAL: not such a file */

/* Each 0 or -EPERM; caller holds inode.mutex. For files of other kinds always 0. */
MUST_USE int memfd_check_write(const struct inode *inode, uint64_t end);
MUST_USE int memfd_check_resize(const struct inode *inode, uint64_t size);

/* May it be mapped so? -EPERM. */
MUST_USE int memfd_check_map(const struct inode *inode, bool shared, bool writes);

/* A shared mapping of a file that is open for writing begins (+1) or ends (-1). */
void memfd_count_mapping(struct inode *inode, int change);
