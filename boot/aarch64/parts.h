/*
 * parts.h - what the files of this port of the boot stage have from one another.
 */
#pragma once

#include "boot/boot.h"

/** processor_check - refuse a processor that lacks what the kernel cannot do without. */
void processor_check(void);

/** processor_init - every protection that there is; @aloud: says which are missing. */
void processor_init(bool aloud);

/** processor_signs - does it know pointer authentication? */
MUST_USE bool processor_signs(void);

/** processor_id - what the machine calls the processor that runs. */
uint64_t processor_id(void);

/** processor_has_random - is there an instruction for random numbers? */
MUST_USE bool processor_has_random(void);

/** keys_make - of @seed, which is random; false if it is too short. */
MUST_USE bool keys_make(const struct range *seed);

/** keys_load - on each processor that signs; returns what SCTLR_EL1 has to have for it. */
MUST_USE uint64_t keys_load(void);

/** gic_init - distributor and interface to this processor on; all lines masked and counted, the
 * timer's own not. */
void gic_init(struct machine *machine);

/** gic_follow - the interface to another processor, which runs. */
void gic_follow(void);

/** clock_init - the kernel's clock starts at 0 here. */
void clock_init(struct machine *machine);

/** clock_open - user level may read it; the timer of this processor is stopped. */
void clock_open(void);

/* What a processor that joins loads into TTBR1_EL1 to enter the kernel. */
extern uint64_t join_root;

/** paging_build - the kernel's page tables (abi/arch/aarch64/boot.h), in memory from *@free; their
 * root. @kernel is at the start of machine->image. */
paddr_t paging_build(const struct machine *machine, struct ranges *free,
                     const struct kernel_image *kernel);
