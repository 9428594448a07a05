/*
 * trace.c - the trace: who ran from when to when, and why the kernel was entered then.
 *
 * The kernel traces by other entries (docs/decisions/0012): the plain ones know nothing of this. A
 * record is written when the kernel is entered; the time between two records is the kernel's.
 */
#include "kernel/arch.h"
#include "kernel/thread.h"

struct trace_ring *trace_ring;

COLD void trace_event(uint64_t kind, uint64_t word)
{
    struct trace_ring *ring = trace_ring;
    const struct thread *who = cpu_self()->current;
    uint64_t badge = who == NULL ? 0 : who->bindings[BINDING_FAULT].value;
    bool guest = who != NULL && who->context.in_guest;
    ring->records[ring->count_written & ring->mask] = (struct trace_record){
        ring->since_ns, arch_time_now(), (uintptr_t)who, badge, guest, kind, word};
    ring->count_written++;
}
