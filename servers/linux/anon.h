/*
 * anon.h - open files without a name: eventfd, epoll. They share one inode, as on Linux.
 */
#pragma once

#include "servers/linux/file.h"

MUST_USE int anon_init(void); /* once, at boot */
void anon_end(void);          /* tests */

/* NULL and *error on failure; then `private` is still the caller's. */
struct file *anon_file(uint32_t flags, const struct file_ops *ops, void *private, int *error);
