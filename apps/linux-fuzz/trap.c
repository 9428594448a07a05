/*
 * trap.c - see trap.h.
 */
#include "apps/linux-fuzz/trap.h"

#include <linux/sched.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>

#include "apps/linux-fuzz/raw.h"

#define WILD_ADDRESS 0x8000123456789abcull /* not canonical */

static uint64_t handler_seed;

/* Registers, segments, flags, the mask, the pointer to the vector state and that state itself. */
static void spoil(ucontext_t *frame, struct random *random)
{
    uint64_t *registers = (uint64_t *)frame->uc_mcontext.gregs;
    uint64_t index = random_below(random, NGREG);

    switch (random_below(random, 6)) {
    case 0:
        registers[index] = random_number(random);
        break;
    case 1:
        registers[REG_EFL] ^= 1ull << random_below(random, 64);
        break;
    case 2:
        registers[REG_RIP] = random_number(random);
        break;
    case 3:
        frame->uc_mcontext.fpregs = (fpregset_t)random_number(random);
        break;
    case 4:
        if (frame->uc_mcontext.fpregs)
            ((uint64_t *)frame->uc_mcontext.fpregs)[random_below(random, 100)] =
                random_number(random);
        break;
    default:
        frame->uc_flags ^= random_number(random);
        break;
    }
}

static void handler(int number, siginfo_t *info, void *context)
{
    uint64_t count = __atomic_add_fetch(&handler_seed, 1, __ATOMIC_RELAXED);
    struct random random = random_stream(count, (uint64_t)number, 5);

    (void)info;
    if (random_percent(&random, 4))
        spoil(context, &random);
}

void trap_install(uint64_t seed)
{
    static const int signals[] = {SIGUSR1, SIGUSR2, SIGALRM,   SIGCHLD, SIGPIPE, SIGXFSZ, SIGHUP,
                                  SIGTERM, SIGIO,   SIGVTALRM, 34,      40,      50,      64};
    struct random random = random_stream(seed, 3, 4);

    handler_seed = seed;
    for (unsigned i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
        if (random_percent(&random, 50))
            action.sa_flags |= SA_RESTART;
        if (random_percent(&random, 20))
            action.sa_flags |= SA_NODEFER;
        if (random_percent(&random, 20))
            action.sa_flags |= SA_ONSTACK;
        sigaction(signals[i], &action, NULL);
    }
}

void trap_action(struct random *random, uint64_t words[4])
{
    static const uint64_t flags[] = {SA_NOCLDSTOP, SA_NOCLDWAIT, SA_SIGINFO,  SA_ONSTACK,
                                     SA_RESTART,   SA_NODEFER,   SA_RESETHAND};
    uint64_t usual[4] = {0};

    RAW(SYS_rt_sigaction, SIGUSR1, 0, (uint64_t)usual, 8); /* whose return leads where it should */
    words[0] = random_percent(random, 60) ? (uint64_t)handler : random_below(random, 2);
    words[1] = usual[1];
    for (unsigned i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
        words[1] ^= random_percent(random, 30) ? flags[i] : 0;
    words[2] = usual[2];
    words[3] = random_percent(random, 50) ? 0 : random_next(random);
    if (random_percent(random, 5))
        words[random_below(random, 4)] = random_number(random);
}

/* ---- instructions ---------------------------------------------------------------------------- */

static void privileged(uint64_t which)
{
    switch (which % 8) {
    case 0:
        __asm__ volatile("hlt");
        break;
    case 1:
        __asm__ volatile("inb $0x60, %%al" : : : "rax");
        break;
    case 2:
        __asm__ volatile("cli");
        break;
    case 3:
        __asm__ volatile("movq %%cr3, %%rax" : : : "rax");
        break;
    case 4:
        __asm__ volatile("rdmsr" : : "c"(0xc0000080) : "rax", "rdx");
        break;
    case 5:
        __asm__ volatile("int $0x80" : : "a"(1) : "memory");
        break;
    case 6:
        __asm__ volatile("int $0x0e");
        break;
    default:
        __asm__ volatile("sysenter");
        break;
    }
}

static void ordinary(uint64_t which)
{
    static uint64_t area[128] __attribute__((aligned(64)));

    switch (which % 12) {
    case 0:
        __asm__ volatile("ud2");
        break;
    case 1:
        __asm__ volatile("int3");
        break;
    case 2:
        __asm__ volatile("xorl %%eax, %%eax; xorl %%edx, %%edx; divl %%eax" : : : "rax", "rdx");
        break;
    case 3: /* single steps through a call, and a stack in the kernel's half */
        __asm__ volatile("pushfq; orq $0x100, (%%rsp); popfq; syscall; nop"
                         :
                         : "a"(SYS_getppid)
                         : "rcx", "r11", "memory", "cc");
        break;
    case 4:
        __asm__ volatile("movq %0, %%rsp; movl $39, %%eax; syscall; push %%rax"
                         :
                         : "r"(0xffff800000000000ull)
                         : "rcx", "r11", "rax");
        break;
    case 5: /* aligned accesses only, from now on */
        __asm__ volatile("pushfq; orq $0x40000, (%%rsp); popfq; movl 1(%0), %%eax"
                         :
                         : "r"(area)
                         : "rax", "cc");
        break;
    case 6:
        __asm__ volatile("jmp *%0" : : "r"(WILD_ADDRESS));
        break;
    case 7:
        __asm__ volatile("wrfsbase %0; movq %%fs:0, %%rax" : : "r"(0x10ull) : "rax");
        break;
    case 8:
        __asm__ volatile("wrgsbase %0" : : "r"(WILD_ADDRESS));
        break;
    case 9: /* all exceptions of SSE unmasked, then an invalid one */
        area[0] = 0;
        __asm__ volatile("ldmxcsr %0; xorps %%xmm0, %%xmm0; divss %%xmm0, %%xmm0"
                         :
                         : "m"(area[0])
                         : "xmm0");
        break;
    case 10: /* the direction flag in a call: what it copies must still go forward */
        __asm__ volatile("std; syscall; cld"
                         :
                         : "a"(SYS_getrandom), "D"(area), "S"(64), "d"(0)
                         : "rcx", "r11", "memory", "cc");
        break;
    default:
        __asm__ volatile("movl %0, %%ds; movl %0, %%es; movl %0, %%fs" : : "r"(0x2b));
        break;
    }
}

void trap_in_child(struct random *random)
{
    uint64_t which = random_below(random, 12), kind = random_below(random, 2);
    long child = RAW(SYS_fork, 0);

    if (child != 0)
        return;
    if (kind)
        privileged(which);
    else
        ordinary(which);
    RAW(SYS_exit_group, 0);
}
