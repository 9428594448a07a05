/**
 * instruction.c - instructions that are not for programs.
 */
#include "access.h"

#include "lib/base/string.h"

#define DIVIDE     0u /* vectors: Intel SDM volume 3, table 6-1 */
#define DEBUG      1u
#define BREAKPOINT 3u
#define UNDEFINED  6u
#define NO_DEVICE  7u
#define GENERAL    13u

#define OSXSAVE BIT(27) /* CPUID 1, ecx */
#define UMIP    BIT(2)  /* CPUID 7, ecx */

#define FLAG_TRAP      0x100ull
#define FLAG_INTERRUPT 0x200ull
#define FLAGS_IOPL     0x3000ull

#define INSTRUCTION(name, text)                                                                    \
    static void name(void)                                                                         \
    {                                                                                              \
        uint64_t scratch[4] = {0, 0, 0, 0};                                                        \
        __asm__ volatile(text : "+m"(scratch) : "a"(0), "c"(0), "d"(0) : "memory");                \
    }

INSTRUCTION(do_sgdt, "sgdt %0")
INSTRUCTION(do_sidt, "sidt %0")
INSTRUCTION(do_sldt, "sldt %%eax")
INSTRUCTION(do_str, "str %%eax")
INSTRUCTION(do_smsw, "smsw %%eax")
INSTRUCTION(do_cli, "cli")
INSTRUCTION(do_sti, "sti")
INSTRUCTION(do_hlt, "hlt")
INSTRUCTION(do_in, "inb $0x40, %%al")
INSTRUCTION(do_out, "outb %%al, $0x80")
INSTRUCTION(do_rdmsr, "rdmsr")
INSTRUCTION(do_wrmsr, "wrmsr")
INSTRUCTION(do_read_cr0, "mov %%cr0, %%rax")
INSTRUCTION(do_write_cr3, "mov %%rax, %%cr3")
INSTRUCTION(do_read_dr7, "mov %%dr7, %%rax")
INSTRUCTION(do_lgdt, "lgdt %0")
INSTRUCTION(do_lidt, "lidt %0")
INSTRUCTION(do_ltr, "ltr %%ax")
INSTRUCTION(do_invlpg, "invlpg %0")
INSTRUCTION(do_wbinvd, "wbinvd")
INSTRUCTION(do_clts, "clts")
INSTRUCTION(do_swapgs, "swapgs")
INSTRUCTION(do_sysret, "sysretq")
INSTRUCTION(do_xsetbv, "xsetbv")
INSTRUCTION(do_int80, "int $0x80")
INSTRUCTION(do_int_timer, "int $0x20")
INSTRUCTION(do_int_fault, "int $0xe")
INSTRUCTION(do_ud2, "ud2")
INSTRUCTION(do_int3, "int3")
INSTRUCTION(do_divide, "divl %%ecx")
INSTRUCTION(do_stac, "stac")
INSTRUCTION(do_vmcall, "vmcall")
INSTRUCTION(do_fninit, "fninit")
INSTRUCTION(do_sse, "xorps %%xmm0, %%xmm0")
INSTRUCTION(do_fwait, "fwait")
INSTRUCTION(do_mmx, "movq %0, %%mm0")
INSTRUCTION(do_stmxcsr, "stmxcsr %0")
INSTRUCTION(do_ldmxcsr, "ldmxcsr %0")

#define AREA_INSTRUCTION(name, text)                                                               \
    static void name(void)                                                                         \
    {                                                                                              \
        static uint8_t area[4096] ALIGNED(64);                                                     \
        __asm__ volatile(text : "+m"(area) : "a"(0x7), "d"(0) : "memory");                         \
    }

AREA_INSTRUCTION(do_fxsave, "fxsave64 %0")
AREA_INSTRUCTION(do_fxrstor, "fxrstor64 %0")
AREA_INSTRUCTION(do_xsave, "xsave64 %0")
AREA_INSTRUCTION(do_xsaveopt, "xsaveopt64 %0")
AREA_INSTRUCTION(do_xrstor, "xrstor64 %0")

static void do_far_return(void)
{
    __asm__ volatile("pushq $8; lea 1f(%%rip), %%rax; pushq %%rax; lretq; 1: nop"
                     :
                     :
                     : "rax", "memory");
}

static void do_single_step(void)
{
    __asm__ volatile("pushfq; orq %0, (%%rsp); popfq; nop; nop"
                     :
                     : "i"(FLAG_TRAP)
                     : "memory", "cc");
}

static void do_cpuid(uint32_t leaf, uint32_t id[4])
{
    __asm__ volatile("cpuid"
                     : "=a"(id[0]), "=b"(id[1]), "=c"(id[2]), "=d"(id[3])
                     : "a"(leaf), "c"(0));
}

static bool offers_xsave(void)
{
    uint32_t id[4];
    do_cpuid(1, id);
    return (id[2] & OSXSAVE) != 0;
}

