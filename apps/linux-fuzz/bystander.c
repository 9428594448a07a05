/*
 * bystander.c - see bystander.h. Memory and processes may be exhausted by the neighbours, so a call
 * that says so is no finding; a wrong byte is.
 */
#include "apps/linux-fuzz/bystander.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "apps/linux-fuzz/actor.h"
#include "apps/linux-fuzz/owned.h"
#include "apps/linux-fuzz/random.h"
#include "apps/linux-fuzz/report.h"

#define PAGE      4096
#define PAGES_MAX 16
#define PAUSE_NS  5000000
#define BYTES     10000
#define VECTORS   16 /* registers of SSE */

static char pattern[BYTES], copy[BYTES];

static void find(const char *where, uint64_t a, uint64_t b)
{
    report_find("a bystander was hurt", where, a, b, (uint64_t)errno);
}

static bool short_of_something(void)
{
    return errno == ENOMEM || errno == EAGAIN || errno == ENFILE || errno == EMFILE ||
           errno == ENOSPC || errno == EINTR || errno == ENOBUFS;
}

static bool is_all(const uint64_t *words, size_t count, uint64_t word)
{
    for (size_t i = 0; i < count; i++)
        if (words[i] != word) {
            errno = 0;
            return false;
        }
    return true;
}

/* Fresh memory is zero, keeps what is written to it, and a child's copy is its own. */
static void try_memory(struct random *random)
{
    size_t bytes = (1 + random_below(random, PAGES_MAX)) * PAGE, count = bytes / 8;
    uint64_t *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int status;

    if (at == MAP_FAILED) {
        if (!short_of_something())
            find("mmap", bytes, 0);
        return;
    }
    if (!is_all(at, count, 0))
        find("fresh memory is not zero", (uint64_t)at, bytes);
    for (size_t i = 0; i < count; i++)
        at[i] = owned_word();
    pid_t child = fork();
    if (child == 0) {
        bool same = is_all(at, count, owned_word());
        for (size_t i = 0; i < count; i += 64)
            at[i] = 2;
        _exit(same ? 0 : 1);
    }
    if (child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) &&
        WEXITSTATUS(status) != 0)
        find("a child's copy is wrong", (uint64_t)at, bytes);
    if (!is_all(at, count, owned_word()))
        find("memory changed", (uint64_t)at, bytes);
    munmap(at, bytes);
}

static void try_file(struct random *random)
{
    size_t bytes = 1 + random_below(random, BYTES - 1);
    int fd = open("mine", O_RDWR | O_CREAT | O_TRUNC, 0600);
    ssize_t done;

    if (fd < 0) {
        if (!short_of_something())
            find("open", 0, 0);
        return;
    }
    done = pwrite(fd, pattern, bytes, 100);
    if (done < 0 ? !short_of_something() : done > (ssize_t)bytes)
        find("pwrite", bytes, (uint64_t)done);
    if (done > 0 &&
        (pread(fd, copy, (size_t)done, 100) != done || memcmp(copy, pattern, (size_t)done) != 0))
        find("a file's bytes are not those that were written", bytes, (uint64_t)done);
    if (done > 0 && (pread(fd, copy, 100, 0) != 100 || !is_all((uint64_t *)copy, 12, 0)))
        find("a hole is not zero", bytes, 0);
    close(fd);
    if (unlink("mine") < 0)
        find("unlink", 0, 0);
}

static void try_pipe(struct random *random)
{
    size_t bytes = 1 + random_below(random, 4000);
    int ends[2];

    if (pipe2(ends, O_NONBLOCK) < 0) {
        if (!short_of_something())
            find("pipe", 0, 0);
        return;
    }
    ssize_t done = write(ends[1], pattern, bytes);
    if (done < 0 ? !short_of_something() : done != (ssize_t)bytes)
        find("write to a pipe", bytes, (uint64_t)done);
    if (done > 0 && (read(ends[0], copy, BYTES) != done || memcmp(copy, pattern, (size_t)done)))
        find("a pipe's bytes are not those that were written", bytes, (uint64_t)done);
    close(ends[0]);
    close(ends[1]);
}

/* All vector registers that every processor has, through some calls in which others run. */
static void try_registers(void)
{
    uint64_t in[2 * VECTORS], out[2 * VECTORS], calls = 20;

    owned_fill(in, sizeof(in));
    __asm__ volatile(".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
                     "movups 16*\\n(%[in]), %%xmm\\n\n"
                     ".endr\n"
                     "1: movl %[yield], %%eax\n"
                     "syscall\n"
                     "decq %[calls]\n"
                     "jnz 1b\n"
                     ".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
                     "movups %%xmm\\n, 16*\\n(%[out])\n"
                     ".endr\n"
                     : [calls] "+r"(calls)
                     : [in] "r"(in), [out] "r"(out), [yield] "i"(SYS_sched_yield)
                     : "rax", "rcx", "r11", "memory", "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4",
                       "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13",
                       "xmm14", "xmm15");
    for (unsigned i = 0; i < 2 * VECTORS; i++)
        if (out[i] != in[i]) {
            find("a vector register changed", i, out[i]);
            return;
        }
}

static void try_clock(void)
{
    struct timespec before, after;
    const struct timespec pause = {0, PAUSE_NS};

    clock_gettime(CLOCK_MONOTONIC, &before);
    nanosleep(&pause, NULL);
    clock_gettime(CLOCK_MONOTONIC, &after);
    if ((after.tv_sec - before.tv_sec) * 1000000000 + after.tv_nsec - before.tv_nsec < PAUSE_NS)
        find("slept too short", (uint64_t)after.tv_sec, (uint64_t)after.tv_nsec);
}

void bystander_run(uint64_t seed, uint16_t family)
{
    struct random random = random_stream(seed, family, 9);
    unsigned user = ACTOR_USER_FIRST + family;
    char folder[32];

    owned_by = family;
    snprintf(folder, sizeof(folder), "/tmp/%u", family);
    if (chdir(folder) < 0 || setgroups(0, NULL) < 0 || setresgid(user, user, user) < 0 ||
        setresuid(user, user, user) < 0 || !owned_make_secret())
        _exit(1);
    owned_fill(pattern, sizeof(pattern));
    for (;;) {
        try_memory(&random);
        try_file(&random);
        try_pipe(&random);
        try_registers();
        try_clock();
        owned_check_secret();
        owned_check(copy, sizeof(copy), "what a bystander read", 0);
    }
}
