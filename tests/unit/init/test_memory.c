/**
 * test_memory.c - carving memory as the kernel would.
 */
#include "lib/base/bits.h"
#include "servers/init/memory.h"
#include "tests/unit/unit.h"

static struct memory memory_of(const unsigned *sizes_log2, uint32_t count)
{
    static struct bootinfo boot;
    struct memory memory;
    boot.count_memory = count;
    for (uint32_t i = 0; i < count; i++)
        boot.memory[i] = (struct bootinfo_memory){.size_log2 = sizes_log2[i]};
    memory_init(&memory, &boot);
    return memory;
}

/** What the kernel does at a retype: false if it would refuse. */
static bool kernel_retype(uint64_t *used, uint64_t size, unsigned log2)
{
    const uint64_t start = align_up(*used, BIT(log2));
    if (start + BIT(log2) > size)
        return false;
    *used = start + BIT(log2);
    return true;
}

TEST("only free memory is carved")
{
    struct bootinfo boot = {.count_memory = 3};
    struct memory memory;
    boot.memory[0] = (struct bootinfo_memory){.size_log2 = 20, .kind = BOOTINFO_MEMORY_DEVICE};
    boot.memory[1] = (struct bootinfo_memory){.size_log2 = 16};
    boot.memory[2] = (struct bootinfo_memory){.size_log2 = 20, .kind = BOOTINFO_MEMORY_BUNDLE};
    memory_init(&memory, &boot);
    CHECK_EQUAL(memory.count, 1);
    CHECK_EQUAL(memory.pools[0].slot, INIT_SLOT_FIRST_UNTYPED + 1);
    CHECK_EQUAL(memory_free_bytes(&memory), 1 << 16);
}

TEST("a small piece is taken from where it leaves the least")
{
    const unsigned sizes[] = {24, 16, 20};
    struct memory memory = memory_of(sizes, 3);
    const struct memory_pool *pool = memory_take(&memory, 14);
    REQUIRE(pool != NULL);
    CHECK_EQUAL(pool->slot, INIT_SLOT_FIRST_UNTYPED + 1);
}

TEST("what fits nowhere is refused and changes nothing")
{
    const unsigned sizes[] = {16, 16};
    struct memory memory = memory_of(sizes, 2);
    CHECK(memory_take(&memory, 17) == NULL);
    CHECK_EQUAL(memory_free_bytes(&memory), 2 << 16);
}

TEST("the books agree with the kernel's for any sequence of sizes")
{
    for (unsigned round = 0; round < 500; round++) {
        unsigned sizes[6];
        uint64_t used[6] = {0};
        for (unsigned i = 0; i < 6; i++)
            sizes[i] = 12 + (unsigned)unit_random_below(12);
        struct memory memory = memory_of(sizes, 6);
        for (unsigned step = 0; step < 30; step++) {
            const unsigned log2 = 12 + (unsigned)unit_random_below(10);
            const struct memory_pool *pool = memory_take(&memory, log2);
            if (pool == NULL)
                continue;
            const uint32_t i = pool->slot - INIT_SLOT_FIRST_UNTYPED;
            REQUIRE(kernel_retype(&used[i], BIT(sizes[i]), log2));
            CHECK_EQUAL(used[i], pool->used_bytes);
        }
    }
}

TEST("the rest is everything that is left, in pieces that the kernel gives out")
{
    for (unsigned round = 0; round < 500; round++) {
        unsigned sizes[5];
        uint64_t used[5] = {0};
        uint64_t bytes = 0;
        struct memory_piece pieces[64];
        for (unsigned i = 0; i < 5; i++)
            sizes[i] = 12 + (unsigned)unit_random_below(16);
        struct memory memory = memory_of(sizes, 5);
        for (unsigned step = 0; step < 4; step++)
            (void)memory_take(&memory, 12 + (unsigned)unit_random_below(8));
        for (unsigned i = 0; i < 5; i++)
            used[i] = memory.pools[i].used_bytes;
        const uint64_t before = memory_free_bytes(&memory);
        const uint32_t count = memory_take_rest(&memory, pieces, 64);
        for (uint32_t p = 0; p < count; p++) {
            const uint32_t i = pieces[p].pool_slot - INIT_SLOT_FIRST_UNTYPED;
            REQUIRE(kernel_retype(&used[i], BIT(sizes[i]), pieces[p].size_log2));
            bytes += BIT(pieces[p].size_log2);
        }
        if (count < 40)
            CHECK_EQUAL(bytes, before);
        CHECK_EQUAL(memory_free_bytes(&memory), before - bytes);
    }
}

TEST("where there are too many pieces, the small ones stay")
{
    const unsigned sizes[] = {28, 26, 24, 20, 14, 12};
    struct memory memory = memory_of(sizes, 6);
    struct memory_piece pieces[4];
    CHECK_EQUAL(memory_take_rest(&memory, pieces, 4), 4);
    CHECK_EQUAL(memory_free_bytes(&memory), (1 << 14) + (1 << 12));
}

TEST("no more of the small ones stay than must")
{
    const unsigned sizes[] = {14, 28, 14, 14, 20, 12};
    struct memory memory = memory_of(sizes, 6);
    struct memory_piece pieces[4];
    CHECK_EQUAL(memory_take_rest(&memory, pieces, 4), 4);
    CHECK_EQUAL(memory_free_bytes(&memory), (1 << 14) + (1 << 12));
}
