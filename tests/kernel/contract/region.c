/**
 * region.c - minting parts of Regions.
 */
#include "test.h"

#define LOG2 14

static void mints_parts(void)
{
    const cap_t region = env_make(OBJECT_REGION, LOG2, 0);
    const cap_t part = env_slot();
    uint64_t base = 0, part_base = 0, size_log2 = 0, rights = 0, device = 1;
    CHECK_OK(region_info(region, &base, &size_log2, &rights, &device));
    CHECK_EQUAL(rights, RIGHTS_RW | RIGHTS_RX);
    CHECK_OK(region_mint(region, 2 * PAGE, 13, RIGHTS_R, SLOT_TABLE, part));
    CHECK_OK(region_info(part, &part_base, &size_log2, &rights, &device));
    CHECK_EQUAL(part_base, base + 2 * PAGE);
    CHECK_EQUAL(size_log2, 13);
    CHECK_EQUAL(rights, RIGHTS_R);
    CHECK_EQUAL(device, 0);
}

static void refuses_parts(void)
{
    static const struct {
        uint64_t offset, size_log2, rights;
    } bad[] = {{PAGE, 13, 0},
               {1, 12, 0},
               {4 * PAGE, 12, 0},
               {0, 15, 0},
               {0, 11, 0},
               {~0ull << 12, 12, 0},
               {0, 64, 0},
               {0, ~0ull, 0},
               {1ull << 63, 12, 0},
               {0, 12, 8},
               {0, 12, 1ull << 32 | RIGHTS_R}};
    const cap_t region = env_make(OBJECT_REGION, LOG2, 0);
    for (uint32_t i = 0; i < ARRAY_LENGTH(bad); i++)
        CHECK_STATUS(region_mint(region, bad[i].offset, bad[i].size_log2, bad[i].rights, SLOT_TABLE,
                                 env_slot()),
                     RANGE);
}

static void rights_of_parts(void)
{
    const cap_t region = env_make(OBJECT_REGION, LOG2, 0);
    const cap_t part = env_slot();
    CHECK_OK(region_mint(region, 0, LOG2, RIGHTS_R, SLOT_TABLE, part));
    CHECK_STATUS(region_mint(part, 0, 12, RIGHTS_RW, SLOT_TABLE, env_slot()), RANGE);
    CHECK_OK(region_mint(part, 0, 12, RIGHTS_R, SLOT_TABLE, env_slot()));
}

static void destinations(void)
{
    const cap_t region = env_make(OBJECT_REGION, LOG2, 0);
    CHECK_STATUS(region_mint(region, 0, 12, RIGHTS_R, SLOT_TABLE, region), SLOT_BUSY);
    CHECK_STATUS(region_mint(region, 0, 12, RIGHTS_R, SLOT_TABLE, 0), RANGE);
    CHECK_STATUS(region_mint(region, 0, 12, RIGHTS_R, region, env_slot()), TYPE);
    CHECK_STATUS(region_mint(region, 0, 12, RIGHTS_R, env_slot(), env_slot()), BAD_HANDLE);
}

static void parts_go_along(void)
{
    const cap_t region = env_make(OBJECT_REGION, LOG2, 0);
    const cap_t part = env_slot(), smaller = env_slot(), copy = env_slot();
    CHECK_OK(region_mint(region, 0, 13, RIGHTS_R, SLOT_TABLE, part));
    CHECK_OK(region_mint(part, PAGE, 12, RIGHTS_R, SLOT_TABLE, smaller));
    CHECK_OK(table_copy(SLOT_TABLE, part, SLOT_TABLE, copy, RIGHTS_R));
    CHECK_OK(table_delete(SLOT_TABLE, region));
    CHECK_EQUAL(slot_type(part) | slot_type(smaller) | slot_type(copy), 0);
}

TEST_SUITE(region,
           {"a part of a Region has its offset, its size and the rights asked for", mints_parts},
           {"a part of a Region that is unaligned, too large, outside or has too many rights "
            "answers RANGE",
            refuses_parts},
           {"a part of a part of a Region has at most that part's rights", rights_of_parts},
           {"minting a part of a Region refuses a bad destination", destinations},
           {"deleting a Region deletes its parts", parts_go_along});
