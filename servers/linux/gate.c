/*
 * gate.c - see gate.h.
 */
#include "servers/linux/gate.h"

#include <corm/kernel_calls.h>

enum gate_event gate_wait(const struct thread *self, nanos_t deadline_ns, nanos_t *now_ns)
{
    struct message m = {.tag = TAG(OK, 1), .words = {*now_ns}};
    uint64_t received;

    if (self->gate == CAP_NONE)
        received = notification_wait(self->notification, deadline_ns);
    else
        received = ipc_reply_wait_deadline(self->gate, &m, deadline_ns);
    if (received & RECEIVED_SIGNAL)
        return GATE_SIGNALLED;
    if (received & RECEIVED_ERROR) {
        ASSERT((status_t)received == TIMEOUT || (status_t)received == CANCELLED);
        return (status_t)received == TIMEOUT ? GATE_TIMEOUT : GATE_SIGNALLED;
    }
    *now_ns = m.words[0];
    return GATE_CALLED;
}

bool gate_call(const struct thread *thread, nanos_t *now_ns)
{
    struct message m = {.tag = TAG(0, 1), .words = {*now_ns}};
    status_t status = ipc_call_deadline(thread->gate, &m, DEADLINE_POLL);

    if (status == TIMEOUT)
        return false;
    ASSERT(status == OK || status == CANCELLED || status == GONE);
    *now_ns = status == OK ? m.words[0] : time_now_monotonic();
    return true;
}

void gate_signal(const struct thread *thread)
{
    status_t status = ipc_signal(thread->wake_signal);
    ASSERT(status == OK);
}

void gate_kick(const struct thread *thread)
{
    status_t status = thread_kick(thread->cap);
    ASSERT(status == OK);
}
