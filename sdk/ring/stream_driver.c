/**
 * stream_driver.c - the driver's end of a byte stream.
 */
#include "sdk/ring/stream_driver.h"

#include "lib/base/check.h"
#include "sdk/ring/bytes.h"

status_t stream_driver_create(struct stream_driver *stream, const struct session *session,
                              uint32_t generation)
{
    const uint32_t bytes = stream_ring_bytes(session->memory_bytes);
    if (bytes == 0)
        return RANGE;
    uint8_t *memory = session->memory;
    *stream = (struct stream_driver){
        .session = *session,
        .page = session->memory,
        .out_data = memory + STREAM_HEADER_BYTES,
        .in_data = memory + STREAM_HEADER_BYTES + bytes,
        .bytes = bytes,
        .own_generation = generation,
    };
    return OK;
}

/** Agree to @epoch: our two indices first, then the acknowledgement. */
static void agree(struct stream_driver *stream, uint32_t epoch)
{
    struct stream_page *page = stream->page;
    stream->out = (struct ring){.control = &page->out, .entries = stream->bytes};
    stream->in = (struct ring){.control = &page->in, .entries = stream->bytes};
    stream->epoch = epoch;
    stream->attached = true;
    stream->broken = false;
    __atomic_store_n(&page->out.tail, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&page->in.head, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&page->ack, epoch, __ATOMIC_RELEASE);
    session_signal(&stream->session);
}

bool stream_driver_update(struct stream_driver *stream)
{
    const uint32_t epoch = __atomic_load_n(&stream->page->epoch, __ATOMIC_ACQUIRE);
    if (!stream->attached || epoch != stream->epoch) {
        const uint32_t named = epoch & 0xffff;
        stream->attached = false;
        if (named == (stream->own_generation & 0xffff) && epoch >> 16 != 0)
            agree(stream, epoch);
    }
    return stream->attached && !stream->broken;
}

uint32_t stream_driver_waiting(struct stream_driver *stream)
{
    if (!stream_driver_update(stream))
        return 0;
    const uint32_t ready = ring_ready(&stream->out);
    /* Was that the index of this epoch? A client that begins a new one takes it back first. */
    if (__atomic_load_n(&stream->page->epoch, __ATOMIC_ACQUIRE) != stream->epoch)
        return 0;
    if (ready == RING_BROKEN)
        stream->broken = true;
    return ready == RING_BROKEN ? 0 : ready;
}

uint32_t stream_driver_peek(struct stream_driver *stream, uint8_t *data, uint32_t size)
{
    const uint32_t waiting = stream_driver_waiting(stream);
    const uint32_t count = size < waiting ? size : waiting;
    if (count == 0)
        return 0;
    bytes_get(data, stream->out_data, ring_position(&stream->out, 0), stream->bytes, count);
    __atomic_thread_fence(__ATOMIC_ACQUIRE); /* and were these its bytes? */
    return __atomic_load_n(&stream->page->epoch, __ATOMIC_RELAXED) == stream->epoch ? count : 0;
}

void stream_driver_consume(struct stream_driver *stream, uint32_t count)
{
    const uint32_t before = ring_ready(&stream->out);
    ring_consume(&stream->out, count);
    const uint32_t after = ring_ready(&stream->out);
    const uint32_t half = stream->bytes / 2;
    if (after == 0 || (before > half && after <= half))
        session_signal(&stream->session);
}

uint32_t stream_driver_room(struct stream_driver *stream)
{
    if (!stream_driver_update(stream))
        return 0;
    const uint32_t room = ring_room(&stream->in);
    if (room == RING_BROKEN)
        stream->broken = true;
    return room == RING_BROKEN ? 0 : room;
}

void stream_driver_give(struct stream_driver *stream, const uint8_t *data, uint32_t size)
{
    ASSERT(size <= stream->bytes);
    bytes_put(stream->in_data, ring_position(&stream->in, 0), stream->bytes, data, size);
    ring_produce(&stream->in, size);
    session_signal(&stream->session);
}
