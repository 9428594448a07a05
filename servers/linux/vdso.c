/*
 * vdso.c - the vDSO's pages, shared by all guests.
 *
 * The data page and the image are mapped like private memory with one more owner (us), so a guest
 * that makes them writable gets a copy. Lock: none; after the start only one word changes.
 */
#include "servers/linux/vdso.h"

#include "abi/component.h"

#include "lib/base/string.h"
#include "servers/linux/vdso/data.h"

#define IMAGE_PAGES_MAX 2
#define ELF_ENTRY_AT    24 /* e_entry of the image's header */

extern const char vdso_image[], vdso_image_end[];

static struct {
    struct page *data;
    struct page *image[IMAGE_PAGES_MAX];
    unsigned image_pages;
    uint64_t entry; /* of the image */
} vdso;

int vdso_init(const struct component_info *info)
{
    size_t bytes = (size_t)(vdso_image_end - vdso_image);

    ASSERT(bytes <= IMAGE_PAGES_MAX * PAGE_BYTES);
    vdso.data = page_alloc();
    if (!vdso.data)
        return -ENOMEM;
    for (size_t at = 0; at < bytes; at += PAGE_BYTES) {
        struct page *page = page_alloc();
        if (!page)
            return -ENOMEM;
        memcpy(page_data(page), vdso_image + at, bytes - at < PAGE_BYTES ? bytes - at : PAGE_BYTES);
        vdso.image[vdso.image_pages++] = page;
    }
    memcpy(&vdso.entry, vdso_image + ELF_ENTRY_AT, sizeof(vdso.entry));
    struct vdso_data *data = page_data(vdso.data);
    data->multiplier = info->clock_multiplier;
    data->processors = info->count_processors;
    data->monotonic_offset_ns = info->clock_offset_ns;
    return 0;
}

uint64_t vdso_return(const struct mm *mm) { return mm->vdso + vdso.entry; }

void vdso_set_real_offset(int64_t offset_ns)
{
    struct vdso_data *data = page_data(vdso.data);

    __atomic_store_n(&data->real_offset_ns, offset_ns, __ATOMIC_RELAXED);
}

static int insert(struct mm *mm, uint64_t address, struct page *page)
{
    int error = mm_insert_page_locked(mm, address, page_get(page));
    if (error < 0)
        page_put(page);
    return error;
}

int vdso_map_locked(struct mm *mm)
{
    uint64_t image_bytes = (uint64_t)vdso.image_pages << PAGE_SHIFT;
    uint64_t place = mm_find_place_locked(mm, 0, image_bytes + PAGE_BYTES);
    const struct map_request data = {.address = place,
                                     .bytes = PAGE_BYTES,
                                     .place = PLACE_FREE,
                                     .prot = PROT_READ,
                                     .flags = VMA_VVAR};
    const struct map_request image = {.address = place + PAGE_BYTES,
                                      .bytes = image_bytes,
                                      .place = PLACE_FREE,
                                      .prot = PROT_READ | PROT_EXEC,
                                      .flags = VMA_VDSO};

    if (place == 0 || mm_map_locked(mm, &data) < 0 || mm_map_locked(mm, &image) < 0)
        return -ENOMEM;
    int error = insert(mm, place, vdso.data);
    for (unsigned i = 0; i < vdso.image_pages && error == 0; i++)
        error = insert(mm, place + (1ull + i) * PAGE_BYTES, vdso.image[i]);
    mm->vdso = place + PAGE_BYTES;
    return error;
}
