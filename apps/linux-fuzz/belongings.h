/*
 * belongings.h - what an actor has from the start: something of each kind, so that calls find it.
 */
#pragma once

/* Opens and makes it, and has the values know of it; what cannot be had is left out. */
void belongings_open(void);
