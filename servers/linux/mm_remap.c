/*
 * mm_remap.c - mremap and madvise.
 */
#include "lib/base/checked.h"
#include "servers/linux/mm.h"
#include "servers/linux/mman.h"
#include "servers/linux/process.h"
#include "servers/linux/sys.h"

/* ---- mremap ------------------------------------------------------------------------------- */

struct remap {
    uint64_t old_start;
    uint64_t old_bytes;
    uint64_t new_start; /* MREMAP_FIXED */
    uint64_t new_bytes;
    uint64_t flags;
};

static int check_remap(const struct remap *remap)
{
    const uint64_t known = MREMAP_MAYMOVE | MREMAP_FIXED;

    if (remap->flags & ~known || remap->old_start % PAGE_BYTES || remap->new_bytes == 0 ||
        remap->new_bytes > GUEST_ADDRESS_END || remap->old_start > GUEST_ADDRESS_END ||
        remap->old_bytes > GUEST_ADDRESS_END - remap->old_start)
        return -EINVAL;
    if (!(remap->flags & MREMAP_FIXED))
        return 0;
    uint64_t start = remap->new_start;
    if (!(remap->flags & MREMAP_MAYMOVE) || start % PAGE_BYTES || start < GUEST_ADDRESS_MIN ||
        start > GUEST_ADDRESS_END - remap->new_bytes)
        return -EINVAL;
    bool overlap =
        start < remap->old_start + remap->old_bytes && remap->old_start < start + remap->new_bytes;
    return overlap ? -EINVAL : 0;
}

/* Extends a range upwards where nothing is in the way. */
static bool grow_in_place(struct mm *mm, struct vma *vma, const struct remap *remap)
{
    uint64_t old_end = remap->old_start + remap->old_bytes;
    uint64_t new_end = remap->old_start + remap->new_bytes;

    if (vma->end != old_end || new_end > GUEST_ADDRESS_END ||
        !vma_range_free(&mm->vmas, old_end, new_end))
        return false;
    vma_set_bounds(&mm->vmas, vma, vma->start, new_end);
    tally_add(&mm->total_pages, (new_end - old_end) >> PAGE_SHIFT);
    mm_join_locked(mm, vma->start, new_end);
    return true;
}

/* A new range elsewhere, the pages over there, the old range gone. */
static long move(struct mm *mm, const struct vma *vma, const struct remap *remap)
{
    struct map_request request = {
        .address = remap->new_start,
        .bytes = remap->new_bytes,
        .place = remap->flags & MREMAP_FIXED ? PLACE_FIXED : PLACE_ANYWHERE,
        .prot = vma->prot,
        .flags = vma->flags,
        .file = vma->file,
        .offset_pages = vma->offset_pages + ((remap->old_start - vma->start) >> PAGE_SHIFT),
    };
    uint64_t old_bytes = remap->old_bytes;
    uint64_t keep = old_bytes < remap->new_bytes ? old_bytes : remap->new_bytes;

    long start = mm_map_locked(mm, &request);
    if (start < 0)
        return start;
    int error = mm_move_pages_locked(mm, remap->old_start, (uint64_t)start, keep);
    if (error == 0)
        error = mm_unmap_locked(mm, remap->old_start, remap->old_start + old_bytes);
    return error < 0 ? error : start;
}

static long remap_locked(struct mm *mm, const struct remap *remap)
{
    struct vma *vma = vma_at(&mm->vmas, remap->old_start);
    uint64_t old_end = remap->old_start + remap->old_bytes;

    if (!vma || vma->end < old_end || remap->old_bytes == 0)
        return -EFAULT;
    if (remap->flags & MREMAP_FIXED)
        return move(mm, vma, remap);
    if (remap->new_bytes <= remap->old_bytes) {
        int error = remap->new_bytes == remap->old_bytes
                        ? 0
                        : mm_unmap_locked(mm, remap->old_start + remap->new_bytes, old_end);
        return error < 0 ? error : (long)remap->old_start;
    }
    bool memory = vma->prot & PROT_WRITE && !(vma->flags & (VMA_SHARED | VMA_NORESERVE));
    if (!mm_may_grow(mm, remap->new_bytes - remap->old_bytes, memory))
        return -ENOMEM;
    if (grow_in_place(mm, vma, remap))
        return (long)remap->old_start;
    return remap->flags & MREMAP_MAYMOVE ? move(mm, vma, remap) : -ENOMEM;
}

