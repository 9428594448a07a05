/*
 * bundle.h - the boot bundle: everything beside the kernel, in one file.
 *
 * Little-endian. Header and entry table fill the first page; the data of each entry starts on a
 * page boundary, in table order, without overlap; the file's length is a multiple of the page.
 * Every checksum is CRC-32 (zlib's polynomial). The boot stage checks header, table and `init`;
 * init checks manifest and programs; the Linux world checks its root.
 */
#pragma once

#include <stdint.h>

#define BUNDLE_MAGIC       0x6c646e626d726f63ull /* "cormbndl" */
#define BUNDLE_VERSION     1
#define BUNDLE_ENTRIES_MAX 62
#define BUNDLE_NAME_BYTES  32

enum bundle_type {
    BUNDLE_INIT = 1,     /* struct init_image */
    BUNDLE_MANIFEST = 2, /* abi/manifest.h */
    BUNDLE_PROGRAM = 3,  /* struct program_image, one per program file */
    BUNDLE_ROOT = 4,  /* cpio newc; the data of each regular file is page-aligned in the bundle */
    BUNDLE_WORLD = 5, /* struct world_options (abi/world.h), for the Linux world of the same name */
};

struct bundle_entry {
    char name[BUNDLE_NAME_BYTES]; /* NUL-terminated */
    uint32_t type;
    uint32_t crc32; /* of the size_bytes of data */
    uint64_t offset;
    uint64_t size_bytes;
    uint64_t reserved; /* 0 */
};

struct bundle_header {
    uint64_t magic;
    uint32_t version;
    uint32_t entry_count;
    uint64_t size_bytes;   /* of the whole file */
    uint32_t table_crc32;  /* of entry_count entries */
    uint32_t header_crc32; /* of this header with this field 0 */
    uint64_t reserved[4];  /* 0 */
    struct bundle_entry entries[];
};

/*
 * init is a flat image: this header at its start, mapped at INIT_BASE. [0, text_bytes) is mapped
 * readable and executable, [text_bytes, memory_bytes) readable and writable. All sizes are
 * multiples of the page; file_bytes are in the bundle, the rest is zeroed. Entry: first argument =
 * address of the struct bootinfo page.
 */
#define INIT_MAGIC 0x74696e696d726f63ull /* "corminit" */
#define INIT_BASE  0x400000ull

struct init_image {
    uint64_t magic;
    uint64_t entry;     /* address */
    uint64_t stack_top; /* address, inside the memory */
    uint64_t text_bytes;
    uint64_t file_bytes;
    uint64_t memory_bytes;
};

/* A program: at most eight segments, flattened from ELF on the host. */
#define PROGRAM_MAGIC        0x676f72706d726f63ull /* "cormprog" */
#define PROGRAM_SEGMENTS_MAX 8

enum program_rights { PROGRAM_READ = 1, PROGRAM_WRITE = 2, PROGRAM_EXECUTE = 4 };

struct program_segment {
    uint64_t address; /* page-aligned */
    uint64_t offset;  /* in this entry, page-aligned */
    uint64_t file_bytes;
    uint64_t memory_bytes; /* at least file_bytes */
    uint64_t rights;       /* never write and execute together */
};

struct program_image {
    uint64_t magic;
    uint64_t entry;
    uint64_t segment_count;
    struct program_segment segments[PROGRAM_SEGMENTS_MAX];
};
