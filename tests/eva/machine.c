/*
 * machine.c - the typed arrays and how they start.
 */
#include "tests/eva/machine.h"

#include "kernel/arch.h"
#include "kernel/cpu.h"
#include "kernel/ipc.h"
#include "kernel/irq.h"
#include "kernel/lock.h"
#include "kernel/notify.h"
#include "kernel/pagetable.h"
#include "kernel/space.h"
#include "kernel/table.h"
#include "kernel/thread.h"

#define TABLE_LOG2 2u
#define SPACE_LOG2 2u
#define RAW_BYTES  8192u

/* Header and slots are of one size, and C has no variable of what ends in an open array. Variables
 * instead of arrays: the prover tells them apart for good. */
static struct slot table_0[1 + (1u << TABLE_LOG2)], table_1[1 + (1u << TABLE_LOG2)];
static struct slot space_0[1 + (1u << SPACE_LOG2)], space_1[1 + (1u << SPACE_LOG2)];
#define TABLE_0 ((struct table *)(void *)table_0)
#define TABLE_1 ((struct table *)(void *)table_1)
#define SPACE_0 ((struct space *)(void *)space_0)
#define SPACE_1 ((struct space *)(void *)space_1)
static struct thread thread_0, thread_1;
static struct sched sched_0, sched_1;
static struct endpoint endpoint_0, endpoint_1;
static struct notification notification_0, notification_1;
static pte_t node_0[NODE_ENTRIES], node_1[NODE_ENTRIES];
static uint8_t raw[RAW_BYTES];
static struct guest_frame frame;

/* While one is being made it is the one that is meant. */
static struct thread *new_thread;
static struct sched *new_sched;
static struct endpoint *new_endpoint;
static struct notification *new_notification;
static struct table *new_table;
static struct space *new_space;

volatile uint64_t eva_unknown;

bool eva_bool(void) { return eva_unknown & 1; }

uint64_t eva_word(void) { return eva_unknown; }

uint64_t eva_nonzero(uint64_t word)
{
    EVA_ASSUME(word != 0);
    return word;
}

uint32_t eva_below(uint32_t limit)
{
    uint64_t word = eva_unknown;
    return (uint32_t)(word % limit);
}

#define ANY(type, expression_first, expression_second)                                             \
    struct type *eva_any_##type(void)                                                              \
    {                                                                                              \
        return eva_bool() ? (expression_first) : (expression_second);                              \
    }

