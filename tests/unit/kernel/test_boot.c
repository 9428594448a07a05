/**
 * test_boot.c - from what the boot stage hands over to init.
 */
#include <string.h>

#include "abi/bundle.h"
#include "abi/fault.h"
#include "tests/unit/kernel/machine.h"

TEST("a good bundle starts init with its boot information as argument")
{
    boot();
    const struct bootinfo *info = init_bootinfo();
    CHECK_EQUAL(init_thread->context.pc, INIT_BASE + 64);
    CHECK_EQUAL(init_thread->context.sp, INIT_BASE + 4 * 4096);
    CHECK_EQUAL(info->magic, BOOTINFO_MAGIC);
    CHECK_EQUAL(info->memory_bytes, HOST_RAM_BYTES);
    CHECK_EQUAL(info->interrupt_lines, HOST_IRQ_LINES);
    CHECK_EQUAL(info->bundle_bytes, 6 * 4096);
    CHECK_TEXT(info->command_line, "unit test");
}

TEST("init gets all memory, all device memory, all time, all lines and all ports")
{
    uint64_t given = 0, device = 0;
    boot();
    const struct bootinfo *info = init_bootinfo();
    for (uint32_t i = 0; i < info->count_memory; i++) {
        const struct bootinfo_memory *memory = &info->memory[i];
        const struct slot *slot = slot_at(INIT_SLOT_FIRST_UNTYPED + i);
        bool region = memory->kind == BOOTINFO_MEMORY_BUNDLE;
        CHECK_EQUAL(slot->type, region ? OBJECT_REGION : OBJECT_UNTYPED);
        CHECK_EQUAL(slot->value, memory->base);
        CHECK_EQUAL(slot->size_log2, memory->size_log2);
        if (memory->kind == BOOTINFO_MEMORY_DEVICE)
            device += 1ull << memory->size_log2;
        else
            given += 1ull << memory->size_log2;
    }
    CHECK_EQUAL(device, HOST_DEVICE_BYTES);
    CHECK_EQUAL(given + info->kernel_bytes, HOST_RAM_BYTES);
    CHECK_EQUAL(slot_at(INIT_SLOT_SCHED)->type, OBJECT_SCHED);
    CHECK_EQUAL(init_sched_object()->utilisation, SCHED_UTILISATION_ONE);
    CHECK_EQUAL(slot_at(INIT_SLOT_IRQ_CONTROL)->type, OBJECT_IRQ_CONTROL);
    CHECK_EQUAL(slot_at(INIT_SLOT_IOPORT)->a, 0x10000);
}

TEST("init's text is executable, its data writable, neither both; the bundle is readable")
{
    paddr_t address = 0;
    boot();
    paddr_t root = init_thread->root;
    CHECK(host_access(root, INIT_BASE, REGION_RIGHT_READ | REGION_RIGHT_EXECUTE, &address));
    CHECK(!host_access(root, INIT_BASE, REGION_RIGHT_WRITE, &address));
    CHECK(host_access(root, INIT_BASE + 4096, REGION_RIGHT_READ | REGION_RIGHT_WRITE, &address));
    CHECK(!host_access(root, INIT_BASE + 4096, REGION_RIGHT_EXECUTE, &address));
    CHECK(!host_access(root, INIT_BASE + 4 * 4096, REGION_RIGHT_READ, &address));
    uint64_t bundle = init_bootinfo()->bundle_address;
    CHECK(host_access(root, bundle, REGION_RIGHT_READ, &address));
    CHECK_EQUAL(*(uint64_t *)host_ram(address), BUNDLE_MAGIC);
    CHECK(!host_access(root, bundle, REGION_RIGHT_WRITE, &address));
}

TEST("a fault of init, which has no fault endpoint, ends the machine and is told in its last words")
{
    static const char last_words[] = "corm: panic: init faulted; address or vector, error, pc, sp: "
                                     "1234abcd 0 0 0\n";
    boot();
    CHECK_ASSERTS(fault(FAULT_PAGE, 0x1234abcd));
    CHECK(strstr(host_text, last_words) != NULL);
}

TEST("a fault of init goes to its fault endpoint, if it gave itself one")
{
    boot();
    uint32_t handler = spawn_equal();
    uint32_t faults = make(OBJECT_ENDPOINT, 0, 0);
    run(thread_at(handler));
    CHECK_EQUAL(INVOKE(INIT_SLOT_THREAD, THREAD_OP_SUSPEND), OK);
    CHECK_EQUAL(INVOKE(INIT_SLOT_THREAD, THREAD_OP_CONFIGURE, 0, 0, faults), OK);
    CHECK_EQUAL(INVOKE(INIT_SLOT_THREAD, THREAD_OP_RESUME), OK);
    reply_wait(faults, 0, 0);
    REQUIRE(running() == init_thread);
    fault(FAULT_PAGE, 0x1234abcd);
    REQUIRE(running() == thread_at(handler));
    CHECK_EQUAL(seen_label(running()), FAULT_PAGE);
    CHECK_EQUAL(seen_word(running()), 0x1234abcd);
    CHECK_EQUAL(init_thread->state, THREAD_CALLING);
}
