/**
 * guest.c - see guest.h: a guest's processor.
 */
#include "tests/race/guest.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include "abi/guest.h"
#include "tests/race/kernel.h"
#include "tests/race/space.h"

#define PROGRAMS_MAX  256
#define PROGRAMS_BASE UINT64_C(0x400000)
#define RACE_MS       400
#define STEPS_MAX     64 /* until it looks whether it is kicked */

struct cpu {
    struct guest_frame *frame;
    struct space *space;
    uint64_t fault_address;
    uint64_t fault_access;
};

static struct guest_program *programs[PROGRAMS_MAX];
static unsigned program_count;

void guest_register(struct guest_program *program)
{
    if (program_count == PROGRAMS_MAX)
        abort();
    program->address = PROGRAMS_BASE + program_count * (PROGRAM_MASK + 1);
    programs[program_count++] = program;
}

int guest_race_ms(void)
{
    const char *text = getenv("RACE_MS");
    return text ? atoi(text) : RACE_MS;
}

static bool reach(struct cpu *cpu, uint64_t address, enum space_access access, uint64_t *value,
                  unsigned bytes)
{
    if (space_reach(cpu->space, address, access, value, bytes))
        return true;
    cpu->fault_address = address;
    cpu->fault_access = access == SPACE_LOAD ? 0 : GUEST_ACCESS_WRITE;
    return false;
}

bool cpu_load(struct cpu *cpu, uint64_t address, uint64_t *value, unsigned bytes)
{
    return reach(cpu, address, SPACE_LOAD, value, bytes);
}

bool cpu_store(struct cpu *cpu, uint64_t address, uint64_t value, unsigned bytes)
{
    return reach(cpu, address, SPACE_STORE, &value, bytes);
}

bool cpu_exchange(struct cpu *cpu, uint64_t address, uint64_t *value)
{
    return reach(cpu, address, SPACE_EXCHANGE, value, sizeof(uint32_t));
}

bool cpu_add(struct cpu *cpu, uint64_t address, uint64_t *value)
{
    return reach(cpu, address, SPACE_ADD, value, sizeof(uint32_t));
}

uint64_t cpu_random(struct cpu *cpu, uint64_t limit)
{
    static __thread uint64_t state;

    if (state == 0)
        state = (uintptr_t)cpu->frame;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (state >> 11) % limit;
}

/* One stretch of a program; true: it goes on. */
static bool step(struct cpu *cpu, struct message *exit)
{
    const uint64_t rip = cpu->frame->rip, number = (rip - PROGRAMS_BASE) / (PROGRAM_MASK + 1);

    if (rip < PROGRAMS_BASE || number >= program_count) {
        *exit =
            (struct message){.tag = TAG(GUEST_EXIT_FAULT, 2), .words = {rip, GUEST_ACCESS_EXECUTE}};
        return false;
    }
    switch (programs[number]->run(cpu, cpu->frame, (uint32_t)(rip & PROGRAM_MASK))) {
    case GUEST_GOES_ON:
        return true;
    case GUEST_CALLS:
        *exit = (struct message){.tag = TAG(GUEST_EXIT_SYSCALL, 0)};
        return false;
    default:
        *exit = (struct message){.tag = TAG(GUEST_EXIT_FAULT, 2),
                                 .words = {cpu->fault_address, cpu->fault_access}};
        return false;
    }
}

void guest_step(struct guest_frame *frame, struct space *space, const uint32_t *kicked,
                struct message *exit)
{
    struct cpu cpu = {.frame = frame, .space = space};

    (void)kicked;
    for (unsigned steps = 0; steps < STEPS_MAX; steps++)
        if (!step(&cpu, exit))
            return;
    *exit = (struct message){.tag = TAG(GUEST_EXIT_KICK, 0)};
}
