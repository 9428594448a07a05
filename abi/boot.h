/*
 * boot.h - what the boot stage and the kernel tell each other.
 *
 * The boot stage (boot/) is what a loader starts. It checks all that comes from outside, lays out
 * memory, builds the kernel's page tables and calls the kernel's entry with the physical address of
 * a struct boot_handover and the index of the processor that calls: 0 the first time, and at about
 * the same time that of each other processor; abi/arch/<arch>/boot.h says in which state. The boot
 * stage's own memory is already among what init will own, so the kernel is done with the handover,
 * and all processors have left the boot stage, before init runs.
 */
#pragma once

#include <stdint.h>

#include "abi/bootinfo.h"

#define KERNEL_IMAGE_MAGIC 0x316e726b6d726f63ull /* "cormkrn1" */
#define BOOT_REGIONS_MAX   63                    /* init's Space has these slots left */
#define BOOT_CPUS_MAX      32

/*
 * At the start of the kernel's flat image. Addresses are the kernel's own and page-aligned: the
 * text from this header on, then what is only read, then what is written; memory up to `end`. The
 * first processor's stack is the last of it. Behind `end` each other processor has the like: a page
 * that stays unmapped, then cpu_bytes of zeroed memory.
 */
struct kernel_image {
    uint64_t magic;
    uint64_t entry;
    uint64_t rodata;
    uint64_t data;
    uint64_t stack_guard; /* a page that stays unmapped */
    uint64_t end;
    uint64_t cpu_bytes;
    uint64_t object_bytes; /* what the kernel's objects for init take */
};

/* Memory to attach to init's Space, a power of two of bytes, aligned to its size. */
struct boot_region {
    uint64_t address; /* in init's Space */
    uint64_t base;
    uint32_t size_log2;
    uint32_t rights; /* enum region_right */
};

/*
 * The trace, if one was asked for: the boot stage sets the memory aside, the kernel writes it, and
 * whoever can read the machine's memory reads it (tools/cormlib/trace_ring.py). Record n is at
 * n & mask; while one is being written, it is not counted yet.
 *
 * A record says who ran from when to when, and why the kernel was entered then. thread: its
 * address, 0 when nobody ran; component: the badge of its fault endpoint, by which init knows it;
 * in_guest: it ran in its guest; kind: a vector of the port, or the number of vectors for a system
 * call; word: handle, address of a page fault, or error code. since_ns of the ring: when the kernel
 * was last left; equal in two records when it was not left in between.
 */
struct trace_record {
    uint64_t since_ns, until_ns, thread, component, in_guest, kind, word;
};

struct trace_ring {
    uint64_t mask, count_written, since_ns;
    struct trace_record records[];
};

struct boot_handover {
    uint64_t objects;    /* kernel_image.object_bytes of zeroed memory, page-aligned */
    uint64_t nodes;      /* zeroed: page-table nodes, enough for `regions` */
    uint64_t nodes_log2; /* bytes */
    uint64_t bootinfo;   /* the page, complete but for one feature */
    uint64_t entry;      /* of init */
    uint64_t stack_top;
    uint64_t argument;
    uint64_t kernel_root;       /* page tables of the kernel alone */
    uint64_t timer_multiplier;  /* timer ticks = ns * this >> 32 */
    uint64_t vector_components; /* x86_64: XCR0, 0 without XSAVE; and the bytes that they take */
    uint64_t vector_bytes;
    uint64_t trace;       /* a struct trace_ring, 0 without one */
    uint64_t count_ports; /* I/O ports; 0 where there are none */
    uint64_t port[8];     /* what only a port and its boot stage know: abi/arch/<arch>/boot.h */
    uint64_t count_cpus;  /* those that came */
    uint64_t cpu_ids[BOOT_CPUS_MAX]; /* by index: abi/arch/<arch>/boot.h */
    uint64_t count_regions;
    struct boot_region regions[BOOT_REGIONS_MAX];
};