#define ANY_OR_NEW(type, expression_first, expression_second)                                      \
    struct type *eva_any_##type(void)                                                              \
    {                                                                                              \
        if (new_##type != NULL)                                                                    \
            return new_##type;                                                                     \
        return eva_bool() ? (expression_first) : (expression_second);                              \
    }

ANY_OR_NEW(table, TABLE_0, TABLE_1)
ANY_OR_NEW(space, SPACE_0, SPACE_1)
ANY_OR_NEW(thread, &thread_0, &thread_1)
ANY_OR_NEW(sched, &sched_0, &sched_1)
ANY_OR_NEW(endpoint, &endpoint_0, &endpoint_1)
ANY_OR_NEW(notification, &notification_0, &notification_1)

struct wheel_entry *eva_any_wheel_entry(void)
{
    if (eva_bool())
        return &eva_any_thread()->deadline.entry;
    return eva_bool() ? &eva_any_thread()->request.entry : &eva_any_sched()->refill.entry;
}

struct slot *eva_any_slot(void)
{
    uint32_t index = eva_below(1u << TABLE_LOG2);
    if (eva_bool())
        return &eva_any_table()->slots[index];
    if (eva_bool())
        return &eva_any_space()->slots[index % (1u << SPACE_LOG2)];
    if (eva_bool())
        return &eva_any_thread()->bindings[index % BINDING_COUNT];
    return eva_bool() ? &eva_any_irq_line()->binding : &slot_root;
}

extern struct slot *const eva_empty_slots;
extern const uint64_t eva_empty_mask;

struct slot *eva_table_base(int empty) { return empty ? eva_empty_slots : eva_any_table()->slots; }

uint64_t eva_table_mask(int empty)
{
    return empty ? eva_empty_mask : (uint64_t)((1u << TABLE_LOG2) - 1) << HANDLE_OP_BITS;
}

/* --- physical memory --- */

uint64_t *eva_any_node(void) { return eva_bool() ? node_0 : node_1; }

void *eva_node(paddr_t address)
{
    (void)address;
    return eva_any_node();
}

void *eva_raw(paddr_t address)
{
    (void)address;
    return raw;
}

void *eva_frame(paddr_t address)
{
    (void)address;
    return &frame;
}

paddr_t arch_virt_to_phys(const void *at)
{
    (void)at;
    return eva_word() & ~(PAGE_BYTES - 1);
}

/*@ assigns ((char *)to)[0 .. size - 1] \from byte; assigns \result \from to; ensures \result == to;
 */
void *memset(void *to, int byte, size_t size);

uint8_t eva_memory_log2(uint8_t size_log2)
{
    (void)size_log2;
    return (uint8_t)(MEMORY_LOG2_MIN + eva_below(MEMORY_LOG2_MAX + 1 - MEMORY_LOG2_MIN));
}

/* --- making objects: in zeroed memory, at the place of any that there was --- */

#define MAKE(type, bytes, count_log2, flag)                                                        \
    void type##_init(struct object *object);                                                       \
    static void make_##type(struct type *made, uint8_t flags)                                      \
    {                                                                                              \
        new_##type = made;                                                                         \
        memset(made, 0, bytes);                                                                    \
        made->object.size_log2 = count_log2;                                                       \
        made->object.flags = (flag) ? (flags & OBJECT_FLAG) : 0;                                   \
        type##_init(&made->object);                                                                \
        new_##type = NULL;                                                                         \
    }

MAKE(table, sizeof table_0, TABLE_LOG2, false)
MAKE(space, sizeof space_0, SPACE_LOG2, true)
MAKE(thread, sizeof(struct thread), 0, true)
MAKE(sched, sizeof(struct sched), 0, false)
MAKE(endpoint, sizeof(struct endpoint), 0, false)
MAKE(notification, sizeof(struct notification), 0, false)

/* In turn: the prover must see that nothing of what was there before is left. */
#define MAKE_ANY(type, at_0, at_1)                                                                 \
    void eva_##type##_init(struct object *object)                                                  \
    {                                                                                              \
        if (eva_bool())                                                                            \
            make_##type(at_0, object->flags);                                                      \
        else                                                                                       \
            make_##type(at_1, object->flags);                                                      \
    }

MAKE_ANY(table, TABLE_0, TABLE_1)
MAKE_ANY(space, SPACE_0, SPACE_1)
MAKE_ANY(thread, &thread_0, &thread_1)
MAKE_ANY(sched, &sched_0, &sched_1)
MAKE_ANY(endpoint, &endpoint_0, &endpoint_1)
MAKE_ANY(notification, &notification_0, &notification_1)

static struct cpu cpu_other;

/* The core is the same on each processor, and the lock lets one of them run. */
void eva_any_processor(void)
{
    if (eva_bool()) {
        struct cpu other = cpu_other;
        cpu_other = cpu_first;
        cpu_first = other;
        cpu_first.index = 0;
        cpu_other.index = 1;
    }
}

struct thread *eva_thread_number(int number) { return number == 0 ? &thread_0 : &thread_1; }

static void start(struct cpu *cpu, uint32_t index, struct thread *thread, struct sched *sched)
{
    cpu_init(cpu, index, 0);
    sched_init_root(sched, index, NANOS_PER_MS);
    sched->object.type = OBJECT_SCHED;
    thread->object.type = OBJECT_THREAD;
    thread->home = sched;
    thread->sched = sched;
    thread->state = THREAD_READY;
    cpu->current = thread;
    cpu->sched = sched;
}

/* Any capability that user level may have; of the two kinds of object, the first field is alike. */
static struct object *any_object(uint8_t type)
{
    switch (type) {
    case OBJECT_SPACE:
        return &eva_any_space()->object;
    case OBJECT_TABLE:
        return &eva_any_table()->object;
    case OBJECT_THREAD:
        return &eva_any_thread()->object;
    case OBJECT_SCHED:
        return &eva_any_sched()->object;
    case OBJECT_ENDPOINT:
        return &eva_any_endpoint()->object;
    case OBJECT_NOTIFICATION:
        return &eva_any_notification()->object;
    case OBJECT_IRQ:
        return &eva_any_irq_line()->object;
    default:
        return NULL;
    }
}

struct object *eva_any_object(void)
{
    struct object *object = any_object((uint8_t)eva_below(OBJECT_TYPES));
    EVA_ASSUME(object != NULL);
    return object;
}

eva_reap_t *eva_any_reap_step(void)
{
    static eva_reap_t *const steps[] = {table_reap_step, space_reap_step,    thread_reap_step,
                                        sched_reap_step, endpoint_reap_step, notification_reap_step,
                                        irq_reap_step};
    return steps[eva_below(ARRAY_LENGTH(steps))];
}

static void fill_any_slot(void)
{
    struct slot *slot = eva_any_slot();
    slot->type = (uint8_t)(1 + eva_below(OBJECT_TYPES - 1));
    slot->object = any_object(slot->type);
    slot->rights = (uint8_t)eva_word();
    slot->value = eva_word();
    slot->a = eva_word();
    slot->b = eva_word();
    slot->device = eva_bool();
    slot->size_log2 = eva_memory_log2(0);
    slot->depth = (uint16_t)eva_below(SLOT_DEPTH_MAX + 1);
    slot->kind = (uint8_t)eva_below(SLOT_IN_SPACE + 1);
    slot->key = (uint32_t)eva_word();
    slot->receive_key = (uint32_t)eva_word();
    slot->next = eva_any_slot();
    slot->prev = eva_any_slot();
}

void eva_machine_init(void)
{
    node_0[eva_below(NODE_ENTRIES)] = eva_word();
    node_1[eva_below(NODE_ENTRIES)] = eva_word();
    make_table(TABLE_0, 0);
    make_table(TABLE_1, 0);
    make_space(SPACE_0, (uint8_t)eva_word());
    make_space(SPACE_1, (uint8_t)eva_word());
    make_thread(&thread_0, (uint8_t)eva_word());
    make_thread(&thread_1, (uint8_t)eva_word());
    make_sched(&sched_0, 0);
    make_sched(&sched_1, 0);
    make_endpoint(&endpoint_0, 0);
    make_endpoint(&endpoint_1, 0);
    make_notification(&notification_0, 0);
    make_notification(&notification_1, 0);
    fill_any_slot();
    boot_thread = &thread_0;
    cpus[1] = &cpu_other;
    cpu_count = 2;
    start(&cpu_first, 0, &thread_0, &sched_0);
    start(&cpu_other, 1, &thread_1, &sched_1);
}
