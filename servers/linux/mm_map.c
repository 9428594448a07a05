/*
 * mm_map.c - making, removing, splitting, joining and re-protecting ranges.
 *
 * All functions: caller holds mm->mutex, addresses are page-aligned and below GUEST_ADDRESS_END.
 */
#include "servers/linux/memfd.h"
#include "servers/linux/memory.h"
#include "servers/linux/mm.h"
#include "servers/linux/process.h"
#include "servers/linux/shm.h"

/* Is it, or may mprotect make it, a way to write a sealed file? */
static bool may_write_file(const struct vma *vma)
{
    return (vma->flags & VMA_SHARED) && file_writable(vma->file);
}

struct vma *vma_alloc(const struct vma *like)
{
    struct vma *vma = heap_alloc(sizeof(*vma));
    if (!vma)
        return NULL;
    *vma = *like;
    if (vma->file) {
        file_get(vma->file);
        __atomic_fetch_add(&vma->file->inode->mapping_count, 1, __ATOMIC_ACQ_REL);
        if (may_write_file(vma))
            memfd_count_mapping(vma->file->inode, 1);
    }
    return vma;
}

void vma_free(struct vma *vma)
{
    if (vma->file) {
        __atomic_fetch_sub(&vma->file->inode->mapping_count, 1, __ATOMIC_ACQ_REL);
        if (may_write_file(vma))
            memfd_count_mapping(vma->file->inode, -1);
        if (UNLIKELY(vma->file->inode->is_segment))
            shm_unmapped(vma->file->inode);
        file_put(vma->file);
    }
    heap_free(vma);
}

static uint64_t vma_pages(const struct vma *vma) { return (vma->end - vma->start) >> PAGE_SHIFT; }

/* Does `second`, which begins where `first` ends, continue it? */
static bool joinable(const struct vma *first, const struct vma *second)
{
    return first->end == second->start && first->prot == second->prot &&
           first->flags == second->flags && first->file == second->file &&
           (!first->file || first->offset_pages + vma_pages(first) == second->offset_pages);
}

/* To be freed by mm_unlock: a file's last reference, or a segment's last mapping, must not go under
   the mutex. */
static void bury(struct mm *mm, struct vma *vma)
{
    vma->next = mm->dead;
    mm->dead = vma;
}

static struct vma *join(struct mm *mm, struct vma *first, struct vma *second)
{
    uint64_t end = second->end;
    vma_remove(&mm->vmas, second);
    vma_set_bounds(&mm->vmas, first, first->start, end);
    bury(mm, second);
    return first;
}

/* Joins `vma` and those behind it that begin up to `end` to their neighbours. */
static void join_from(struct mm *mm, struct vma *vma, uint64_t end)
{
    if (vma->previous && joinable(vma->previous, vma))
        vma = join(mm, vma->previous, vma);
    while (vma->next && vma->next->start <= end) {
        if (joinable(vma, vma->next))
            vma = join(mm, vma, vma->next);
        else
            vma = vma->next;
        if (vma->end < end)
            call_must_go_on();
    }
}

void mm_join_locked(struct mm *mm, uint64_t start, uint64_t end)
{
    struct vma *vma = vma_find(&mm->vmas, start);
    if (vma)
        join_from(mm, vma, end);
}

int mm_split_locked(struct mm *mm, uint64_t address)
{
    struct vma *vma = vma_at(&mm->vmas, address);
    if (!vma || vma->start == address)
        return 0;
    if (mm->vmas.count >= MM_RANGES_MAX)
        return -ENOMEM;
    struct vma *upper = vma_alloc(vma);
    if (!upper)
        return -ENOMEM;
    upper->start = address;
    upper->offset_pages += (address - vma->start) >> PAGE_SHIFT;
    vma_set_bounds(&mm->vmas, vma, vma->start, address);
    vma_insert(&mm->vmas, upper);
    return 0;
}

int mm_unmap_locked(struct mm *mm, uint64_t start, uint64_t end)
{
    struct vma *first = vma_find(&mm->vmas, start);
    if (!first || first->start >= end)
        return 0;
    if (first->start != start || first->end != end) {
        int error = mm_split_locked(mm, start);
        if (error == 0)
            error = mm_split_locked(mm, end);
        if (error < 0)
            return error;
        first = vma_find(&mm->vmas, start);
    }
    mm_drop_pages_locked(mm, start, end);
    for (struct vma *vma = first, *next; vma && vma->start < end; vma = next) {
        next = vma_next(vma);
        tally_sub(&mm->total_pages, vma_pages(vma));
        vma_remove(&mm->vmas, vma);
        bury(mm, vma);
        if (next && next->start < end)
            call_must_go_on();
    }
    return 0;
}

