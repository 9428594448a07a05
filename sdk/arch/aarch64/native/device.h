/**
 * device.h - what a driver with memory-mapped registers needs of the processor, aarch64.
 */
#pragma once

/**
 * device_barrier - what was read or written before, in memory or in registers, is done for a device
 * before what is read or written after. DSB orders accesses to memory of all kinds (Arm ARM, B2.3).
 */
static inline void device_barrier(void) { __asm__ volatile("dsb sy" : : : "memory"); }
