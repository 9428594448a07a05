/*
 * parts.h - what the files of this port have from one another.
 */
#pragma once

#include "kernel/arch.h"

#define PAGE           0x1000ull
#define IMAGE_BASE     0x100000ull    /* kernel.ld */
#define BOOT_LIMIT     0x100000000ull /* the loaders put everything below 4 GiB */
#define IOAPIC_ADDRESS 0xfec00000ull

extern uint8_t image_end[];

/* loader.c: what the loader said. */
void loader_read(struct boot_description *boot, uint32_t magic, uint64_t information);

/* ranges.c: a sorted list of disjoint stretches of physical memory in an array of a fixed size. */
struct ranges {
    struct boot_range *items;
    uint32_t *count;
    uint32_t limit;
};
#define RANGES(boot, name)                                                                         \
    ((struct ranges){(boot)->name, &(boot)->count_##name, ARRAY_LENGTH((boot)->name)})

/** ranges_set - [base, end) belongs to the list or does not; merges and splits. When the list is
 * full its uppermost parts are lost. */
void ranges_set(struct ranges list, paddr_t base, paddr_t end, bool member);

static inline paddr_t range_end(const struct boot_range *range)
{
    return range->base + range->size_bytes;
}

/** memory_init - final page tables: RAM of @boot, the image with its rights, nothing else. */
void memory_init(struct boot_description *boot);

/** memory_device - map the registers at @address, uncached, in one of the windows of 2 MiB. */
enum memory_window { WINDOW_IOAPIC = 0, WINDOW_LAPIC = 1 };
volatile uint32_t *memory_device(enum memory_window window, paddr_t address);

/** processor_leaks - user level can read kernel memory speculatively (Meltdown). */
bool processor_leaks(void);

/** processor_init - tables, entry points and every protection there is for @cpu, the one that runs;
 * says which protections are missing. Panics on one that would need page-table isolation. */
void processor_init(struct cpu *cpu);

/* Registers of the local APIC, as indices of 32-bit words (Intel SDM volume 3, 11.4.1). */
enum lapic_register {
    LAPIC_ID = 0x20 / 4,
    LAPIC_PRIORITY = 0x80 / 4,
    LAPIC_EOI = 0xb0 / 4,
    LAPIC_SPURIOUS = 0xf0 / 4,
    LAPIC_TIMER = 0x320 / 4,
    LAPIC_LINT0 = 0x350 / 4,
    LAPIC_LINT1 = 0x360 / 4,
    LAPIC_ERROR = 0x370 / 4,
    LAPIC_TIMER_START = 0x380 / 4, /* counts down once and then raises VECTOR_TIMER; 0 stops it */
    LAPIC_TIMER_COUNT = 0x390 / 4,
    LAPIC_TIMER_DIVIDE = 0x3e0 / 4,
};
extern volatile uint32_t *lapic;

/** lapic_address - where the registers of the local APIC are. */
paddr_t lapic_address(void);

/** apic_init - local APIC and I/O APIC ready, every line masked, the old PICs silent. */
void apic_init(void);

/** clock_init - calibrate (some 10 ms); the kernel clock starts at 0 here. After apic_init. */
void clock_init(struct boot_description *boot);

/** clock_timer_interrupt - VECTOR_TIMER came: time_expired() if the deadline is reached. */
void clock_timer_interrupt(void);

/** vector_init - choose the components of vector state that are saved; writes XCR0. */
void vector_init(void);

/** vector_acquire - #NM of the running thread; false if it has no vector state. */
MUST_USE bool vector_acquire(struct cpu *cpu);

/** debug_init - make the first UART speak: 115200 baud, 8N1. */
void debug_init(void);
