/*
 * boot.c - from the boot stage's handover (abi/boot.h) to init, which owns the whole machine.
 *
 * Runs once, on one processor; the others wait. Nothing is checked: the boot stage has done that.
 */
#include "kernel/boot.h"

#include "kernel/arch.h"
#include "kernel/debug.h"
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

/* A capability that begins here, in an empty slot. */
static void install(struct slot *slot, struct slot value)
{
    *slot = value;
    slot_link_child(&slot_root, slot);
}

static void install_object(struct init *init, uint32_t index, enum object_type type, void *object,
                           uint8_t size_log2)
{
    install(&init->table->slots[index],
            (struct slot){.type = type,
                          .rights = 0xff,
                          .size_log2 = size_log2,
                          .object = object_construct(type, object, size_log2, 0)});
}

static void make_objects(struct init *init, struct init_objects *memory)
{
    init->table = (void *)memory->table;
    init->space = (void *)(memory->space + PAGE_BYTES);
    init->thread = (void *)memory->thread;
    init->sched = &memory->sched;
    install_object(init, INIT_SLOT_TABLE, OBJECT_TABLE, init->table, INIT_TABLE_SLOTS_LOG2);
    install_object(init, INIT_SLOT_SPACE, OBJECT_SPACE, memory->space, INIT_SPACE_SLOTS_LOG2);
    install_object(init, INIT_SLOT_THREAD, OBJECT_THREAD, init->thread, 0);
    install_object(init, INIT_SLOT_SCHED, OBJECT_SCHED, init->sched, 0);
    install(&init->table->slots[INIT_SLOT_IRQ_CONTROL],
            (struct slot){
                .type = OBJECT_IRQ_CONTROL, .rights = 0xff, .a = init->info->interrupt_lines});
    sched_init_root(init->sched, 0, INIT_SLICE_NS);
    for (uint32_t i = 1; i < cpu_count; i++) {
        struct sched *time = &cpus[i]->time;
        install_object(init, INIT_SLOT_OTHER_SCHEDS + i - 1, OBJECT_SCHED, time, 0);
        sched_init_root(time, i, INIT_SLICE_NS);
    }
}

static void donate_nodes(struct init *init, paddr_t base, uint64_t size_log2)
{
    install(&init->space->slots[INIT_SPACE_SLOT_NODES],
            (struct slot){.type = OBJECT_UNTYPED,
                          .rights = UNTYPED_RIGHT_MANAGE,
                          .kind = SLOT_IN_SPACE,
                          .object = &init->space->object,
                          .value = base,
                          .size_log2 = (uint8_t)size_log2});
}

/* Attach a region to a slot of init's Space, and map it. */
static void attach(struct init *init, uint32_t index, const struct boot_region *region)
{
    uint64_t bytes = 1ull << region->size_log2;
    uint8_t rights = (uint8_t)region->rights;
    install(&init->space->slots[index], (struct slot){.type = OBJECT_REGION,
                                                      .rights = rights,
                                                      .kind = SLOT_IN_SPACE,
                                                      .object = &init->space->object,
                                                      .value = region->base,
                                                      .size_log2 = (uint8_t)region->size_log2,
                                                      .a = region->address,
                                                      .b = region->address + bytes});
    for (uint64_t done = 0, piece; done < bytes; done += piece) {
        pte_t leaf = pte_leaf(region->base + done, rights, false);
        status_t status =
            pagetable_map_range(init->space, region->address + done, bytes - done, leaf, &piece);
        ASSERT(status == OK);
    }
}

/* The whole machine: its memory, as the boot information lists it, and its ports. */
static void give_machine(struct init *init, uint64_t count_ports)
{
    for (uint32_t i = 0; i < init->info->count_memory; i++) {
        const struct bootinfo_memory *memory = &init->info->memory[i];
        bool bundle = memory->kind == BOOTINFO_MEMORY_BUNDLE;
        install(&init->table->slots[INIT_SLOT_FIRST_UNTYPED + i],
                (struct slot){.type = bundle ? OBJECT_REGION : OBJECT_UNTYPED,
                              .rights = bundle ? REGION_RIGHT_READ | REGION_RIGHT_EXECUTE
                                               : UNTYPED_RIGHT_MANAGE,
                              .device = memory->kind == BOOTINFO_MEMORY_DEVICE,
                              .value = memory->base,
                              .size_log2 = (uint8_t)memory->size_log2});
    }
    if (count_ports > 0)
        install(&init->table->slots[INIT_SLOT_IOPORT],
                (struct slot){.type = OBJECT_IOPORT, .rights = 0xff, .a = count_ports});
}

static void start(struct init *init, const struct boot_handover *handover)
{
    struct slot *slots = init->table->slots;
    struct slot *thread = &slots[INIT_SLOT_THREAD];
    struct thread_start_args args = {
        .pc = handover->entry, .sp = handover->stack_top, .argument = handover->argument};
    struct invocation bind = {.caps = {thread}};
    struct invocation configure = {.caps = {&slots[INIT_SLOT_TABLE], &slots[INIT_SLOT_SPACE]}};
    struct invocation start = {.arguments = &args};
    status_t status = sched_bind(&slots[INIT_SLOT_SCHED], &bind);
    if (status == OK)
        status = thread_configure(thread, &configure);
    if (status == OK)
        status = thread_start(thread, &start);
    ASSERT(status == OK);
    boot_thread = init->thread;
}

void kernel_boot(const struct boot_handover *handover)
{
    struct init init = {.info = arch_phys_to_virt(handover->bootinfo)};
    init.info->features |= debug_feature;
    init.info->address_end = USER_LIMIT;
    for (uint32_t i = 0; i < cpu_count; i++)
        cpu_init(cpus[i], i, arch_time_now());
    make_objects(&init, arch_phys_to_virt(handover->objects));
    donate_nodes(&init, handover->nodes, handover->nodes_log2);
    for (uint32_t i = 0; i < handover->count_regions; i++)
        attach(&init, INIT_SPACE_SLOT_FIRST + i, &handover->regions[i]);
    give_machine(&init, handover->count_ports);
    start(&init, handover);
    sched_reschedule(&cpu_first);
}
