/*
 * kmsg.h - the log of the world itself: what it reports to the machine's log, kept for dmesg.
 */
#pragma once

#include "servers/linux/file.h"

/* Levels of syslog(3). */
#define KMSG_ERROR   3
#define KMSG_WARNING 4
#define KMSG_INFO    6

/* One line, also to the machine's log. Lock: a leaf; process_mutex may be held. */
void kmsg_report(unsigned level, const char *format, ...) PRINTF(2, 3);

extern const struct file_ops kmsg_ops; /* /dev/kmsg */

/* ---- for syslog(2) ------------------------------------------------------------------------ */

/* The last records that fit into `bytes`, as lines "<LEVEL>[SECONDS] TEXT"; the length. Those that
   were cleared are left out. */
long kmsg_read_all(struct iter *to, bool clear);
void kmsg_clear(void);
unsigned kmsg_count(void);     /* how many records there are, each an object of the heap */
void kmsg_drop(void);          /* tests: forgets all of it */
#define KMSG_BYTES (16u << 10) /* of text and what goes with it */
