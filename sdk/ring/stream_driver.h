/**
 * stream_driver.h - the driver's end of a byte stream (abi/stream.h).
 *
 * Output is looked at, given to the device, and only then consumed, so that the client repeats no
 * more than what the device had already taken.
 */
#pragma once

#include "abi/ring.h"
#include "abi/stream.h"
#include "lib/base/types.h"
#include "sdk/ipc/session.h"

struct stream_driver {
    struct session session;
    struct stream_page *page;
    const uint8_t *out_data;
    uint8_t *in_data;
    uint32_t bytes;
    uint32_t own_generation;
    uint32_t epoch; /* the last that we agreed to */
    bool attached;
    bool broken; /* the client's index was impossible: ignored until its next epoch */
    struct ring out;
    struct ring in;
};

/** stream_driver_create - serve @session. Errors: RANGE (it has no shared memory). */
MUST_USE status_t stream_driver_create(struct stream_driver *stream, const struct session *session,
                                       uint32_t generation);

/** stream_driver_update - agree to a new epoch if the client offers one. True while attached. */
bool stream_driver_update(struct stream_driver *stream);

/** stream_driver_waiting - bytes of output that wait. */
uint32_t stream_driver_waiting(struct stream_driver *stream);

/** stream_driver_peek - copy up to @size bytes of waiting output, without consuming them. */
uint32_t stream_driver_peek(struct stream_driver *stream, uint8_t *data, uint32_t size);

/**
 * stream_driver_consume - the device has taken the first @count bytes that were peeked.
 * The client is woken when its ring has become empty or half empty.
 */
void stream_driver_consume(struct stream_driver *stream, uint32_t count);

/** stream_driver_room - bytes of input that the client's ring has room for. */
uint32_t stream_driver_room(struct stream_driver *stream);

/** stream_driver_give - pass @size bytes of input, for which there is room, and wake the client. */
void stream_driver_give(struct stream_driver *stream, const uint8_t *data, uint32_t size);