bool mm_may_grow(const struct mm *mm, uint64_t bytes, bool counts_as_memory)
{
    uint64_t limit = process_limit(RLIMIT_AS);
    struct page_totals totals;

    if (bytes > limit || (mm->total_pages << PAGE_SHIFT) > limit - bytes)
        return false;
    page_totals_read(&totals);
    return !counts_as_memory || bytes >> PAGE_SHIFT <= totals.total;
}

uint64_t mm_find_place_locked(struct mm *mm, uint64_t hint, uint64_t bytes)
{
    if (bytes > GUEST_ADDRESS_END)
        return 0;
    if (hint >= GUEST_ADDRESS_MIN && hint <= GUEST_ADDRESS_END - bytes &&
        vma_range_free(&mm->vmas, hint, hint + bytes))
        return hint;
    uint64_t place = vma_find_hole(&mm->vmas, bytes, GUEST_ADDRESS_MIN, mm->mmap_top);
    if (place == 0)
        place = vma_find_hole(&mm->vmas, bytes, GUEST_ADDRESS_MIN, GUEST_ADDRESS_END);
    return place;
}

/* Where the request goes, with that place empty. */
static long clear_place(struct mm *mm, const struct map_request *request)
{
    uint64_t start = request->address;

    if (request->place == PLACE_ANYWHERE) {
        start = mm_find_place_locked(mm, start, request->bytes);
        return start != 0 ? (long)start : -ENOMEM;
    }
    if (start > GUEST_ADDRESS_END || request->bytes > GUEST_ADDRESS_END - start)
        return -ENOMEM;
    if (start < GUEST_ADDRESS_MIN)
        return -EPERM;
    if (request->place == PLACE_FREE)
        return vma_range_free(&mm->vmas, start, start + request->bytes) ? (long)start : -EEXIST;
    int error = mm_unmap_locked(mm, start, start + request->bytes);
    return error < 0 ? error : (long)start;
}

long mm_map_locked(struct mm *mm, const struct map_request *request)
{
    bool memory = (request->prot & PROT_WRITE) && !(request->flags & (VMA_SHARED | VMA_NORESERVE));

    if (mm->vmas.count >= MM_RANGES_MAX || !mm_may_grow(mm, request->bytes, memory))
        return -ENOMEM;
    const struct vma like = {.prot = request->prot,
                             .flags = request->flags,
                             .file = request->file,
                             .offset_pages = request->offset_pages};
    struct vma *vma = vma_alloc(&like);
    if (!vma)
        return -ENOMEM;
    long start = clear_place(mm, request);
    if (start < 0) {
        bury(mm, vma);
        return start;
    }
    vma->start = (uint64_t)start;
    vma->end = vma->start + request->bytes;
    vma_insert(&mm->vmas, vma);
    tally_add(&mm->total_pages, vma_pages(vma));
    if (mm->total_pages > mm->peak_pages)
        mm->peak_pages = mm->total_pages;
    join_from(mm, vma, vma->end);
    return start;
}

/* A file that is not open for writing cannot become writable through a shared mapping. */
static bool may_have(const struct vma *vma, uint32_t prot)
{
    return !(prot & PROT_WRITE) || !(vma->flags & VMA_SHARED) ||
           (file_writable(vma->file) && memfd_check_map(vma->file->inode, true, true) == 0);
}

/* Checks [start, end) before anything changes: all mapped, all may have the rights. */
static int check_protect(struct mm *mm, uint64_t start, uint64_t end, uint32_t prot)
{
    struct vma *vma = vma_at(&mm->vmas, start);
    for (uint64_t at = start; at < end; vma = vma_next(vma)) {
        if (!vma || vma->start > at)
            return -ENOMEM;
        if (!may_have(vma, prot))
            return -EACCES;
        at = vma->end;
    }
    return 0;
}

int mm_protect_locked(struct mm *mm, uint64_t start, uint64_t end, uint32_t prot)
{
    int error = check_protect(mm, start, end, prot);
    if (error == 0)
        error = mm_split_locked(mm, start);
    if (error == 0)
        error = mm_split_locked(mm, end);
    if (error < 0)
        return error;
    uint32_t taken = 0;
    for (struct vma *vma = vma_find(&mm->vmas, start); vma && vma->start < end;
         vma = vma_next(vma)) {
        taken |= vma->prot & ~prot;
        vma->prot = prot;
    }
    if (taken != 0)
        mm_unmap_guest_locked(mm, start, end);
    mm_join_locked(mm, start, end);
    return 0;
}
