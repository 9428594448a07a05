/*
 * mm.h - the memory of one guest: ranges (vma.h), pages (mm_table.h), the kernel's Space.
 *
 * Each thread holds one reference (struct thread.mm); whoever looks at another's mm takes one too.
 * The table of pages is the truth; what the kernel's Space has mapped is a cache of it, noted in
 * the entries. A page is written in place only if this mm holds its only reference or the range is
 * shared; otherwise it is copied first.
 *
 * Lock: mm->mutex protects everything below it. Inside it: inode->pages_mutex (through file_page),
 * the heap, the pool of Spaces. Functions named *_locked expect it held.
 */
#pragma once

#include "servers/linux/guest_space.h"
#include "servers/linux/mm_table.h"
#include "servers/linux/vma.h"

#define MM_RANGES_MAX 65530

struct mm {
    uint32_t refs; /* atomic */
    struct mutex mutex;
    struct vma_set vmas;
    struct mm_table table;
    struct guest_space *space;
    struct vma *dead;     /* unmapped, to be freed without the mutex: mm_unlock (list by `next`) */
    struct list all_link; /* every mm, under mm_list_spin */
    uint64_t total_pages; /* tally: of all ranges */
    uint64_t anon_pages;  /* tally: resident */
    uint64_t file_pages;  /* tally: resident */
    uint64_t peak_pages;  /* of total_pages */
    uint64_t peak_resident; /* tally: before the last pages were dropped: see mm_peak_resident */
    uint64_t mmap_top;      /* new mappings go below */
    uint64_t brk_start;
    uint64_t brk_end;
    uint64_t stack_start; /* for procfs */
    uint64_t arg_start, arg_end, env_start, env_end;
    uint64_t code_start, code_end, data_start, data_end;
    uint64_t vdso;
    uint64_t auxv[48];
    unsigned auxv_count;
};

/* ---- life (mm.c) ------------------------------------------------------------------------------
 */

struct mm *mm_create(void); /* empty, one reference; NULL when memory or objects are out */
struct mm *mm_clone(struct mm *from); /* fork: copy on write; NULL likewise */
struct mm *mm_get(struct mm *mm);
void mm_put(struct mm *mm);

/* The most pages that were resident at once. It is noted when some are dropped. */
static inline uint64_t mm_peak_resident(const struct mm *mm)
{
    uint64_t now = tally_read(&mm->anon_pages) + tally_read(&mm->file_pages);
    uint64_t peak = tally_read(&mm->peak_resident);
    return peak > now ? peak : now;
}

uint64_t mm_count(void);

static inline void mm_lock(struct mm *mm) { mutex_lock(&mm->mutex); }

/* Also frees what was unmapped: the last reference to a file must not go under the mutex. */
void mm_unlock(struct mm *mm);

static inline cap_t mm_space(const struct mm *mm) { return mm->space->cap; }

/* ---- ranges (mm_map.c); caller holds the mutex ------------------------------------------------
 */

enum map_place {
    PLACE_ANYWHERE, /* `address` is a hint */
    PLACE_FIXED,    /* exactly there, replacing what is there */
    PLACE_FREE,     /* exactly there, -EEXIST if something is there */
};

struct map_request {
    uint64_t address;
    uint64_t bytes; /* not 0, page-aligned */
    enum map_place place;
    uint32_t prot;
    uint32_t flags;    /* enum vma_flag */
    struct file *file; /* the range takes its own reference; NULL = anonymous */
    uint64_t offset_pages;
};

/* The address, or -ENOMEM, -EEXIST, -EINVAL. Limits are those of the current process. */
long mm_map_locked(struct mm *mm, const struct map_request *request);
MUST_USE int mm_unmap_locked(struct mm *mm, uint64_t start, uint64_t end);
MUST_USE int mm_protect_locked(struct mm *mm, uint64_t start, uint64_t end, uint32_t prot);

/* Makes `address` the start of a range, if it lies inside one. 0 or -ENOMEM. */
MUST_USE int mm_split_locked(struct mm *mm, uint64_t address);

