/*
 * vector_registers.c - who computes with vector registers finds in them what it put there, however
 * often others fork, get signals and leave vector state behind meanwhile.
 * x86_64 only: the registers are named by hand.
 */
#include "show.h"

#include <signal.h>
#include <stdbool.h>
#include <sys/mman.h>

#define REGISTERS 16
#define SPIN      20000
#define ROUNDS    400

typedef unsigned char registers_t[REGISTERS][16];

static volatile int *over;

#define FOUR(X, a, b, c, d) X(a) X(b) X(c) X(d)
#define EACH(X)                                                                                    \
    FOUR(X, 0, 1, 2, 3) FOUR(X, 4, 5, 6, 7) FOUR(X, 8, 9, 10, 11) FOUR(X, 12, 13, 14, 15)
#define LOAD(n)  "movdqu " #n "*16(%1), %%xmm" #n "\n\t"
#define STORE(n) "movdqu %%xmm" #n ", " #n "*16(%2)\n\t"

/* Nothing happens between the load and the store, but time passes. */
static void hold(const registers_t from, registers_t to, long spin)
{
    __asm__ volatile(EACH(LOAD) "1: dec %0\n\tjnz 1b\n\t" EACH(STORE)
                     : "+r"(spin)
                     : "r"(from), "r"(to)
                     : "memory", "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6",
                       "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14",
                       "xmm15");
}

static bool keeps(int fill, long spin)
{
    registers_t put, found;
    memset(put, fill, sizeof(put));
    hold(put, found, spin);
    return memcmp(put, found, sizeof(put)) == 0;
}

static pid_t start(int fill)
{
    pid_t child = fork();
    if (child != 0)
        return child;
    while (!*over)
        if (!keeps(fill, SPIN))
            _exit(1);
    _exit(0);
}

static void handler(int signo)
{
    (void)signo;
    if (!keeps(0x77, 1))
        _exit(2);
}

static void end(pid_t child)
{
    int status;
    NEED(waitpid(child, &status, 0) == child);
    printf("its registers were %s\n", status == 0 ? "its own" : "not its own");
}

int main(void)
{
    over = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    NEED(over != MAP_FAILED && signal(SIGUSR1, handler) != SIG_ERR);
    pid_t first = start(0x11), second = start(0x22);
    for (int i = 0; i < ROUNDS; i++) {
        pid_t child = fork();
        int status;
        if (child == 0)
            _exit(keeps(0x33, 1) ? 0 : 1);
        NEED(raise(SIGUSR1) == 0);
        NEED(waitpid(child, &status, 0) == child && status == 0);
    }
    *over = 1;
    end(first);
    end(second);
    return 0;
}
