/*
 * processor.c - what the processor has (Intel SDM volume 2, CPUID; AMD APM volume 3, E), and its
 * protections switched on.
 */
#include "boot/x86_64/machine.h"
#include "boot/x86_64/parts.h"
#include "lib/base/bits.h"
#include "lib/base/x86_64/hardware.h"
#include "lib/base/x86_64/instructions.h"

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

void processor_init(void)
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