/* QEMU without KVM: its name for its translator, in the leaf of hypervisors. */
static bool is_translated(void)
{
    uint32_t id[4];
    do_cpuid(0x40000000, id);
    return memcmp(&id[1], "TCGTCGTCGTCG", 12) == 0;
}

struct forbidden {
    void (*run)(void);
    uint32_t vector;
};

static void check_all(const struct forbidden *all, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct access_fault fault = access_call(all[i].run);
        CHECK_EQUAL(i << 8 | fault.faulted, i << 8 | true);
        CHECK_EQUAL(i << 8 | fault.label, i << 8 | FAULT_TRAP);
        CHECK_EQUAL(i << 8 | fault.address, i << 8 | all[i].vector);
    }
}

static void privileged(void)
{
    static const struct forbidden all[] = {
        {do_cli, GENERAL},      {do_sti, GENERAL},      {do_hlt, GENERAL},
        {do_in, GENERAL},       {do_out, GENERAL},      {do_rdmsr, GENERAL},
        {do_wrmsr, GENERAL},    {do_read_cr0, GENERAL}, {do_write_cr3, GENERAL},
        {do_read_dr7, GENERAL}, {do_lgdt, GENERAL},     {do_lidt, GENERAL},
        {do_ltr, GENERAL},      {do_invlpg, GENERAL},   {do_wbinvd, GENERAL},
        {do_clts, GENERAL},     {do_swapgs, GENERAL},   {do_sysret, GENERAL},
        {do_xsetbv, GENERAL},
    };
    check_all(all, ARRAY_LENGTH(all));
}

static void umip(void)
{
    static const struct forbidden all[] = {{do_sgdt, GENERAL},
                                           {do_sidt, GENERAL},
                                           {do_sldt, GENERAL},
                                           {do_str, GENERAL},
                                           {do_smsw, GENERAL}};
    uint32_t id[4];
    do_cpuid(7, id);
    if (!(id[2] & UMIP))
        test_skip("this processor has no UMIP");
    check_all(all, ARRAY_LENGTH(all));
}

static void gates(void)
{
    static const struct forbidden all[] = {
        {do_int80, GENERAL}, {do_int_timer, GENERAL}, {do_int_fault, GENERAL}};
    check_all(all, ARRAY_LENGTH(all));
    /* QEMU 7.2 pops the frame with the kernel's rights, so SMAP comes first: a page fault. */
    CHECK(access_call(do_far_return).faulted);
}

static void ordinary_traps(void)
{
    static const struct forbidden all[] = {{do_ud2, UNDEFINED},    {do_divide, DIVIDE},
                                           {do_int3, BREAKPOINT},  {do_stac, UNDEFINED},
                                           {do_vmcall, UNDEFINED}, {do_single_step, DEBUG}};
    check_all(all, ARRAY_LENGTH(all));
}

static void vector_undeclared(void)
{
    static const struct forbidden all[] = {
        {do_fninit, NO_DEVICE}, {do_fwait, NO_DEVICE},   {do_mmx, NO_DEVICE},
        {do_sse, NO_DEVICE},    {do_stmxcsr, NO_DEVICE}, {do_ldmxcsr, NO_DEVICE},
        {do_fxsave, NO_DEVICE}, {do_fxrstor, NO_DEVICE},
    };
    check_all(all, ARRAY_LENGTH(all));
}

static void save_undeclared(void)
{
    const uint32_t vector = offers_xsave() ? NO_DEVICE : UNDEFINED;
    const struct forbidden all[] = {{do_xsave, vector}, {do_xsaveopt, vector}, {do_xrstor, vector}};
    if (offers_xsave() && is_translated())
        test_skip("this emulator lets XSAVE pass CR0.TS, and accept-xsave accepts that");
    check_all(all, ARRAY_LENGTH(all));
}

static volatile uint64_t flags_seen;

static void set_flags(void)
{
    uint64_t flags;
    __asm__ volatile("pushq %1; popfq; pushfq; popq %0; cld"
                     : "=r"(flags)
                     : "i"(FLAGS_IOPL | 0x2)
                     : "memory", "cc");
    flags_seen = flags;
}

static void flags_stay(void)
{
    CHECK(!access_call(set_flags).faulted);
    CHECK_EQUAL(flags_seen & FLAGS_IOPL, 0);
    CHECK(flags_seen & FLAG_INTERRUPT);
}

TEST_SUITE(instruction, {"privileged instructions trap", privileged},
           {"UMIP: the descriptor tables' addresses cannot be read", umip},
           {"no gate leads into the kernel but `syscall`", gates},
           {"ordinary traps are told with their vector", ordinary_traps},
           {"vector instructions of a thread that declared no vector state trap",
            vector_undeclared},
           {"XSAVE and XRSTOR of a thread that declared no vector state trap", save_undeclared},
           {"a program cannot mask interrupts or raise its I/O privilege", flags_stay});
