/**
 * protection.c - what a program can never touch: the kernel, what was taken away, code as data.
 */
#include "access.h"

#include "machine/code.h"

#define KERNEL_PHYSMAP 0xffff800000000000ull
#define KERNEL_IMAGE   0xffffffff80100000ull
#define LAST_USER_PAGE 0x7ffffffff000ull
#define NOT_CANONICAL  0x800000000000ull

static const volatile void *pointer(uint64_t address)
{
    return (const volatile void *)(uintptr_t)address;
}

static void kernel_memory(void)
{
    static const uint64_t addresses[] = {KERNEL_PHYSMAP, KERNEL_PHYSMAP + 0x100000, KERNEL_IMAGE,
                                         ~0ull << 12, LAST_USER_PAGE};
    for (uint32_t i = 0; i < ARRAY_LENGTH(addresses); i++) {
        for (enum access access = ACCESS_READ; access <= ACCESS_EXECUTE; access++) {
            const struct access_fault fault = access_try(access, pointer(addresses[i]));
            CHECK(fault.faulted);
            CHECK_EQUAL(fault.label, FAULT_PAGE);
        }
    }
}

static void not_canonical(void)
{
    for (enum access access = ACCESS_READ; access <= ACCESS_EXECUTE; access++) {
        const struct access_fault fault = access_try(access, pointer(NOT_CANONICAL));
        CHECK(fault.faulted);
        CHECK_EQUAL(fault.label, NOT_CANONICAL_FAULT);
        CHECK_EQUAL(fault.address, NOT_CANONICAL_WORD(NOT_CANONICAL));
    }
}

static void null_page(void)
{
    CHECK(access_page_fault(ACCESS_READ, pointer(0), 0));
    CHECK(access_page_fault(ACCESS_WRITE, pointer(8), GUEST_ACCESS_WRITE));
}

static void program_text(void)
{
    const volatile void *code = (const volatile void *)(uintptr_t)&program_text;
    CHECK(access_ok(ACCESS_READ, code));
    CHECK(access_page_fault(ACCESS_WRITE, code, GUEST_ACCESS_PRESENT | GUEST_ACCESS_WRITE));
}

static void no_execution_of_data(void)
{
    static uint8_t data[16];
    cap_t region = CAP_NONE;
    uint8_t *memory = env_memory(12, &region);
    code_return(data, sizeof(data));
    code_return(memory, sizeof(data));
    const uint64_t code = GUEST_ACCESS_PRESENT | GUEST_ACCESS_EXECUTE;
    CHECK(access_page_fault(ACCESS_EXECUTE, data, code));
    CHECK(access_page_fault(ACCESS_EXECUTE, memory, code));
}

static void revoke_unmaps(void)
{
    cap_t region = CAP_NONE;
    uint8_t *memory = env_memory(13, &region);
    memory[0] = memory[PAGE] = 1;
    CHECK_OK(table_revoke(SLOT_TABLE, region));
    CHECK(access_page_fault(ACCESS_READ, memory, 0));
    CHECK(access_page_fault(ACCESS_WRITE, memory + PAGE, GUEST_ACCESS_WRITE));
}

static void revoke_of_a_part(void)
{
    const cap_t region = env_make(OBJECT_REGION, 13, 0);
    const cap_t part = env_slot();
    void *whole_view = NULL, *part_view = NULL;
    CHECK_OK(region_mint(region, PAGE, 12, RIGHTS_RW, SLOT_TABLE, part));
    CHECK_OK(kit_map(&env, region, 13, RIGHTS_RW, &whole_view));
    CHECK_OK(kit_map(&env, part, 12, RIGHTS_RW, &part_view));
    CHECK_OK(table_delete(SLOT_TABLE, part));
    CHECK(access_page_fault(ACCESS_READ, part_view, 0));
    CHECK(access_ok(ACCESS_WRITE, whole_view));
}

static void detach_unmaps(void)
{
    cap_t region = CAP_NONE;
    const uint32_t slot = env.next_space_slot;
    uint8_t *memory = env_memory(12, &region);
    memory[0] = 1;
    CHECK_OK(space_detach(SLOT_SPACE, slot));
    CHECK(access_page_fault(ACCESS_READ, memory, 0));
}

TEST_SUITE(protection,
           {"the kernel's memory and the last user page fault on every access", kernel_memory},
           {"addresses that are not canonical fault", not_canonical},
           {"the null page is not mapped", null_page},
           {"a program cannot write its own code", program_text},
           {"data cannot be executed, neither the program's nor mapped memory",
            no_execution_of_data},
           {"revoking a Region unmaps it at once", revoke_unmaps},
           {"revoking a part of a Region unmaps only what was mapped through it", revoke_of_a_part},
           {"detaching a Region unmaps it at once", detach_unmaps});
