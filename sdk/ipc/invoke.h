/**
 * invoke.h - the system calls.
 *
 * All of it is inline and has no state: any thread may use it. The operations of kernel objects are
 * in <corm/kernel_calls.h>, generated on top of corm_invoke().
 */
#pragma once

#include <corm/object.h>
#include <corm/status.h>
#include <corm/syscall.h>
#include "abi/message.h"
#include "native/trap.h"

/** status_ignore - this result does not matter, and @why. */
static inline void status_ignore(status_t status, const char *why)
{
    (void)status;
    (void)why;
}

/**
 * corm_invoke - invoke a capability: a kernel object or a server's endpoint.
 * @handle: HANDLE(slot, operation)
 * @m:      in: what to send; out: the answer. Undefined if the result is not OK.
 */
MUST_USE TRAP_INLINE status_t corm_invoke(uint32_t handle, struct message *m)
{
    return (status_t)trap(TRAP_HANDLE(handle), m);
}

/** ipc_call - call a server through an Endpoint capability, waiting for as long as it takes. */
MUST_USE TRAP_INLINE status_t ipc_call(cap_t endpoint, struct message *m)
{
    return corm_invoke(HANDLE(endpoint, ENDPOINT_OP_CALL), m);
}

/**
 * ipc_call_deadline - as ipc_call(), but give up (TIMEOUT) if no server has taken the call by
 * @deadline_ns.
 */
MUST_USE TRAP_INLINE status_t ipc_call_deadline(cap_t endpoint, struct message *m,
                                                nanos_t deadline_ns)
{
    return (status_t)trap_deadline(TRAP_HANDLE(HANDLE(endpoint, ENDPOINT_OP_CALL_DEADLINE)), m,
                                   deadline_ns);
}

/**
 * ipc_reply_wait - answer the caller being served, if there is one, with @m; then receive into @m.
 *
 * Returns the badge, or RECEIVED_SIGNAL | bits, or RECEIVED_ERROR | status.
 */
MUST_USE TRAP_INLINE uint64_t ipc_reply_wait(cap_t endpoint, struct message *m)
{
    return trap(TRAP_HANDLE(HANDLE(endpoint, ENDPOINT_OP_RECEIVE)), m);
}

/** ipc_reply_wait_deadline - as ipc_reply_wait(), RECEIVED_ERROR | TIMEOUT at @deadline_ns. */
MUST_USE TRAP_INLINE uint64_t ipc_reply_wait_deadline(cap_t endpoint, struct message *m,
                                                      nanos_t deadline_ns)
{
    return trap_deadline(TRAP_HANDLE(HANDLE(endpoint, ENDPOINT_OP_RECEIVE_DEADLINE)), m,
                         deadline_ns);
}

/**
 * notification_wait - take the bits of a Notification, waiting for some until @deadline_ns.
 *
 * Returns RECEIVED_SIGNAL | bits, or RECEIVED_ERROR | TIMEOUT. A caller being served is answered
 * with an empty message.
 */
TRAP_INLINE uint64_t notification_wait(cap_t notification, nanos_t deadline_ns)
{
    struct message m = {0};
    return trap_deadline(TRAP_HANDLE(HANDLE(notification, NOTIFICATION_OP_RECEIVE_DEADLINE)), &m,
                         deadline_ns);
}

/** notification_poll - the bits of a Notification, 0 if none is set. */
TRAP_INLINE uint64_t notification_poll(cap_t notification)
{
    const uint64_t received = notification_wait(notification, DEADLINE_POLL);
    return received & RECEIVED_SIGNAL ? received & BADGE_MASK : 0;
}

/** ipc_signal - set the bits that the capability's badge names. Never blocks. */
TRAP_INLINE status_t ipc_signal(cap_t notification)
{
    return (status_t)trap_bare(TRAP_HANDLE(HANDLE(notification, NOTIFICATION_OP_SIGNAL)), 0);
}

/** ipc_yield - let other threads of the same priority run. */
TRAP_INLINE void ipc_yield(void) { trap_bare(SYSCALL_YIELD, 0); }

/** ipc_enter - run this thread's guest; @m gets the reason (label) and words 0 and 1. */
MUST_USE TRAP_INLINE status_t ipc_enter(struct message *m)
{
    return (status_t)trap_enter(SYSCALL_ENTER, m);
}

/** debug_write - one character to the kernel's polled UART; BAD_HANDLE in release builds. */
TRAP_INLINE status_t debug_write(char character)
{
    return (status_t)trap_bare(SYSCALL_DEBUG_WRITE, (uint8_t)character);
}

/** debug_check - the kernel looks at all of its state, and panics if an invariant is broken;
 * BAD_HANDLE in release builds. */
TRAP_INLINE status_t debug_check(void) { return (status_t)trap_bare(SYSCALL_DEBUG_CHECK, 0); }
