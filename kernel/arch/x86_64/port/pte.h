/*
 * pte.h - page-table entries.
 *
 * Device memory is mapped with PCD and PWT: entry 3 of the PAT as it is after reset, uncacheable.
 */
#pragma once

#include "corm/object.h"
#include "lib/base/types.h"
#include "lib/base/x86_64/hardware.h"

typedef uint64_t pte_t;

#define PTE_ROOT_LEVEL        3u
#define PTE_ROOT_USER_ENTRIES 256u
#define PTE_PAGE_STEP         0x1000ull /* from the leaf of one page to that of the next */
#define PTE_BREAK_FIRST       false

static inline bool pte_present(pte_t pte) { return (pte & PTE_PRESENT) != 0; }

static inline bool pte_is_leaf(pte_t pte, unsigned level)
{
    return level == 0 || (pte & PTE_LARGE) != 0;
}

static inline paddr_t pte_address(pte_t pte) { return pte & PTE_ADDRESS; }

static inline pte_t pte_node(paddr_t node)
{
    return node | PTE_PRESENT | PTE_WRITE | PTE_USER | PTE_ACCESSED;
}

/* Reading cannot be withheld; executing and writing can. */
static inline pte_t pte_rights_bits(uint8_t rights)
{
    return (rights & REGION_RIGHT_WRITE ? PTE_WRITE : 0) |
           (rights & REGION_RIGHT_EXECUTE ? 0 : PTE_NO_EXECUTE);
}

/* What becomes of a leaf: (leaf & keep) | set. */
struct pte_edit {
    pte_t keep;
    pte_t set;
};

/* A leaf with these rights instead of its own. */
static inline struct pte_edit pte_edit_rights(uint8_t rights)
{
    return (struct pte_edit){~(PTE_WRITE | PTE_NO_EXECUTE), pte_rights_bits(rights)};
}

/* A leaf with those of its rights that are among these. */
static inline struct pte_edit pte_edit_limit(uint8_t rights)
{
    pte_t bits = pte_rights_bits(rights);
    return (struct pte_edit){bits | ~PTE_WRITE, bits & PTE_NO_EXECUTE};
}

/* The leaf of one page. */
static inline pte_t pte_leaf(paddr_t address, uint8_t rights, bool device)
{
    return address | PTE_PRESENT | PTE_USER | (device ? PTE_UNCACHED : 0) | pte_rights_bits(rights);
}

/* The leaf of level 1 that has what @leaf, one of level 0, has. */
static inline pte_t pte_large(pte_t leaf) { return leaf | PTE_LARGE; }

static inline bool pte_accessed(pte_t pte) { return (pte & PTE_ACCESSED) != 0; }

static inline bool pte_dirty(pte_t pte) { return (pte & PTE_DIRTY) != 0; }

static inline pte_t pte_clean(pte_t pte) { return pte & ~(PTE_ACCESSED | PTE_DIRTY); }
