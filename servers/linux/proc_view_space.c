/*
 * proc_view_space.c - what /proc shows of the address spaces of processes.
 *
 * Everything is read under the mm's mutex, with a reference to the mm that was taken before under
 * process_mutex. What is one call is one moment.
 */
#include "lib/base/bits.h"
#include "lib/base/string.h"
#include "servers/linux/file.h"
#include "servers/linux/mm.h"
#include "servers/linux/proc_view.h"

/* The mm of a process, counted, or NULL. */
static struct mm *mm_of(int pid)
{
    mutex_lock(&process_mutex);
    struct process *process = process_find(pid);
    struct mm *mm = process && process->mm ? mm_get(process->mm) : NULL;
    mutex_unlock(&process_mutex);
    return mm;
}

static long read_strings(struct mm *mm, uint64_t start, uint64_t end, uint64_t offset, void *to,
                         size_t bytes)
{
    long done = 0;
    if (offset < end - start) {
        if (bytes > end - start - offset)
            bytes = end - start - offset;
        done = (long)mm_read(mm, to, start + offset, bytes);
    }
    mm_put(mm);
    return done;
}

long proc_view_arguments(int pid, uint64_t offset, void *to, size_t bytes)
{
    struct mm *mm = mm_of(pid);
    return mm ? read_strings(mm, mm->arg_start, mm->arg_end, offset, to, bytes) : 0;
}

long proc_view_environment(int pid, uint64_t offset, void *to, size_t bytes)
{
    struct mm *mm = mm_of(pid);
    return mm ? read_strings(mm, mm->env_start, mm->env_end, offset, to, bytes) : 0;
}

static const char *label_of(const struct vma *vma)
{
    if (vma->flags & VMA_HEAP)
        return "[heap]";
    if (vma->flags & VMA_STACK)
        return "[stack]";
    if (vma->flags & VMA_VDSO)
        return "[vdso]";
    return vma->flags & VMA_VVAR ? "[vvar]" : NULL;
}

bool proc_view_mapping(int pid, uint64_t address, struct proc_mapping *mapping)
{
    struct mm *mm = mm_of(pid);
    if (!mm)
        return false;
    mm_lock(mm);
    const struct vma *vma = vma_find(&mm->vmas, address);
    if (vma)
        *mapping = (struct proc_mapping){
            .start = vma->start,
            .end = vma->end,
            .read = vma->prot & PROT_READ,
            .write = vma->prot & PROT_WRITE,
            .execute = vma->prot & PROT_EXEC,
            .shared = vma->flags & VMA_SHARED,
            .grows_down = vma->flags & VMA_GROWSDOWN,
            .no_reserve = vma->flags & VMA_NORESERVE,
            .no_fork = vma->flags & VMA_NO_FORK,
            .wipe_on_fork = vma->flags & VMA_WIPE_ON_FORK,
            .offset = vma->file ? vma->offset_pages << PAGE_SHIFT : 0,
            .file = vma->file && vma->file->dentry ? dentry_get(vma->file->dentry) : NULL,
            .inode = vma->file && !vma->file->dentry ? inode_get(vma->file->inode) : NULL,
            .label = label_of(vma)};
    mm_unlock(mm);
    mm_put(mm);
    return vma != NULL;
}

long proc_view_auxiliary(int pid, uint64_t offset, void *to, size_t bytes)
{
    struct mm *mm = mm_of(pid);
    size_t total = mm ? mm->auxv_count * sizeof(mm->auxv[0]) : 0;

    if (offset >= total)
        bytes = 0;
    else if (bytes > total - offset)
        bytes = total - offset;
    if (bytes > 0)
        memcpy(to, (const char *)mm->auxv + offset, bytes);
    if (mm)
        mm_put(mm);
    return (long)bytes;
}

/* ---- sizes ---------------------------------------------------------------------------------- */

