/*
 * start.c - the processors' first C code. The others wait until there is what they share, say that
 * they are there, and wait again until init is made: no processor is at user level before all have
 * left the boot stage's memory.
 */
#include "kernel/dev/start.h"

#include "kernel/boot.h"
#include "kernel/dev/clock.h"
#include "port/lock.h"

STATIC_ASSERT(CPUS_MAX == BOOT_CPUS_MAX && CPUS_MAX == BOOTINFO_PROCESSORS_MAX,
              "the boot stage starts as many as there may be");

/* kernel.ld, and a port's assembly */
extern const uint8_t kernel_entry[], image_rodata[], image_data[], stack_guard[], image_end[];

const struct kernel_image kernel_image __attribute__((section(".image"), used)) = {
    .magic = KERNEL_IMAGE_MAGIC,
    .entry = (uintptr_t)kernel_entry,
    .rodata = (uintptr_t)image_rodata,
    .data = (uintptr_t)image_data,
    .stack_guard = (uintptr_t)stack_guard,
    .end = (uintptr_t)image_end,
    .cpu_bytes = sizeof(struct processor),
    .object_bytes = sizeof(struct init_objects),
};

enum phase { PHASE_FIRST, PHASE_SHARED, PHASE_BOOTED };
static uint32_t phase, count_here;

static void phase_set(enum phase to) { __atomic_store_n(&phase, to, __ATOMIC_RELEASE); }

static void phase_await(enum phase which)
{
    while (__atomic_load_n(&phase, __ATOMIC_ACQUIRE) < which)
        arch_pause();
}

static struct cpu *cpu_at(uint32_t index)
{
    return (void *)((uintptr_t)&cpu_first + index * PROCESSOR_STRIDE);
}

static void start_first(const struct boot_handover *handover)
{
    machine_init(handover);
    processor_init(&cpu_first);
    cpu_count = (uint32_t)handover->count_cpus;
    for (uint32_t i = 0; i < cpu_count; i++) {
        cpus[i] = cpu_at(i);
        cpus[i]->arch.id = handover->cpu_ids[i];
    }
    phase_set(PHASE_SHARED);
    kernel_boot(handover);
    while (__atomic_load_n(&count_here, __ATOMIC_ACQUIRE) != cpu_count - 1)
        arch_pause();
    phase_set(PHASE_BOOTED);
}

void kernel_start(paddr_t handover, uint32_t index)
{
    if (index == 0) {
        start_first(arch_phys_to_virt(handover));
        return;
    }
    phase_await(PHASE_SHARED);
    processor_init(cpu_at(index));
    __atomic_fetch_add(&count_here, 1, __ATOMIC_RELEASE);
    phase_await(PHASE_BOOTED);
    kernel_join();
}
