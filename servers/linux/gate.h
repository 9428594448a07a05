/*
 * gate.h - the kernel operations under sleeping, waking and handing over (sleep.c).
 *
 * Each server thread that runs guests has a gate, an Endpoint of its own at which it sleeps, and a
 * Notification that is bound to it. Who signals the Notification ends the sleep. Who calls the gate
 * ends it too, and waits: the kernel goes on with the sleeper at once, on the caller's turn, and
 * the caller continues when the sleeper comes to its gate again, which answers the call.
 * The threads of the server's own (timers, the line) have no gate: they sleep at the Notification.
 */
#pragma once

#include "servers/linux/thread.h"

enum gate_event {
    GATE_CALLED,    /* somebody has handed over to us, and waits */
    GATE_SIGNALLED, /* perhaps by a signal that was meant for an earlier sleep, or by nobody: all
                       threads were stopped for a moment (thread_table.h) */
    GATE_TIMEOUT,
};

/**
 * gate_wait - let whoever waits for the current thread go on, and wait for a call or a signal.
 * @deadline_ns: DEADLINE_POLL does not wait, NANOS_NEVER for ever
 * @now_ns:      in: the time, for the caller that goes on; out, if called: the time of the call
 */
enum gate_event gate_wait(const struct thread *self, nanos_t deadline_ns, nanos_t *now_ns);

/**
 * gate_call - `thread`, which sleeps at its gate, runs; we continue when it sleeps again.
 * @now_ns: in: the time, for the sleeper; out, if true: the time at which we went on
 * False: it was not at its gate, and nothing happened. True also when all threads were stopped
 * meanwhile: it runs, and does not answer any more.
 */
MUST_USE bool gate_call(const struct thread *thread, nanos_t *now_ns);

/* Ends the present or the next gate_wait of `thread`. */
void gate_signal(const struct thread *thread);

/* Out of its guest, now or as soon as it gets there. */
void gate_kick(const struct thread *thread);
