/*
 * pipe.h - pipes and named FIFOs.
 */
#pragma once

#include "servers/linux/file.h"

void pipe_init(void); /* once, at boot */

extern struct mount pipe_mount; /* what fstat of a pipe shows */

/* The two ends of a new pipe, one reference each. `flags`: O_NONBLOCK, O_DIRECT is refused before.
   0, -ENOMEM. */
MUST_USE int pipe_create(uint32_t flags, struct file *ends[2]);

extern const struct file_ops fifo_file_ops; /* of a FIFO inode: open decides the rest */
void fifo_destroy(struct inode *inode);

bool file_is_pipe(const struct file *file);

/* F_GETPIPE_SZ, F_SETPIPE_SZ: bytes, or -EBUSY, -EINVAL, -EPERM, -ENOMEM. */
long pipe_size(struct file *file);
long pipe_set_size(struct file *file, uint64_t bytes);

/* For the server's own threads (channel.c): never block. Bytes moved, -EAGAIN, 0 at the end of a
   pipe without writers, -EPIPE for one without readers (no signal). */
long pipe_read_now(struct file *file, void *to, size_t bytes);
long pipe_write_now(struct file *file, const void *from, size_t bytes);

/* Wakes on every change of the pipe; for a wait_entry of the server's own. */
struct waitqueue *pipe_read_queue(struct file *file);
struct waitqueue *pipe_write_queue(struct file *file);
