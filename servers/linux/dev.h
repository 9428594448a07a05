/*
 * dev.h - device numbers and the devices that exist.
 */
#pragma once

#include "servers/linux/file.h"

static inline uint32_t dev_make(uint32_t major, uint32_t minor)
{
    return (minor & 0xff) | (major & 0xfff) << 8 | (minor & ~0xffu) << 12;
}

static inline uint32_t dev_major(uint32_t device) { return device >> 8 & 0xfff; }

static inline uint32_t dev_minor(uint32_t device)
{
    return (device & 0xff) | (device >> 12 & ~0xffu);
}

#define MEM_MAJOR      1
#define TTY_MAJOR      4
#define TTYAUX_MAJOR   5
#define PTS_MAJOR      136
#define MEM_NULL       3
#define MEM_ZERO       5
#define MEM_FULL       7
#define MEM_RANDOM     8
#define MEM_URANDOM    9
#define MEM_KMSG       11
#define TTY_S0         64
#define TTYAUX_TTY     0
#define TTYAUX_CONSOLE 1
#define TTYAUX_PTMX    2

/* Of an inode that is a device or a socket: open finds the device by its number, or fails with
   -ENXIO. */
extern const struct file_ops device_file_ops;

/* Who serves which numbers; ends with {0}. `type` of drivers of terminals, as /proc/tty/drivers has
   it, with the name there and the path of their devices; else NULL. */
struct dev_driver {
    const char *name;
    uint32_t major;
    uint32_t minor_first, minor_last;
    const char *type;
    const char *tty_name, *path;
};
extern const struct dev_driver dev_drivers[];

/* Fills an empty tmpfs with what devtmpfs would show. 0 or -ENOMEM. */
MUST_USE int dev_populate(struct dentry *root);
