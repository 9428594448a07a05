/*
 * fast.h - the fast path's doors, jumped to by a port's entry code. See fast.c.
 */
#ifndef KERNEL_FAST_H
#define KERNEL_FAST_H

void fast_call(void);
void fast_reply_wait(void);

#endif
