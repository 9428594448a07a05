/*
 * boot.c - building init from the boot bundle, and giving it the whole machine.
 *
 * Runs once, on one processor. Nothing that it takes is ever given back; nothing is kept for later.
 */
#include "abi/bootinfo.h"
#include "kernel/arch.h"
#include "kernel/bootmem.h"
#include "kernel/bundle.h"
#include "kernel/cpu.h"
#include "kernel/debug.h"
#include "kernel/irq.h"
#include "kernel/panic.h"
#include "kernel/pagetable.h"
#include "kernel/space.h"
#include "kernel/table.h"
#include "kernel/thread.h"
#include "lib/base/bits.h"
#include "lib/base/string.h"

#define BOOTINFO_ADDRESS (INIT_BASE - PAGE_BYTES)
#define BUNDLE_ADDRESS   0x40000000ull
#define INIT_SLICE_NS    10000000ull
#define SPARE_NODES      13u
#define RIGHT_R          REGION_RIGHT_READ
#define RIGHTS_RX        (REGION_RIGHT_READ | REGION_RIGHT_EXECUTE)
#define RIGHTS_RW        (REGION_RIGHT_READ | REGION_RIGHT_WRITE)

STATIC_ASSERT(sizeof(struct bootinfo) <= PAGE_BYTES, "the boot information is one page");

/* What is being built. */
struct init {
    struct table *table;
    struct space *space;
    struct thread *thread;
    struct sched *sched;
    struct bootinfo *info;
    paddr_t info_page;
    uint32_t next_space_slot;
    const struct init_image *image;
};

static struct slot *fill_object(struct init *init, uint32_t index, enum object_type type,
                                void *object, unsigned size_log2)
{
    struct slot *slot = &init->table->slots[index];
    slot->type = (uint8_t)type;
    slot->rights = 0xff;
    slot->size_log2 = (uint8_t)size_log2;
    slot->object = object;
    slot_install_root(slot);
    slot_set_keys(slot, index);
    return slot;
}

static struct slot *fill_memory(struct slot *slot, enum object_type type, paddr_t base,
                                unsigned size_log2, uint8_t rights)
{
    slot->type = (uint8_t)type;
    slot->rights = rights;
    slot->size_log2 = (uint8_t)size_log2;
    slot->value = base;
    slot_install_root(slot);
    return slot;
}

/* Attach a piece of memory to the next slot of init's Space, and map it. */
static void attach(struct init *init, paddr_t base, unsigned size_log2, uint8_t rights,
                   uint64_t window)
{
    uint32_t index = init->next_space_slot++;
    if (index >= 1u << INIT_SPACE_SLOTS_LOG2)
        kernel_panic("init and its bundle lie in too many pieces");
    struct slot *slot = &init->space->slots[index];
    fill_memory(slot, OBJECT_REGION, base, size_log2, rights);
    slot->object = &init->space->object;
    slot->kind_flags = SLOT_ATTACHED;
    slot->a = window;
    slot->b = window + (1ull << size_log2);
    if (space_boot_map(init->space, window, base, 1ull << size_log2, rights) != OK)
        kernel_panic("too few page-table nodes for init");
}

/* Memory that init cannot get at otherwise, in pieces: what lies beside it is somebody else's. */
static void attach_range(struct init *init, paddr_t start, uint64_t bytes, uint8_t rights,
                         uint64_t vaddr)
{
    struct boot_range range = {.base = start, .size_bytes = bytes};
    paddr_t base;
    unsigned size_log2;
    while (range_next_piece(&range, &base, &size_log2))
        attach(init, base, size_log2, rights, vaddr + (base - start));
}

static void make_objects(struct init *init, uint64_t bundle_bytes)
{
    init->table = arch_phys_to_virt(bootmem_take(table_bytes(INIT_TABLE_SLOTS_LOG2), PAGE_BYTES));
    init->space = arch_phys_to_virt(bootmem_take(space_bytes(INIT_SPACE_SLOTS_LOG2), PAGE_BYTES));
    init->thread = arch_phys_to_virt(bootmem_take(THREAD_BYTES, PAGE_BYTES));
    init->sched = arch_phys_to_virt(bootmem_take(sizeof(struct sched), PAGE_BYTES));
    init->info_page = bootmem_take(PAGE_BYTES, PAGE_BYTES);
    init->info = arch_phys_to_virt(init->info_page);
    table_init(init->table, INIT_TABLE_SLOTS_LOG2);
    space_init(init->space, INIT_SPACE_SLOTS_LOG2, false);
    thread_init(init->thread, false);
    sched_init_root(init->sched, 0, INIT_SLICE_NS);

    fill_object(init, INIT_SLOT_TABLE, OBJECT_TABLE, init->table, INIT_TABLE_SLOTS_LOG2);
    fill_object(init, INIT_SLOT_SPACE, OBJECT_SPACE, init->space, INIT_SPACE_SLOTS_LOG2);
    fill_object(init, INIT_SLOT_THREAD, OBJECT_THREAD, init->thread, 0);
    fill_object(init, INIT_SLOT_SCHED, OBJECT_SCHED, init->sched, 0);
    fill_object(init, INIT_SLOT_IRQ_CONTROL, OBJECT_IRQ_CONTROL, NULL, 0);

    unsigned log2 = PAGE_SHIFT + bits_log2_ceil((bundle_bytes >> 21) + SPARE_NODES + 1);
    struct slot *chunk = &init->space->slots[INIT_SPACE_SLOT_NODES];
    fill_memory(chunk, OBJECT_UNTYPED, bootmem_take(1ull << log2, 1ull << log2), log2,
                UNTYPED_RIGHT_MANAGE);
    chunk->object = &init->space->object;
    chunk->kind_flags = SLOT_NODES;
    pagetable_add_chunk(init->space, chunk);
    init->space->root = pagetable_make_root(init->space);
    init->space->root_slot = INIT_SPACE_SLOT_NODES;
    init->next_space_slot = INIT_SPACE_SLOT_FIRST;
}

