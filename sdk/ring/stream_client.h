/**
 * stream_client.h - the client's end of a byte stream (abi/stream.h) that survives its driver.
 *
 * Output is kept in a private buffer as large as the ring until the driver has consumed it, and is
 * written again for a new driver. Positions count bytes since the client's start and wrap at 2^32;
 * `base` is the position that is index 0 of the present epoch's ring.
 *
 * Invariant: accepted - consumed <= bytes; once an epoch is offered, out.own == accepted - base.
 * No lock of its own: whoever owns the stream sees to it that one thread at a time uses it.
 */
#pragma once

#include "abi/ring.h"
#include "abi/stream.h"
#include "lib/base/types.h"
#include "sdk/ipc/session.h"

struct stream_client {
    struct session session;
    struct stream_page *page;
    uint8_t *out_data;
    const uint8_t *in_data;
    uint8_t *kept; /* private, `bytes` long */
    uint32_t bytes;
    uint32_t own_generation;
    uint32_t epoch; /* the last that we offered */
    bool attached;  /* the driver has agreed: its indices mean something */
    uint32_t accepted;
    uint32_t consumed;
    uint32_t base;
    struct ring out;
    struct ring in;
};

/**
 * stream_client_create - use @session, which has shared memory, as a byte stream.
 * @kept:       the private buffer, stream_ring_bytes(session->memory_bytes) long
 * @kept_bytes: its size
 * @generation: of this component
 *
 * Errors: RANGE (no shared memory, or @kept_bytes is not its ring's size).
 */
MUST_USE status_t stream_client_create(struct stream_client *stream, const struct session *session,
                                       uint8_t *kept, uint32_t kept_bytes, uint32_t generation);

/**
 * stream_client_update - notice a new driver, and what the driver has consumed.
 *
 * To be called when the session or the status page has signalled; reading and writing do it too.
 * Returns true while attached.
 */
bool stream_client_update(struct stream_client *stream);

/** stream_client_room - bytes that stream_client_write() would accept now. */
uint32_t stream_client_room(struct stream_client *stream);

/** stream_client_pending - bytes accepted that no driver has consumed yet. */
uint32_t stream_client_pending(struct stream_client *stream);

/**
 * stream_client_write - accept up to @size bytes, attached or not. Returns how many were accepted.
 * The driver does not know yet: stream_client_wake() or stream_client_push() tells it.
 */
uint32_t stream_client_write(struct stream_client *stream, const void *data, uint32_t size);

/** stream_client_read - take up to @size bytes of input. Returns how many there were. */
uint32_t stream_client_read(struct stream_client *stream, void *data, uint32_t size);

/** stream_client_wake - have the driver move what waits, on its own time. Never blocks. */
void stream_client_wake(const struct stream_client *stream);

/**
 * stream_client_push - have the driver move what waits, both ways, on our time.
 *
 * Who has begun to push goes on: after writing, after reading all that was asked for, and whenever
 * the session signals (abi/stream.h).
 * Waits for the driver, through its restart if need be: call it with no lock held. It need not be
 * called in turns with the other functions: any thread, at any time.
 * Errors: as session_call().
 */
MUST_USE status_t stream_client_push(struct stream_client *stream);
