/*
 * Restartable sequences: code that is abandoned where another thread had the processor.
 * x86_64 only: the sequence itself is assembly.
 */
#include "show.h"

#include <linux/membarrier.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/rseq.h>
#include <sys/syscall.h>
#include <sys/time.h>

#define THREADS 4
#define ROUNDS  300
#define DELAY   30000

/* Not what the C library registered: the word in front of where a sequence is abandoned. */
#define SIGNATURE_WRONG 0x12345678

static struct rseq *mine(void)
{
    return (void *)((char *)__builtin_thread_pointer() + __rseq_offset);
}

/* One sequence: reads *counter, takes its time, and writes one more. True if it got to its end. */
#define SEQUENCE(name, signature)                                                                  \
    static __attribute__((noinline)) bool name(volatile long *counter, long delay)                 \
    {                                                                                              \
        struct rseq *area = mine();                                                                \
        __asm__ goto volatile(                                                                     \
            ".pushsection .data.rel.sequences, \"aw\"\n"                                           \
            ".balign 32\n"                                                                         \
            "3: .long 0, 0\n"                                                                      \
            "   .quad 1f, 2f - 1f, 4f\n"                                                           \
            ".popsection\n"                                                                        \
            "   lea 3b(%%rip), %%rax\n"                                                            \
            "   mov %%rax, 8(%[area])\n"                                                           \
            "1: mov (%[counter]), %%rcx\n"                                                         \
            "   mov %[delay], %%rdx\n"                                                             \
            "5: dec %%rdx\n"                                                                       \
            "   jnz 5b\n"                                                                          \
            "   inc %%rcx\n"                                                                       \
            "   mov %%rcx, (%[counter])\n"                                                         \
            "2:\n"                                                                                 \
            ".pushsection .text.abandoned, \"ax\"\n"                                               \
            "   .byte 0x0f, 0xb9, 0x3d\n"                                                          \
            "   .long %c[sign]\n"                                                                  \
            "4: jmp %l[abandoned]\n"                                                               \
            ".popsection\n"                                                                        \
            :                                                                                      \
            : [area] "r"(area), [counter] "r"(counter), [delay] "r"(delay), [sign] "i"(signature)  \
            : "rax", "rcx", "rdx", "memory", "cc"                                                  \
            : abandoned);                                                                          \
        return true;                                                                               \
    abandoned:                                                                                     \
        return false;                                                                              \
    }

SEQUENCE(add_one, RSEQ_SIG)
SEQUENCE(add_badly_signed, SIGNATURE_WRONG)

static volatile long counter;

static void *count(void *unused)
{
    for (int done = 0; done < ROUNDS;)
        done += add_one(&counter, DELAY);
    return unused;
}

/* All on one processor: what they count up without a lock is exact. */
static void count_together(void)
{
    pthread_t threads[THREADS];
    cpu_set_t one;

    SECTION("four threads count without a lock");
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    NEED(sched_setaffinity(0, sizeof(one), &one) == 0);
    for (int i = 0; i < THREADS; i++)
        NEED(pthread_create(&threads[i], NULL, count, NULL) == 0);
    for (int i = 0; i < THREADS; i++)
        NEED(pthread_join(threads[i], NULL) == 0);
    printf("%ld of %d\n", counter, THREADS * ROUNDS);
}

static volatile int handled;
static volatile uint64_t sequence_was;

static void handle(int signo)
{
    (void)signo;
    sequence_was = mine()->rseq_cs;
    handled = 1;
}

/* And again and again: the first may come before the sequence begins. */
static void be_signalled_soon(void)
{
    const struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESTART};
    const struct itimerval soon = {{.tv_usec = 20000}, {.tv_usec = 20000}};

    handled = 0;
    NEED(sigaction(SIGALRM, &action, NULL) == 0);
    NEED(sigaction(SIGSEGV, &action, NULL) == 0);
    NEED(setitimer(ITIMER_REAL, &soon, NULL) == 0);
}

