/*
 * pte.h - page-table entries.
 *
 * Where the processor can (TCR_EL1.HA and HD, Arm ARM D8.4), it marks a leaf itself: it sets
 * PTE_ACCESSED, and takes PTE_READ_ONLY from one with PTE_DIRTY_MARK that is written to. Where it
 * cannot, a leaf counts as accessed from the start, and as dirty while it may be written
 * (pte_unmarked, pte_writable). A change of rights leaves no room for the processor's mark: such a
 * leaf counts as dirty, which PTE_DIRTY, a bit of software's, remembers.
 */
#pragma once

#include "corm/object.h"
#include "lib/base/aarch64/hardware.h"
#include "lib/base/types.h"

typedef uint64_t pte_t;

#define PTE_ROOT_LEVEL        3u
#define PTE_ROOT_USER_ENTRIES 256u
#define PTE_PAGE_STEP         0x1000ull /* from the leaf of one page to that of the next */
#define PTE_BREAK_FIRST       true      /* Arm ARM D8.14.1 "break-before-make" */
#define PTE_DIRTY_MARK        (1ull << 51)
#define PTE_DIRTY             (1ull << 55) /* for software (Arm ARM D8.3.2) */

extern pte_t pte_unmarked; /* what a leaf has that nobody used yet: PTE_ACCESSED or nothing */
extern pte_t pte_writable; /* and one that may be written: a mark to come, or nothing */

static inline bool pte_present(pte_t pte) { return (pte & PTE_VALID) != 0; }

static inline bool pte_is_leaf(pte_t pte, unsigned level)
{
    return level == 0 || (pte & PTE_TABLE) == 0;
}

static inline paddr_t pte_address(pte_t pte) { return pte & PTE_ADDRESS; }

static inline pte_t pte_node(paddr_t node) { return node | PTE_VALID | PTE_TABLE; }

/* Reading cannot be withheld; executing and writing can. */
static inline pte_t pte_rights_bits(uint8_t rights)
{
    return (rights & REGION_RIGHT_WRITE ? pte_writable : PTE_READ_ONLY) |
           (rights & REGION_RIGHT_EXECUTE ? 0 : PTE_USER_NX);
}

/* What becomes of a leaf: (leaf & keep) | set. */
struct pte_edit {
    pte_t keep;
    pte_t set;
};

/* A leaf with these rights instead of its own. */
static inline struct pte_edit pte_edit_rights(uint8_t rights)
{
    return (struct pte_edit){~(PTE_READ_ONLY | PTE_DIRTY_MARK | PTE_USER_NX),
                             pte_rights_bits(rights) | PTE_DIRTY};
}

/* A leaf with those of its rights that are among these. */
static inline struct pte_edit pte_edit_limit(uint8_t rights)
{
    pte_t no_execute = pte_rights_bits(rights) & PTE_USER_NX;
    if (rights & REGION_RIGHT_WRITE)
        return (struct pte_edit){~0ull, no_execute};
    return (struct pte_edit){~PTE_DIRTY_MARK, no_execute | PTE_READ_ONLY | PTE_DIRTY};
}

/* The leaf of one page. */
static inline pte_t pte_leaf(paddr_t address, uint8_t rights, bool device)
{
    return address | PTE_VALID | PTE_TABLE | PTE_USER | PTE_SHARED | PTE_NOT_GLOBAL |
           PTE_KERNEL_NX | (device ? PTE_DEVICE : 0) | pte_unmarked | pte_rights_bits(rights);
}

/* The leaf of level 1 that has what @leaf, one of level 0, has. */
static inline pte_t pte_large(pte_t leaf) { return leaf & ~PTE_TABLE; }

static inline bool pte_accessed(pte_t pte) { return (pte & PTE_ACCESSED) != 0; }

static inline bool pte_dirty(pte_t pte)
{
    return pte_present(pte) && (pte & (PTE_READ_ONLY | PTE_DIRTY)) != PTE_READ_ONLY;
}

static inline pte_t pte_clean(pte_t pte)
{
    pte_t clean = (pte & ~(PTE_ACCESSED | PTE_DIRTY)) | pte_unmarked;
    return pte & PTE_DIRTY_MARK ? clean | PTE_READ_ONLY : clean;
}
