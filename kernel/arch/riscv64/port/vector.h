/*
 * vector.h - floating-point registers (privileged manual 3.1.6.6, unprivileged manual 11 and 12).
 * While sstatus.FS is 0 each use of them is an illegal instruction.
 */
#pragma once

#include "kernel/arch/riscv64/parts.h"
#include "kernel/thread.h"

#define FCSR_MASK 0xffull

struct vector_area {
    struct guest_frame_vector guest;
};

static inline void vector_area_init(UNUSED struct vector_area *area) {} /* zeros are the state */

static inline uint32_t vector_area_bytes(void) { return sizeof(struct vector_area); }

static inline void vector_open(UNUSED struct arch_cpu *arch)
{
    csr_set(sstatus, SSTATUS_FS);
    arch_caller_forget();
}

/* entry.S */
void vector_save(struct vector_area *area);
void vector_load(const struct vector_area *area);

struct vector_control {
    uint64_t fcsr;
};

static inline bool vector_control_read(const volatile struct vector_area *area,
                                       struct vector_control *control)
{
    control->fcsr = area->guest.fcsr;
    return (control->fcsr & ~FCSR_MASK) == 0;
}

static inline void vector_control_write(struct vector_area *area,
                                        const struct vector_control *control)
{
    area->guest.fcsr = control->fcsr;
}
