/*
 * parts.h - what the files of this port of the boot stage have from one another.
 */
#pragma once

#include "boot/boot.h"
#include "boot/fdt.h"

/* What the kernel has to be told of the machine beside its memory. */
struct board {
    uint64_t hart; /* the processor that runs */
    bool has_floats, has_sstc;
    bool has_sv48; /* so have all harts; Sv39 each has (privileged manual 4.5) */
    paddr_t plic;  /* 0: none found */
    uint64_t plic_lines;
    uint64_t plic_context; /* of the processor, in supervisor mode */
    paddr_t test;          /* QEMU's register that ends the machine, 0: none */
};

/** tree_read - memory, processors, command line and bundle to @machine, the rest to @board, whose
 * `hart` is known. Refuses a machine that lacks what the kernel cannot do without. */
void tree_read(struct machine *machine, struct board *board, paddr_t tree);

/** processor_init - every protection of this mode, on the processor that runs; the registers that a
 * mode which does not exist ignores are as the firmware left them. */
void processor_init(void);

/* What a processor that joins loads into satp to enter the kernel. */
extern uint64_t join_satp;

/** paging_build - the kernel's page tables (abi/arch/riscv64/boot.h), in memory from *@free; their
 * root. @kernel is at the start of machine->image. */
paddr_t paging_build(const struct machine *machine, struct ranges *free,
                     const struct kernel_image *kernel, const struct board *board);
