/*
 * elf.h - what an ELF file asks of execve, checked. Pure functions over bytes: no file, no memory.
 *
 * A file that is refused is -ENOEXEC: not ours, truncated, or telling of ranges that cannot be.
 */
#pragma once

#include "servers/linux/base.h"

#define ELF_HEADER_BYTES    64
#define ELF_PROGRAM_BYTES   56
#define ELF_PROGRAMS_MAX    64
#define ELF_SEGMENTS_MAX    16
#define ELF_INTERPRETER_MAX PATH_MAX

/* A part of the file, or zeros, in memory. Addresses are the file's own (before relocation). */
struct elf_segment {
    uint64_t address;
    uint64_t offset;
    uint64_t file_bytes;
    uint64_t memory_bytes;
    uint32_t prot; /* PROT_* */
};

struct elf_image {
    bool relocatable; /* ET_DYN: may be loaded anywhere */
    uint64_t entry;
    uint64_t programs_offset; /* in the file */
    unsigned program_count;
    unsigned segment_count;
    struct elf_segment segments[ELF_SEGMENTS_MAX]; /* rising, first pages of each may be shared */
    uint64_t low;                                  /* first page of all segments */
    uint64_t high;                                 /* behind the last page */
    uint64_t programs_address; /* where the program headers are in memory, 0: nowhere */
    uint64_t interpreter_offset;
    uint64_t interpreter_bytes; /* with the 0; 0: none */
    bool executable_stack;
};

/* The file header: programs_offset and program_count are then known and inside the file. */
MUST_USE int elf_check_header(struct elf_image *image, const uint8_t header[ELF_HEADER_BYTES],
                              uint64_t file_bytes);

/* The program headers (program_count * ELF_PROGRAM_BYTES): everything else is then known. */
MUST_USE int elf_check_programs(struct elf_image *image, const uint8_t *programs,
                                uint64_t file_bytes);