static int scan_leaf(void *context, uint64_t base, struct mm_node *leaf, uint64_t mask)
{
    struct proc_resident *to = context;

    (void)base;
    for (; mask; mask &= mask - 1) {
        mm_entry_t entry = leaf->slots[bits_lowest(mask)];
        const struct page *page = entry_page(entry);
        bool file = entry & ENTRY_FILE;
        /* The file itself has one reference to its page, the boot bundle one to each of its own. */
        uint32_t refs = __atomic_load_n(&page->refs, __ATOMIC_RELAXED);
        uint32_t users = file && refs > 1 ? refs - 1 : refs;
        bool dirty = !(page->flags & PAGE_BOOT);
        to->all++;
        to->anonymous += !file;
        to->portion_bytes += PAGE_BYTES / users;
        to->portion_dirty_bytes += dirty ? PAGE_BYTES / users : 0;
        to->portion_anonymous_bytes += file ? 0 : PAGE_BYTES / users;
        if (users > 1)
            *(dirty ? &to->shared_dirty : &to->shared_clean) += 1;
        else
            *(dirty ? &to->private_dirty : &to->private_clean) += 1;
    }
    return 0;
}

bool proc_view_resident(int pid, uint64_t start, uint64_t end, struct proc_resident *resident)
{
    struct mm *mm = mm_of(pid);

    *resident = (struct proc_resident){0};
    if (!mm)
        return false;
    mm_lock(mm);
    mm_table_walk_leaves(&mm->table, start, end, scan_leaf, resident);
    mm_unlock(mm);
    mm_put(mm);
    return true;
}

static int count_leaf(void *context, uint64_t base, struct mm_node *leaf, uint64_t mask)
{
    uint64_t *count = context;
    (void)base;
    for (; mask; mask &= mask - 1)
        *count += (leaf->slots[bits_lowest(mask)] & ENTRY_FILE) != 0;
    return 0;
}

/* As Linux sorts ranges (is_data_mapping and its like, mm/internal.h). */
static void add_range(struct proc_space *to, struct mm *mm, const struct vma *vma)
{
    uint64_t bytes = vma->end - vma->start;
    bool writable = vma->prot & PROT_WRITE;

    if (vma->flags & VMA_GROWSDOWN)
        to->stack_bytes += bytes;
    else if (vma->prot & PROT_EXEC && !writable)
        to->library_bytes += bytes;
    else if (writable && !(vma->flags & VMA_SHARED))
        to->data_bytes += bytes;
    if (vma->file && !vma->file->dentry) {
        uint64_t shared = 0;
        mm_table_walk_leaves(&mm->table, vma->start, vma->end, count_leaf, &shared);
        to->shared += shared;
    }
}

static void copy_bounds(struct proc_space *to, const struct mm *mm)
{
    to->code_start = mm->code_start;
    to->code_end = mm->code_end;
    to->data_start = mm->data_start;
    to->data_end = mm->data_end;
    to->brk_start = mm->brk_start;
    to->stack_start = mm->stack_start;
    to->arguments_start = mm->arg_start;
    to->arguments_end = mm->arg_end;
    to->environment_start = mm->env_start;
    to->environment_end = mm->env_end;
}

bool proc_view_space(int pid, struct proc_space *space)
{
    struct mm *mm = mm_of(pid);

    *space = (struct proc_space){0};
    if (!mm)
        return false;
    mm_lock(mm);
    space->virtual_bytes = mm->total_pages << PAGE_SHIFT;
    space->virtual_peak_bytes = mm->peak_pages << PAGE_SHIFT;
    space->anonymous = mm->anon_pages;
    space->file = mm->file_pages;
    space->resident_peak = mm_peak_resident(mm);
    space->table_bytes = mm_table_count_nodes(&mm->table) * sizeof(struct mm_node);
    copy_bounds(space, mm);
    for (const struct vma *vma = mm->vmas.first; vma; vma = vma_next(vma))
        add_range(space, mm, vma);
    mm_unlock(mm);
    mm_put(mm);
    space->file -= space->shared;
    uint64_t code =
        align_up(space->code_end, PAGE_BYTES) - align_down(space->code_start, PAGE_BYTES);
    space->code_bytes = code < space->library_bytes ? code : space->library_bytes;
    space->library_bytes -= space->code_bytes;
    return true;
}
