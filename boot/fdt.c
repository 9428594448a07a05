/*
 * fdt.c - one pass over a flattened device tree (Devicetree Specification 0.4, 5.4 "Structure
 * block"). Nothing in it is trusted: each length is checked against the block, and a tree that
 * is deeper or longer than it says is refused.
 *
 * Properties of a node come before its children (5.4.2), so the cells of a node are known when its
 * children's addresses are read.
 */
#include "boot/fdt.h"

#include "boot/join.h"
#include "lib/base/checked.h"

#define FDT_MAGIC       0xd00dfeedu
#define FDT_VERSION     16u /* the oldest that this format is compatible with */
#define FDT_BYTES_MAX   (2u << 20)
#define DEPTH_MAX       16u
#define CELLS_DEFAULT_A 2u
#define CELLS_DEFAULT_S 1u
#define CELLS_MAX       2u
#define RESERVED_MAX    64u

enum token { TOKEN_BEGIN = 1, TOKEN_END = 2, TOKEN_PROPERTY = 3, TOKEN_NOP = 4, TOKEN_LAST = 9 };

/* What a node is to us, by its place and name. */
enum kind {
    KIND_OTHER,
    KIND_ROOT,
    KIND_MEMORY,
    KIND_CHOSEN,
    KIND_PSCI,
    KIND_CPUS,
    KIND_CPU,
    KIND_RESERVED, /* /reserved-memory, and its children */
    KIND_RESERVATION,
};

struct node {
    enum kind kind;
    const char *name;
    uint32_t address_cells, size_cells; /* of its children */
    bool is_named, is_off;              /* of a processor: with an identity; not to be used */
    uint64_t id;
};

/* What is read. All offsets are checked against `total`. */
struct tree {
    paddr_t address;
    const uint8_t *bytes;
    uint32_t total, structure, structure_end, strings, strings_end;
    struct machine *machine;
    fdt_visit *visit;
    struct node nodes[DEPTH_MAX];
    uint32_t depth;    /* nodes that are open */
    bool reservations; /* the second pass, for which all memory is known: some of it is reserved */
    uint64_t initrd_start, initrd_end;
};

static NORETURN void refuse(const char *why) { boot_refuse("the device tree is refused: %s", why); }

static uint32_t big32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

uint64_t fdt_cells(const uint8_t *at, uint32_t count)
{
    uint64_t value = 0;
    for (uint32_t i = 0; i < count; i++)
        value = value << 32 | big32(at + i * FDT_CELL_BYTES);
    return value;
}

bool fdt_text_equal(const char *a, const char *b)
{
    for (; *a != '\0' && *a == *b; a++, b++)
        ;
    return *a == *b;
}

/* Is @name that of a node called @base, perhaps with a unit address behind it? */
bool fdt_name_is(const char *name, const char *base)
{
    for (; *base != '\0'; name++, base++)
        if (*name != *base)
            return false;
    return *name == '\0' || *name == '@';
}

/* The text at @at, which must end before @end. */
static const char *text_at(const struct tree *tree, uint32_t at, uint32_t end)
{
    for (uint32_t i = at; i < end; i++)
        if (tree->bytes[i] == '\0')
            return (const char *)&tree->bytes[at];
    refuse("a name has no end");
}

static enum kind kind_of(const struct tree *tree, const char *name)
{
    static const struct {
        const char *name;
        enum kind kind;
    } known[] = {{"memory", KIND_MEMORY},
                 {"chosen", KIND_CHOSEN},
                 {"psci", KIND_PSCI},
                 {"cpus", KIND_CPUS},
                 {"reserved-memory", KIND_RESERVED}};
    if (tree->depth == 0)
        return KIND_ROOT;
    enum kind above = tree->nodes[tree->depth - 1].kind;
    if (above == KIND_RESERVED)
        return KIND_RESERVATION;
    if (above == KIND_CPUS && fdt_name_is(name, "cpu"))
        return KIND_CPU;
    for (unsigned i = 0; above == KIND_ROOT && i < ARRAY_LENGTH(known); i++)
        if (fdt_name_is(name, known[i].name))
            return known[i].kind;
    return KIND_OTHER;
}

