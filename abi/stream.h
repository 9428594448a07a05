/*
 * stream.h - the shared Region of a session with a byte-stream driver (services "console" and
 * "channel", and every "log").
 *
 * Two byte rings: `out` is produced by the client, `in` by the driver. The Region is cut as: this
 * header (one page), then the data of `out`, then of `in`, each of stream_ring_bytes().
 *
 * Attaching. A ring is worth nothing after the death of either side, so each pair of incarnations
 * has an epoch: the client's generation in the upper half, the driver's in the lower. The client
 * takes the last epoch back (0), writes 0 to the two indices that it owns (out.head, in.tail), then
 * `epoch`; the driver, which ignores an epoch that does not name its own generation, writes 0 to
 * its two (out.tail, in.head), then the epoch to `ack`. Each of these is seen before the next. The
 * client may write output at once, but believes the driver's indices only after `ack`; the driver
 * believes what it has read of `out` if the epoch still stands afterwards. A client that must not
 * lose output keeps what the driver has not consumed and writes it again. What may be repeated is
 * what the device had accepted but the driver had not yet consumed: its FIFO.
 *
 * A driver has little time of its own: enough for a log and for interrupts. Who moves much calls
 * the driver (abi/idl/stream.idl, `work`) and so pays for it: after writing, after
 * reading all that it asked for (the ring may have been full), and whenever the session signals.
 * From its first call on, the driver does nothing for that client unasked: it signals that input
 * waits, that the device takes output again, or that output has been taken.
 *
 * Sessions of the service "log" only write: the driver leaves their `in` empty.
 */
#pragma once

#include "ring.h"

#define STREAM_HEADER_BYTES 4096
#define STREAM_LOG_BYTES    8192 /* the Region of a session with the service "log" */
#define STREAM_LOG_RING     2048 /* and each of its rings */

struct stream_page {
    struct ring_control out;
    struct ring_control in;
    uint32_t epoch; /* written by the client */
    uint32_t ack;   /* written by the driver */
};

#define STREAM_EPOCH(client, driver) ((uint32_t)(client) << 16 | ((uint32_t)(driver)&0xffff))

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
