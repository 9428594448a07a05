/**
 * line.h - a device that carries bytes both ways, and the byte streams that share it
 * (abi/stream.h): all of a serial driver but its registers.
 *
 * Output of all sessions goes to the line, one line of text at a time where several write. Input
 * goes to the first session that is not a log; while its ring is full the device is left alone, so
 * that a sender with flow control (an emulator) waits.
 *
 * Work for a client that pays (abi/stream.h) is done when it calls, on its time; in between it is
 * only told that there is some. Work for the others is done on the driver's own time.
 */
#pragma once

#include "abi/component.h"
#include "sdk/ring/stream_driver.h"

#define LINE_BURST_MAX 1024

/** What a driver does with its device. */
struct line_ops {
    /* Take up to @size bytes of input, with @lent waiting a little for a sender of many. */
    uint32_t (*read)(void *device, uint8_t *data, uint32_t size, bool lent);
    bool (*readable)(void *device);

    /* Give it up to @size bytes, at most `burst_bytes`; returns how many it took, 0 if it is busy.
     */
    uint32_t (*write)(void *device, const uint8_t *data, uint32_t size);
    bool (*writable)(void *device);

    /* Interrupt from now on for these, and for nothing else if that can be chosen. */
    void (*await)(void *device, bool input, bool output);

    void (*interrupted)(void *device); /* before the work; may be NULL */
    bool tells_once;                   /* it does not interrupt for what was there before */
    uint32_t burst_bytes;              /* at most LINE_BURST_MAX */
};

struct line_stream {
    struct stream_driver driver;
    uint64_t badge;      /* of the session's calls */
    uint32_t paid_epoch; /* in which the client has called; 0: in none */
};

struct line {
    const struct line_ops *ops;
    void *device;
    cap_t interrupt;
    bool level;          /* -triggered: acknowledged after the work, not before */
    uint32_t generation; /* as in a tag */
    uint32_t count;
    uint32_t current;          /* the stream whose line is being written */
    struct line_stream *input; /* NULL if every session is a log */
    struct line_stream streams[COMPONENT_SESSIONS_MAX];
};

/** line_open - take over every session of @info, as their provider. */
void line_open(struct line *line, const struct line_ops *ops, void *device,
               const struct component_info *info, const struct component_device *interrupt);

/** line_serve - begin, and serve for ever. */
NORETURN void line_serve(struct line *line, const struct component_info *info);