static uint32_t node_begin(struct tree *tree, uint32_t at)
{
    if (tree->depth == DEPTH_MAX)
        refuse("it is too deep");
    const char *name = text_at(tree, at, tree->structure_end);
    uint32_t length = 0;
    while (name[length] != '\0')
        length++;
    struct node node = {.kind = kind_of(tree, name),
                        .name = name,
                        .address_cells = CELLS_DEFAULT_A,
                        .size_cells = CELLS_DEFAULT_S};
    tree->nodes[tree->depth++] = node;
    return at + (uint32_t)align_up(length + 1, FDT_CELL_BYTES);
}

static void node_end(struct tree *tree)
{
    const struct node *node = &tree->nodes[--tree->depth];
    if (node->kind == KIND_CPU && node->is_named && !node->is_off && !tree->reservations)
        join_add(tree->machine, node->id);
}

/* Memory comes or goes, whole pages of it only. */
static void memory_set(struct machine *machine, paddr_t base, uint64_t size, bool usable)
{
    uint64_t end;
    if (!range_end_checked(base, size, &end) || end > UINT64_MAX - PAGE_BYTES)
        refuse("a piece of memory has no end");
    if (usable)
        ranges_set(&machine->ram, align_up(base, PAGE_BYTES), align_down(end, PAGE_BYTES), true);
    else
        ranges_set(&machine->ram, align_down(base, PAGE_BYTES), align_up(end, PAGE_BYTES), false);
}

uint64_t fdt_first_address(const struct fdt_property *property)
{
    uint32_t cells = property->address_cells;
    if (cells > CELLS_MAX || !range_within(0, cells * FDT_CELL_BYTES, property->bytes))
        refuse("an address is not of one or two cells");
    return fdt_cells(property->value, cells);
}

/* A `reg` of the node that is open: pairs of address and size in the cells of the one above. */
static void reg_read(struct tree *tree, const struct fdt_property *property, bool usable)
{
    const struct node *above = &tree->nodes[tree->depth - 2];
    uint32_t step = (above->address_cells + above->size_cells) * FDT_CELL_BYTES;
    if (above->address_cells > CELLS_MAX || above->size_cells > CELLS_MAX || step == 0)
        refuse("memory has addresses of more than 64 bits");
    for (uint32_t at = 0; range_within(at, step, property->bytes); at += step)
        memory_set(tree->machine, fdt_cells(&property->value[at], above->address_cells),
                   fdt_cells(&property->value[at + above->address_cells * FDT_CELL_BYTES],
                             above->size_cells),
                   usable);
}

static void text_copy(struct machine *machine, const struct fdt_property *property)
{
    if (property->bytes > sizeof(machine->command_line))
        boot_refuse("the command line is longer than %lu bytes", sizeof(machine->command_line) - 1);
    for (uint32_t i = 0; i < property->bytes; i++)
        machine->command_line[i] = (char)property->value[i];
    machine->command_line[sizeof(machine->command_line) - 1] = '\0';
}

uint64_t fdt_number(const struct fdt_property *property)
{
    if (property->bytes != FDT_CELL_BYTES && property->bytes != 2 * FDT_CELL_BYTES)
        refuse("a number is not of one or two cells");
    return fdt_cells(property->value, property->bytes / FDT_CELL_BYTES);
}

static void chosen_read(struct tree *tree, const struct fdt_property *property)
{
    if (fdt_text_equal(property->name, "bootargs"))
        text_copy(tree->machine, property);
    else if (fdt_text_equal(property->name, "linux,initrd-start"))
        tree->initrd_start = fdt_number(property);
    else if (fdt_text_equal(property->name, "linux,initrd-end"))
        tree->initrd_end = fdt_number(property);
    else if (fdt_text_equal(property->name, "rng-seed"))
        tree->machine->seed = (struct range){
            tree->address + (paddr_t)(property->value - tree->bytes), property->bytes};
}

