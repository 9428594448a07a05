/*
 * registers.h - which register of a guest means what, riscv64.
 */
#pragma once

#include <stdbool.h>

#include "abi/arch/riscv64/guest_frame.h"

/* Above the last address that a guest may map: a hart has Sv39 or Sv48 (machine_start). */
extern uint64_t guest_address_end;
#define GUEST_ADDRESS_END guest_address_end

/* Beyond user memory every address is a page that there is not, as Linux tells it. */
static inline bool guest_is_address(uint64_t beyond)
{
    (void)beyond;
    return true;
}

/* What a system call is given, and gives. */
static inline uint64_t guest_call_number(const struct guest_frame *frame) { return frame->a7; }

static inline void guest_call_arguments(const struct guest_frame *frame, uint64_t args[6])
{
    args[0] = frame->a0;
    args[1] = frame->a1;
    args[2] = frame->a2;
    args[3] = frame->a3;
    args[4] = frame->a4;
    args[5] = frame->a5;
}

static inline uint64_t guest_result(const struct guest_frame *frame) { return frame->a0; }

static inline void guest_set_result(struct guest_frame *frame, uint64_t result)
{
    frame->a0 = result;
}

/* What the result takes the place of, kept to restart the call. */
struct guest_kept {
    uint64_t first_argument;
};

static inline void guest_keep(struct guest_kept *kept, const uint64_t args[6])
{
    kept->first_argument = args[0];
}

/* What lies where the result goes, of a call that is not made. */
static inline uint64_t guest_result_before(uint64_t number, const uint64_t args[6])
{
    (void)number;
    return args[0];
}

static inline uint64_t guest_pc(const struct guest_frame *frame) { return frame->pc; }
static inline void guest_set_pc(struct guest_frame *frame, uint64_t pc) { frame->pc = pc; }
static inline uint64_t guest_sp(const struct guest_frame *frame) { return frame->sp; }

/* Any value can be loaded; a wrong one faults in the guest. */
static inline bool guest_tls_valid(uint64_t tls)
{
    (void)tls;
    return true;
}

static inline void guest_set_tls(struct guest_frame *frame, uint64_t tls) { frame->tp = tls; }
