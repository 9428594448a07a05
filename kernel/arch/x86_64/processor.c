/*
 * processor.c - a processor made ready: segments, task state, interrupt vectors, and the MSRs of
 * the system-call entry.
 */
#include "kernel/arch/x86_64/machine.h"
#include "kernel/arch/x86_64/parts.h"
#include "kernel/dev/start.h"
#include "lib/base/copy.h"
#include "lib/base/x86_64/instructions.h"

#define GATE_USER 0xee00ull /* user level may use `int` */

#define DESCRIPTOR_TSS 0x0000890000000000ull

STATIC_ASSERT(SELECTOR_TSS / 8 + 2 == CPU_DESCRIPTORS, "the TSS is the last");

#define VECTOR_BREAKPOINT 3
#define VECTOR_OVERFLOW   4

/* Flags that `syscall` clears: all but the fixed bit, above all IF, TF, DF and AC. */
#define FMASK 0x257fd5

extern uint8_t vector_stubs[], syscall_entry[], trace_syscall[];

/* Descriptors (SDM volume 3, 3.4.5 and 8.2.3). There is no 32-bit code segment for user level. */
static const uint64_t descriptors[SELECTOR_TSS / 8] = {
    [SELECTOR_KERNEL_CODE / 8] = 0x00af9b000000ffff,
    [SELECTOR_KERNEL_DATA / 8] = 0x00cf93000000ffff,
    [SELECTOR_USER_DATA / 8] = 0x00cff3000000ffff,
    [SELECTOR_USER_CODE / 8] = 0x00affb000000ffff,
};

/* Exceptions that may come while rsp is not the kernel's have stacks of their own. */
enum { IST_NONE, IST_FATAL, IST_NMI, IST_OTHER, IST_COUNT };
STATIC_ASSERT(IST_COUNT - 1 == EXCEPTION_STACKS, "each has its stack");
static const uint8_t stack_of_vector[VECTOR_COUNT] = {
    [VECTOR_DOUBLE_FAULT] = IST_FATAL, [VECTOR_MACHINE_CHECK] = IST_FATAL, [VECTOR_NMI] = IST_NMI,
    [VECTOR_DEBUG] = IST_OTHER,        [VECTOR_UNDEFINED] = IST_OTHER,
};

static struct gate gates[VECTOR_COUNT];

static void task_init(struct arch_cpu *arch)
{
    struct tss *tss = &arch->tss;
    uint64_t base = (uintptr_t)tss;
    memcpy(arch->gdt, descriptors, sizeof(descriptors));
    arch->gdt[SELECTOR_TSS / 8] =
        DESCRIPTOR_TSS | (sizeof(*tss) - 1) | (base & 0xffffff) << 16 | (base >> 24 & 0xff) << 56;
    arch->gdt[SELECTOR_TSS / 8 + 1] = base >> 32;
    tss->rsp[0] = arch->stack_top;
    for (unsigned i = 0; i < EXCEPTION_STACKS; i++)
        tss->ist[i] = (uintptr_t)arch->stacks[i] + sizeof(arch->stacks[i]);
    tss->io_map_base = sizeof(*tss); /* none: user level has no ports */
}

/* They are the same for all processors. */
void gates_init(void)
{
    for (unsigned vector = 0; vector < VECTOR_COUNT; vector++) {
        bool user = vector == VECTOR_BREAKPOINT || vector == VECTOR_OVERFLOW;
        gate_set(&gates[vector], (uintptr_t)vector_stubs + vector * VECTOR_STUB_BYTES,
                 SELECTOR_KERNEL_CODE, (user ? GATE_USER : GATE_KERNEL) | stack_of_vector[vector]);
    }
}

void processor_init(struct cpu *cpu)
{
    cpu->arch.self = cpu;
    cpu->arch.stack_top = (uintptr_t)cpu;
    clock_timer_init(&cpu->arch);
    task_init(&cpu->arch);
    struct table_pointer gdt = {sizeof(cpu->arch.gdt) - 1, (uintptr_t)cpu->arch.gdt};
    struct table_pointer idt = {sizeof(gates) - 1, (uintptr_t)gates};
    __asm__ volatile("lgdt %0; lidt %1; ltr %w2"
                     :
                     : "m"(gdt), "m"(idt), "r"(SELECTOR_TSS)
                     : "memory");
    arch_space_leave();
    msr_write(MSR_GS_BASE, (uintptr_t)cpu);
    msr_write(MSR_KERNEL_GS_BASE, 0);
    msr_write(MSR_SYSENTER_CS, 0);
    msr_write(MSR_STAR,
              (uint64_t)(SELECTOR_USER_BASE | 3) << 48 | (uint64_t)SELECTOR_KERNEL_CODE << 32);
    msr_write(MSR_LSTAR, (uintptr_t)(trace_ring == NULL ? syscall_entry : trace_syscall));
    msr_write(MSR_FMASK, FMASK);
}
