/*
 * stream.h - the shared Region of a session with a byte-stream driver (services "console" and
 * "channel").
 *
 * Two byte rings: `out` is produced by the client, `in` by the driver. The session's Region is cut
 * as: this header (one page), then the data of `out`, then of `in`, each of the size in the header,
 * which init writes when it makes the session and which both sides check against the Region's size.
 * After either side's restart both rings are empty again; a client that must not lose output keeps
 * what the driver has not yet consumed and writes it again (what may be repeated is what the device
 * had accepted but the driver had not yet consumed: at most the 16 bytes of its FIFO).
 */
#ifndef ABI_STREAM_H
#define ABI_STREAM_H

#include "ring.h"

#define STREAM_HEADER_BYTES 4096

struct stream_page {
    struct ring_control out;
    struct ring_control in;
    uint32_t generation; /* of the driver that made the rings ready; written by init */
    uint32_t
        in_lost; /* bytes that the driver dropped because `in` was full; written by the driver */
};

/* Bytes of each ring: the largest power of two that fits twice behind the header. */
static inline uint32_t stream_ring_bytes(uint64_t region_bytes)
{
    uint64_t bytes = 1;
    if (region_bytes <= STREAM_HEADER_BYTES)
        return 0;
    while (bytes * 4 <= region_bytes - STREAM_HEADER_BYTES)
        bytes *= 2;
    return (uint32_t)bytes;
}

#endif