static void load_image(struct init *init)
{
    const struct init_image *image = init->image;
    paddr_t base = bootmem_take(image->memory_bytes, PAGE_BYTES);
    uint64_t text = image->text_bytes;
    memcpy(arch_phys_to_virt(base), image, image->file_bytes);
    attach_range(init, base, text, RIGHTS_RX, INIT_BASE);
    attach_range(init, base + text, image->memory_bytes - text, RIGHTS_RW, INIT_BASE + text);
}

static void note_memory(struct bootinfo *info, paddr_t base, unsigned size_log2, uint32_t kind)
{
    info->memory[info->count_memory++] =
        (struct bootinfo_memory){.base = base, .size_log2 = size_log2, .kind = kind};
}

static void give_bundle(struct init *init, struct boot_range bundle)
{
    struct bootinfo *info = init->info;
    uint64_t vaddr = BUNDLE_ADDRESS;
    paddr_t base;
    unsigned size_log2;
    info->bundle_address = BUNDLE_ADDRESS;
    info->bundle_bytes = bundle.size_bytes;
    while (range_next_piece(&bundle, &base, &size_log2)) {
        uint32_t index = INIT_SLOT_FIRST_UNTYPED + info->count_memory;
        fill_memory(&init->table->slots[index], OBJECT_REGION, base, size_log2, RIGHTS_RX);
        note_memory(info, base, size_log2, BOOTINFO_MEMORY_BUNDLE);
        attach(init, base, size_log2, RIGHT_R, vaddr);
        vaddr += 1ull << size_log2;
    }
}

static void give_untyped(struct init *init, paddr_t base, unsigned size_log2, uint32_t kind)
{
    struct bootinfo *info = init->info;
    uint32_t index = INIT_SLOT_FIRST_UNTYPED + info->count_memory;
    if (info->count_memory == BOOTINFO_UNTYPED_MAX)
        return;
    struct slot *slot = fill_memory(&init->table->slots[index], OBJECT_UNTYPED, base, size_log2,
                                    UNTYPED_RIGHT_MANAGE);
    if (kind == BOOTINFO_MEMORY_DEVICE)
        slot->kind_flags = SLOT_DEVICE;
    note_memory(info, base, size_log2, kind);
}

static void give_memory(struct init *init, const struct boot_description *boot)
{
    paddr_t base;
    unsigned size_log2;
    while (bootmem_next_piece(&base, &size_log2))
        give_untyped(init, base, size_log2, BOOTINFO_MEMORY_FREE);
    for (uint32_t i = 0; i < boot->count_device; i++) {
        struct boot_range range = boot->device[i];
        while (range_next_piece(&range, &base, &size_log2))
            give_untyped(init, base, size_log2, BOOTINFO_MEMORY_DEVICE);
    }
}

static void give_ports(struct init *init)
{
    uint32_t unused;
    if (!arch_port_in(0x80, 1, &unused))
        return;
    struct slot *slot = fill_object(init, INIT_SLOT_IOPORT, OBJECT_IOPORT, NULL, 0);
    slot->value = 0;
    slot->a = 0x10000;
}

static void describe(struct bootinfo *info, const struct boot_description *boot)
{
    info->magic = BOOTINFO_MAGIC;
    for (uint32_t i = 0; i < boot->count_ram; i++)
        info->memory_bytes += boot->ram[i].size_bytes;
    for (uint32_t i = 0; i < boot->count_taken; i++)
        info->kernel_bytes += boot->taken[i].size_bytes;
    info->kernel_bytes -= boot->bundle.size_bytes;
    info->clock_multiplier = boot->clock_multiplier;
    info->clock_offset_ns = boot->clock_offset_ns;
    info->acpi_rsdp = boot->rsdp;
    info->count_processors = boot->count_processors;
    info->interrupt_lines = arch_irq_lines();
    info->features = boot->features | debug_feature;
    memcpy(info->command_line, boot->command_line, BOOTINFO_COMMAND_LINE_BYTES - 1);
}

/* Give the thread its bindings as `configure` would. */
static void bind_thread(struct init *init)
{
    struct thread *thread = init->thread;
    struct slot *table = &init->table->slots[INIT_SLOT_TABLE];
    struct slot *space = &init->table->slots[INIT_SLOT_SPACE];
    thread_bind_boot(thread, table, space);
    list_push_back(&init->sched->homes, &thread->home_link);
    thread->home = init->sched;
    thread->sched = init->sched;
    arch_context_start(thread, init->image->entry, init->image->stack_top, BOOTINFO_ADDRESS, 0);
}

void kernel_boot(const struct boot_description *boot)
{
    struct init init = {0};
    const char *reason = NULL;
    init.image = bundle_find_init(&boot->bundle, &reason);
    if (init.image == NULL)
        kernel_refuse_boot("the boot bundle is refused: %s", reason);
    irq_init();
    bootmem_init(boot);
    cpu_init(&cpus[0], 0, arch_time_now());
    make_objects(&init, boot->bundle.size_bytes);
    load_image(&init);
    attach(&init, init.info_page, PAGE_SHIFT, RIGHT_R, BOOTINFO_ADDRESS);
    describe(init.info, boot);
    give_bundle(&init, boot->bundle);
    give_ports(&init);
    bind_thread(&init);
    init.info->kernel_bytes += bootmem_taken_bytes();
    give_memory(&init, boot);
    boot_thread = init.thread;
    sched_make_ready(init.thread, false);
    sched_reschedule(&cpus[0]);
}
