/*
 * sequence.h - restartable sequences (rseq): two processes of one processor add to one word without
 * any lock, and none of their additions may be lost.
 */
#pragma once

#include "apps/linux-fuzz/random.h"

/* In children of its own; now and then with a descriptor of a sequence that no kernel may follow,
   which mostly kills them. Does nothing where there is no rseq. */
void sequence_in_child(struct random *random);
