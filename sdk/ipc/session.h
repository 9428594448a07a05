/**
 * session.h - the client's end of a session with a service.
 *
 * A session outlives both peers. A call that waits in the service's queue when its server dies is
 * taken by the next incarnation, which answers STALE because the tag names the old generation; a
 * call that was being executed gets GONE. Both are retried here: STALE was not executed, and every
 * call of an interface is either idempotent or carries a request id. So is a call whose caller was
 * stopped for a moment, CANCELLED.
 *
 * A struct session holds nothing that changes: any thread may call through it.
 */
#pragma once

#include <corm/status.h>
#include "abi/component.h"
#include "abi/message.h"
#include "lib/base/types.h"
#include "sdk/ipc/invoke.h"

#define SESSION_TIMEOUT_NS (2 * NANOS_PER_S)

/* At the third death under one call the call itself is suspect: its caller gets GONE. */
#define SESSION_DEATHS_MAX 3

struct session {
    cap_t endpoint;
    cap_t signal;
    uint32_t peer;      /* index in the status page */
    uint32_t bit;       /* of the component's Notification, set when the peer signals */
    nanos_t timeout_ns; /* for one call, waiting for a restart included */
    void *memory;       /* shared with the peer; NULL if none */
    uint64_t memory_bytes;
};

/** session_of - fill @session from entry @index of @info. */
void session_of(struct session *session, const struct component_info *info, uint32_t index);

/**
 * session_open - the component's session, as client, with @service.
 * Errors: DENIED (the manifest grants none).
 */
MUST_USE status_t session_open(struct session *session, const struct component_info *info,
                               const char *service);

/**
 * session_call - call the service; used by the generated stubs.
 * @m: in: the call, with generation 0 in its tag; out: the reply, if OK
 *
 * Errors: TIMEOUT, GONE (the service is gone for good, or died SESSION_DEATHS_MAX times under this
 * call), BUDGET. Any thread.
 */
MUST_USE status_t session_call(struct session *session, struct message *m);

/** session_signal - wake the peer. */
static inline void session_signal(const struct session *session)
{
    status_ignore(ipc_signal(session->signal), "a peer that is gone cannot be woken");
}
