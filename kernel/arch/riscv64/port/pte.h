/*
 * pte.h - page-table entries.
 *
 * What memory of a device is, the processor knows by its physical address. Reading cannot be
 * withheld from who may write or execute, and nobody has less than reading.
 */
#pragma once

#include "corm/object.h"
#include "lib/base/riscv64/hardware.h"
#include "lib/base/types.h"

typedef uint64_t pte_t;

extern unsigned memory_root_level; /* 2: Sv39, 3: Sv48 */

#define PTE_ROOT_LEVEL        memory_root_level
#define PTE_ROOT_USER_ENTRIES 256u
#define PTE_PAGE_STEP         (0x1000ull >> PTE_SHIFT) /* from the leaf of a page to the next */
#define PTE_BREAK_FIRST       false
#define PTE_LEAF              (PTE_READ | PTE_WRITE | PTE_EXECUTE)

static inline bool pte_present(pte_t pte) { return (pte & PTE_VALID) != 0; }

static inline bool pte_is_leaf(pte_t pte, unsigned level)
{
    return level == 0 || (pte & PTE_LEAF) != 0;
}

static inline paddr_t pte_address(pte_t pte) { return (pte & PTE_NUMBER) << PTE_SHIFT; }

static inline pte_t pte_node(paddr_t node) { return node >> PTE_SHIFT | PTE_VALID; }

static inline pte_t pte_rights_bits(uint8_t rights)
{
    return (rights & REGION_RIGHT_WRITE ? PTE_WRITE : 0) |
           (rights & REGION_RIGHT_EXECUTE ? PTE_EXECUTE : 0);
}

/* What becomes of a leaf: (leaf & keep) | set. */
struct pte_edit {
    pte_t keep;
    pte_t set;
};

/* A leaf with these rights instead of its own. */
static inline struct pte_edit pte_edit_rights(uint8_t rights)
{
    return (struct pte_edit){~(PTE_WRITE | PTE_EXECUTE), pte_rights_bits(rights)};
}

/* A leaf with those of its rights that are among these. */
static inline struct pte_edit pte_edit_limit(uint8_t rights)
{
    return (struct pte_edit){pte_rights_bits(rights) | ~(PTE_WRITE | PTE_EXECUTE), 0};
}

/* The leaf of one page. */
static inline pte_t pte_leaf(paddr_t address, uint8_t rights, UNUSED bool device)
{
    return address >> PTE_SHIFT | PTE_VALID | PTE_READ | PTE_USER | pte_rights_bits(rights);
}

/* The leaf of level 1 that has what @leaf, one of level 0, has. */
static inline pte_t pte_large(pte_t leaf) { return leaf; }

static inline bool pte_accessed(pte_t pte) { return (pte & PTE_ACCESSED) != 0; }

static inline bool pte_dirty(pte_t pte) { return (pte & PTE_DIRTY) != 0; }

static inline pte_t pte_clean(pte_t pte) { return pte & ~(PTE_ACCESSED | PTE_DIRTY); }
