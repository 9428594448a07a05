/**
 * bundle.c - see bundle.h.
 */
#include "tests/unit/boot/bundle.h"

#include "lib/base/crc32.h"

#define INIT_OFFSET 4096u

struct init_image *good_image(struct bundle_header *header)
{
    return (void *)((uint8_t *)header + header->entries[0].offset);
}

void make_sums(struct bundle_header *header, bool image_too)
{
    struct bundle_entry *entry = &header->entries[0];
    if (image_too)
        entry->crc32 = crc32_update(0, good_image(header), entry->size_bytes);
    header->table_crc32 = crc32_update(0, entry, header->entry_count * sizeof *entry);
    header->header_crc32 = 0;
    header->header_crc32 = crc32_update(0, header, sizeof *header);
}

struct bundle_header *good_bundle(void *memory)
{
    struct bundle_header *header = memory;
    *header = (struct bundle_header){.magic = BUNDLE_MAGIC,
                                     .version = BUNDLE_VERSION,
                                     .entry_count = 1,
                                     .size_bytes = GOOD_BUNDLE_BYTES};
    header->entries[0] = (struct bundle_entry){.name = "init",
                                               .type = BUNDLE_INIT,
                                               .offset = INIT_OFFSET,
                                               .size_bytes = GOOD_INIT_FILE_BYTES};
    *good_image(header) = (struct init_image){.magic = INIT_MAGIC,
                                              .entry = GOOD_INIT_ENTRY,
                                              .stack_top = INIT_BASE + GOOD_INIT_MEMORY_BYTES,
                                              .text_bytes = GOOD_INIT_TEXT_BYTES,
                                              .file_bytes = GOOD_INIT_FILE_BYTES,
                                              .memory_bytes = GOOD_INIT_MEMORY_BYTES};
    make_sums(header, true);
    return header;
}
