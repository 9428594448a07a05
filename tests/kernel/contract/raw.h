/**
 * raw.h - every register of a system call and of a stretch of running, seen from both sides.
 */
#pragma once

#include "machine/raw.h"

/** raw_syscall - a system call with exactly @in (but flags) in the registers; what is there
 * afterwards. */
void raw_syscall(const struct registers *in, struct registers *out);

/** raw_hold - keep @in (and its flags) in all registers for @turns of an empty loop. */
void raw_hold(const struct registers *in, struct registers *out, uint64_t turns);

/** raw_fault - touch @address once with @in (but flags) in the registers; afterwards as out. */
void raw_fault(const struct registers *in, struct registers *out);

/* Where raw_fault() touches memory: the address is in RAW_ADDRESS. */
extern const char raw_fault_instruction[], raw_fault_next[];

/** All vector registers, RAW_VECTOR_BYTES each: if @whole, else the low halves. */
void raw_vector_load(const uint8_t (*from)[RAW_VECTOR_BYTES], uint64_t whole);
void raw_vector_store(uint8_t (*to)[RAW_VECTOR_BYTES], uint64_t whole);
