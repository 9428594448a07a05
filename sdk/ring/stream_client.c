/**
 * stream_client.c - the client's end of a byte stream that survives its driver.
 */
#include "sdk/ring/stream_client.h"

#include "sdk/ring/bytes.h"
#include "sdk/rt/component.h"

status_t stream_client_create(struct stream_client *stream, const struct session *session,
                              uint8_t *kept, uint32_t kept_bytes, uint32_t generation)
{
    const uint32_t bytes = stream_ring_bytes(session->memory_bytes);
    if (bytes == 0 || bytes != kept_bytes)
        return RANGE;
    uint8_t *memory = session->memory;
    *stream = (struct stream_client){
        .session = *session,
        .page = session->memory,
        .out_data = memory + STREAM_HEADER_BYTES,
        .in_data = memory + STREAM_HEADER_BYTES + bytes,
        .kept = kept,
        .bytes = bytes,
        .own_generation = generation,
    };
    return OK;
}

/** Put the accepted bytes from @position on, which the ring has room for, into the ring. */
static void produce_kept(struct stream_client *stream, uint32_t position)
{
    const uint32_t count = stream->accepted - position;
    bytes_copy(stream->out_data, position - stream->base, stream->kept, position, stream->bytes,
               count);
    ring_produce(&stream->out, count);
}

/**
 * Offer the driver's new incarnation an epoch: take the last one back, which a driver may still go
 * by if it is we who are new; then our two indices, the epoch, and what no driver has consumed.
 */
static void offer(struct stream_client *stream, uint32_t epoch)
{
    struct stream_page *page = stream->page;
    stream->out = (struct ring){.control = &page->out, .entries = stream->bytes};
    stream->in = (struct ring){.control = &page->in, .entries = stream->bytes};
    stream->attached = false;
    stream->epoch = epoch;
    stream->base = stream->consumed;
    __atomic_store_n(&page->epoch, 0, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_RELEASE); /* who sees what follows sees that */
    __atomic_store_n(&page->out.head, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&page->in.tail, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&page->epoch, epoch, __ATOMIC_RELEASE);
    produce_kept(stream, stream->base);
    session_signal(&stream->session);
}

/**
 * Learn whether the driver has agreed to our epoch, and how far it has come. An index that is
 * impossible or goes back is ignored: a wild driver hurts only what it was to write.
 */
static void observe(struct stream_client *stream)
{
    if (!stream->attached)
        stream->attached = stream->epoch != 0 &&
                           __atomic_load_n(&stream->page->ack, __ATOMIC_ACQUIRE) == stream->epoch;
    if (!stream->attached)
        return;
    const uint32_t room = ring_room(&stream->out);
    const uint32_t consumed = stream->accepted - (stream->bytes - room);
    if (room != RING_BROKEN && consumed - stream->consumed <= stream->accepted - stream->consumed)
        stream->consumed = consumed;
}

bool stream_client_update(struct stream_client *stream)
{
    const uint32_t driver = peer_generation(stream->session.peer);
    const uint32_t epoch = STREAM_EPOCH(stream->own_generation, driver);
    observe(stream);
    if (epoch != stream->epoch) { /* what the dead driver consumed has just been seen */
        offer(stream, epoch);
        observe(stream);
    }
    return stream->attached;
}

uint32_t stream_client_room(struct stream_client *stream)
{
    stream_client_update(stream);
    return stream->bytes - (stream->accepted - stream->consumed);
}

uint32_t stream_client_pending(struct stream_client *stream)
{
    return stream->bytes - stream_client_room(stream);
}

uint32_t stream_client_write(struct stream_client *stream, const void *data, uint32_t size)
{
    const uint32_t room = stream_client_room(stream);
    const uint32_t count = size < room ? size : room;
    const uint32_t position = stream->accepted;
    bytes_put(stream->kept, position, stream->bytes, data, count);
    stream->accepted += count;
    if (count > 0)
        produce_kept(stream, position);
    return count;
}

uint32_t stream_client_read(struct stream_client *stream, void *data, uint32_t size)
{
    if (!stream_client_update(stream))
        return 0;
    const uint32_t ready = ring_ready(&stream->in);
    if (ready == RING_BROKEN)
        return 0;
    const uint32_t count = size < ready ? size : ready;
    bytes_get(data, stream->in_data, ring_position(&stream->in, 0), stream->bytes, count);
    ring_consume(&stream->in, count);
    return count;
}

void stream_client_wake(const struct stream_client *stream) { session_signal(&stream->session); }
