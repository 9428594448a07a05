/*
 * processor.c - detection and protection bits (Intel SDM volume 2, CPUID; AMD APM volume 3, E).
 */
#include "kernel/arch/x86_64/processor.h"

#include "kernel/arch/x86_64/instructions.h"
#include "kernel/arch/x86_64/machine.h"
#include "kernel/panic.h"
#include "lib/base/bits.h"

struct processor processor;

/* Can user level read kernel memory by a speculative load (CVE-2017-5754)? Intel's processors can
 * unless they say otherwise; they are also the ones with lazy-FP leaks (CVE-2018-3665). */
static bool leaks_speculatively(void)
{
    struct cpuid vendor = cpuid(0, 0);
    bool intel = vendor.ebx == 0x756e6547 && vendor.edx == 0x49656e69 && vendor.ecx == 0x6c65746e;
    if (!intel)
        return false;
    bool has_capabilities = vendor.eax >= 7 && (cpuid(7, 0).edx & BIT(29)) != 0;
    return !has_capabilities || !(msr_read(MSR_ARCH_CAPS) & 1);
}

/* One protection: a bit of CR4, switched on if the processor has it. */
static uint64_t protect(uint32_t available, unsigned bit, uint64_t control, const char *name)
{
    if (available & BIT(bit))
        return control;
    kernel_print("corm: this processor has no %s\n", name);
    return 0;
}

static void detect(uint32_t features1_ecx, uint32_t features7_ebx)
{
    processor.fsgsbase = (features7_ebx & BIT(0)) != 0;
    processor.xsave = (features1_ecx & BIT(26)) != 0;
    processor.avx = processor.xsave && (features1_ecx & BIT(28)) != 0;
    processor.avx512 = processor.avx && (features7_ebx & BIT(16)) != 0;
    processor.tsc_deadline = (features1_ecx & BIT(24)) != 0;
    processor.random = (features1_ecx & BIT(30)) != 0;
}

void processor_init(bool accept_meltdown)
{
    struct cpuid features1 = cpuid(1, 0);
    struct cpuid features7 = {0};
    if (cpuid(0, 0).eax >= 7)
        features7 = cpuid(7, 0);
    detect(features1.ecx, features7.ebx);

    if (leaks_speculatively()) {
        if (!accept_meltdown)
            kernel_panic("this processor lets programs read kernel memory (Meltdown); boot with "
                         "accept-meltdown to accept that");
        processor.eager_vector = true;
    }

    uint64_t cr4 = CR4_PAE | CR4_PGE | CR4_MCE | CR4_OSFXSR | CR4_OSXMMEXCPT;
    cr4 |= protect(features7.ebx, 7, CR4_SMEP, "SMEP");
    cr4 |= protect(features7.ebx, 20, CR4_SMAP, "SMAP");
    cr4 |= protect(features7.ecx, 2, CR4_UMIP, "UMIP");
    if (processor.fsgsbase)
        cr4 |= CR4_FSGSBASE;
    if (processor.xsave)
        cr4 |= CR4_OSXSAVE;
    cr4_write(cr4);
    uint64_t cr0 = cr0_read() & ~(uint64_t)CR0_EMULATE;
    cr0_write(cr0 | CR0_MONITOR | CR0_TS | CR0_NUMERIC | CR0_WP | CR0_ALIGNMENT);
}
