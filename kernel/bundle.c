/*
 * bundle.c - checking the boot bundle. Everything in it is untrusted until its sum and bounds are
 * checked.
 */
#include "kernel/bundle.h"

#include "lib/base/bits.h"
#include "lib/base/crc32.h"

#define PAGE_BYTES     4096ull
#define INIT_BYTES_MAX (16ull << 20)

static bool header_valid(const struct bundle_header *header, uint64_t size, const char **reason)
{
    *reason = "it does not start with the magic number of a bundle";
    if (size < PAGE_BYTES || header->magic != BUNDLE_MAGIC)
        return false;
    *reason = "its version is not the one that this kernel reads";
    if (header->version != BUNDLE_VERSION)
        return false;
    struct bundle_header copy = *header;
    copy.header_crc32 = 0;
    *reason = "the checksum of its header is wrong";
    if (crc32_update(0, &copy, sizeof(copy)) != header->header_crc32)
        return false;
    *reason = "it is truncated";
    if (header->size_bytes > size)
        return false;
    *reason = "its table of entries is too long";
    if (header->entry_count > BUNDLE_ENTRIES_MAX)
        return false;
    *reason = "the checksum of its table is wrong";
    uint64_t table_bytes = header->entry_count * sizeof(struct bundle_entry);
    return crc32_update(0, header->entries, table_bytes) == header->table_crc32;
}

static bool page_multiple(uint64_t bytes) { return is_aligned(bytes, PAGE_BYTES); }

static bool init_valid(const struct init_image *image, uint64_t size)
{
    uint64_t end = INIT_BASE + image->memory_bytes;
    return size >= sizeof(*image) && image->magic == INIT_MAGIC && image->file_bytes <= size &&
           image->memory_bytes <= INIT_BYTES_MAX && image->file_bytes <= image->memory_bytes &&
           image->text_bytes <= image->memory_bytes && page_multiple(image->text_bytes) &&
           page_multiple(image->memory_bytes) && image->entry >= INIT_BASE && image->entry < end &&
           image->stack_top > INIT_BASE && image->stack_top <= end && image->text_bytes > 0;
}

const struct init_image *bundle_find_init(const struct boot_range *bundle, const char **reason)
{
    if (bundle->size_bytes == 0) {
        *reason = "none was given";
        return NULL;
    }
    const struct bundle_header *header = arch_phys_to_virt(bundle->base);
    if (!header_valid(header, bundle->size_bytes, reason))
        return NULL;
    *reason = "it has no init";
    for (uint32_t i = 0; i < header->entry_count; i++) {
        const struct bundle_entry *entry = &header->entries[i];
        if (entry->type != BUNDLE_INIT)
            continue;
        *reason = "init lies outside of it";
        if (!is_aligned(entry->offset, PAGE_BYTES) ||
            !range_within(entry->offset, entry->size_bytes, header->size_bytes))
            return NULL;
        const struct init_image *image = arch_phys_to_virt(bundle->base + entry->offset);
        *reason = "the checksum of init is wrong";
        if (crc32_update(0, image, entry->size_bytes) != entry->crc32)
            return NULL;
        *reason = "the header of init is wrong";
        return init_valid(image, entry->size_bytes) ? image : NULL;
    }
    return NULL;
}
