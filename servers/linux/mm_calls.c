/*
 * mm_calls.c - mmap, munmap, mprotect, brk, msync and what goes with them.
 */
#include "lib/base/checked.h"
#include "servers/linux/fd.h"
#include "servers/linux/memfd.h"
#include "servers/linux/mm.h"
#include "servers/linux/mman.h"
#include "servers/linux/process.h"
#include "servers/linux/shared_memory.h"
#include "servers/linux/sys.h"

#define PROT_KNOWN (PROT_READ | PROT_WRITE | PROT_EXEC | PROT_SEM)

/* Rounds a length up to pages; 0 if it is 0 or does not fit into an address space. */
static uint64_t page_length(uint64_t bytes)
{
    uint64_t rounded;
    if (!align_up_checked(bytes, PAGE_BYTES, &rounded) || rounded > GUEST_ADDRESS_END)
        return 0;
    return rounded;
}

/* [start, start + bytes) as pages inside the address space. */
static bool range_valid(uint64_t start, uint64_t bytes)
{
    return start % PAGE_BYTES == 0 && start <= GUEST_ADDRESS_END &&
           bytes <= GUEST_ADDRESS_END - start;
}

static uint32_t vma_flags_of(uint64_t flags)
{
    return ((flags & MAP_TYPE) != MAP_PRIVATE ? VMA_SHARED : 0) |
           (flags & MAP_GROWSDOWN ? VMA_GROWSDOWN : 0) |
           (flags & MAP_NORESERVE ? VMA_NORESERVE : 0);
}

/* May this file be mapped so? The checks of mmap(2). */
static int check_file(const struct file *file, uint64_t prot, bool shared)
{
    if (!file_readable(file))
        return -EACCES;
    if (shared && prot & PROT_WRITE && !file_writable(file))
        return -EACCES;
    int sealed = memfd_check_map(file->inode, shared, prot & PROT_WRITE);
    if (sealed < 0)
        return sealed;
    return file->ops->page ? 0 : -ENODEV;
}

static long map(struct map_request *request)
{
    struct mm *mm = thread_self()->mm;
    mm_lock(mm);
    long start = mm_map_locked(mm, request);
    mm_unlock(mm);
    return start;
}

static long map_file(struct map_request *request, int fd, uint64_t prot)
{
    struct file *file = fd_file(fd);
    if (!file)
        return -EBADF;
    bool shared = request->flags & VMA_SHARED;
    long result = check_file(file, prot, shared);
    if (result == 0 && S_ISCHR(file->inode->mode) && !shared) {
        result = map(request); /* /dev/zero: anonymous memory */
    } else if (result == 0) {
        request->file = file;
        result = map(request);
    }
    file_put(file);
    return result;
}

static long map_anonymous(struct map_request *request)
{
    if (!(request->flags & VMA_SHARED))
        return map(request);
    int error = 0;
    struct file *file = shared_memory_create(request->bytes, &error);
    if (!file)
        return error;
    request->file = file;
    request->offset_pages = 0;
    long result = map(request);
    file_put(file);
    return result;
}

static int check_flags(uint64_t flags, uint64_t address, uint64_t offset)
{
    uint64_t type = flags & MAP_TYPE;
    if (type != MAP_SHARED && type != MAP_PRIVATE && type != MAP_SHARED_VALIDATE)
        return -EINVAL;
    if (flags & MAP_HUGETLB)
        return -ENOMEM; /* there are none */
    if (type == MAP_SHARED_VALIDATE && flags & ~MAP_KNOWN)
        return -EOPNOTSUPP;
    if (flags & (MAP_FIXED | MAP_FIXED_NOREPLACE) && address % PAGE_BYTES)
        return -EINVAL;
    return offset % PAGE_BYTES ? -EINVAL : 0;
}

SYSCALL(mmap)
{
    uint64_t flags = args[3];
    struct map_request request = {
        .address = args[0],
        .bytes = page_length(args[1]),
        .prot = (uint32_t)args[2] & (PROT_READ | PROT_WRITE | PROT_EXEC),
        .flags = vma_flags_of(flags),
        .offset_pages = args[5] >> PAGE_SHIFT,
    };

    int error = check_flags(flags, args[0], args[5]);
    if (error < 0)
        return error;
    if (args[1] == 0)
        return -EINVAL;
    if (request.bytes == 0)
        return -ENOMEM;
    if (args[5] > INT64_MAX || request.bytes > INT64_MAX - args[5])
        return -EOVERFLOW;
    if (flags & MAP_FIXED_NOREPLACE)
        request.place = PLACE_FREE;
    else if (flags & MAP_FIXED)
        request.place = PLACE_FIXED;
    else
        request.address = align_down(request.address, PAGE_BYTES);
    return flags & MAP_ANONYMOUS ? map_anonymous(&request)
                                 : map_file(&request, arg_int(args[4]), args[2]);
}

SYSCALL(munmap)
{
    struct mm *mm = thread_self()->mm;
    uint64_t bytes = page_length(args[1]);

    if (bytes == 0 || !range_valid(args[0], bytes))
        return -EINVAL;
    mm_lock(mm);
    int error = mm_unmap_locked(mm, args[0], args[0] + bytes);
    mm_unlock(mm);
    return error;
}

