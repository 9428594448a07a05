/*
 * channel.c - see channel.h.
 *
 * Received frames are acknowledged when their bytes have reached the guest's side, not before: a
 * world that does not read stops its peer after a window, and nothing is dropped. So at most
 * CHANNEL_WINDOW frames are ever held, each in the slot of its number.
 */
#include "servers/linux/channel.h"

#include "lib/base/string.h"
#include "servers/linux/pipe.h"

#define EXIT_PATIENCE_NS (3 * NANOS_PER_S) /* for the acknowledgement of the last frame */
#define WINSIZE_BYTES    4

void channel_init(struct channel *channel, const struct byte_line *line,
                  const struct channel_streams *streams)
{
    struct waitqueue *queues[CHANNEL_QUEUES] = {0};

    channel->line = *line;
    channel->streams = *streams;
    frame_sender_init(&channel->sender);
    waiter_init(&channel->waiter);
    if (streams->tty) {
        queues[0] = &streams->tty->drain_queue;
        queues[1] = &streams->tty->room_queue;
    } else {
        queues[0] = pipe_read_queue(streams->stdout_end);
        queues[1] = pipe_read_queue(streams->stderr_end);
        queues[2] = pipe_write_queue(streams->stdin_end);
    }
    for (int i = 0; i < CHANNEL_QUEUES; i++) {
        channel->entries[i].waiter = &channel->waiter;
        if (queues[i])
            wait_add(queues[i], &channel->entries[i]);
    }
    frame_sender_reserve(&channel->sender); /* an empty window has room */
    frame_sender_commit(&channel->sender, CHANNEL_HELLO, 0);
}

/* ---- from the line to the world --------------------------------------------------------- */

/* No more input. The queue must be left before the pipe goes. */
static void end_input(struct channel *channel)
{
    if (channel->streams.tty) {
        tty_hangup(channel->streams.tty);
    } else if (channel->streams.stdin_end) {
        wait_remove(&channel->entries[2]);
        file_put(channel->streams.stdin_end);
        channel->streams.stdin_end = NULL;
    }
}

/* Returns how many bytes found room; input for readers that have gone disappears. */
static size_t deliver_input(struct channel *channel, const uint8_t *bytes, size_t count)
{
    if (channel->streams.tty)
        return tty_input(channel->streams.tty, bytes, count);
    if (!channel->streams.stdin_end)
        return count;
    size_t done = 0;
    while (done < count) {
        long part = pipe_write_now(channel->streams.stdin_end, bytes + done, count - done);
        if (part == -EAGAIN || part == -ENOMEM)
            return done;
        if (part < 0)
            return count;
        done += (size_t)part;
    }
    return done;
}

/* True if the oldest held frame is done with. */
static bool deliver_oldest(struct channel *channel)
{
    struct frame_receiver *receiver = &channel->receiver;
    uint8_t number = (uint8_t)(receiver->expected - receiver->held_count);
    struct frame *frame = &receiver->held[number % CHANNEL_WINDOW];
    const uint8_t *payload = frame_payload(frame);

    switch (frame->raw[1]) {
    case CHANNEL_STDIN:
        receiver->held_offset += deliver_input(channel, payload + receiver->held_offset,
                                               frame->bytes - receiver->held_offset);
        return receiver->held_offset == frame->bytes;
    case CHANNEL_EOF:
        end_input(channel);
        return true;
    case CHANNEL_WINSIZE:
        if (channel->streams.tty && frame->bytes == WINSIZE_BYTES)
            tty_resize(channel->streams.tty, payload[0] | (unsigned)payload[1] << 8,
                       payload[2] | (unsigned)payload[3] << 8);
        return true;
    default: /* HELLO, and what a later peer may invent */
        return true;
    }
}

static void deliver_held(struct channel *channel)
{
    struct frame_receiver *receiver = &channel->receiver;
    bool progress = false;

    while (receiver->held_count > 0 && deliver_oldest(channel)) {
        receiver->held_count--;
        receiver->held_offset = 0;
        progress = true;
    }
    if (progress)
        frame_sender_answer(&channel->sender, CHANNEL_ACK,
                            (uint8_t)(receiver->expected - receiver->held_count));
}

static void ask_again(struct channel *channel)
{
    struct frame_receiver *receiver = &channel->receiver;

    if (receiver->nak_sent || receiver->held_count > 0)
        return;
    receiver->nak_sent = true;
    frame_sender_answer(&channel->sender, CHANNEL_NAK, receiver->expected);
}

static void handle_frame(struct channel *channel, const struct received *received)
{
    struct frame_receiver *receiver = &channel->receiver;
    uint8_t done = (uint8_t)(receiver->expected - receiver->held_count);

    if (received->type == CHANNEL_ACK || received->type == CHANNEL_NAK) {
        frame_sender_acknowledged(&channel->sender, received->sequence,
                                  received->type == CHANNEL_NAK);
        return;
    }
    if (received->sequence == receiver->expected && receiver->held_count < CHANNEL_WINDOW) {
        frame_receiver_hold(receiver, received);
        receiver->expected++;
        receiver->nak_sent = false;
    } else if ((uint8_t)(receiver->expected - received->sequence - 1) < 2 * CHANNEL_WINDOW) {
        frame_sender_answer(&channel->sender, CHANNEL_ACK, done); /* known already */
    } else {
        ask_again(channel);
    }
}

