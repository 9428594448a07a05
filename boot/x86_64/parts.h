/*
 * parts.h - what the files of this port of the boot stage have from one another.
 */
#pragma once

#include "boot/boot.h"

#define IOAPIC_ADDRESS 0xfec00000ull

/** loader_read - what the loader said; @magic tells which kind of loader. */
void loader_read(struct machine *machine, uint32_t magic, uint64_t information);

/** processor_check - refuse a processor with Meltdown, unless an option accepts it. */
void processor_check(const struct machine *machine);

/** processor_has_huge_pages - are there pages of 1 GiB? */
MUST_USE bool processor_has_huge_pages(void);

/** processor_has_random - is there an instruction for random numbers? */
MUST_USE bool processor_has_random(void);

/** processor_lapic - where the registers of the local APIC are. */
paddr_t processor_lapic(void);

/** processor_init - every protection that there is, and says which are missing; vector state. */
void processor_init(const struct machine *machine);

/** processor_follow - the same on another processor, as on the first. */
void processor_follow(void);

/** processor_describe - its vector state. */
void processor_describe(struct boot_handover *handover);

/** acpi_read - the processors that a machine's tables list; none without sound tables. */
void acpi_read(struct machine *machine, paddr_t rsdp);

/** apic_init - local APIC on; the lines of the I/O APIC masked and counted, the old PICs silent. */
void apic_init(struct machine *machine);

/** apic_follow - the local APIC of another processor. */
void apic_follow(void);

/** apic_id - of this processor. */
uint32_t apic_id(void);

/** apic_start - let the processor @id begin at @page, below 1 MiB (SDM volume 3, 9.4.4). */
void apic_start(const struct machine *machine, uint32_t id, paddr_t page);

/** processors_start - find and start the other processors. After clock_init and processor_init. */
void processors_start(struct machine *machine);

/** clock_init - the kernel's clock starts at 0 here, its rates are measured (some 20 ms). After
 * apic_init. */
void clock_init(struct machine *machine);

/** paging_build - the kernel's page tables (abi/arch/x86_64/boot.h), in memory from *@free; their
 * root. @kernel is at the start of machine->image. */
paddr_t paging_build(const struct machine *machine, struct ranges *free,
                     const struct kernel_image *kernel, paddr_t lapic);
