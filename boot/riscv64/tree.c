/*
 * tree.c - of the device tree what only this port wants: the running hart's extensions, and the
 * interrupt controller with the place of this hart in it (Linux's bindings riscv/cpus.yaml,
 * interrupt-controller/sifive,plic-1.0.0.yaml; QEMU's sifive,test0).
 *
 * A hart has an interrupt controller of its own, a child of its node. The platform's lists in
 * interrupts-extended, for each of its contexts, the phandle of such a one and the interrupt of the
 * mode there.
 */
#include "boot/riscv64/parts.h"
#include "lib/base/riscv64/hardware.h"

#define CONTEXT_BYTES (2 * FDT_CELL_BYTES)

/* A node, as far as its properties came. */
struct node {
    const char *name;
    bool is_plic, is_test, is_hart;
    uint64_t reg, lines, phandle;
    const char *isa, *mmu;
    uint32_t isa_bytes, mmu_bytes;
    const uint8_t *contexts;
    uint32_t contexts_bytes;
};

static struct {
    struct board *board;
    struct node node;
    uint64_t hart;       /* that of the processor node that came last */
    uint64_t controller; /* phandle of the running hart's */
    const uint8_t *contexts;
    uint32_t contexts_bytes;
} reading;

/* Is @word in the @bytes of @text, whatever else there is? */
static bool has_word(const char *text, uint32_t bytes, const char *word)
{
    for (uint32_t at = 0; at < bytes; at++) {
        uint32_t same = 0;
        while (word[same] != '\0' && at + same < bytes && text[at + same] == word[same])
            same++;
        if (word[same] == '\0')
            return true;
    }
    return false;
}

/* "rv64imafdc_sstc": single letters as far as the first underscore. */
static bool has_letter(const struct node *node, char letter)
{
    for (uint32_t i = sizeof("rv64") - 1; i < node->isa_bytes && node->isa[i] != '_'; i++)
        if (node->isa[i] == letter)
            return true;
    return false;
}

static void node_end(void)
{
    struct board *board = reading.board;
    const struct node *node = &reading.node;
    if (node->is_hart)
        reading.hart = node->reg;
    if (node->is_hart && !has_word(node->mmu, node->mmu_bytes, "riscv,sv48") &&
        !has_word(node->mmu, node->mmu_bytes, "riscv,sv57"))
        board->has_sv48 = false;
    if (node->is_hart && node->reg == board->hart) {
        board->has_floats = has_letter(node, 'd') || has_letter(node, 'g');
        board->has_sstc = has_word(node->isa, node->isa_bytes, "_sstc");
    }
    if (fdt_name_is(node->name, "interrupt-controller") && reading.hart == board->hart &&
        reading.controller == 0)
        reading.controller = node->phandle;
    if (node->is_plic) {
        board->plic = node->reg;
        board->plic_lines = node->lines;
        reading.contexts = node->contexts;
        reading.contexts_bytes = node->contexts_bytes;
    }
    if (node->is_test)
        board->test = node->reg;
}

static void visit(const struct fdt_property *property)
{
    struct node *node = &reading.node;
    const char *text = (const char *)property->value;
    if (node->name != property->node) {
        node_end();
        *node = (struct node){.name = property->node};
    }
    if (fdt_text_equal(property->name, "compatible")) {
        node->is_plic = has_word(text, property->bytes, "riscv,plic0") ||
                        has_word(text, property->bytes, "sifive,plic-1.0.0");
        node->is_test = has_word(text, property->bytes, "sifive,test0");
    } else if (fdt_text_equal(property->name, "reg")) {
        node->reg = fdt_first_address(property);
    } else if (fdt_text_equal(property->name, "riscv,ndev")) {
        node->lines = fdt_number(property);
    } else if (fdt_text_equal(property->name, "phandle")) {
        node->phandle = fdt_number(property);
    } else if (fdt_text_equal(property->name, "riscv,isa")) {
        node->is_hart = true;
        node->isa = text;
        node->isa_bytes = property->bytes;
    } else if (fdt_text_equal(property->name, "mmu-type")) {
        node->mmu = text;
        node->mmu_bytes = property->bytes;
    } else if (fdt_text_equal(property->name, "interrupts-extended")) {
        node->contexts = property->value;
        node->contexts_bytes = property->bytes;
    }
}

static void find_context(struct board *board)
{
    for (uint32_t at = 0; at + CONTEXT_BYTES <= reading.contexts_bytes; at += CONTEXT_BYTES) {
        const uint8_t *context = &reading.contexts[at];
        if (fdt_cells(context, 1) == reading.controller &&
            fdt_cells(context + FDT_CELL_BYTES, 1) == INTERRUPT_EXTERNAL) {
            board->plic_context = at / CONTEXT_BYTES;
            return;
        }
    }
    boot_refuse("no interrupt controller that this kernel knows serves processor %lu", board->hart);
}

void tree_read(struct machine *machine, struct board *board, paddr_t tree)
{
    reading.board = board;
    board->has_sv48 = true;
    reading.hart = ~board->hart;
    reading.node.name = "";
    fdt_read(machine, tree, visit);
    node_end();
    if (!board->has_floats)
        boot_refuse("processor %lu has no floating-point registers of 64 bits", board->hart);
    if (boot_option(machine, "paging=sv39"))
        board->has_sv48 = false;
    find_context(board);
}
