/**
 * instruction.c - instructions that are not for programs.
 */
#include "access.h"

#define DIVIDE     0u /* vectors: Intel SDM volume 3, table 6-1 */
#define DEBUG      1u
#define BREAKPOINT 3u
#define UNDEFINED  6u
#define NO_DEVICE  7u
#define GENERAL    13u

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

struct forbidden {
    void (*run)(void);
    uint32_t vector;
};

static void check_all(const struct forbidden *all, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct access_fault fault = access_call(all[i].run);
        CHECK(fault.faulted);
        CHECK_EQUAL(fault.label, FAULT_TRAP);
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
    uint32_t eax = 7, ebx, ecx = 0, edx;
    __asm__ volatile("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
    if (!(ecx & BIT(2)))
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
    static const struct forbidden all[] = {{do_fninit, NO_DEVICE}, {do_sse, NO_DEVICE}};
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
           {"a program cannot mask interrupts or raise its I/O privilege", flags_stay});
