/*
 * flock.h - whole-file locks of open file descriptions, flock(2).
 */
#pragma once

#include "servers/linux/file.h"

/* LOCK_SH, LOCK_EX or LOCK_UN, with LOCK_NB. 0, -EWOULDBLOCK (EAGAIN), -EINVAL, -ERESTARTSYS. */
int flock_file(struct file *file, int operation);

/* The open file goes away. */
void flock_file_gone(struct file *file);
