/*
 * processor.h - what this kind of processor can do, found out once at boot.
 */
#ifndef X86_64_PROCESSOR_H
#define X86_64_PROCESSOR_H

#include "lib/base/types.h"

struct processor {
    bool fsgsbase;
    bool xsave;
    bool avx;
    bool avx512;
    bool tsc_deadline;
    bool random;
    bool eager_vector; /* vector registers can be read speculatively while CR0.TS forbids it */
};

extern struct processor processor;

/**
 * processor_init - detect, switch on every protection there is, and say which are missing.
 * @accept_meltdown: go on although user level can read kernel memory speculatively
 *
 * Refuses (panics on) a processor that would need page-table isolation.
 */
void processor_init(bool accept_meltdown);

#endif