SYSCALL(mprotect)
{
    struct mm *mm = thread_self()->mm;
    uint64_t start = args[0], bytes = page_length(args[1]);

    if (start % PAGE_BYTES || args[2] & ~(uint64_t)(PROT_KNOWN | PROT_GROWSDOWN))
        return -EINVAL;
    if (args[1] == 0)
        return 0;
    if (bytes == 0 || !range_valid(start, bytes))
        return -ENOMEM;
    mm_lock(mm);
    if (args[2] & PROT_GROWSDOWN) {
        struct vma *vma = vma_at(&mm->vmas, start);
        if (vma && vma->flags & VMA_GROWSDOWN) {
            bytes += start - vma->start;
            start = vma->start;
        }
    }
    int error = mm_protect_locked(mm, start, start + bytes,
                                  (uint32_t)args[2] & (PROT_READ | PROT_WRITE | PROT_EXEC));
    mm_unlock(mm);
    return error;
}

/* pkey_mprotect and the allocation of keys: there are none, as on a processor without them. */
SYSCALL(pkey_alloc)
{
    (void)args;
    return -ENOSPC;
}

SYSCALL(pkey_free)
{
    (void)args;
    return -EINVAL;
}

/* ---- brk ---------------------------------------------------------------------------------- */

static bool grow_heap(struct mm *mm, uint64_t from, uint64_t to)
{
    const struct map_request request = {.address = from,
                                        .bytes = to - from,
                                        .place = PLACE_FREE,
                                        .prot = PROT_READ | PROT_WRITE,
                                        .flags = VMA_HEAP};
    uint64_t limit = process_limit(RLIMIT_DATA);
    if (to - mm->brk_start > limit)
        return false;
    return mm_map_locked(mm, &request) == (long)from;
}

SYSCALL(brk)
{
    struct mm *mm = thread_self()->mm;
    uint64_t wanted = args[0], rounded;

    mm_lock(mm);
    uint64_t end = align_up(mm->brk_end, PAGE_BYTES);
    if (wanted >= mm->brk_start && align_up_checked(wanted, PAGE_BYTES, &rounded) &&
        rounded <= GUEST_ADDRESS_END) {
        bool good = true;
        if (rounded > end)
            good = grow_heap(mm, end, rounded);
        else if (rounded < end)
            good = mm_unmap_locked(mm, rounded, end) == 0;
        if (good)
            mm->brk_end = wanted;
    }
    long result = (long)mm->brk_end;
    mm_unlock(mm);
    return result;
}

/* ---- msync, mincore, mlock ------------------------------------------------------------------ */

/* Is all of [start, end) mapped? Caller holds the mutex. */
bool mm_range_mapped_locked(struct mm *mm, uint64_t start, uint64_t end)
{
    const struct vma *vma = vma_at(&mm->vmas, start);
    while (vma && vma->end < end && vma->next && vma->next->start == vma->end)
        vma = vma->next;
    return vma && vma->end >= end;
}

static long check_mapped(uint64_t start, uint64_t bytes)
{
    struct mm *mm = thread_self()->mm;
    if (!range_valid(start, bytes))
        return -ENOMEM;
    if (bytes == 0)
        return 0;
    mm_lock(mm);
    bool mapped = mm_range_mapped_locked(mm, start, start + bytes);
    mm_unlock(mm);
    return mapped ? 0 : -ENOMEM;
}

/* Shared mappings are the file's own pages: there is nothing to write back. */
SYSCALL(msync)
{
    if (args[0] % PAGE_BYTES || args[2] & ~(uint64_t)(MS_ASYNC | MS_INVALIDATE | MS_SYNC) ||
        (args[2] & (MS_ASYNC | MS_SYNC)) == (MS_ASYNC | MS_SYNC))
        return -EINVAL;
    return check_mapped(args[0], page_length(args[1]));
}

SYSCALL(mincore)
{
    struct mm *mm = thread_self()->mm;
    uint64_t bytes = page_length(args[1]);

    if (args[0] % PAGE_BYTES)
        return -EINVAL;
    long error = check_mapped(args[0], bytes);
    for (uint64_t at = 0; error == 0 && at < bytes; at += PAGE_BYTES) {
        mm_lock(mm);
        mm_entry_t *entry = mm_table_peek(&mm->table, args[0] + at);
        uint8_t resident = entry && *entry != 0;
        mm_unlock(mm);
        error = user_write(uaddr(args[2] + (at >> PAGE_SHIFT)), &resident, 1);
        call_must_go_on();
    }
    return error;
}

/* Nothing is ever swapped out, so every resident page is locked. */
SYSCALL(mlock)
{
    return check_mapped(align_down(args[0], PAGE_BYTES),
                        page_length(args[1] + args[0] % PAGE_BYTES));
}

SYSCALL(munlock)
{
    return check_mapped(align_down(args[0], PAGE_BYTES),
                        page_length(args[1] + args[0] % PAGE_BYTES));
}

SYSCALL(mlockall) { return args[0] == 0 || args[0] > 7 ? -EINVAL : 0; }

SYSCALL(munlockall)
{
    (void)args;
    return 0;
}

SYSCALL(mlock2)
{
    const uint32_t on_fault = 1;
    return (uint32_t)args[2] & ~on_fault ? -EINVAL : sys_mlock(args);
}

/* There are no keys but -1, which stands for none. */
SYSCALL(pkey_mprotect) { return arg_int(args[3]) == -1 ? sys_mprotect(args) : -EINVAL; }