SYSCALL(mremap)
{
    struct mm *mm = thread_self()->mm;
    struct remap remap = {.old_start = args[0], .new_start = 0, .flags = args[3]};

    if (!align_up_checked(args[1], PAGE_BYTES, &remap.old_bytes) ||
        !align_up_checked(args[2], PAGE_BYTES, &remap.new_bytes))
        return -EINVAL;
    if (args[3] & MREMAP_FIXED)
        remap.new_start = args[4];
    int error = check_remap(&remap);
    if (error < 0)
        return error;
    mm_lock(mm);
    long result = remap_locked(mm, &remap);
    mm_unlock(mm);
    return result;
}

/* ---- madvise ------------------------------------------------------------------------------ */

/* Drops what is there: private memory reads as zeros (or as the file) afterwards. */
static long discard(struct mm *mm, uint64_t start, uint64_t end)
{
    mm_drop_pages_locked(mm, start, end);
    return 0;
}

static long change_flags(struct mm *mm, uint64_t start, uint64_t end, uint32_t set, uint32_t clear)
{
    int error = mm_split_locked(mm, start);
    if (error == 0)
        error = mm_split_locked(mm, end);
    if (error < 0)
        return error;
    for (struct vma *vma = vma_find(&mm->vmas, start); vma && vma->start < end;
         vma = vma_next(vma)) {
        if (set & VMA_WIPE_ON_FORK && (vma->file || vma->flags & VMA_SHARED))
            return -EINVAL;
        vma->flags = (vma->flags | set) & ~clear;
    }
    mm_join_locked(mm, start, end);
    return 0;
}

static long advise(struct mm *mm, uint64_t start, uint64_t end, int advice)
{
    switch (advice) {
    case MADV_DONTNEED:
    case MADV_FREE:
        return discard(mm, start, end);
    case MADV_DONTFORK:
        return change_flags(mm, start, end, VMA_NO_FORK, 0);
    case MADV_DOFORK:
        return change_flags(mm, start, end, 0, VMA_NO_FORK);
    case MADV_WIPEONFORK:
        return change_flags(mm, start, end, VMA_WIPE_ON_FORK, 0);
    case MADV_KEEPONFORK:
        return change_flags(mm, start, end, 0, VMA_WIPE_ON_FORK);
    default: /* hints: nothing is read ahead, swapped, merged or dumped */
        return 0;
    }
}

static bool advice_known(int advice)
{
    return (advice >= MADV_NORMAL && advice <= MADV_DONTNEED) || advice == MADV_FREE ||
           (advice >= MADV_DONTFORK && advice <= MADV_PAGEOUT);
}

SYSCALL(madvise)
{
    struct mm *mm = thread_self()->mm;
    uint64_t start = args[0], bytes;
    int advice = arg_int(args[2]);

    if (start % PAGE_BYTES || !advice_known(advice) ||
        !align_up_checked(args[1], PAGE_BYTES, &bytes) || start > GUEST_ADDRESS_END ||
        bytes > GUEST_ADDRESS_END - start)
        return -EINVAL;
    if (bytes == 0)
        return 0;
    mm_lock(mm);
    bool whole = mm_range_mapped_locked(mm, start, start + bytes);
    long result = advise(mm, start, start + bytes, advice);
    mm_unlock(mm);
    return result == 0 && !whole ? -ENOMEM : result;
}
