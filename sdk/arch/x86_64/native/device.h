/**
 * device.h - what a driver with memory-mapped registers needs of the processor, x86_64.
 */
#pragma once

/**
 * device_barrier - what was read or written before, in memory or in registers, is done for a device
 * before what is read or written after. Device memory is uncached and the processor keeps the order
 * itself (Intel SDM vol. 3, 8.2.2).
 */
static inline void device_barrier(void) { __asm__ volatile("" : : : "memory"); }
