/*
 * cpio.h - unpacks a root file system from a cpio archive in memory ("newc", as Linux's initramfs).
 */
#pragma once

#include "servers/linux/vfs.h"

struct cpio_report {
    uint64_t entries;
    uint64_t pages_in_place; /* file pages that were not copied */
    uint64_t pages_copied;
    uint64_t bad_offset; /* of the entry that was refused */
};

/**
 * cpio_unpack - make the archive's files under `root`, an empty tmpfs directory.
 * @archive: stays for ever; whole pages of file data whose place is 4 KiB-aligned are used where
 *           they lie (page_of_boot), the rest is copied
 * Returns NULL, or why the archive is refused, in words; what was unpacked until then stays.
 * The archive is checked, not trusted: every length and name, parents first, no name twice.
 */
const char *cpio_unpack(const void *archive, size_t bytes, struct dentry *root,
                        struct cpio_report *report);
