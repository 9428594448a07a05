/*
 * boot.c - from the boot stage's handover (abi/boot.h) to init, which owns the whole machine.
 *
 * Runs once, on one processor. Nothing is checked: the boot stage has done that.
 */
#include "kernel/boot.h"

#include "kernel/arch.h"
#include "kernel/debug.h"
#include "kernel/irq.h"
#include "kernel/pagetable.h"
#include "lib/base/check.h"

#define INIT_SLICE_NS 10000000ull

/* What is being built. */
struct init {
    struct table *table;
    struct space *space;
    struct thread *thread;
    struct sched *sched;
    struct bootinfo *info;
};

/* The capability of an object of init's, which begins here. */
static struct slot *fill_object(struct init *init, uint32_t index, enum object_type type,
                                void *object, unsigned size_log2)
{
    struct slot *slot = &init->table->slots[index];
    slot->type = (uint8_t)type;
    slot->rights = 0xff;
    slot->size_log2 = (uint8_t)size_log2;
    if (object != NULL)
        slot->object = object_construct(type, object, size_log2, 0);
    slot_link_child(&slot_root, slot);
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
    slot_link_child(&slot_root, slot);
    return slot;
}

static void make_objects(struct init *init, struct init_objects *memory)
{
    init->table = (void *)memory->table;
    init->space = (void *)memory->space;
    init->thread = (void *)memory->thread;
    init->sched = &memory->sched;
    fill_object(init, INIT_SLOT_TABLE, OBJECT_TABLE, init->table, INIT_TABLE_SLOTS_LOG2);
    fill_object(init, INIT_SLOT_SPACE, OBJECT_SPACE, init->space, INIT_SPACE_SLOTS_LOG2);
    fill_object(init, INIT_SLOT_THREAD, OBJECT_THREAD, init->thread, 0);
    fill_object(init, INIT_SLOT_SCHED, OBJECT_SCHED, init->sched, 0);
    fill_object(init, INIT_SLOT_IRQ_CONTROL, OBJECT_IRQ_CONTROL, NULL, 0);
    sched_init_root(init->sched, 0, INIT_SLICE_NS);
}

static void donate_nodes(struct init *init, paddr_t base, unsigned size_log2)
{
    struct slot *chunk = &init->space->slots[INIT_SPACE_SLOT_NODES];
    fill_memory(chunk, OBJECT_UNTYPED, base, size_log2, UNTYPED_RIGHT_MANAGE);
    chunk->object = &init->space->object;
    chunk->kind_flags = SLOT_IN_SPACE;
    pagetable_add_chunk(init->space, chunk);
    init->space->root = pagetable_make_root(init->space);
    init->space->root_slot = INIT_SPACE_SLOT_NODES;
}

/* Attach a region to a slot of init's Space, and map it. */
static void attach(struct init *init, uint32_t index, const struct boot_region *region)
{
    struct slot *slot = &init->space->slots[index];
    uint64_t bytes = 1ull << region->size_log2;
    uint8_t rights = (uint8_t)region->rights;
    fill_memory(slot, OBJECT_REGION, region->base, region->size_log2, rights);
    slot->object = &init->space->object;
    slot->kind_flags = SLOT_IN_SPACE;
    slot->a = region->address;
    slot->b = region->address + bytes;
    status_t status = space_boot_map(init->space, region->address, region->base, bytes, rights);
    ASSERT(status == OK);
}

/* The whole machine: its memory, as the boot information lists it, and its ports. */
static void give_machine(struct init *init)
{
    for (uint32_t i = 0; i < init->info->count_memory; i++) {
        const struct bootinfo_memory *memory = &init->info->memory[i];
        struct slot *slot = &init->table->slots[INIT_SLOT_FIRST_UNTYPED + i];
        if (memory->kind == BOOTINFO_MEMORY_BUNDLE)
            fill_memory(slot, OBJECT_REGION, memory->base, memory->size_log2,
                        REGION_RIGHT_READ | REGION_RIGHT_EXECUTE);
        else
            fill_memory(slot, OBJECT_UNTYPED, memory->base, memory->size_log2,
                        UNTYPED_RIGHT_MANAGE);
        if (memory->kind == BOOTINFO_MEMORY_DEVICE)
            slot->kind_flags = SLOT_DEVICE;
    }
    init->info->interrupt_lines = arch_irq_lines();
    init->info->features |= debug_feature;
    uint32_t unused;
    if (arch_port_in(0x80, 1, &unused))
        fill_object(init, INIT_SLOT_IOPORT, OBJECT_IOPORT, NULL, 0)->a = 0x10000;
}

/* Give the thread its bindings as `configure` would. */
static void bind_thread(struct init *init, const struct boot_handover *handover)
{
    struct thread *thread = init->thread;
    struct slot *table = &init->table->slots[INIT_SLOT_TABLE];
    struct slot *space = &init->table->slots[INIT_SLOT_SPACE];
    thread_bind_boot(thread, table, space);
    list_push_back(&init->sched->homes, &thread->home_link);
    thread->home = init->sched;
    thread->sched = init->sched;
    arch_context_start(thread, handover->entry, handover->stack_top, handover->argument, 0);
}

void kernel_boot(const struct boot_handover *handover)
{
    struct init init = {.info = arch_phys_to_virt(handover->bootinfo)};
    irq_init();
    cpu_init(&cpus[0], 0, arch_time_now());
    make_objects(&init, arch_phys_to_virt(handover->objects));
    donate_nodes(&init, handover->nodes, (unsigned)handover->nodes_log2);
    for (uint32_t i = 0; i < handover->count_regions; i++)
        attach(&init, INIT_SPACE_SLOT_FIRST + i, &handover->regions[i]);
    give_machine(&init);
    bind_thread(&init, handover);
    boot_thread = init.thread;
    sched_make_ready(init.thread, false);
    sched_reschedule(&cpus[0]);
}
