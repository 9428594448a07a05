/*
 * shm.h - shared memory segments of System V.
 */
#pragma once

#include "servers/linux/vfs.h"

/* A mapping of a segment has ended: one that was removed goes with its last. Context: an
   mm's lock may be held. */
void shm_unmapped(struct inode *inode);
