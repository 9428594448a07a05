/*
 * memory_rows.c - mapping, unmapping, and the first touch of a page.
 */
#include <errno.h>
#include <sys/mman.h>

#include "apps/linux-bench/rows.h"

#define PAGE 4096

static volatile char *map_fresh(size_t bytes)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    row_need((long)memory, "mmap");
    return memory;
}

static void map_touch_unmap(void *context)
{
    const struct row *row = context;
    volatile char *memory = map_fresh(row->bytes);

    *memory = 1;
    row_need(munmap((void *)memory, row->bytes), "munmap");
}

void row_map(const struct row *row, unsigned count)
{
    row_measure(row, &(struct measure){.operation = map_touch_unmap, .context = (void *)row},
                count);
}

volatile char *row_map_small(size_t bytes)
{
    volatile char *memory = map_fresh(bytes);

    if (madvise((void *)memory, bytes, MADV_NOHUGEPAGE) == -1 && errno != EINVAL)
        row_fail("madvise");
    return memory;
}

void row_touch(volatile char *memory, size_t bytes)
{
    for (size_t offset = 0; offset < bytes; offset += PAGE)
        memory[offset] = 1;
}

static void touch_all(void *context)
{
    const struct row *row = context;
    volatile char *memory = row_map_small(row->bytes);

    row_touch(memory, row->bytes);
    row_need(munmap((void *)memory, row->bytes), "munmap");
}

void row_page_fault(const struct row *row, unsigned count)
{
    row_measure(row,
                &(struct measure){.operation = touch_all,
                                  .context = (void *)row,
                                  .parts = (unsigned)(row->bytes / PAGE)},
                count);
}
