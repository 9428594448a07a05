/*
 * processor.c - a processor made ready: protection bits (Intel SDM volume 2, CPUID; AMD APM volume
 * 3, E), segments, task state, interrupt vectors, and the MSRs of the system-call entry.
 */
#include "kernel/arch/x86_64/instructions.h"
#include "kernel/arch/x86_64/machine.h"
#include "kernel/arch/x86_64/parts.h"
#include "kernel/panic.h"
#include "lib/base/bits.h"

#define GATE_KERNEL 0x8e00ull /* present, interrupt gate */
#define GATE_USER   0xee00ull /* user level may use `int` */

#define DESCRIPTOR_TSS 0x0000890000000000ull

#define VECTOR_BREAKPOINT 3
#define VECTOR_OVERFLOW   4

/* Flags that `syscall` clears: all but the fixed bit, above all IF, TF, DF and AC. */
#define FMASK 0x257fd5

struct table_pointer {
    uint16_t limit;
    uint64_t base;
} PACKED;

struct gate {
    uint64_t low, high;
};

extern uint8_t vector_stubs[], syscall_entry[], boot_stack_top[];

/* Descriptors (SDM volume 3, 3.4.5 and 8.2.3). There is no 32-bit code segment for user level.
 * boot_entry.S loads the table by its physical address. */
uint64_t processor_gdt[SELECTOR_TSS / 8 + 2] = {
    [SELECTOR_KERNEL_CODE / 8] = 0x00af9b000000ffff,
    [SELECTOR_KERNEL_DATA / 8] = 0x00cf93000000ffff,
    [SELECTOR_USER_DATA / 8] = 0x00cff3000000ffff,
    [SELECTOR_USER_CODE / 8] = 0x00affb000000ffff,
};

/* Exceptions that may come while rsp is not the kernel's have stacks of their own. */
enum { IST_NONE, IST_FATAL, IST_NMI, IST_OTHER, IST_COUNT };
static uint8_t stacks[IST_COUNT - 1][2048] ALIGNED(16);
static const uint8_t stack_of_vector[VECTOR_COUNT] = {
    [VECTOR_DOUBLE_FAULT] = IST_FATAL, [VECTOR_MACHINE_CHECK] = IST_FATAL, [VECTOR_NMI] = IST_NMI,
    [VECTOR_DEBUG] = IST_OTHER,        [VECTOR_UNDEFINED] = IST_OTHER,
};

static struct gate gates[VECTOR_COUNT];

/* Can user level read kernel memory by a speculative load (CVE-2017-5754)? Intel's processors can
 * unless they say otherwise; they are also the ones with lazy-FP leaks (CVE-2018-3665). */
bool processor_leaks(void)
{
    struct cpuid vendor = cpuid(0, 0);
    bool intel = vendor.ebx == 0x756e6547 && vendor.edx == 0x49656e69 && vendor.ecx == 0x6c65746e;
    bool has_capabilities = vendor.eax >= 7 && (cpuid(7, 0).edx & BIT(29)) != 0;
    return intel && (!has_capabilities || !(msr_read(MSR_ARCH_CAPS) & 1));
}

/* The bit of CR4 that switches a feature on, if the processor has it. */
static uint64_t feature(uint32_t available, unsigned bit, uint64_t control, const char *name)
{
    if (available & BIT(bit))
        return control;
    kernel_print("corm: this processor has no %s\n", name);
    return 0;
}

static void control_init(void)
{
    struct cpuid features7 = {0};
    if (cpuid(0, 0).eax >= 7)
        features7 = cpuid(7, 0);
    cr4_write(CR4_PAE | CR4_PGE | CR4_MCE | CR4_OSFXSR | CR4_OSXMMEXCPT |
              feature(cpuid(1, 0).ecx, 26, CR4_OSXSAVE, "XSAVE") |
              feature(features7.ebx, 0, CR4_FSGSBASE, "FSGSBASE") |
              feature(features7.ebx, 7, CR4_SMEP, "SMEP") |
              feature(features7.ebx, 20, CR4_SMAP, "SMAP") |
              feature(features7.ecx, 2, CR4_UMIP, "UMIP"));
    uint64_t cr0 = cr0_read() & ~(uint64_t)CR0_EMULATE;
    cr0_write(cr0 | CR0_MONITOR | CR0_TS | CR0_NUMERIC | CR0_WP | CR0_ALIGNMENT);
}

static void gate_set(unsigned vector)
{
    uint64_t entry = (uintptr_t)vector_stubs + vector * VECTOR_STUB_BYTES;
    bool user = vector == VECTOR_BREAKPOINT || vector == VECTOR_OVERFLOW;
    uint64_t flags = (user ? GATE_USER : GATE_KERNEL) | stack_of_vector[vector];
    gates[vector].low =
        (entry & 0xffff) | SELECTOR_KERNEL_CODE << 16 | flags << 32 | (entry & 0xffff0000) << 32;
    gates[vector].high = entry >> 32;
}

static void task_init(struct tss *tss)
{
    uint64_t base = (uintptr_t)tss;
    processor_gdt[SELECTOR_TSS / 8] =
        DESCRIPTOR_TSS | (sizeof(*tss) - 1) | (base & 0xffffff) << 16 | (base >> 24 & 0xff) << 56;
    processor_gdt[SELECTOR_TSS / 8 + 1] = base >> 32;
    tss->rsp[0] = (uintptr_t)boot_stack_top;
    for (unsigned i = 0; i < ARRAY_LENGTH(stacks); i++)
        tss->ist[i] = (uintptr_t)stacks[i] + sizeof(stacks[i]);
    tss->io_map_base = sizeof(*tss); /* none: user level has no ports */
}

void processor_init(struct cpu *cpu)
{
    cpu->arch.self = cpu;
    cpu->arch.stack_top = (uintptr_t)boot_stack_top;
    task_init(&cpu->arch.tss);
    for (unsigned vector = 0; vector < VECTOR_COUNT; vector++)
        gate_set(vector);

    struct table_pointer gdt = {sizeof(processor_gdt) - 1, (uintptr_t)processor_gdt};
    struct table_pointer idt = {sizeof(gates) - 1, (uintptr_t)gates};
    __asm__ volatile("lgdt %0; lidt %1; ltr %w2"
                     :
                     : "m"(gdt), "m"(idt), "r"(SELECTOR_TSS)
                     : "memory");
    msr_write(MSR_GS_BASE, (uintptr_t)cpu);
    msr_write(MSR_KERNEL_GS_BASE, 0);
    msr_write(MSR_SYSENTER_CS, 0);
    msr_write(MSR_STAR,
              (uint64_t)(SELECTOR_USER_BASE | 3) << 48 | (uint64_t)SELECTOR_KERNEL_CODE << 32);
    msr_write(MSR_LSTAR, (uintptr_t)syscall_entry);
    msr_write(MSR_FMASK, FMASK);
    control_init();
}
