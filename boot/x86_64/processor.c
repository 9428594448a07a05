/*
 * processor.c - what the processor has (Intel SDM volume 2, CPUID; AMD APM volume 3, E), and its
 * protections switched on.
 */
#include "abi/arch/x86_64/boot.h"
#include "abi/arch/x86_64/guest_frame.h"
#include "boot/x86_64/machine.h"
#include "boot/x86_64/parts.h"
#include "lib/base/bits.h"
#include "lib/base/x86_64/hardware.h"
#include "lib/base/x86_64/instructions.h"

#define STATE_KNOWN      0xe7ull /* x87, SSE, AVX and AVX-512 */
#define XSAVE_HEADER_END 576u    /* what XSAVE writes of no components (SDM volume 1, 13.4) */

void no_device_entry(void); /* entry.S */

struct cpuid {
    uint32_t eax, ebx, ecx, edx;
};

static inline struct cpuid cpuid(uint32_t leaf, uint32_t subleaf)
{
    struct cpuid id;
    __asm__ volatile("cpuid"
                     : "=a"(id.eax), "=b"(id.ebx), "=c"(id.ecx), "=d"(id.edx)
                     : "a"(leaf), "c"(subleaf));
    return id;
}

static inline uint64_t cr0_read(void)
{
    uint64_t value;
    __asm__ volatile("mov %%cr0, %0" : "=r"(value));
    return value;
}

static inline void cr0_write(uint64_t value)
{
    __asm__ volatile("mov %0, %%cr0" : : "r"(value) : "memory");
}

static inline void cr4_write(uint64_t value)
{
    __asm__ volatile("mov %0, %%cr4" : : "r"(value) : "memory");
}

/* Can user level read kernel memory by a speculative load (CVE-2017-5754)? Intel's processors can
 * unless they say otherwise; they are also the ones with lazy-FP leaks (CVE-2018-3665). */
static bool processor_leaks(void)
{
    struct cpuid vendor = cpuid(0, 0);
    bool intel = vendor.ebx == 0x756e6547 && vendor.edx == 0x49656e69 && vendor.ecx == 0x6c65746e;
    bool has_capabilities = vendor.eax >= 7 && (cpuid(7, 0).edx & BIT(29)) != 0;
    return intel && (!has_capabilities || !(msr_read(MSR_ARCH_CAPS) & 1));
}

void processor_check(const struct machine *machine)
{
    if (processor_leaks() && !boot_option(machine, "accept-meltdown"))
        boot_refuse("this processor has Meltdown; the option accept-meltdown accepts that");
}

bool processor_has_huge_pages(void) { return (cpuid(0x80000001, 0).edx & BIT(26)) != 0; }

bool processor_has_random(void) { return (cpuid(1, 0).ecx & BIT(30)) != 0; }

paddr_t processor_lapic(void) { return msr_read(MSR_APIC_BASE) & APIC_BASE_ADDRESS; }

/* The bit of CR4 that switches a feature on, if the processor has it. */
static uint64_t feature(uint32_t available, unsigned bit, uint64_t control, const char *name)
{
    if (available & BIT(bit))
        return control;
    boot_print("corm: this processor has no %s\n", name);
    return 0;
}

/* The kernel switches vector registers when CR0.TS traps who wants them. A processor traps XSAVE,
 * too (SDM volume 2, "XSAVE"); QEMU 7.2 without KVM does not: it shows them to everybody. */
static bool xsave_traps(void)
{
    static struct gate gates[VECTOR_NO_DEVICE + 1];
    static uint8_t area[XSAVE_HEADER_END] ALIGNED(64);
    const struct table_pointer idt = {sizeof(gates) - 1, (uintptr_t)gates};
    gate_set(&gates[VECTOR_NO_DEVICE], (uintptr_t)no_device_entry, SELECTOR_KERNEL_CODE,
             GATE_KERNEL);
    cr0_write(cr0_read() | CR0_TS);
    __asm__ volatile("lidt %1; xsave64 %0" : "+m"(area) : "m"(idt), "a"(0), "d"(0) : "memory");
    return !(cr0_read() & CR0_TS); /* no_device_entry cleared it */
}

/* What each processor is given. */
static struct {
    uint64_t cr0, cr4;
    uint32_t components; /* of vector state that are saved, where there is XSAVE; else 0 */
} control;

/* CR4.OSXSAVE is what there must be for XSETBV. */
static void control_set(void)
{
    cr4_write(control.cr4);
    if (control.components != 0)
        __asm__ volatile("xsetbv" : : "c"(0), "a"(control.components), "d"(0) : "memory");
    cr0_write(control.cr0);
}

/* Is the kernel to use XSAVE, and with it AVX? CR4.OSXSAVE is set on entry. */
static bool may_use_xsave(const struct machine *machine)
{
    if (xsave_traps() || boot_option(machine, "accept-xsave"))
        return true;
    boot_print("corm: no AVX: XSAVE would show one program's registers to another here, an error "
               "of the emulator; the option accept-xsave accepts that\n");
    return false;
}

void processor_init(const struct machine *machine)
{
    struct cpuid features7 = {0};
    if (cpuid(0, 0).eax >= 7)
        features7 = cpuid(7, 0);
    control.cr4 = CR4_PAE | CR4_PGE | CR4_MCE | CR4_OSFXSR | CR4_OSXMMEXCPT |
                  feature(cpuid(1, 0).ecx, 26, CR4_OSXSAVE, "XSAVE") |
                  feature(features7.ebx, 0, CR4_FSGSBASE, "FSGSBASE") |
                  feature(features7.ebx, 7, CR4_SMEP, "SMEP") |
                  feature(features7.ebx, 20, CR4_SMAP, "SMAP") |
                  feature(features7.ecx, 2, CR4_UMIP, "UMIP");
    cr4_write(control.cr4);
    if ((control.cr4 & CR4_OSXSAVE) && may_use_xsave(machine))
        control.components = cpuid(0xd, 0).eax & STATE_KNOWN;
    else
        control.cr4 &= ~(uint64_t)CR4_OSXSAVE;
    control.cr0 = (cr0_read() & ~(uint64_t)CR0_EMULATE) | CR0_MONITOR | CR0_TS | CR0_NUMERIC |
                  CR0_WP | CR0_ALIGNMENT;
    control_set();
}

void processor_follow(void) { control_set(); }

/* The components and what they take (SDM volume 1, 13.3). */
void processor_describe(struct boot_handover *handover)
{
    if (control.components == 0)
        return;
    handover->vector_components = control.components;
    handover->vector_bytes = cpuid(0xd, 0).ebx;
    if (handover->vector_bytes > GUEST_FRAME_VECTOR_BYTES)
        boot_refuse("the vector state of this processor takes %lu bytes", handover->vector_bytes);
}
