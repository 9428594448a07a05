/*
 * pte.h - page-table entries of the host port: every right and mark is a bit of its own, and leaves
 * may be as large as 1 GiB, so that the core meets all cases that any real port has.
 */
#pragma once

#include "corm/object.h"
#include "lib/base/types.h"

typedef uint64_t pte_t;

#define PTE_RIGHTS   0x007ull /* as in a Region capability */
#define PTE_PRESENT  0x008ull
#define PTE_LEAF     0x010ull
#define PTE_ACCESSED 0x020ull
#define PTE_DIRTY    0x040ull
#define PTE_DEVICE   0x080ull
#define PTE_ADDRESS  0x000ffffffffff000ull

#define PTE_ROOT_LEVEL        3u
#define PTE_ROOT_USER_ENTRIES 256u
#define PTE_PAGE_STEP         0x1000ull
#define PTE_BREAK_FIRST       false

static inline bool pte_present(pte_t pte) { return (pte & PTE_PRESENT) != 0; }

static inline bool pte_is_leaf(pte_t pte, unsigned level)
{
    return level == 0 || (pte & PTE_LEAF) != 0;
}

static inline paddr_t pte_address(pte_t pte) { return pte & PTE_ADDRESS; }

static inline pte_t pte_node(paddr_t node) { return node | PTE_PRESENT; }

/* What becomes of a leaf: (leaf & keep) | set. */
struct pte_edit {
    pte_t keep;
    pte_t set;
};

static inline struct pte_edit pte_edit_rights(uint8_t rights)
{
    return (struct pte_edit){~PTE_RIGHTS, rights & PTE_RIGHTS};
}

static inline struct pte_edit pte_edit_limit(uint8_t rights)
{
    return (struct pte_edit){~PTE_RIGHTS | rights, 0};
}

static inline pte_t pte_leaf(paddr_t address, uint8_t rights, bool device)
{
    return address | PTE_PRESENT | PTE_LEAF | (device ? PTE_DEVICE : 0) | (rights & PTE_RIGHTS);
}

static inline pte_t pte_large(pte_t leaf) { return leaf; }

static inline bool pte_accessed(pte_t pte) { return (pte & PTE_ACCESSED) != 0; }

static inline bool pte_dirty(pte_t pte) { return (pte & PTE_DIRTY) != 0; }

static inline pte_t pte_clean(pte_t pte) { return pte & ~(PTE_ACCESSED | PTE_DIRTY); }
