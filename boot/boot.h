/*
 * boot.h - what the files of the boot stage have from one another.
 *
 * The boot stage runs once, with interrupts off, on one processor, for which the others soon wait
 * (join.h). It trusts nothing that a loader or a file says before it is checked. What it cannot go
 * on with it refuses: a reason on the first UART, and the machine stops for good.
 */
#pragma once

#include "abi/boot.h"
#include "abi/bundle.h"
#include "boot/ranges.h"
#include "lib/base/types.h"

#define PAGE_BYTES 4096ull

/* The machine, as the port of the boot stage found it. */
struct machine {
    struct ranges ram;        /* all usable memory */
    struct ranges device;     /* what user level may own beside RAM */
    struct range image;       /* of the kernel, with all its memory */
    struct range bundle;      /* size 0: none was given */
    struct range own;         /* where the boot stage itself lies */
    struct range device_tree; /* what is used of it; size 0: there is none */
    struct range seed;        /* random bytes in it, for whoever boots; size 0: there are none */
    uint64_t rsdp;
    paddr_t rsdp_copy;                  /* of a loader that does not say where it is */
    uint32_t count_processors;          /* the first one is the one that runs */
    uint32_t count_too_many;            /* that there are beyond these */
    uint64_t processors[BOOT_CPUS_MAX]; /* what the hardware calls them */
    bool has_stray;                     /* one that was started did not come, and may still */
    uint32_t interrupt_lines;
    uint32_t count_ports;
    uint32_t features; /* enum bootinfo_feature */
    uint64_t clock_multiplier;
    int64_t clock_offset_ns;
    uint64_t timer_multiplier;
    uint64_t timebase_hz; /* of a device tree that says it: riscv64 */
    bool psci_smc;        /* likewise: aarch64's firmware is called by `smc` */
    char command_line[BOOTINFO_COMMAND_LINE_BYTES];
};

/* ---- What a port has, beside its own way from the loader to boot_prepare ---- */

extern const uint64_t boot_reach; /* the boot stage can use memory below this address */

/** boot_memory - physical memory below boot_reach, by its address. */
void *boot_memory(paddr_t address);

/** boot_code_written - what was written to the @bytes at @code will be executed, by any processor.
 */
void boot_code_written(const void *code, uint64_t bytes);

void boot_put(char character); /* to the first UART */
NORETURN void boot_stop(void);

/* ---- print.c ---- */

/** boot_print - formatted text to the first UART. */
void boot_print(const char *format, ...) PRINTF(1, 2);

/** boot_refuse - say why this machine cannot start, and stop. */
NORETURN void boot_refuse(const char *format, ...) PRINTF(1, 2);

/** boot_option - is @word one of the words of the machine's command line? */
MUST_USE bool boot_option(const struct machine *machine, const char *word);

/** boot_option_value - what follows @name, which ends with `=`, on the command line; NULL if it is
 * not there. */
MUST_USE const char *boot_option_value(const struct machine *machine, const char *name);

/* ---- memory.c ---- */

/** memory_init - *@free is all RAM but the kernel, the bundle, the device tree and the boot stage.
 */
void memory_init(struct ranges *free, const struct machine *machine);

/** memory_take - zeroed memory from *@free, aligned to @alignment, a power of two. Refuses to start
 * when there is none. */
paddr_t memory_take(struct ranges *free, uint64_t bytes, uint64_t alignment);

/** memory_next_piece - cut the largest aligned power-of-two piece off the front of *@range; false
 * when less than a page is left. */
bool memory_next_piece(struct range *range, paddr_t *base, unsigned *size_log2);

/* ---- bundle.c ---- */

/** bundle_find_init - check @bundle; init's image in it. Refuses to start when the bundle is
 * missing, truncated or corrupt. */
const struct init_image *bundle_find_init(const struct range *bundle);

/* ---- trace.c ---- */

/** trace_prepare - the memory of a trace, if the command line asks for one with `trace=SIZE`; 0 if
 * not. Refuses to start for a size that is none. */
paddr_t trace_prepare(const struct machine *machine, struct ranges *free);

/* ---- prepare.c ---- */

/**
 * boot_prepare - lay out init and all that the kernel needs for it, in memory from *@free, and give
 * what is left to init.
 *
 * The port adds to the result what concerns only it and the kernel.
 */
struct boot_handover *boot_prepare(const struct machine *machine, struct ranges *free,
                                   uint64_t object_bytes);
