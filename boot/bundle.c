/*
 * bundle.c - checking the boot bundle: header, table, init. Everything in it is untrusted until its
 * sum and bounds are checked.
 */
#include "boot/boot.h"
#include "lib/base/bits.h"
#include "lib/base/crc32.h"

#define INIT_BYTES_MAX (16ull << 20)

/* Each of these says what is wrong, or NULL. */

static const char *header_fault(const struct bundle_header *header, uint64_t size)
{
    if (size < PAGE_BYTES || header->magic != BUNDLE_MAGIC)
        return "it does not start with the magic number of a bundle";
    if (header->version != BUNDLE_VERSION)
        return "its version is not the one that this kernel reads";
    struct bundle_header copy = *header;
    copy.header_crc32 = 0;
    if (crc32_update(0, &copy, sizeof(copy)) != header->header_crc32)
        return "the checksum of its header is wrong";
    if (header->size_bytes > size)
        return "it is truncated";
    if (header->entry_count > BUNDLE_ENTRIES_MAX)
        return "its table of entries is too long";
    uint64_t table_bytes = header->entry_count * sizeof(struct bundle_entry);
    if (crc32_update(0, header->entries, table_bytes) != header->table_crc32)
        return "the checksum of its table is wrong";
    return NULL;
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

static const char *init_fault(const struct bundle_header *header, const struct bundle_entry *entry)
{
    if (!page_multiple(entry->offset) ||
        !range_within(entry->offset, entry->size_bytes, header->size_bytes))
        return "init lies outside of it";
    const void *image = (const char *)header + entry->offset;
    if (crc32_update(0, image, entry->size_bytes) != entry->crc32)
        return "the checksum of init is wrong";
    return init_valid(image, entry->size_bytes) ? NULL : "the header of init is wrong";
}

static const char *find_init(const struct range *bundle, const struct init_image **image)
{
    if (bundle->size_bytes == 0)
        return "none was given";
    const struct bundle_header *header = boot_memory(bundle->base);
    const char *fault = header_fault(header, bundle->size_bytes);
    if (fault != NULL)
        return fault;
    for (uint32_t i = 0; i < header->entry_count; i++) {
        const struct bundle_entry *entry = &header->entries[i];
        if (entry->type != BUNDLE_INIT)
            continue;
        *image = (const void *)((const char *)header + entry->offset);
        return init_fault(header, entry);
    }
    return "it has no init";
}

const struct init_image *bundle_find_init(const struct range *bundle)
{
    const struct init_image *image = NULL;
    const char *fault = find_init(bundle, &image);
    if (fault != NULL)
        boot_refuse("the boot bundle is refused: %s", fault);
    return image;
}
