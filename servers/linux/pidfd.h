/*
 * pidfd.h - descriptors of processes.
 */
#pragma once

#include "servers/linux/process.h"

/* For clone: a descriptor of a process that is yet to be made, and its file, counted. Then one of
   the other two. A number, or -EMFILE, -ENOMEM. */
MUST_USE int pidfd_prepare(struct file **file);
void pidfd_complete(struct file *file, struct process *process);
void pidfd_cancel(struct file *file, int fd);

/* The number of the process behind a descriptor; -EBADF. */
MUST_USE int pidfd_process_id(int fd, bool *nonblocking);
