/**
 * line.c - a device that carries bytes both ways, and the byte streams that share it.
 */
#include "sdk/driver/line.h"

#include <corm/kernel_calls.h>
#include <corm/stream_server.h>
#include "lib/base/check.h"
#include "lib/base/string.h"
#include "sdk/ipc/serve.h"
#include "sdk/rt/log.h"

#define RECEIVE_MAX 1024 /* bytes at one go */

/* Bursts at one go: on our own time, and on that of a caller. A caller may have kept us from the
 * heartbeat until all of them are out. */
#define BURSTS_OWN  4
#define BURSTS_LENT 256

/* Of a line's interrupt, in component_device.size: as in manifest_device. */
#define TRIGGER_LEVEL 1

/** The client of @stream calls when there is work. */
static bool stream_pays(const struct line_stream *stream)
{
    return stream->driver.attached && stream->paid_epoch == stream->driver.epoch;
}

/** Bytes of @data up to and including the first end of line. */
static uint32_t text_length(const uint8_t *data, uint32_t size)
{
    uint32_t length = 0;
    while (length < size)
        if (data[length++] == '\n')
            break;
    return length;
}

/** The next burst: of the current stream, or of the next one that has something. 0 if none has. */
static uint32_t choose(struct line *line, uint8_t *burst, bool lent)
{
    for (uint32_t tried = 0; tried < line->count; tried++) {
        struct line_stream *stream = &line->streams[line->current];
        const uint32_t size =
            lent || !stream_pays(stream)
                ? stream_driver_peek(&stream->driver, burst, line->ops->burst_bytes)
                : 0;
        if (size > 0)
            return line->count > 1 ? text_length(burst, size) : size;
        line->current = (line->current + 1) % line->count;
    }
    return 0;
}

/**
 * Move waiting output into the device, as far as it takes it at once, in at most @bursts_max
 * bursts; with @lent also that of clients who pay. True if output that it may move still waits.
 */
static bool transmit(struct line *line, unsigned bursts_max, bool lent)
{
    uint8_t burst[LINE_BURST_MAX];
    for (unsigned bursts = 0; bursts < bursts_max; bursts++) {
        const uint32_t size = choose(line, burst, lent);
        if (size == 0)
            return false;
        const uint32_t taken = line->ops->write(line->device, burst, size);
        if (taken == 0)
            return true;
        stream_driver_consume(&line->streams[line->current].driver, taken);
        if (burst[taken - 1] == '\n')
            line->current = (line->current + 1) % line->count;
    }
    return true;
}

/** Take input as far as the client has room. True if there is room for more. */
static bool receive(struct line *line, bool lent)
{
    uint8_t data[RECEIVE_MAX];
    struct stream_driver *stream = &line->input->driver;
    const uint32_t room = stream_driver_room(stream);
    const uint32_t limit = room < RECEIVE_MAX ? room : RECEIVE_MAX;
    const uint32_t count = limit > 0 ? line->ops->read(line->device, data, limit, lent) : 0;
    if (count > 0)
        stream_driver_give(stream, data, count);
    return room > count;
}

/** Tell @stream's client, who pays, if it should call; else say what to wait for. */
static void tell(struct line *line, struct line_stream *stream, bool *input, bool *output)
{
    const bool wants_input = stream == line->input && stream_driver_room(&stream->driver) > 0;
    const bool wants_output = stream_driver_waiting(&stream->driver) > 0;
    if ((wants_input && line->ops->readable(line->device)) ||
        (wants_output && line->ops->writable(line->device))) {
        session_signal(&stream->driver.session);
        return;
    }
    *input |= wants_input;
    *output |= wants_output;
}

/** There is more to do of what is waited for, of which the device will not tell. */
static bool left_untold(struct line *line, bool input, bool output)
{
    return line->ops->tells_once && ((input && line->ops->readable(line->device)) ||
                                     (output && line->ops->writable(line->device)));
}

/** Do on our own time what can be done now, and tell those who pay. */
static void work(struct line *line)
{
    bool input, output;
    do {
        input = line->input != NULL && !stream_pays(line->input) && receive(line, false);
        output = transmit(line, BURSTS_OWN, false);
    } while (left_untold(line, input, output));
    for (uint32_t i = 0; i < line->count; i++)
        if (stream_pays(&line->streams[i]))
            tell(line, &line->streams[i], &input, &output);
    line->ops->await(line->device, input, output);
}

/** Do on the caller's time what can be done now. */
static status_t serve_work(void *ctx, uint64_t badge)
{
    struct line *line = ctx;
    for (uint32_t i = 0; i < line->count; i++)
        if (line->streams[i].badge == badge && stream_driver_update(&line->streams[i].driver))
            line->streams[i].paid_epoch = line->streams[i].driver.epoch;
    const bool input = line->input != NULL && receive(line, true);
    const bool output = transmit(line, BURSTS_LENT, true);
    line->ops->await(line->device, input, output);
    if (left_untold(line, input, output))
        for (uint32_t i = 0; i < line->count; i++)
            if (line->streams[i].badge == badge)
                session_signal(&line->streams[i].driver.session); /* it calls again */
    return OK;
}

static void on_call(void *ctx, uint64_t badge, struct message *m)
{
    static const struct stream_ops ops = {.work = serve_work};
    const struct line *line = ctx;
    stream_dispatch(&ops, ctx, badge, line->generation, m);
}

static void acknowledge(const struct line *line)
{
    const status_t status = irq_ack(line->interrupt);
    ASSERT(status == OK);
}

static void on_device(void *ctx, uint32_t index)
{
    struct line *line = ctx;
    (void)index;
    /* An edge that comes while the line is masked would be lost; a level stays until the work has
     * taken its cause away. */
    if (!line->level)
        acknowledge(line);
    if (line->ops->interrupted != NULL)
        line->ops->interrupted(line->device);
    work(line);
    if (line->level)
        acknowledge(line);
}

static void on_session(void *ctx, uint32_t index)
{
    (void)index;
    work(ctx);
}

static void on_status(void *ctx)
{
    log_update();
    work(ctx);
}

void line_open(struct line *line, const struct line_ops *ops, void *device,
               const struct component_info *info, const struct component_device *interrupt)
{
    ASSERT(ops->burst_bytes <= LINE_BURST_MAX);
    line->ops = ops;
    line->device = device;
    line->interrupt = interrupt->slot;
    line->level = interrupt->size & TRIGGER_LEVEL;
    line->generation = info->generation & 0xffff;
    for (uint32_t i = 0; i < info->count_sessions; i++) {
        struct session session;
        struct line_stream *stream = &line->streams[line->count];
        if (info->sessions[i].role != SESSION_PROVIDER)
            continue;
        session_of(&session, info, i);
        if (stream_driver_create(&stream->driver, &session, info->generation) != OK)
            continue;
        stream->badge = info->sessions[i].badge;
        line->count++;
        if (line->input == NULL && strcmp(info->sessions[i].service, "log") != 0)
            line->input = stream;
    }
}

void line_serve(struct line *line, const struct component_info *info)
{
    static const struct component_ops ops = {
        .call = on_call, .session = on_session, .device = on_device, .status = on_status};
    on_device(line, 0);
    component_serve(info, &ops, line);
}
