/**
 * guest.h - programs for the server under test.
 *
 * A guest's processor has the registers of x86_64, and an instruction of it is a piece of C between
 * two system calls or memory accesses. A program is a function that is entered again at the place
 * where it stopped; its state is in registers (f->rbx, f->rbp, f->r12 to f->r15) and in guest
 * memory, never in C variables. So a fork copies it, a signal handler interrupts it, and a call or
 * an access that faults is executed again.
 *
 *     PROGRAM(reader)
 *     {
 *         BEGIN;
 *         for (f->rbx = 0; f->rbx < ROUNDS; f->rbx++)
 *             CALL(SYS_read, 3, DATA, 100);
 *         CALL(SYS_exit, 0);
 *         END;
 *     }
 *
 * No `switch` in a program.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>

#include "abi/arch/x86_64/guest_frame.h"

struct cpu;

/** What a program did at its end, or when it must be entered again. */
enum guest_event { GUEST_GOES_ON, GUEST_CALLS, GUEST_FAULTS };

struct guest_program {
    enum guest_event (*run)(struct cpu *cpu, struct guest_frame *f, uint32_t at);
    const char *name;
    uint64_t address; /* of its first instruction */
};

/** Writable memory that a program has from its start, zeros; the same for all programs. */
#define DATA       UINT64_C(0x10000000)
#define DATA_BYTES UINT64_C(0x100000)

/** How long a race lasts: RACE_MS of the environment, or a moment. */
int guest_race_ms(void);

void guest_register(struct guest_program *program);

/** cpu_access - SPACE_LOAD and so on of 4 or 8 bytes. false: a fault, to be left with at once. */
bool cpu_load(struct cpu *cpu, uint64_t address, uint64_t *value, unsigned bytes);
bool cpu_store(struct cpu *cpu, uint64_t address, uint64_t value, unsigned bytes);
bool cpu_exchange(struct cpu *cpu, uint64_t address, uint64_t *value); /* 4 bytes */
bool cpu_add(struct cpu *cpu, uint64_t address, uint64_t *value);      /* 4 bytes */

/** cpu_random - of the thread; a fork has the numbers of its parent until it is told to reseed. */
uint64_t cpu_random(struct cpu *cpu, uint64_t limit);

/** guest_text - the first eight bytes of a string, as a word in memory. */
static inline uint64_t guest_text(const char *text)
{
    uint64_t word = 0;
    for (unsigned i = 0; i < sizeof(word) && text[i]; i++)
        word |= (uint64_t)(uint8_t)text[i] << 8 * i;
    return word;
}

#define PROGRAM(id)                                                                                \
    static enum guest_event id##_run(struct cpu *cpu, struct guest_frame *f, uint32_t at);         \
    static struct guest_program id = {.run = id##_run, .name = #id};                               \
    __attribute__((constructor)) static void id##_register(void) { guest_register(&id); }          \
    static enum guest_event id##_run(struct cpu *cpu, struct guest_frame *f, uint32_t at)

#define BEGIN                                                                                      \
    (void)cpu;                                                                                     \
    switch (at) {                                                                                  \
    case 0:
#define END                                                                                        \
    }                                                                                              \
    __builtin_trap()

#define PROGRAM_MASK  UINT64_C(0xffff)
#define GO_TO(place)  (f->rip = (f->rip & ~PROGRAM_MASK) | (place))
#define PLACE(number) (4u * (number) + 4u)
#define CALL_LENGTH   2u /* what a restarted call goes back */
#define GUEST_ARGUMENTS(f_, n, a, b, c, d, e, g, ...)                                              \
    ((f_)->rdi = (uint64_t)(a), (f_)->rsi = (uint64_t)(b), (f_)->rdx = (uint64_t)(c),              \
     (f_)->r10 = (uint64_t)(d), (f_)->r8 = (uint64_t)(e), (f_)->r9 = (uint64_t)(g),                \
     (f_)->rax = (uint64_t)(n))

/** A system call. It may be executed again after a signal, with the arguments that it had. */
#define CALL(...) CALL_AT(__COUNTER__, __VA_ARGS__)
#define CALL_AT(number, ...)                                                                       \
    do {                                                                                           \
        GUEST_ARGUMENTS(f, __VA_ARGS__, 0, 0, 0, 0, 0, 0, 0);                                      \
        __attribute__((fallthrough));                                                              \
    case PLACE(number):                                                                            \
        GO_TO(PLACE(number) + CALL_LENGTH);                                                        \
        return GUEST_CALLS;                                                                        \
    case PLACE(number) + CALL_LENGTH:;                                                             \
    } while (0)

#define RESULT ((int64_t)f->rax)

/** An access to memory: `cpu_load(cpu, DATA, &f->rax, 8)` and so on. */
#define ACCESS(how) ACCESS_AT(__COUNTER__, how)
#define ACCESS_AT(number, how)                                                                     \
    do {                                                                                           \
        __attribute__((fallthrough));                                                              \
    case PLACE(number):                                                                            \
        if (!(how)) {                                                                              \
            GO_TO(PLACE(number));                                                                  \
            return GUEST_FAULTS;                                                                   \
        }                                                                                          \
    } while (0)

/** Goes on as another program, which finds `argument` in rbx. */
#define BECOME(program, argument)                                                                  \
    do {                                                                                           \
        f->rbx = (uint64_t)(argument);                                                             \
        f->rip = (program).address;                                                                \
        return GUEST_GOES_ON;                                                                      \
    } while (0)

/** Another process, or thread, which becomes `program`. */
#define FORK(program, argument)                                                                    \
    do {                                                                                           \
        CALL(SYS_fork);                                                                            \
        if (f->rax == 0)                                                                           \
            BECOME(program, argument);                                                             \
    } while (0)

#define THREAD(program, argument)                                                                  \
    do {                                                                                           \
        CALL(SYS_clone, GUEST_THREAD_FLAGS, GUEST_STACK(cpu_random(cpu, GUEST_STACKS)));           \
        if (f->rax == 0)                                                                           \
            BECOME(program, argument);                                                             \
    } while (0)

/* VM FS FILES SIGHAND THREAD SYSVSEM */
#define GUEST_THREAD_FLAGS 0x50f00u
/* Stacks serve signal handlers alone, so it does little harm when two threads get the same one. */
#define GUEST_STACKS       16
#define GUEST_STACK(index) (DATA + DATA_BYTES - (index)*UINT64_C(0x2000))
#define DATA_FREE          (DATA_BYTES - GUEST_STACKS * UINT64_C(0x2000))

/** pid 1: lets everybody race for a while, ends them all at once, waits for them, and exits. */
#define END_RACE(status)                                                                           \
    do {                                                                                           \
        CALL(SYS_poll, 0, 0, guest_race_ms());                                                     \
        CALL(SYS_kill, -1, 9);                                                                     \
        do                                                                                         \
            CALL(SYS_wait4, -1, 0, 0, 0);                                                          \
        while (f->rax != GUEST_NO_CHILD);                                                          \
        CALL(SYS_exit_group, status);                                                              \
    } while (0)
#define GUEST_NO_CHILD (uint64_t) - 10 /* ECHILD */
