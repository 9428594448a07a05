/*
 * bootinfo.h - what init is told, in one read-only page whose address is init's first argument. The
 * boot stage writes it; the kernel adds the feature `debug` and where addresses end.
 *
 * All memory and all hardware authority of the machine is in the slots that are named here; the
 * kernel keeps nothing that it could give out later.
 */
#pragma once

#include <stdint.h>

#define BOOTINFO_MAGIC              0x6f666e696d726f63ull
#define BOOTINFO_UNTYPED_MAX        96
#define BOOTINFO_PROCESSORS_MAX     32
#define BOOTINFO_COMMAND_LINE_BYTES 512
#define BOOTINFO_SEED_BYTES         32

/* init's Table at its start. */
enum init_slot {
    INIT_SLOT_TABLE = 1,
    INIT_SLOT_SPACE = 2,
    INIT_SLOT_THREAD = 3,
    INIT_SLOT_SCHED = 4, /* all time of processor 0 */
    INIT_SLOT_IRQ_CONTROL = 5,
    INIT_SLOT_IOPORT = 6, /* all ports; empty where there are none */
    INIT_SLOT_FIRST_UNTYPED = 16,
    /* all time of processor 1, and those that follow */
    INIT_SLOT_OTHER_SCHEDS = INIT_SLOT_FIRST_UNTYPED + BOOTINFO_UNTYPED_MAX,
    INIT_SLOT_END = INIT_SLOT_OTHER_SCHEDS + BOOTINFO_PROCESSORS_MAX - 1,
};
#define INIT_TABLE_SLOTS_LOG2 10

/* init's Space: slots used by the kernel at start; init may attach in the others. */
enum init_space_slot {
    INIT_SPACE_SLOT_NODES = 0,
    INIT_SPACE_SLOT_FIRST = 1, /* and following: the pieces of image, boot information, bundle */
};
#define INIT_SPACE_SLOTS_LOG2 6

enum bootinfo_memory_kind {
    BOOTINFO_MEMORY_FREE = 0,
    BOOTINFO_MEMORY_DEVICE = 1,
    BOOTINFO_MEMORY_BUNDLE = 2
};

/* The i-th Untyped is in slot INIT_SLOT_FIRST_UNTYPED + i. BUNDLE pieces hold the boot bundle,
 * consecutive, as Regions (read-only), not as Untypeds; behind it, in pieces of the same kind, the
 * device tree. */
struct bootinfo_memory {
    uint64_t base;
    uint32_t size_log2;
    uint32_t kind;
};

struct bootinfo {
    uint64_t magic;
    uint64_t memory_bytes; /* all usable RAM of the machine */
    /* what the kernel occupies: image, page tables, init's objects and image */
    uint64_t kernel_bytes;
    uint64_t bundle_address; /* in init's address space, read-only, page-aligned */
    uint64_t bundle_bytes;
    /* kernel clock in ns = (counter * clock_multiplier >> 32) + clock_offset, 128-bit product */
    uint64_t clock_multiplier;
    int64_t clock_offset_ns;
    uint64_t acpi_rsdp;          /* physical address, 0 if none */
    uint64_t device_tree_offset; /* in the BUNDLE pieces laid end to end */
    uint64_t device_tree_bytes;  /* 0 if there is none */
    uint64_t address_end;        /* above the last address that a Space may map */
    uint32_t count_processors;
    uint32_t count_memory;
    uint32_t interrupt_lines;
    uint32_t features;                 /* enum bootinfo_feature */
    uint8_t seed[BOOTINFO_SEED_BYTES]; /* with BOOTINFO_FEATURE_SEED */
    struct bootinfo_memory memory[BOOTINFO_UNTYPED_MAX];
    char command_line[BOOTINFO_COMMAND_LINE_BYTES]; /* NUL-terminated */
};

enum bootinfo_feature {
    BOOTINFO_FEATURE_DEBUG = 1,  /* a debug build: debug_* system calls exist */
    BOOTINFO_FEATURE_RANDOM = 2, /* the processor has a random number instruction */
    BOOTINFO_FEATURE_SEED = 4,   /* the loader brought random numbers: bootinfo.seed */
};
