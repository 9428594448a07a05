/*
 * registers.h - which register of a guest means what, x86_64.
 */
#pragma once

#include <stdbool.h>

#include "abi/arch/x86_64/guest_frame.h"

#define GUEST_ADDRESS_END 0x7ffffffff000ull /* above the last address that a guest may map */

/* Beyond user memory there is no address before the kernel's half, whose pages are not there as the
   processor sees it (Intel SDM vol. 1 §3.3.7.1). */
static inline bool guest_is_address(uint64_t beyond) { return beyond >= 0xffff800000000000ull; }

/* What a system call is given, and gives. */
static inline uint64_t guest_call_number(const struct guest_frame *frame) { return frame->rax; }

static inline void guest_call_arguments(const struct guest_frame *frame, uint64_t args[6])
{
    args[0] = frame->rdi;
    args[1] = frame->rsi;
    args[2] = frame->rdx;
    args[3] = frame->r10;
    args[4] = frame->r8;
    args[5] = frame->r9;
}

static inline uint64_t guest_result(const struct guest_frame *frame) { return frame->rax; }

static inline void guest_set_result(struct guest_frame *frame, uint64_t result)
{
    frame->rax = result;
}

/* What the result takes the place of, kept to restart the call. Here that is its number. */
struct guest_kept {
};

static inline void guest_keep(struct guest_kept *kept, const uint64_t args[6])
{
    (void)kept;
    (void)args;
}

/* What lies where the result goes, of a call that is not made. */
static inline uint64_t guest_result_before(uint64_t number, const uint64_t args[6])
{
    (void)args;
    return number;
}

static inline uint64_t guest_pc(const struct guest_frame *frame) { return frame->rip; }
static inline void guest_set_pc(struct guest_frame *frame, uint64_t pc) { frame->rip = pc; }
static inline uint64_t guest_sp(const struct guest_frame *frame) { return frame->rsp; }

static inline bool guest_tls_valid(uint64_t tls) { return tls < GUEST_ADDRESS_END; }
static inline void guest_set_tls(struct guest_frame *frame, uint64_t tls) { frame->fs_base = tls; }