/* A status other than "okay", or "ok", says that it cannot be used (2.3.4). */
static void cpu_read(struct node *node, const struct fdt_property *property)
{
    if (fdt_text_equal(property->name, "reg")) {
        node->id = fdt_first_address(property);
        node->is_named = true;
    } else if (fdt_text_equal(property->name, "status")) {
        node->is_off = property->bytes == 0 || property->value[0] != 'o';
    }
}

static void property_use(struct tree *tree, const struct fdt_property *property)
{
    struct node *node = &tree->nodes[tree->depth - 1];
    bool reg = tree->depth > 1 && fdt_text_equal(property->name, "reg");
    if (fdt_text_equal(property->name, "#address-cells"))
        node->address_cells = (uint32_t)fdt_number(property);
    else if (fdt_text_equal(property->name, "#size-cells"))
        node->size_cells = (uint32_t)fdt_number(property);
    else if (node->kind == KIND_CPU)
        cpu_read(node, property);
    else if (node->kind == KIND_MEMORY && reg)
        reg_read(tree, property, true);
    else if (node->kind == KIND_CHOSEN)
        chosen_read(tree, property);
    else if (node->kind == KIND_CPUS && fdt_text_equal(property->name, "timebase-frequency"))
        tree->machine->timebase_hz = fdt_number(property);
    else if (node->kind == KIND_PSCI && fdt_text_equal(property->name, "method"))
        tree->machine->psci_smc = property->bytes > 0 && property->value[0] == 's';
}

static uint32_t property_read(struct tree *tree, uint32_t at, struct fdt_property *property)
{
    if (!range_within(at, 2 * FDT_CELL_BYTES, tree->structure_end) || tree->depth == 0)
        refuse("a property lies outside of it");
    uint32_t bytes = big32(&tree->bytes[at]), name = big32(&tree->bytes[at + FDT_CELL_BYTES]);
    at += 2 * FDT_CELL_BYTES;
    if (!range_within(at, bytes, tree->structure_end) || name >= tree->strings_end - tree->strings)
        refuse("a property lies outside of it");
    *property = (struct fdt_property){
        .node = tree->nodes[tree->depth - 1].name,
        .name = text_at(tree, tree->strings + name, tree->strings_end),
        .value = &tree->bytes[at],
        .bytes = bytes,
        .address_cells = tree->depth > 1 ? tree->nodes[tree->depth - 2].address_cells : 0,
    };
    return at + (uint32_t)align_up(bytes, FDT_CELL_BYTES);
}

static void property_meet(struct tree *tree, const struct fdt_property *property)
{
    bool reservation = tree->nodes[tree->depth - 1].kind == KIND_RESERVATION;
    if (!tree->reservations || property->name[0] == '#') /* cells are needed in both passes */
        property_use(tree, property);
    else if (reservation && fdt_text_equal(property->name, "reg"))
        reg_read(tree, property, false);
}

static void structure_read(struct tree *tree)
{
    uint32_t at = tree->structure;
    tree->depth = 0;
    while (range_within(at, FDT_CELL_BYTES, tree->structure_end)) {
        struct fdt_property property;
        uint32_t token = big32(&tree->bytes[at]);
        at += FDT_CELL_BYTES;
        if (token == TOKEN_BEGIN) {
            at = node_begin(tree, at);
        } else if (token == TOKEN_END && tree->depth > 0) {
            node_end(tree);
        } else if (token == TOKEN_PROPERTY) {
            at = property_read(tree, at, &property);
            property_meet(tree, &property);
            if (tree->visit != NULL && !tree->reservations)
                tree->visit(&property);
        } else if (token == TOKEN_LAST && tree->depth == 0) {
            return;
        } else if (token != TOKEN_NOP) {
            break;
        }
    }
    refuse("its structure is broken");
}

