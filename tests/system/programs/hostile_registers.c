/*
 * hostile_registers.c - registers that no program can go on with end the process that has them, and
 * signals that a child chose for its end do not reach those who inherit it.
 * x86_64 only: the registers are named by hand, and who may not have which address is its own.
 */
#include "show.h"

#include <asm/prctl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>

#define KERNEL_ADDRESS 0xffffffff80000000ull
#define NOT_CANONICAL  0x0001000000000000ull

static uint64_t wild;

static void change_pc(int signo, siginfo_t *info, void *at)
{
    (void)signo;
    (void)info;
    ((ucontext_t *)at)->uc_mcontext.gregs[REG_RIP] = (greg_t)wild;
}

static void end_by(const char *what, void (*run)(void))
{
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        run();
        _exit(0);
    }
    waitpid(child, &status, 0);
    printf("%s: %s %d\n", what, WIFSIGNALED(status) ? "signal" : "status",
           WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
}

static void return_to_wild(void)
{
    struct sigaction action = {.sa_sigaction = change_pc, .sa_flags = SA_SIGINFO};
    sigaction(SIGUSR1, &action, NULL);
    raise(SIGUSR1);
}

static void wild_handler(void)
{
    signal(SIGUSR1, (void (*)(int))wild);
    raise(SIGUSR1);
}

static void wild_segv_handler(void)
{
    signal(SIGSEGV, (void (*)(int))wild);
    raise(SIGSEGV);
}

static void survive(int signo, siginfo_t *info, void *at)
{
    (void)at;
    _exit(info->si_signo == signo && info->si_code == SI_KERNEL ? 42 : 43);
}

/* The signal that says so can be caught. */
static void catch_return_to_wild(void)
{
    struct sigaction action = {.sa_sigaction = survive, .sa_flags = SA_SIGINFO};
    sigaction(SIGSEGV, &action, NULL);
    return_to_wild();
}

static void try_bases(uint64_t base)
{
    struct clone_args args = {.flags = CLONE_SETTLS, .exit_signal = SIGCHLD, .tls = base};
    long set = syscall(SYS_arch_prctl, ARCH_SET_FS, base);
    printf("arch_prctl %ld %d, ", set, errno);
    long child = syscall(SYS_clone3, &args, sizeof(args));
    if (child == 0)
        syscall(SYS_exit_group, 9);
    printf("clone3 %ld %d\n", child, errno);
}

/* A grandchild that would end with SIGUSR2 loses its parent: we get SIGCHLD for it. */
static void inherit(void)
{
    sigset_t both;
    siginfo_t info;
    int status;

    sigemptyset(&both);
    sigaddset(&both, SIGUSR2);
    sigaddset(&both, SIGCHLD);
    sigprocmask(SIG_BLOCK, &both, NULL);
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    pid_t child = fork();
    if (child == 0) {
        struct clone_args args = {.exit_signal = SIGUSR2};
        if (syscall(SYS_clone3, &args, sizeof(args)) == 0) {
            while (getppid() == child)
                ;
            usleep(50000);
            _exit(3);
        }
        _exit(4);
    }
    int first = sigwaitinfo(&both, &info);
    waitpid(child, &status, 0);
    int second = sigwaitinfo(&both, &info);
    pid_t last = waitpid(-1, &status, __WALL);
    printf("inherited: %d %d, %d, status %d\n", first == SIGCHLD, second == SIGCHLD, last > 0,
           WEXITSTATUS(status));
}

int main(void)
{
    static const uint64_t values[] = {KERNEL_ADDRESS, NOT_CANONICAL, UINT64_MAX, 1ull << 63};

    for (unsigned i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        wild = values[i];
        end_by("a handler returns there", return_to_wild);
        end_by("a handler is there", wild_handler);
        end_by("the last handler is there", wild_segv_handler);
        end_by("and is caught", catch_return_to_wild);
        try_bases(values[i]);
    }
    inherit();
    return 0;
}
