/*
 * pte.h - page-table entries: nodes and leaves, of level 3 (the root) to 0 (pages of 4 KiB).
 *
 * The bits are nobody's; entries.c says what must hold of any.
 */
#pragma once

#include "corm/object.h"
#include "lib/base/types.h"

typedef uint64_t pte_t;

#define PTE_PRESENT  0x01ull
#define PTE_LEAF     0x02ull
#define PTE_READ     0x04ull
#define PTE_WRITE    0x08ull
#define PTE_EXECUTE  0x10ull
#define PTE_ACCESSED 0x20ull
#define PTE_DIRTY    0x40ull
#define PTE_DEVICE   0x80ull /* not cached, in order */
#define PTE_RIGHTS   (PTE_READ | PTE_WRITE | PTE_EXECUTE)
#define PTE_ADDRESS  0x000ffffffffff000ull

#define PTE_ROOT_LEVEL        3u
#define PTE_ROOT_USER_ENTRIES 256u
#define PTE_PAGE_STEP         0x1000ull
#define PTE_BREAK_FIRST       false /* may an entry change its page while it is in use? */

static inline bool pte_present(pte_t pte) { return (pte & PTE_PRESENT) != 0; }

static inline bool pte_is_leaf(pte_t pte, unsigned level)
{
    return level == 0 || (pte & PTE_LEAF) != 0;
}

static inline paddr_t pte_address(pte_t pte) { return pte & PTE_ADDRESS; }

static inline pte_t pte_node(paddr_t node) { return node | PTE_PRESENT; }

static inline pte_t pte_of_rights(uint8_t rights)
{
    return (rights & REGION_RIGHT_READ ? PTE_READ : 0) |
           (rights & REGION_RIGHT_WRITE ? PTE_WRITE : 0) |
           (rights & REGION_RIGHT_EXECUTE ? PTE_EXECUTE : 0);
}

/* What becomes of a leaf: (leaf & keep) | set. */
struct pte_edit {
    pte_t keep;
    pte_t set;
};

static inline struct pte_edit pte_edit_rights(uint8_t rights)
{
    return (struct pte_edit){~PTE_RIGHTS, pte_of_rights(rights)};
}

static inline struct pte_edit pte_edit_limit(uint8_t rights)
{
    return (struct pte_edit){~PTE_RIGHTS | pte_of_rights(rights), 0};
}

static inline pte_t pte_leaf(paddr_t address, uint8_t rights, bool device)
{
    return address | PTE_PRESENT | PTE_LEAF | (device ? PTE_DEVICE : 0) | pte_of_rights(rights);
}

static inline pte_t pte_large(pte_t leaf) { return leaf; }

static inline bool pte_accessed(pte_t pte) { return (pte & PTE_ACCESSED) != 0; }

static inline bool pte_dirty(pte_t pte) { return (pte & PTE_DIRTY) != 0; }

static inline pte_t pte_clean(pte_t pte) { return pte & ~(PTE_ACCESSED | PTE_DIRTY); }
