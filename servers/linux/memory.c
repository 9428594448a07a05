/*
 * memory.c - takes stock of the memory that the manifest grants, once at the start.
 *
 * The array of struct page is cut from the start of the granted memory. Pages of the boot bundle
 * get a struct page too, so that files of the root can be mapped where they lie; a bundle Region's
 * `address` is where its first byte would be if all of it were mapped here.
 */
#include <corm/kernel_calls.h>

#include "lib/base/bits.h"
#include "servers/linux/memory.h"
#include "servers/linux/spare.h"

#define LARGE_PAGE_BYTES (2ull << 20)

static unsigned add_region(uintptr_t address, uint64_t size_bytes, cap_t slot, bool writable)
{
    ASSERT(memory_region_count < MEMORY_REGIONS_MAX);
    memory_regions[memory_region_count] = (struct memory_region){
        .address = address, .size_bytes = size_bytes, .slot = slot, .writable = writable};
    return memory_region_count++;
}

static uint64_t description_bytes;

uint64_t memory_description_bytes(void) { return description_bytes; }

/* Where the bundle ends, or what is granted if there is none. */
static uintptr_t place_boot(const struct component_info *info, struct page_arrays *arrays,
                            uintptr_t granted_end)
{
    if (info->bundle.region_count == 0 || !is_aligned(info->bundle_address, PAGE_BYTES) ||
        !is_aligned(info->bundle.offset, PAGE_BYTES))
        return granted_end;
    ASSERT(info->bundle_address >= granted_end);
    arrays->boot_base = info->bundle_address;
    arrays->boot_end = info->bundle_address + align_up(info->bundle_bytes, PAGE_BYTES);
    return arrays->boot_end;
}

/* *spare: for the pages of spare.h. Returns the first address behind the descriptions. */
static uintptr_t lay_out(const struct component_info *info, uintptr_t *spare)
{
    struct page_arrays arrays = {.base = info->memory[0].address};
    uint64_t bytes = 0;

    for (unsigned i = 0; i < info->count_memory; i++) {
        ASSERT(info->memory[i].address == arrays.base + bytes);
        bytes += info->memory[i].size_bytes;
    }
    *spare = align_up(place_boot(info, &arrays, arrays.base + bytes), LARGE_PAGE_BYTES);
    arrays.end = *spare + spare_bytes();
    arrays.pages = (struct page *)arrays.base;
    struct page *end = arrays.pages + ((arrays.end - arrays.base) >> PAGE_SHIFT);
    ASSERT((uintptr_t)end < arrays.base + bytes);
    page_init(&arrays);
    description_bytes = align_up((uintptr_t)end, PAGE_BYTES) - arrays.base;
    return arrays.base + description_bytes;
}

bool memory_add_spare(uintptr_t address, uint64_t bytes, cap_t slot)
{
    if (memory_region_count == MEMORY_REGIONS_MAX)
        return false;
    unsigned region = add_region(address, bytes, slot, true);
    for (uintptr_t at = address; at < address + bytes; at += PAGE_BYTES)
        *page_at((void *)at) = (struct page){.flags = region << PAGE_REGION_SHIFT};
    page_note_spare(bytes >> PAGE_SHIFT);
    return true;
}

static void init_granted(const struct component_memory *memory, uintptr_t first_usable)
{
    unsigned region = add_region(memory->address, memory->size_bytes, memory->region_slot, true);
    uintptr_t end = memory->address + memory->size_bytes;

    for (uintptr_t at = memory->address; at < end; at += PAGE_BYTES)
        *page_at((void *)at) = (struct page){.flags = region << PAGE_REGION_SHIFT};
    uintptr_t usable = memory->address > first_usable ? memory->address : first_usable;
    if (usable < end)
        page_add_free(usable, (end - usable) >> PAGE_SHIFT);
}

static void init_bundle(const struct component_info *info)
{
    uintptr_t at = info->bundle_address - info->bundle.offset;
    uintptr_t first = info->bundle_address;
    uintptr_t end = first + info->bundle_bytes;

    for (unsigned i = 0; i < info->bundle.region_count && at < end; i++) {
        uint64_t base, size_log2, rights, device;
        cap_t slot = info->bundle.region_slot + i;
        status_t status = region_info(slot, &base, &size_log2, &rights, &device);
        ASSERT(status == OK);
        uintptr_t region_end = at + (1ull << size_log2);
        unsigned region = add_region(at, 1ull << size_log2, slot, false);
        for (uintptr_t page = at > first ? at : first; page < region_end && page < end;
             page += PAGE_BYTES) {
            struct page *boot = page_of_boot((void *)page);
            ASSERT(boot != NULL);
            *boot = (struct page){.refs = 1, .flags = PAGE_BOOT | region << PAGE_REGION_SHIFT};
        }
        at = region_end;
    }
    ASSERT(at >= end);
}

void memory_init(const struct component_info *info)
{
    ASSERT(info->count_memory > 0);
    uintptr_t spare, first_usable = lay_out(info, &spare);
    for (unsigned i = 0; i < info->count_memory; i++)
        init_granted(&info->memory[i], first_usable);
    if (info->bundle.region_count != 0)
        init_bundle(info);
    if (spare_bytes() != 0)
        spare_place_pages(spare);
}
