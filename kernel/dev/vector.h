/*
 * vector.h - vector registers, as the ports share them. Each has port/vector.h for it:
 *   struct vector_area               the state of a thread, as it is in a frame page as well
 *   void vector_area_init(area)      from zeroed memory to the state of a thread that begins
 *   uint32_t vector_area_bytes(void)
 *   void vector_open(struct arch_cpu *)  the registers may be used, by the kernel and by user level
 *   void vector_save(area), vector_load(area)  all registers; they are open
 *   struct vector_control            what of a state the processor would not take as it comes
 *   bool vector_control_read(area, control)   once, for the area is shared with a server; false if
 *                                             it cannot be loaded
 *   void vector_control_write(area, control)
 * and in struct arch_cpu vector_owner and vector_open; who leaves the kernel closes the registers
 * unless it goes to their owner.
 */
#pragma once

#include "kernel/arch.h"

/** vector_acquire - the running thread touched vector registers; false if it has none. */
MUST_USE bool vector_acquire(struct cpu *cpu);
