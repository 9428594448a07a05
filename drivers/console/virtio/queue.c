/**
 * queue.c - a split virtqueue whose buffers have fixed places.
 */
#include "drivers/console/virtio/queue.h"

#include "lib/base/bits.h"
#include "lib/base/check.h"
#include "lib/base/string.h"

#define DESCRIPTOR_WRITE 2u /* §2.7.5: the device writes */

STATIC_ASSERT(sizeof(struct queue_memory) <= QUEUE_BYTES, "a queue fits its memory");
STATIC_ASSERT(offsetof(struct queue_memory, used) % 4 == 0, "§2.7: the used ring is aligned to 4");

void queue_init(struct queue *queue, struct queue_memory *memory, uint64_t buffers,
                uint32_t buffer_bytes, bool receives)
{
    *queue = (struct queue){.memory = memory, .buffer_bytes = buffer_bytes};
    memset(memory, 0, sizeof(*memory));
    for (unsigned i = 0; i < QUEUE_ENTRIES; i++)
        memory->descriptors[i] =
            (struct queue_descriptor){.address = buffers + (uint64_t)i * buffer_bytes,
                                      .size_bytes = buffer_bytes,
                                      .flags = receives ? DESCRIPTOR_WRITE : 0};
}

void queue_give(struct queue *queue, unsigned index, uint32_t size_bytes)
{
    struct queue_memory *memory = queue->memory;
    ASSERT(index < QUEUE_ENTRIES && !(queue->with_device & BIT(index)) &&
           size_bytes <= queue->buffer_bytes);
    memory->descriptors[index].size_bytes = size_bytes;
    memory->available.ring[queue->next_available % QUEUE_ENTRIES] = (uint16_t)index;
    queue->with_device |= (uint16_t)BIT(index);
    queue->next_available++;
    /* §2.7.13.3: the device sees descriptor and ring before it sees the index. */
    __atomic_store_n(&memory->available.index, queue->next_available, __ATOMIC_RELEASE);
}

status_t queue_take(struct queue *queue, unsigned *index, uint32_t *size_bytes)
{
    const struct queue_used *used = &queue->memory->used;
    /* §2.7.14: what the device wrote before the index is seen after it. */
    const uint16_t ready =
        (uint16_t)(__atomic_load_n(&used->index, __ATOMIC_ACQUIRE) - queue->next_used);
    if (ready == 0)
        return EMPTY;
    const struct queue_used_entry *entry = &used->ring[queue->next_used % QUEUE_ENTRIES];
    const uint32_t id = __atomic_load_n(&entry->id, __ATOMIC_RELAXED);
    const uint32_t bytes = __atomic_load_n(&entry->size_bytes, __ATOMIC_RELAXED);
    if (ready > QUEUE_ENTRIES || id >= QUEUE_ENTRIES || !(queue->with_device & BIT(id)) ||
        bytes > queue->buffer_bytes)
        return PROTOCOL;
    queue->with_device &= (uint16_t)~BIT(id);
    queue->next_used++;
    *index = id;
    *size_bytes = bytes;
    return OK;
}

unsigned queue_free(const struct queue *queue)
{
    const uint16_t free = (uint16_t)~queue->with_device & (uint16_t)(BIT(QUEUE_ENTRIES) - 1);
    return free == 0 ? QUEUE_ENTRIES : bits_lowest(free);
}
