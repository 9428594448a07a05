/*
 * vector.h - V0 to V31, FPSR, FPCR; CPACR_EL1.FPEN traps their use. SVE and SME are nobody's: their
 * instructions trap always.
 */
#pragma once

#include "kernel/arch/aarch64/parts.h"
#include "kernel/thread.h"

#define CPACR_OPEN 0x300000u

/* What has a meaning for all processors (Arm ARM C5.2.8, C5.2.10): the rest is reserved. */
#define FPSR_BITS 0xf800009fu
#define FPCR_BITS 0x07c00000u

struct vector_area {
    struct guest_vector guest;
};

static inline void vector_area_init(UNUSED struct vector_area *area) {} /* zeros are the state */

static inline uint32_t vector_area_bytes(void) { return sizeof(struct vector_area); }

static inline void vector_open(struct arch_cpu *arch)
{
    SYSTEM_WRITE(cpacr_el1, CPACR_OPEN);
    arch->vectors = (uintptr_t)vectors_open;
    SYSTEM_WRITE(vbar_el1, arch->vectors);
    instruction_barrier(); /* before the registers are touched */
}

/* vector_state.S */
void vector_save(struct vector_area *area);
void vector_load(const struct vector_area *area);

struct vector_control {
    uint32_t fpsr, fpcr;
};

static inline bool vector_control_read(const volatile struct vector_area *area,
                                       struct vector_control *control)
{
    control->fpsr = area->guest.fpsr;
    control->fpcr = area->guest.fpcr;
    return (control->fpsr & ~FPSR_BITS) == 0 && (control->fpcr & ~FPCR_BITS) == 0;
}

static inline void vector_control_write(struct vector_area *area,
                                        const struct vector_control *control)
{
    area->guest.fpsr = control->fpsr;
    area->guest.fpcr = control->fpcr;
}
