/*
 * seccomp.c - filters of system calls: what they answer, who gets them, which are refused.
 */
#include "show.h"
#include "port/machine.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define NUMBER    offsetof(struct seccomp_data, nr)
#define FIRST_LOW offsetof(struct seccomp_data, args[0])

static long install(unsigned flags, struct sock_filter *program, unsigned short count)
{
    struct sock_fprog given = {count, program};
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &given);
}

/* One call gets this answer, all others go through. */
static long answer(long number, unsigned what, unsigned flags)
{
    struct sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, NUMBER),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, what),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    return install(flags, program, 4);
}

static void show_end(pid_t child)
{
    int status;
    NEED(waitpid(child, &status, 0) == child);
    if (WIFSIGNALED(status))
        printf("child ended by %s\n", sigabbrev_np(WTERMSIG(status)));
    else
        printf("child ended with %d\n", WEXITSTATUS(status));
    fflush(stdout);
}

#define IN_CHILD(...)                                                                              \
    do {                                                                                           \
        fflush(stdout);                                                                            \
        pid_t child_ = fork();                                                                     \
        if (child_ == 0) {                                                                         \
            NEED(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);                                     \
            __VA_ARGS__;                                                                           \
            exit(0);                                                                               \
        }                                                                                          \
        show_end(child_);                                                                          \
    } while (0)

static void trapped(int signo, siginfo_t *info, void *context)
{
    printf("%s: code %d, errno %d, getppid %d, here %d, this architecture %d, its number %d\n",
           sigabbrev_np(signo), info->si_code, info->si_errno, info->si_syscall == SYS_getppid,
           info->si_call_addr == (void *)context_pc(context), info->si_arch == AUDIT_ARCH_HERE,
           context_call(context) == SYS_getppid);
}

static void *ask(void *unused)
{
    (void)unused;
    pause();
    return NULL;
}

static void nothing(int signo) { (void)signo; }

/* A thread that was there before gets the filter too. */
static void with_threads(void)
{
    struct sigaction action = {.sa_handler = nothing};
    pthread_t thread;
    sigaction(SIGUSR1, &action, NULL);
    NEED(pthread_create(&thread, NULL, ask, NULL) == 0);
    usleep(20000);
    SHOW(answer(SYS_exit, SECCOMP_RET_KILL_PROCESS, SECCOMP_FILTER_FLAG_TSYNC));
    pthread_kill(thread, SIGUSR1);
    pthread_join(thread, NULL);
}

static void *look(void *unused)
{
    pause();
    SHOW(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    SHOW(prctl(PR_GET_SECCOMP));
    return unused;
}

/* With the filter comes that there are no new privileges, which the thread did not ask for. */
static void with_older_thread(void)
{
    struct sigaction action = {.sa_handler = nothing};
    pthread_t thread;
    sigaction(SIGUSR1, &action, NULL);
    NEED(pthread_create(&thread, NULL, look, NULL) == 0);
    usleep(20000);
    NEED(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    SHOW(answer(SYS_getppid, SECCOMP_RET_ALLOW, SECCOMP_FILTER_FLAG_TSYNC));
    pthread_kill(thread, SIGUSR1);
    pthread_join(thread, NULL);
}

static void answers(void)
{
    SECTION("answers");
    IN_CHILD(SHOW(answer(SYS_getppid, SECCOMP_RET_ERRNO | ENOTTY, 0)); SHOW(getppid());
             SHOW(prctl(PR_GET_SECCOMP)); SHOW(getppid() == -1 && errno == ENOTTY));
    IN_CHILD(SHOW(answer(SYS_getppid, SECCOMP_RET_ERRNO | ENOTTY, 0));
             SHOW(answer(SYS_getppid, SECCOMP_RET_ERRNO | ENOENT, 0)); SHOW(getppid());
             IN_CHILD(SHOW(getppid())));
    IN_CHILD(SHOW(answer(SYS_getppid, SECCOMP_RET_TRACE | 5, 0)); SHOW(getppid()));
    IN_CHILD(SHOW(answer(SYS_getppid, SECCOMP_RET_LOG, 0)); SHOW(getppid() > 0));
    IN_CHILD(struct sigaction action = {.sa_sigaction = trapped, .sa_flags = SA_SIGINFO};
             sigaction(SIGSYS, &action, NULL); SHOW(answer(SYS_getppid, SECCOMP_RET_TRAP | 77, 0));
             SHOW(syscall(SYS_getppid, 4711) == result_untouched(SYS_getppid, 4711)));
    IN_CHILD(SHOW(answer(SYS_getppid, SECCOMP_RET_TRAP, 0)); getppid());
    IN_CHILD(SHOW(answer(SYS_getppid, SECCOMP_RET_KILL_THREAD, 0)); getppid());
    IN_CHILD(SHOW(answer(SYS_getppid, SECCOMP_RET_KILL_PROCESS, 0)); getppid());
    IN_CHILD(with_threads());
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        with_older_thread();
        exit(0);
    }
    show_end(child);
    IN_CHILD(SHOW(prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT)); NEED(write(1, "strict\n", 7) == 7);
             syscall(SYS_exit, 3));
    IN_CHILD(SHOW(prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT)); getppid());
}

/* By the value of an argument, with arithmetic and memory. */
static void programs(void)
{
    SECTION("programs");
    struct sock_filter computes[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, NUMBER),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_close, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, FIRST_LOW),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 1000, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_ALU | BPF_SUB | BPF_K, 1000),
        BPF_STMT(BPF_ST, 3),
        BPF_STMT(BPF_LDX | BPF_MEM, 3),
        BPF_STMT(BPF_ALU | BPF_ADD | BPF_X, 0),
        BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xff),
        BPF_STMT(BPF_ALU | BPF_OR | BPF_K, SECCOMP_RET_ERRNO),
        BPF_STMT(BPF_RET | BPF_A, 0),
    };
    IN_CHILD(SHOW(install(0, computes, 13)); SHOW(close(1001)); SHOW(close(1006)); SHOW(close(99)));
    struct sock_filter good[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    struct sock_filter far[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 64), good[0]};
    struct sock_filter odd[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 2), good[0]};
    struct sock_filter half[] = {BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 4), good[0]};
    struct sock_filter zero[] = {BPF_STMT(BPF_ALU | BPF_DIV | BPF_K, 0), good[0]};
    struct sock_filter out[] = {BPF_STMT(BPF_JMP | BPF_JA, 1), good[0]};
    struct sock_filter memory[] = {BPF_STMT(BPF_ST, 16), good[0]};
    struct sock_filter endless[] = {good[0], BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0)};
    IN_CHILD(SHOW(install(0, far, 2)); SHOW(install(0, odd, 2)); SHOW(install(0, half, 2));
             SHOW(install(0, zero, 2)); SHOW(install(0, out, 2)); SHOW(install(0, memory, 2));
             SHOW(install(0, endless, 2)); SHOW(install(0, good, 0)); SHOW(install(0, NULL, 1));
             SHOW(install(1 << 20, good, 1));
             SHOW(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, NULL));
             SHOW(syscall(SYS_seccomp, 99, 0, NULL)); SHOW(prctl(PR_SET_SECCOMP, 7));
             SHOW(install(0, good, 1)); SHOW(prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT)));
    unsigned actions[] = {SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_TRAP, SECCOMP_RET_LOG, 0x12340000};
    for (unsigned i = 0; i < 4; i++)
        SHOW(syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &actions[i]));
}

int main(void)
{
    SHOW(prctl(PR_GET_SECCOMP));
    answers();
    programs();
    return 0;
}
