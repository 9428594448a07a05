/**
 * valid_host.c - what the invariants (valid.h) ask of the host port's machine.
 */
#include "kernel/arch/host/host.h"
#include "kernel/lock.h"
#include "tests/invariants/valid.h"
#include "tests/unit/kernel/machine.h"

bool valid_in_memory(const struct object *object)
{
    const uint8_t *ram = host_ram(HOST_RAM_BASE);
    return (const uint8_t *)object >= ram && (const uint8_t *)object < ram + HOST_RAM_BYTES;
}

struct object *valid_first_object(void) { return init_table_object(); }

bool valid_time_is_known(void) { return found_object(&init_sched_object()->object) >= 0; }

bool valid_has_yet_to_look(const struct cpu *cpu)
{
    return cpu->arch.interrupted || cpu->attending;
}

bool valid_may_be_calling(const struct thread *thread)
{
    (void)thread;
    return false;
}

const char *valid_timer(struct cpu *cpu)
{
    if (cpu != &cpu_first)
        return NULL;
    BROKEN_IF(cpu->timer_set != host_timer && host_timer != NANOS_NEVER);
    BROKEN_IF(host_timer > wheel_next_expiry(&cpu->wheel) && host_timer > host_now);
    return NULL;
}

const char *valid_machine(void)
{
    BROKEN_IF(kernel_lock.held);
    for (uint32_t i = 0; i < cpu_count; i++) {
        const struct cpu *cpu = cpus[i];
        BROKEN_IF(cpu->attending != (cpu == host_waiting));
        BROKEN_IF(cpu->arch.code_stale && cpu->current != NULL && cpu != host_waiting);
    }
    BROKEN_IF(!host_tlb_coherent());
    return NULL;
}