/* Joins the ranges in and at the ends of [start, end) where they are alike. */
void mm_join_locked(struct mm *mm, uint64_t start, uint64_t end);

/* A place for `bytes` (page-aligned), near the hint if it is free. 0 if there is none. */
uint64_t mm_find_place_locked(struct mm *mm, uint64_t hint, uint64_t bytes);

/* Is all of [start, end) mapped? */
bool mm_range_mapped_locked(struct mm *mm, uint64_t start, uint64_t end);

/* Would `bytes` more keep within RLIMIT_AS and what memory can ever hold? */
bool mm_may_grow(const struct mm *mm, uint64_t bytes, bool counts_as_memory);

void vma_free(struct vma *vma);                /* drops the file */
struct vma *vma_alloc(const struct vma *like); /* takes a reference to the file */

/* ---- pages (mm_pages.c); caller holds the mutex -------------------------------------------- */

/* Unmaps from the guest, keeping the pages. */
void mm_unmap_guest_locked(struct mm *mm, uint64_t start, uint64_t end);

/* Drops the pages. */
void mm_drop_pages_locked(struct mm *mm, uint64_t start, uint64_t end);

/* The same where the guest's Space maps nothing any more; empty nodes stay. */
void mm_drop_entries_locked(struct mm *mm, uint64_t start, uint64_t end);

/* Moves the pages of [from, from + bytes) to `to`. 0 or -ENOMEM (nothing moved). */
MUST_USE int mm_move_pages_locked(struct mm *mm, uint64_t from, uint64_t to, uint64_t bytes);

/* Puts a page (its reference is taken over) at an address where none is. 0 or -ENOMEM. */
MUST_USE int mm_insert_page_locked(struct mm *mm, uint64_t address, struct page *page);

/* Forgets what the guest's Space has mapped: it had no room for more. */
void mm_drop_cache_locked(struct mm *mm);

/* ---- faults (mm_fault.c) ----------------------------------------------------------------------
 */

enum mm_access { ACCESS_READ = PROT_READ, ACCESS_WRITE = PROT_WRITE, ACCESS_EXECUTE = PROT_EXEC };

enum mm_fault {
    FAULT_DONE = 0,
    FAULT_NO_RANGE,      /* SIGSEGV, SEGV_MAPERR */
    FAULT_NO_RIGHT,      /* SIGSEGV, SEGV_ACCERR */
    FAULT_BEYOND_FILE,   /* SIGBUS */
    FAULT_OUT_OF_MEMORY, /* nothing changed */
};

/* Makes the page at `address` usable for `access` and maps it. `spare`: may use the reserve. May
   let the mutex go and take it again. */
enum mm_fault mm_fault_locked(struct mm *mm, uint64_t address, enum mm_access access, bool spare);

/* The same from outside, once. */
enum mm_fault mm_fault(struct mm *mm, uint64_t address, enum mm_access access, bool spare);

/* ---- memory of another process (procfs, exec): bytes copied before the first bad page -------- */

size_t mm_read(struct mm *mm, void *to, uint64_t from, size_t bytes);
size_t mm_write(struct mm *mm, uint64_t to, const void *from, size_t bytes);

/* ---- memory of the current process, where it lies -------------------------------------------- */

/* Where the server sees [at, at + bytes), if that is inside one page which the guest could access
   so right now: then with the mutex held, until user_window_end. Else NULL: copy. Who only reads
   must mind that other threads of the guest may write meanwhile. */
void *user_window(uaddr_t at, size_t bytes, enum mm_access access);
void user_window_end(void);

/* Aligned words, at one stroke: `desired` takes the place of *expected. 0; 1: it was another, which
   is now in *expected; -EFAULT. */
MUST_USE int user_exchange_if(uaddr_t at, uint32_t *expected, uint32_t desired);

/* ---- start-up ------------------------------------------------------------------------------- */

extern struct spin mm_list_spin;
extern unsigned mm_dying; /* atomic: address spaces that are just being taken apart */
