/**
 * device.h - what a driver with memory-mapped registers needs of the processor, riscv64.
 */
#pragma once

/**
 * device_barrier - what was read or written before, in memory or in registers, is done for a device
 * before what is read or written after. FENCE orders memory and device accesses (unprivileged
 * specification, 2.7).
 */
static inline void device_barrier(void) { __asm__ volatile("fence iorw, iorw" : : : "memory"); }
