/**
 * box.c - booting the machine, and copying it.
 */
#include "tests/search/box.h"

#include <stdlib.h>
#include <string.h>

#include "abi/boot.h"
#include "kernel/boot.h"
#include "kernel/cpu.h"
#include "lib/base/check.h"
#include "tests/unit/kernel/machine.h"

#define SLOTS_USED    64u /* of init's Table; no box names a higher one */
#define OBJECTS_BASE  HOST_RAM_BASE
#define OBJECTS_BYTES ((sizeof(struct init_objects) + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES)
#define NODES_BASE    (OBJECTS_BASE + OBJECTS_BYTES)
#define INFO_BASE     (NODES_BASE + PAGE_BYTES)
#define MEMORY_BASE   (HOST_RAM_BASE + (1ull << 20))
#define LARGE_BASE    (HOST_RAM_BASE + (4ull << 20))
#define AREAS         8u

extern uint8_t machine_scratch[], machine_scratch_end[];
extern uint8_t machine_bss[], machine_bss_end[];
extern uint8_t machine_data[], machine_data_end[];

struct area {
    uint8_t *start;
    size_t bytes;
};

static struct area areas[AREAS];
static unsigned count_areas;
static uint8_t *at_close;
static struct object *init_table;
static struct sched *init_sched;

struct object *init_table_object(void) { return init_table; }

struct sched *init_sched_object(void) { return init_sched; }

static void add_area(void *start, const void *end)
{
    ASSERT(count_areas < AREAS);
    size_t bytes = (size_t)((const uint8_t *)end - (uint8_t *)start);
    areas[count_areas++] = (struct area){.start = start, .bytes = bytes / 8 * 8};
    ASSERT(bytes % 8 == 0);
}

/* All variables but the RAM itself, and what of the RAM can change. The order of the machine's
 * variables is the linker's. */
static void find_areas(void)
{
    uint8_t *ram = host_ram(HOST_RAM_BASE);
    struct init_objects *objects = host_ram(OBJECTS_BASE);
    struct table *table = (struct table *)(void *)objects->table;
    add_area(machine_scratch, machine_scratch_end);
    add_area(machine_data, machine_data_end);
    add_area(machine_bss, ram);
    add_area(ram + HOST_RAM_BYTES, machine_bss_end);
    add_area(objects->space, &table->slots[SLOTS_USED]);
    add_area(objects->thread, objects + 1);
    /* The last: box_close() cuts it. */
    add_area(host_ram(MEMORY_BASE), (uint8_t *)host_ram(MEMORY_BASE) + (1u << BOX_MEMORY_LOG2));
}

void box_boot(void)
{
    static const struct boot_handover handover = {
        .objects = OBJECTS_BASE,
        .nodes = NODES_BASE,
        .nodes_log2 = 12,
        .bootinfo = INFO_BASE,
        .entry = PAGE_BYTES,
        .stack_top = PAGE_BYTES,
        .count_ports = 64,
    };
    struct bootinfo *info = host_ram(INFO_BASE);
    *info = (struct bootinfo){
        .magic = BOOTINFO_MAGIC,
        .count_processors = 1,
        .interrupt_lines = HOST_IRQ_LINES,
        .count_memory = 3,
        .memory = {{MEMORY_BASE, BOX_MEMORY_LOG2, BOOTINFO_MEMORY_FREE},
                   {HOST_DEVICE_BASE, BOX_DEVICE_LOG2, BOOTINFO_MEMORY_DEVICE},
                   {LARGE_BASE, BOX_LARGE_LOG2, BOOTINFO_MEMORY_FREE}},
    };
    kernel_boot(&handover);
    init_table = cpu_first.current->bindings[BINDING_TABLE].object;
    init_sched = cpu_first.current->home;
    find_areas();
}

size_t box_bytes(void)
{
    size_t bytes = 0;
    for (unsigned i = 0; i < count_areas; i++)
        bytes += areas[i].bytes;
    return bytes;
}

/* memcpy that no sanitizer looks at: between variables there is what none may touch. */
static void copy_words(void *to, const void *from, size_t bytes)
{
    size_t words = bytes / 8;
    __asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
}

void box_save(uint8_t *copy)
{
    for (unsigned i = 0; i < count_areas; i++) {
        copy_words(copy, areas[i].start, areas[i].bytes);
        copy += areas[i].bytes;
    }
}

void box_close(void)
{
    struct table *table = (struct table *)init_table;
    areas[count_areas - 1].bytes = table->slots[BOX_SLOT_MEMORY].a / 8 * 8;
    at_close = malloc(box_bytes());
    ASSERT(at_close != NULL);
    box_save(at_close);
}

const void *box_at_close(const void *at)
{
    const uint8_t *kept = at_close;
    for (unsigned i = 0; i < count_areas; kept += areas[i++].bytes)
        if ((const uint8_t *)at >= areas[i].start &&
            (const uint8_t *)at < areas[i].start + areas[i].bytes)
            return kept + ((const uint8_t *)at - areas[i].start);
    ASSERT(false);
    return NULL;
}

void box_restore(const uint8_t *copy)
{
    for (unsigned i = 0; i < count_areas; i++) {
        copy_words(areas[i].start, copy, areas[i].bytes);
        copy += areas[i].bytes;
    }
}

void box_perform(const struct oracle_event *event)
{
    switch (event->kind) {
    case ORACLE_SYSCALL:
        host_syscall(event->handle, &event->registers, event->deadline);
        break;
    case ORACLE_FAULT:
        host_fault(&event->registers);
        break;
    case ORACLE_INTERRUPT:
        host_interrupt();
        break;
    case ORACLE_GUEST_EXIT:
        host_guest_exit(tag_label(event->registers.tag));
        break;
    }
}
