/*
 * join.c - the other processors are started (join.h).
 *
 * Order: what a processor that comes reads is written before it is told to begin, or before
 * join_handover; what it has written is seen with join_arrived.
 */
#include "boot/join.h"

#define ARRIVAL_NS NANOS_PER_S /* a hundred times what firmware and emulators take */

uint64_t join_expected = JOIN_NOBODY, join_entry, join_handover;
uint32_t join_index, join_arrived;

void join_add(struct machine *machine, uint64_t id)
{
    for (uint32_t i = 0; i < machine->count_processors; i++)
        if (machine->processors[i] == id)
            return;
    if (machine->count_processors < BOOT_CPUS_MAX)
        machine->processors[machine->count_processors++] = id;
    else
        machine->count_too_many++;
}

static bool expect(uint64_t from, uint64_t to)
{
    return __atomic_compare_exchange_n(&join_expected, &from, to, false, __ATOMIC_ACQ_REL,
                                       __ATOMIC_RELAXED);
}

static bool has_arrived(uint32_t index)
{
    return __atomic_load_n(&join_arrived, __ATOMIC_ACQUIRE) == index;
}

/* A processor that has claimed its place is waited for: it runs what this one has run. */
static bool join(struct machine *machine, uint64_t id, uint32_t index)
{
    join_index = index;
    __atomic_store_n(&join_expected, id, __ATOMIC_RELEASE);
    bool started = join_start(machine, id);
    nanos_t until = clock_now(machine) + ARRIVAL_NS;
    while (!has_arrived(index)) {
        if ((!started || clock_now(machine) > until) && expect(id, JOIN_NOBODY)) {
            machine->has_stray |= started;
            return false;
        }
    }
    return true;
}

void join_all(struct machine *machine)
{
    uint32_t found = machine->count_processors;
    machine->count_processors = 1;
    for (uint32_t i = 1; i < found; i++) {
        uint64_t id = machine->processors[i];
        if (join(machine, id, machine->count_processors))
            machine->processors[machine->count_processors++] = id;
        else
            boot_print("corm: processor 0x%lx does not start\n", id);
    }
    if (found > 1)
        boot_print("corm: %u of %u processors run\n", machine->count_processors, found);
    if (machine->count_too_many > 0)
        boot_print("corm: %u processors beyond the first %u are left alone\n",
                   machine->count_too_many, BOOT_CPUS_MAX);
}

void join_release(uint64_t entry, const struct boot_handover *handover)
{
    join_entry = entry;
    __atomic_store_n(&join_handover, (uintptr_t)handover, __ATOMIC_RELEASE);
}
