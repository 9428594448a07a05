/*
 * fast.h - the fast path's doors, jumped to by a port's entry code. See fast.c.
 */
#pragma once

void fast_call(void);
void fast_reply_wait(void);
