/*
 * join.c - finding the other processors, and letting them begin: in real mode, in a page below 1
 * MiB (Intel SDM volume 3, 9.4), with what join_entry.S has for that page.
 */
#include "boot/join.h"

#include "boot/x86_64/parts.h"
#include "lib/base/bits.h"
#include "lib/base/copy.h"

#define TRAMPOLINE_REACH (1ull << 20)

void join_ready(void);

/* join_entry.S */
extern const uint8_t trampoline[], trampoline_end[];

static paddr_t page;

/* From there the processors go on in the boot stage at once, so it is somebody's memory later on as
 * it was before. */
static bool page_find(const struct machine *machine)
{
    static struct ranges free;
    memory_init(&free, machine);
    if (free.count == 0 || !range_within(free.items[0].base, PAGE_BYTES, TRAMPOLINE_REACH))
        return false;
    page = free.items[0].base;
    memcpy(boot_memory(page), trampoline, (size_t)(trampoline_end - trampoline));
    return true;
}

bool join_start(const struct machine *machine, uint64_t id)
{
    apic_start(machine, (uint32_t)id, page);
    return true;
}

/* Of a processor that comes, in 64-bit mode. */
void join_ready(void)
{
    apic_follow();
    processor_follow();
}

void processors_start(struct machine *machine)
{
    machine->processors[0] = apic_id();
    machine->count_processors = 1;
    acpi_read(machine, machine->rsdp != 0 ? machine->rsdp : machine->rsdp_copy);
    if (machine->count_processors > 1 && !page_find(machine)) {
        boot_print("corm: one processor: no memory below 1 MiB for others to begin in\n");
        machine->count_processors = 1;
    }
    join_all(machine);
    if (machine->has_stray)
        ranges_set(&machine->ram, page, page + PAGE_BYTES, false);
}
