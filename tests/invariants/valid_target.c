/**
 * valid_target.c - what the invariants (valid.h) ask of a machine that runs the debug kernel.
 *
 * The caller holds the kernel lock; the other processors are at user level, idle, on their way
 * through code that needs no lock, or wait for it.
 */
#include "kernel/debug.h"
#include "kernel/panic.h"
#include "tests/invariants/valid.h"

bool valid_in_memory(const struct object *object) { return object->type != OBJECT_IRQ; }

struct object *valid_first_object(void) { return NULL; }

bool valid_time_is_known(void) { return true; }

/* Its interrupt may be on its way. */
bool valid_has_yet_to_look(const struct cpu *cpu) { return cpu->reschedule || cpu->attending; }

bool valid_may_be_calling(const struct thread *thread)
{
    const struct cpu *cpu = cpu_running(thread);
    return cpu != NULL && cpu != cpu_self();
}

const char *valid_timer(struct cpu *cpu)
{
    BROKEN_IF(cpu->timer_set > wheel_next_expiry(&cpu->wheel));
    return NULL;
}

const char *valid_machine(void)
{
    BROKEN_IF(cpu_self()->attending);
    return NULL;
}

void debug_check(void)
{
    const char *broken = kernel_valid();
    if (broken != NULL)
        kernel_panic(broken, NULL, 0);
}
