/*
 * machine.h - what the folder of each architecture (arch/ARCH) has to offer beside the functions of
 * guest.h, the frames of signal.h, fault_trap and proc_view_processor.
 */
#pragma once

#include "servers/linux/base.h"

/* First of all. @address_end: of component_info. */
void machine_start(uint64_t address_end);

/* For the auxiliary vector of a program (getauxval(3)). */
struct machine_auxiliary {
    uint64_t hwcap;
    uint64_t hwcap2;      /* 0: there is no such entry */
    uint64_t frame_bytes; /* what a signal's frame takes at most; 0: there is no such entry */
};
struct machine_auxiliary machine_auxiliary(void);

/* An unpredictable number of the processor's. false: it has none (just now). */
MUST_USE bool machine_random(uint64_t *word);

/* What prctl(2) knows on this architecture only; -EINVAL if that is not it. */
long machine_prctl(const uint64_t args[6]);
