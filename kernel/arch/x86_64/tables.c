/*
 * tables.c - segments, task state, interrupt vectors, and the MSRs of the system-call entry.
 */
#include "kernel/arch/x86_64/instructions.h"
#include "kernel/arch/x86_64/machine.h"
#include "kernel/arch/x86_64/trap.h"
#include "kernel/cpu.h"
#include "port/memory.h"

/* Descriptors (SDM volume 3, 3.4.5 and 8.2.3). There is no 32-bit code segment for user level. */
#define DESCRIPTOR_KERNEL_CODE 0x00af9b000000ffffull
#define DESCRIPTOR_KERNEL_DATA 0x00cf93000000ffffull
#define DESCRIPTOR_USER_DATA   0x00cff3000000ffffull
#define DESCRIPTOR_USER_CODE   0x00affb000000ffffull
#define DESCRIPTOR_TSS         0x0000890000000000ull

#define GATE_KERNEL 0x8e00ull /* present, interrupt gate */
#define GATE_USER   0xee00ull /* user level may use `int` */

#define VECTOR_BREAKPOINT 3
#define VECTOR_OVERFLOW   4

/* Exceptions that may come while rsp is not the kernel's have stacks of their own. */
enum { IST_FATAL = 1, IST_NMI = 2, IST_OTHER = 3 };

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

static struct gate gates[VECTOR_COUNT];
static uint8_t fatal_stack[2048] ALIGNED(16);
static uint8_t nmi_stack[2048] ALIGNED(16);
static uint8_t other_stack[2048] ALIGNED(16);

static void gate_set(unsigned vector)
{
    uint64_t entry = (uintptr_t)vector_stubs + vector * VECTOR_STUB_BYTES;
    uint64_t flags = GATE_KERNEL;
    if (vector == VECTOR_BREAKPOINT || vector == VECTOR_OVERFLOW)
        flags = GATE_USER;
    if (vector == VECTOR_DOUBLE_FAULT || vector == VECTOR_MACHINE_CHECK)
        flags |= IST_FATAL;
    else if (vector == VECTOR_NMI)
        flags |= IST_NMI;
    else if (vector == VECTOR_DEBUG || vector == VECTOR_UNDEFINED)
        flags |= IST_OTHER;
    gates[vector].low =
        (entry & 0xffff) | SELECTOR_KERNEL_CODE << 16 | flags << 32 | (entry & 0xffff0000) << 32;
    gates[vector].high = entry >> 32;
}

static void segments_init(struct arch_cpu *arch)
{
    uint64_t tss = (uintptr_t)&arch->tss;
    arch->gdt[SELECTOR_KERNEL_CODE / 8] = DESCRIPTOR_KERNEL_CODE;
    arch->gdt[SELECTOR_KERNEL_DATA / 8] = DESCRIPTOR_KERNEL_DATA;
    arch->gdt[SELECTOR_USER_DATA / 8] = DESCRIPTOR_USER_DATA;
    arch->gdt[SELECTOR_USER_CODE / 8] = DESCRIPTOR_USER_CODE;
    arch->gdt[SELECTOR_TSS / 8] = DESCRIPTOR_TSS | (sizeof(arch->tss) - 1) |
                                  (tss & 0xffffff) << 16 | (tss >> 24 & 0xff) << 56;
    arch->gdt[SELECTOR_TSS / 8 + 1] = tss >> 32;
    arch->tss.rsp[0] = arch->stack_top;
    arch->tss.ist[IST_FATAL - 1] = (uintptr_t)fatal_stack + sizeof(fatal_stack);
    arch->tss.ist[IST_NMI - 1] = (uintptr_t)nmi_stack + sizeof(nmi_stack);
    arch->tss.ist[IST_OTHER - 1] = (uintptr_t)other_stack + sizeof(other_stack);
    arch->tss.io_map_base = sizeof(arch->tss); /* none: user level has no ports */
}

void tables_init(struct cpu *cpu)
{
    struct arch_cpu *arch = &cpu->arch;
    arch->self = cpu;
    arch->stack_top = (uintptr_t)boot_stack_top;
    segments_init(arch);
    for (unsigned vector = 0; vector < VECTOR_COUNT; vector++)
        gate_set(vector);

    struct table_pointer gdt = {sizeof(arch->gdt) - 1, (uintptr_t)arch->gdt};
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
}