/* The list of reservations in front of the structure (5.3), which ends with an entry of zeros. */
static void list_read(struct tree *tree, uint32_t at)
{
    for (uint32_t i = 0; i < RESERVED_MAX; i++, at += 4 * FDT_CELL_BYTES) {
        if (!range_within(at, 4 * FDT_CELL_BYTES, tree->total))
            break;
        uint64_t base = fdt_cells(&tree->bytes[at], 2);
        uint64_t size = fdt_cells(&tree->bytes[at + 2 * FDT_CELL_BYTES], 2);
        if (base == 0 && size == 0)
            return;
        memory_set(tree->machine, base, size, false);
    }
    refuse("its list of reserved memory has no end");
}

/* Words of the header (5.2). */
enum header {
    HEADER_MAGIC,
    HEADER_TOTAL,
    HEADER_STRUCTURE,
    HEADER_STRINGS,
    HEADER_RESERVED,
    HEADER_VERSION,
    HEADER_COMPATIBLE,
    HEADER_BOOT_CPU,
    HEADER_STRINGS_BYTES,
    HEADER_STRUCTURE_BYTES,
    HEADER_WORDS,
};

static uint32_t header_word(const struct tree *tree, enum header which)
{
    return big32(&tree->bytes[which * FDT_CELL_BYTES]);
}

/* Where a block of @bytes at @start ends. */
static uint32_t block_end(const struct tree *tree, uint32_t start, uint32_t bytes)
{
    if (!range_within(start, bytes, tree->total))
        refuse("a block lies outside of it");
    return start + bytes;
}

/* Loaders leave room behind a tree for what they might add: it ends where its last block does, and
 * says so from now on. */
static uint32_t tree_shorten(const struct tree *tree, paddr_t address)
{
    uint32_t end =
        tree->structure_end > tree->strings_end ? tree->structure_end : tree->strings_end;
    uint8_t *total = (uint8_t *)boot_memory(address) + HEADER_TOTAL * FDT_CELL_BYTES;
    for (unsigned i = 0; i < FDT_CELL_BYTES; i++)
        total[i] = (uint8_t)(end >> (24 - 8 * i));
    return end;
}

void fdt_read(struct machine *machine, paddr_t address, fdt_visit *visit)
{
    static struct tree tree;
    if (address == 0 || !is_aligned(address, FDT_CELL_BYTES) ||
        !range_within(address, HEADER_WORDS * FDT_CELL_BYTES, boot_reach))
        refuse("the loader gave none");
    tree = (struct tree){
        .address = address, .bytes = boot_memory(address), .machine = machine, .visit = visit};
    tree.total = header_word(&tree, HEADER_TOTAL);
    if (header_word(&tree, HEADER_MAGIC) != FDT_MAGIC ||
        header_word(&tree, HEADER_COMPATIBLE) > FDT_VERSION ||
        header_word(&tree, HEADER_VERSION) < FDT_VERSION + 1)
        refuse("it does not start with the magic number and version of one");
    if (tree.total > FDT_BYTES_MAX || !range_within(address, tree.total, boot_reach) ||
        tree.total < HEADER_WORDS * FDT_CELL_BYTES)
        refuse("it is too long");
    tree.structure = header_word(&tree, HEADER_STRUCTURE);
    tree.structure_end =
        block_end(&tree, tree.structure, header_word(&tree, HEADER_STRUCTURE_BYTES));
    tree.strings = header_word(&tree, HEADER_STRINGS);
    tree.strings_end = block_end(&tree, tree.strings, header_word(&tree, HEADER_STRINGS_BYTES));
    structure_read(&tree);
    machine->device_tree = (struct range){address, tree_shorten(&tree, address)};
    if (tree.initrd_end > tree.initrd_start)
        machine->bundle = (struct range){tree.initrd_start, tree.initrd_end - tree.initrd_start};
    tree.reservations = true;
    structure_read(&tree);
    list_read(&tree, header_word(&tree, HEADER_RESERVED));
}
