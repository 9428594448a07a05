/*
 * pipe.h - pipes and named FIFOs.
 */
#pragma once

#include "servers/linux/file.h"

#define PIPE_PAGES_MAX 256 /* fs.pipe-max-size: 1 MiB */

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

/* ---- splice, tee, vmsplice (pipe_splice.c): bytes between a pipe and what is not a program's ----
 */

/* Copies the first bytes; nobody else reads until pipe_give_back, which forgets some of them. How
   many, 0 at the end, -EAGAIN or -ERESTARTSYS: then there is nothing to give back. */
MUST_USE long pipe_borrow(struct file *from, void *to, size_t bytes, bool nonblocking);
void pipe_give_back(struct file *from, size_t used_bytes);

/* Waits for room; nobody else writes until pipe_unreserve. How much there is, or -EPIPE, -EAGAIN,
   -ERESTARTSYS: then nothing is reserved. */
MUST_USE long pipe_reserve(struct file *to, bool nonblocking);
MUST_USE long pipe_fill_reserved(struct file *to, const void *from, size_t bytes);
void pipe_unreserve(struct file *to);

/* From pipe to pipe, at most `count` bytes; they stay with `keep`. As splice(2) and tee(2). */
MUST_USE long pipe_transfer(struct file *from, struct file *to, size_t count, bool nonblocking,
                            bool keep);

/* Between a pipe and memory, once: waits until something can be moved. As vmsplice(2). */
MUST_USE long pipe_read_piece(struct file *from, struct iter *to, bool nonblocking);
MUST_USE long pipe_write_piece(struct file *to, struct iter *from, bool nonblocking);
