/*
 * trace.c - the memory of a trace (struct trace_ring): set aside at the start, nobody's afterwards
 * and counted as the kernel's. `trace=SIZE` asks for it: a power of two with K,
 * M or G behind it.
 */
#include "boot/boot.h"
#include "lib/base/checked.h"

#define BYTES_MIN    4096ull
#define BYTES_MAX    (1ull << 30)
#define RECORD_BYTES 64u /* of the memory asked for; more than a record has: the head fits too */

STATIC_ASSERT(BYTES_MIN / RECORD_BYTES * (RECORD_BYTES - sizeof(struct trace_record)) >=
                  sizeof(struct trace_ring),
              "the head fits");

/* 0 for what is no size. */
static uint64_t size_read(const char *text)
{
    static const char units[] = {'K', 'M', 'G'};
    uint64_t size = 0;
    for (; *text >= '0' && *text <= '9' && size < BYTES_MAX; text++)
        size = size * 10 + (uint64_t)(*text - '0');
    for (unsigned i = 0; i < sizeof units; i++)
        if (*text == units[i])
            return text[1] == '\0' || text[1] == ' ' ? size << 10 * (i + 1) : 0;
    return 0;
}

paddr_t trace_prepare(const struct machine *machine, struct ranges *free)
{
    const char *value = boot_option_value(machine, "trace=");
    if (value == NULL)
        return 0;
    uint64_t size = size_read(value);
    if (!is_power_of_two(size) || size < BYTES_MIN || size > BYTES_MAX)
        boot_refuse("trace= takes a power of two from 4K to 1G");
    uint64_t count = size / RECORD_BYTES;
    paddr_t base = memory_take(free, size, PAGE_BYTES);
    struct trace_ring *ring = boot_memory(base);
    ring->mask = count - 1;
    boot_print("corm: trace of %lu records at 0x%lx\n", count, base);
    return base;
}