static void signal_in_the_middle(void)
{
    long value = 0;

    SECTION("a signal in the middle of a sequence");
    be_signalled_soon();
    while (!handled)
        NEED(!add_one(&value, 1l << 40));
    printf("inside: value %ld, sequence of the thread %ld\n", value, (long)sequence_was);
    while (!add_one(&value, 1))
        ;
    be_signalled_soon();
    while (!handled)
        ;
    printf("outside: value %ld, sequence of the thread %ld\n", value, (long)sequence_was);
    NEED(setitimer(ITIMER_REAL, &(const struct itimerval){0}, NULL) == 0);
}

static void show_end(pid_t child)
{
    int status;

    NEED(waitpid(child, &status, 0) == child);
    printf("exited %d, signal %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1,
           WIFSIGNALED(status) ? WTERMSIG(status) : 0);
}

/* A child of fork has its parent's registration. */
static void spoilt(const char *what, bool (*sequence)(volatile long *counter, long delay))
{
    SECTION(what);
    pid_t child = fork();
    if (child == 0) {
        long value = 0;
        be_signalled_soon();
        sequence(&value, 1l << 40);
        _exit(1);
    }
    show_end(child);
}

static bool nowhere(volatile long *counter, long delay)
{
    mine()->rseq_cs = 8;
    for (long i = 0; i < delay; i++)
        ++*counter;
    return true;
}

static bool no_area(volatile long *counter, long delay)
{
    struct rseq *area =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    NEED(area != MAP_FAILED && syscall(SYS_rseq, mine(), 32, 1, RSEQ_SIG) == 0);
    NEED(syscall(SYS_rseq, area, 32, 0, RSEQ_SIG) == 0);
    NEED(munmap(area, 4096) == 0);
    for (long i = 0; i < delay; i++)
        ++*counter;
    return true;
}

static void registrations(void)
{
    struct rseq *area = mine();
    static struct rseq other;

    SECTION("registered by the C library");
    printf("processor known %d\n", (int)area->cpu_id >= 0 && area->cpu_id_start == area->cpu_id);
    SHOW(syscall(SYS_rseq, area, 32, 0, RSEQ_SIG));
    SHOW(syscall(SYS_rseq, area, 32, 0, SIGNATURE_WRONG));
    SHOW(syscall(SYS_rseq, &other, 32, 0, RSEQ_SIG));
    SHOW(syscall(SYS_rseq, area, 31, 0, RSEQ_SIG));
    SHOW(syscall(SYS_rseq, area, 32, 2, RSEQ_SIG));
    SHOW(syscall(SYS_rseq, &other, 32, 1, RSEQ_SIG));
    SHOW(syscall(SYS_rseq, area, 31, 1, RSEQ_SIG));
    SHOW(syscall(SYS_rseq, area, 32, 1, SIGNATURE_WRONG));
    SHOW(syscall(SYS_rseq, area, 32, 3, RSEQ_SIG));
    SHOW(syscall(SYS_rseq, area, 32, 1, RSEQ_SIG));
    printf("processor %d, at the start %d\n", (int)area->cpu_id, (int)area->cpu_id_start);
    SHOW(syscall(SYS_rseq, area, 32, 1, RSEQ_SIG));
    SHOW(syscall(SYS_rseq, NULL, 32, 1, RSEQ_SIG));
    SHOW(syscall(SYS_rseq, (char *)&other + 8, 32, 0, RSEQ_SIG));
    SHOW(syscall(SYS_rseq, -4096l, 32, 0, RSEQ_SIG));
    SHOW(syscall(SYS_rseq, area, 32, 0, RSEQ_SIG));
    printf("processor known %d\n", (int)area->cpu_id >= 0 && area->cpu_id_start == area->cpu_id);
}

static void barriers(void)
{
    SECTION("barriers that abandon the sequences of others");
    SHOW(syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ, 0, 0));
    SHOW(syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_RSEQ, 0, 0));
    SHOW(syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ, 0, 0));
    SHOW(
        syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ, MEMBARRIER_CMD_FLAG_CPU, 0));
    SHOW(syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ, 2, 0));
    SHOW(syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, MEMBARRIER_CMD_FLAG_CPU, 0));
}

int main(void)
{
    registrations();
    count_together();
    signal_in_the_middle();
    spoilt("a sequence without signature", add_badly_signed);
    spoilt("a sequence that is nowhere", nowhere);
    spoilt("a thread whose area is gone", no_area);
    barriers();
    return 0;
}
