/*
 * entries.c - what must hold of a port's page-table entries, whatever their bits are.
 */
#include <stdio.h>

#include "port/pte.h"

static int failures;

static void expect(bool holds, const char *what)
{
    if (!holds) {
        printf("# %s\n", what);
        failures++;
    }
}

static pte_t edited(pte_t leaf, struct pte_edit edit) { return (leaf & edit.keep) | edit.set; }

static void check_leaf(paddr_t page, uint8_t rights, bool device)
{
    const pte_t leaf = pte_leaf(page, rights, device);

    expect(pte_present(leaf), "a leaf is present");
    expect(pte_address(leaf) == page, "a leaf leads to its page");
    expect(pte_is_leaf(leaf, 0) && pte_is_leaf(pte_large(leaf), 1), "a leaf is a leaf");
    expect(!pte_dirty(leaf), "a fresh leaf is not dirty");
    expect(!pte_accessed(pte_clean(leaf)) && !pte_dirty(pte_clean(leaf)), "clean means no marks");
    expect(pte_address(leaf + PTE_PAGE_STEP) == page + 4096,
           "the next leaf leads to the next page");
    expect(edited(leaf, pte_edit_rights(rights)) == leaf, "the same rights change nothing");
    for (uint8_t less = 0; less < 8; less++)
        expect(edited(leaf, pte_edit_limit(less)) == pte_leaf(page, rights & less, device),
               "a limit takes rights and gives none");
}

int main(void)
{
    expect(!pte_present(0), "an entry of zeros is absent");
    expect(pte_present(pte_node(0x5000)) && pte_address(pte_node(0x5000)) == 0x5000,
           "a node leads to its table");
    expect(!pte_is_leaf(pte_node(0x5000), 1), "a node is no leaf");
    for (uint8_t rights = 0; rights < 8; rights++) {
        check_leaf(0x200000, rights, false);
        check_leaf(0x123456000, rights, true);
    }
    printf("1..1\n%s 1 - page-table entries: what the core needs of any\n",
           failures == 0 ? "ok" : "not ok");
    return failures != 0;
}
