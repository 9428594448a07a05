/**
 * platform.h - the machine on which the boot stage is tested: RAM_BYTES of memory at physical
 * address 0, which is also all that the boot stage can reach, and a UART that remembers.
 */
#pragma once

#include "boot/boot.h"

#define RAM_BYTES (16u << 20)

/** ram - memory by its physical address. */
void *ram(paddr_t address);

/** ram_allow - [base, +size) may be touched, base a multiple of 8; at first nothing may. */
void ram_allow(paddr_t base, uint64_t size);

/** ram_forbid - nothing may be touched any more. */
void ram_forbid(void);

/* What the boot stage last said of code: boot_code_written. */
extern const void *code_written;
extern uint64_t code_written_bytes;

extern char said[4096]; /* what the boot stage wrote to the UART */

/** A reason to refuse, in what was said since the last question. */
bool refused_for(const char *reason);