static bool read_line(struct channel *channel)
{
    struct received received;
    enum frame_find found;
    size_t capacity;
    uint8_t *room = frame_receiver_room(&channel->receiver, &capacity);
    size_t count = channel->line.read(channel->line.context, room, capacity);

    frame_receiver_filled(&channel->receiver, count);
    while ((found = frame_receiver_next(&channel->receiver, &received)) != FRAME_NONE) {
        if (found == FRAME_GOOD)
            handle_frame(channel, &received);
        else
            ask_again(channel);
    }
    deliver_held(channel);
    return count > 0;
}

/* ---- from the world to the line --------------------------------------------------------- */

/* One frame of what a stream has; false if it has nothing or the window is full. */
static bool send_from_pipe(struct channel *channel, struct file *pipe, uint8_t type)
{
    uint8_t *payload = frame_sender_reserve(&channel->sender);
    long count = payload && pipe ? pipe_read_now(pipe, payload, CHANNEL_PAYLOAD_MAX) : 0;

    if (count <= 0)
        return false;
    frame_sender_commit(&channel->sender, type, (size_t)count);
    return true;
}

static bool send_from_tty(struct channel *channel)
{
    uint8_t *payload = frame_sender_reserve(&channel->sender);
    size_t count =
        payload ? tty_output_take(channel->streams.tty, payload, CHANNEL_PAYLOAD_MAX) : 0;

    if (count == 0)
        return false;
    frame_sender_commit(&channel->sender, CHANNEL_STDOUT, count);
    return true;
}

/* Returns whether the streams may have more than the window takes. */
static void fill_window(struct channel *channel)
{
    if (channel->streams.tty) {
        while (send_from_tty(channel))
            ;
        return;
    }
    while (send_from_pipe(channel, channel->streams.stdout_end, CHANNEL_STDOUT))
        ;
    while (send_from_pipe(channel, channel->streams.stderr_end, CHANNEL_STDERR))
        ;
}

/* After everything else, when the world is over: the window has room only if the streams are empty,
   because fill_window came first. */
static void send_exit(struct channel *channel)
{
    if (channel->exit_sent || !__atomic_load_n(&channel->exit_requested, __ATOMIC_ACQUIRE))
        return;
    fill_window(channel); /* what was written before the request was seen */
    uint8_t *payload = frame_sender_reserve(&channel->sender);
    if (!payload)
        return;
    for (int i = 0; i < 4; i++)
        payload[i] = (uint8_t)(channel->exit_status >> 8 * i);
    frame_sender_commit(&channel->sender, CHANNEL_EXIT, 4);
    channel->exit_sent = true;
    channel->exit_deadline_ns = time_now_monotonic() + EXIT_PATIENCE_NS;
}

static bool write_line(struct channel *channel)
{
    nanos_t now = time_now_monotonic();
    bool progress = false;
    const uint8_t *bytes;
    size_t count;

    while ((bytes = frame_sender_bytes(&channel->sender, now, &count)) != NULL) {
        size_t taken = channel->line.write(channel->line.context, bytes, count);
        frame_sender_took(&channel->sender, taken, now);
        progress |= taken > 0;
        if (taken < count)
            break;
    }
    return progress;
}

nanos_t channel_service(struct channel *channel)
{
    bool progress;

    do {
        progress = read_line(channel);
        fill_window(channel);
        send_exit(channel);
        progress |= write_line(channel);
    } while (progress);
    nanos_t deadline = channel->sender.resend_at_ns;
    if (channel->exit_sent && channel->exit_deadline_ns < deadline)
        deadline = channel->exit_deadline_ns;
    return deadline;
}

bool channel_finished(const struct channel *channel)
{
    return channel->exit_sent && (frame_sender_idle(&channel->sender) ||
                                  time_now_monotonic() >= channel->exit_deadline_ns);
}

void channel_run(struct channel *channel)
{
    for (;;) {
        nanos_t deadline = channel_service(channel);
        if (channel_finished(channel))
            break;
        /* Woken by a stream, the line or the clock: all are looked at again. */
        int reason = waiter_sleep(&channel->waiter, deadline);
        (void)reason;
    }
    for (int i = 0; i < CHANNEL_QUEUES; i++)
        wait_remove(&channel->entries[i]);
    struct file *ends[] = {channel->streams.stdin_end, channel->streams.stdout_end,
                           channel->streams.stderr_end};
    for (size_t i = 0; i < ARRAY_LENGTH(ends); i++) {
        if (ends[i])
            file_put(ends[i]);
    }
}

static void kick(struct waiter *waiter)
{
    if (!__atomic_exchange_n(&waiter->woken, 1, __ATOMIC_ACQ_REL))
        thread_wake(waiter->thread);
}

void channel_kick(struct channel *channel) { kick(&channel->waiter); }

void channel_exit(struct channel *channel, uint32_t status)
{
    channel->exit_status = status;
    __atomic_store_n(&channel->exit_requested, 1, __ATOMIC_RELEASE);
    channel_kick(channel);
}

int channel_make_pipes(struct channel_streams *ours, struct file *guest[3])
{
    struct file *ends[3][2] = {{0}};
    int status = 0;

    for (int i = 0; i < 3 && status == 0; i++)
        status = pipe_create(0, ends[i]);
    if (status == 0) {
        *ours = (struct channel_streams){
            .stdin_end = ends[0][1], .stdout_end = ends[1][0], .stderr_end = ends[2][0]};
        guest[0] = ends[0][0];
        guest[1] = ends[1][1];
        guest[2] = ends[2][1];
        return 0;
    }
    for (int i = 0; i < 3; i++) {
        if (ends[i][0])
            file_put(ends[i][0]);
        if (ends[i][1])
            file_put(ends[i][1]);
    }
    return status;
}
