/*
 * world_line.c - connecting a world: its terminal or its three streams, over the session "channel"
 * (frames) or "console" (raw).
 *
 * One thread runs the channel or the console and is the only one that touches the stream; the event
 * loop only kicks it. Pushing lends our time to the driver and waits for it, through a restart if
 * need be; nobody else waits for this thread but at the world's end.
 */
#include "servers/linux/world_line.h"

#include "abi/stream.h"
#include "abi/world.h"

#include "sdk/ring/stream_client.h"
#include "servers/linux/channel.h"
#include "servers/linux/dev.h"
#include "servers/linux/fd.h"
#include "servers/linux/files.h"
#include "servers/linux/process.h"
#include "servers/linux/world.h"

#define TERMINAL_PATH "/dev/ttyS0"
#define END_POLL      (5 * NANOS_PER_MS)
#define CONSOLE_WAIT  (2 * NANOS_PER_S)

static struct {
    struct stream_client stream;
    struct byte_line line;
    struct channel_streams streams;
    struct tty *tty;
    bool framed;
    uint32_t signalled; /* the session or the status page, since the last push */
    uint32_t running;   /* the line's thread has begun: it may be kicked */
    uint32_t ended;     /* the channel has said all it had to say */
    struct channel channel;
    struct console console;
} outside;

/* A driver that is gone for good loses what we write; there is nobody else to tell. */
static void push(void)
{
    if (stream_client_push(&outside.stream) != OK)
        stream_client_wake(&outside.stream);
}

static size_t line_read(void *context, uint8_t *to, size_t capacity)
{
    struct stream_client *stream = context;
    if (__atomic_exchange_n(&outside.signalled, 0, __ATOMIC_ACQ_REL))
        push();
    uint32_t wanted = capacity > stream->bytes ? stream->bytes : (uint32_t)capacity;
    uint32_t count = stream_client_read(stream, to, wanted);
    if (count == wanted)
        push(); /* the ring may have been full */
    return count;
}

static size_t line_write(void *context, const uint8_t *from, size_t count)
{
    struct stream_client *stream = context;
    uint32_t offered = count > stream->bytes ? stream->bytes : (uint32_t)count;
    uint32_t taken = stream_client_write(stream, from, offered);
    if (taken > 0)
        push();
    return taken;
}

static void line_main(void)
{
    if (outside.framed) {
        channel_init(&outside.channel, &outside.line, &outside.streams);
        __atomic_store_n(&outside.running, 1, __ATOMIC_RELEASE);
        channel_run(&outside.channel);
    } else {
        console_init(&outside.console, &outside.line, outside.tty);
        __atomic_store_n(&outside.running, 1, __ATOMIC_RELEASE);
        console_run(&outside.console);
    }
    __atomic_store_n(&outside.ended, 1, __ATOMIC_RELEASE);
    for (;;)
        thread_sleep(NANOS_NEVER, false);
}

void world_line_moved(void)
{
    __atomic_store_n(&outside.signalled, 1, __ATOMIC_RELEASE);
    if (!__atomic_load_n(&outside.running, __ATOMIC_ACQUIRE))
        return;
    if (outside.framed)
        channel_kick(&outside.channel);
    else
        console_kick(&outside.console);
}

static const char *open_line(const struct component_info *info, const char *service)
{
    struct session session;

    if (session_open(&session, info, service) != OK)
        return "the manifest grants no line to the outside";
    uint32_t bytes = stream_ring_bytes(session.memory_bytes);
    uint8_t *kept = bytes ? heap_alloc(bytes) : NULL;
    if (!kept ||
        stream_client_create(&outside.stream, &session, kept, bytes, info->generation) != OK)
        return "the line's session has no memory";
    outside.line = (struct byte_line){line_read, line_write, &outside.stream};
    return NULL;
}

static const char *connect_terminal(const struct world *world)
{
    outside.tty = tty_create(dev_make(TTY_MAJOR, TTY_S0), world->rows, world->columns);
    if (!outside.tty)
        return "no memory for the terminal";
    outside.streams.tty = outside.tty;
    return files_open_terminal(TERMINAL_PATH) < 0 ? "the terminal cannot be opened" : NULL;
}

static const char *connect_streams(void)
{
    struct file *ends[3];
    if (channel_make_pipes(&outside.streams, ends) < 0 || files_install_streams(ends) < 0)
        return "no memory for the standard streams";
    return NULL;
}

const char *world_connect(const struct world *world, const struct component_info *info)
{
    outside.framed = world->mode != WORLD_CONSOLE;
    const char *reason = open_line(info, outside.framed ? "channel" : "console");
    if (!reason)
        reason = world->mode == WORLD_COMMAND ? connect_streams() : connect_terminal(world);
    if (!reason && !thread_create_native(line_main))
        reason = "no thread for the line";
    return reason;
}

static bool said_everything(void)
{
    if (outside.framed)
        return __atomic_load_n(&outside.ended, __ATOMIC_ACQUIRE);
    return console_drained(&outside.console);
}

/* A framed line knows itself when to give up; a raw one is waited for here. */
void world_line_finish(uint32_t code)
{
    nanos_t deadline_ns = time_now_monotonic() + CONSOLE_WAIT;

    while (!__atomic_load_n(&outside.running, __ATOMIC_ACQUIRE))
        thread_sleep(time_now_monotonic() + END_POLL, false);
    if (outside.framed)
        channel_exit(&outside.channel, code);
    while (!said_everything() && (outside.framed || time_now_monotonic() < deadline_ns))
        thread_sleep(time_now_monotonic() + END_POLL, false);
}
