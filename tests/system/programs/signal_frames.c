/*
 * signal_frames.c - what a handler finds on its stack, and what it leaves in the registers,
 * wherever on its pages the stack is.
 * x86_64 only: the frame and the registers are named by hand.
 */
#include "show.h"

#include <alloca.h>
#include <signal.h>
#include <stdint.h>
#include <ucontext.h>

#define STEP  16
#define PAGES 2

static volatile int count, wrong, change;
static char alternate[32768];

static void clobber(void)
{
    __asm__ volatile("pcmpeqd %%xmm0, %%xmm0\n\tmovaps %%xmm0, %%xmm5\n\tmovaps %%xmm0, %%xmm15"
                     :
                     :
                     : "xmm0", "xmm5", "xmm15");
}

static void handler(int signo, siginfo_t *info, void *at)
{
    ucontext_t *context = at;
    uint32_t magic;

    memcpy(&magic, (char *)context->uc_mcontext.fpregs + 464, sizeof(magic));
    count++;
    wrong += signo != SIGUSR1 || info->si_signo != signo || info->si_code != SI_TKILL ||
             info->si_pid != getpid() || magic != 0x46505853 ||
             context->uc_mcontext.gregs[REG_RIP] == 0 || ((uintptr_t)at & 7) != 0;
    if (change) {
        context->uc_mcontext.gregs[REG_RBX] = 77;
        context->uc_mcontext.fpregs->_xmm[5].element[0] = 88;
    }
    clobber();
}

/* raise() with known values in rbx and three vector registers, and what is in them afterwards. */
static void raise_and_look(uint64_t *rbx, uint64_t xmm[3])
{
    uint64_t tid = (uint64_t)gettid(), pid = (uint64_t)getpid(), number = 234; /* tgkill */

    __asm__ volatile("mov $11, %%rbx\n\t"
                     "movq %%rbx, %%xmm0\n\tmovq %%rbx, %%xmm5\n\tmovq %%rbx, %%xmm15\n\t"
                     "syscall\n\t"
                     "mov %%rbx, %0\n\tmovq %%xmm0, (%4)\n\tmovq %%xmm5, 8(%4)\n\t"
                     "movq %%xmm15, 16(%4)"
                     : "=&r"(*rbx), "+a"(number)
                     : "D"(pid), "S"(tid), "r"(xmm), "d"((uint64_t)SIGUSR1)
                     : "rbx", "rcx", "r11", "xmm0", "xmm5", "xmm15", "memory", "cc");
}

static void __attribute__((noinline)) at_depth(size_t bytes)
{
    volatile char *deeper = alloca(bytes + 1);
    uint64_t rbx, xmm[3];

    deeper[0] = 1;
    raise_and_look(&rbx, xmm);
    wrong +=
        rbx != (change ? 77 : 11) || xmm[0] != 11 || xmm[1] != (change ? 88 : 11) || xmm[2] != 11;
}

static void everywhere(const char *what)
{
    count = wrong = 0;
    for (size_t bytes = 0; bytes < PAGES * 4096; bytes += STEP)
        at_depth(bytes);
    printf("%s: %d handlers, %d wrong\n", what, count, wrong);
}

static void spoil(int signo, siginfo_t *info, void *at)
{
    ucontext_t *context = at;
    (void)signo;
    (void)info;
    context->uc_mcontext.fpregs->mxcsr = 0xffffffff;
}

static void nested(int signo)
{
    if (++count < 20)
        raise(signo);
}

int main(void)
{
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    const stack_t stack = {.ss_sp = alternate, .ss_size = sizeof(alternate)};
    int status;

    alarm(60);
    NEED(sigaction(SIGUSR1, &action, NULL) == 0);
    everywhere("on the stack");
    change = 1;
    everywhere("changed by the handler");
    change = 0;
    NEED(sigaltstack(&stack, NULL) == 0);
    action.sa_flags |= SA_ONSTACK;
    NEED(sigaction(SIGUSR1, &action, NULL) == 0);
    everywhere("on another stack");

    action = (struct sigaction){.sa_handler = nested, .sa_flags = SA_NODEFER};
    NEED(sigaction(SIGUSR2, &action, NULL) == 0);
    count = 0;
    raise(SIGUSR2);
    printf("nested: %d\n", count);

    pid_t child = fork();
    if (child == 0) {
        action = (struct sigaction){.sa_sigaction = spoil, .sa_flags = SA_SIGINFO};
        sigaction(SIGUSR1, &action, NULL);
        raise(SIGUSR1);
        _exit(0);
    }
    NEED(waitpid(child, &status, 0) == child);
    printf("spoilt: signal %d\n", WIFSIGNALED(status) ? WTERMSIG(status) : 0);
    return 0;
}
