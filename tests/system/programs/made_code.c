/*
 * made_code.c - a program makes functions while it runs, as a compiler does: in a page that may be
 * written and executed, in one that may be either in turn, and by another address of the same page.
 * Each function runs on all processors, and so does the next one in its place.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "port/machine.h"

#define PAGE   4096
#define ROUNDS 40

static void expect(int holds, const char *what)
{
    if (!holds) {
        printf("failed: %s (%s)\n", what, strerror(errno));
        exit(1);
    }
}

static unsigned char *map(int prot, int flags, int file)
{
    void *at = mmap(NULL, PAGE, prot, flags, file, 0);
    expect(at != MAP_FAILED, "mmap");
    return at;
}

static void run_everywhere(const unsigned char *code, int value)
{
    cpu_set_t all, one;

    expect(sched_getaffinity(0, sizeof(all), &all) == 0, "the affinity");
    for (int i = 0; i < CPU_SETSIZE; i++) {
        if (!CPU_ISSET(i, &all))
            continue;
        CPU_ZERO(&one);
        CPU_SET(i, &one);
        expect(sched_setaffinity(0, sizeof(one), &one) == 0, "a processor");
        expect(((int (*)(void))code)() == value, "what a function returns");
    }
    expect(sched_setaffinity(0, sizeof(all), &all) == 0, "all processors");
}

static void make(unsigned char *writable, unsigned char *executable, int value)
{
    unsigned bytes = make_function(writable, (unsigned short)value);
    __builtin___clear_cache((char *)executable, (char *)executable + bytes);
}

static void written_in_place(void)
{
    unsigned char *page = map(PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1);

    for (int i = 0; i < ROUNDS; i++) {
        make(page, page, i);
        run_everywhere(page, i);
    }
    munmap(page, PAGE);
    puts("written in place");
}

static void written_or_executed(void)
{
    unsigned char *page = map(PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);

    for (int i = 0; i < ROUNDS; i++) {
        expect(mprotect(page, PAGE, PROT_READ | PROT_WRITE) == 0, "to be written");
        make(page, page, 100 + i);
        expect(mprotect(page, PAGE, PROT_READ | PROT_EXEC) == 0, "to be executed");
        run_everywhere(page, 100 + i);
    }
    munmap(page, PAGE);
    puts("written or executed");
}

static void written_elsewhere(void)
{
    int file = memfd_create("code", 0);

    expect(file >= 0 && ftruncate(file, PAGE) == 0, "memory that two addresses have");
    unsigned char *writable = map(PROT_READ | PROT_WRITE, MAP_SHARED, file);
    unsigned char *executable = map(PROT_READ | PROT_EXEC, MAP_SHARED, file);
    for (int i = 0; i < ROUNDS; i++) {
        make(writable, executable, 200 + i);
        run_everywhere(executable, 200 + i);
    }
    puts("written at another address");
}

int main(void)
{
    written_in_place();
    written_or_executed();
    written_elsewhere();
    return 0;
}
