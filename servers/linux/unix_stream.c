/*
 * unix_stream.c - SOCK_STREAM: bytes through the ring of pipe_ring.h, and beside it records of what
 * goes along with some of them: open files, credentials.
 *
 * A record covers the bytes [begin, end) of all that were ever sent. Records lie in order and
 * apart; most streams have none. A receive never goes beyond the bytes that files came with, nor
 * from one sender's credentials to another's if it is to tell them. Lock: channel.mutex.
 */
#include "servers/linux/pipe_ring.h"
#include "servers/linux/unix_rights.h"

#define RING_PAGES_LARGE 64 /* what a stream's ring grows to once it was too small */

struct unix_record {
    struct list link;
    uint64_t begin;
    uint64_t end;
    struct unix_rights *rights; /* NULL: none, or received */
    struct linux_ucred credentials;
    bool has_credentials;
};

size_t unix_stream_used(const struct unix_channel *channel)
{
    return pipe_ring_used(channel->ring);
}

static size_t room_for(const struct unix_channel *channel, const struct unix_socket *writer)
{
    size_t used = pipe_ring_used(channel->ring), room = pipe_ring_room(channel->ring);
    size_t limit = writer->options.send_bytes;

    if (used >= limit)
        return 0;
    return room < limit - used ? room : limit - used;
}

/* A small ring grows when it is full, so it does not count as full before. */
bool unix_stream_has_room(const struct unix_channel *channel, const struct unix_socket *writer)
{
    return room_for(channel, writer) >= PIPE_BUF ||
           (channel->ring->page_count < RING_PAGES_LARGE &&
            pipe_ring_used(channel->ring) + PIPE_BUF <= writer->options.send_bytes);
}

static void record_free(struct unix_record *record)
{
    list_remove(&record->link);
    heap_free(record);
}

static struct unix_record *first_record(struct unix_channel *channel)
{
    struct list *link = list_first(&channel->records);
    return link ? list_entry(link, struct unix_record, link) : NULL;
}

struct unix_rights *unix_stream_drop(struct unix_channel *channel)
{
    struct unix_rights *chain = NULL;
    struct unix_record *record;

    pipe_ring_skip(channel->ring, pipe_ring_used(channel->ring));
    channel->received = channel->sent;
    while ((record = first_record(channel))) {
        if (record->rights) {
            unix_rights_detach(record->rights);
            record->rights->next = chain;
            chain = record->rights;
        }
        record_free(record);
    }
    return chain;
}

/* ---- send ---------------------------------------------------------------------------------- */

static bool same_sender(const struct unix_record *record, const struct linux_ucred *credentials)
{
    return record->has_credentials && record->credentials.pid == credentials->pid &&
           record->credentials.uid == credentials->uid &&
           record->credentials.gid == credentials->gid;
}

/* The record of the next byte: a new one, the last one if it says the same, or (*record NULL) none.
 */
static int prepare_record(struct unix_channel *channel, const struct unix_message *message,
                          struct unix_record **record)
{
    struct unix_record *last = list_entry(channel->records.prev, struct unix_record, link);

    *record = NULL;
    if (!message->rights && !message->has_credentials)
        return 0;
    if (!message->rights && !list_empty(&channel->records) && last->end == channel->sent &&
        !last->rights && same_sender(last, &message->credentials)) {
        *record = last;
        return 0;
    }
    *record = heap_alloc(sizeof(**record));
    if (!*record)
        return -ENOMEM;
    (*record)->begin = channel->sent;
    (*record)->rights = message->rights;
    (*record)->has_credentials = message->has_credentials;
    (*record)->credentials = message->credentials;
    return 0;
}

/* At most `room` bytes of the message into the ring. */
static long fill_ring(struct unix_channel *channel, struct iter *data, size_t room)
{
    if (data->left <= room)
        return pipe_ring_fill(channel->ring, data);
    struct iter limited = *data;
    iter_trim(&limited, room);
    long done = pipe_ring_fill(channel->ring, &limited);
    if (done > 0)
        iter_skip(data, (size_t)done);
    return done;
}

/* Its rights, if it has any, are attached. */
static long fill(struct unix_channel *channel, const struct unix_message *message, size_t room)
{
    struct unix_record *record;
    int status = prepare_record(channel, message, &record);

    if (status < 0)
        return status;
    long done = fill_ring(channel, message->data, room);
    bool is_new = record && !list_linked(&record->link);
    if (done <= 0) {
        if (is_new)
            heap_free(record);
        return done;
    }
    channel->sent += (uint64_t)done;
    if (record)
        record->end = channel->sent;
    if (is_new)
        list_push_back(&channel->records, &record->link);
    return done;
}

static long fill_with_rights(struct unix_channel *channel, struct unix_message *message,
                             size_t room)
{
    long done = unix_rights_attach(message->rights, channel);

    if (done < 0)
        return done;
    done = fill(channel, message, room);
    if (done > 0)
        message->rights = NULL; /* the record's; what follows is plain bytes */
    else
        unix_rights_detach(message->rights);
    return done;
}

/* What fits now; -EAGAIN: nothing does. */
static long send_some(struct unix_channel *channel, struct unix_socket *socket,
                      struct unix_message *message)
{
    if (channel->writer_gone || channel->reader_gone)
        return -EPIPE;
    size_t room = room_for(channel, socket);
    if (UNLIKELY(room < message->data->left) && channel->ring->page_count < RING_PAGES_LARGE &&
        pipe_ring_resize(channel->ring, RING_PAGES_LARGE) > 0)
        room = room_for(channel, socket); /* without memory the ring stays as it is */
    if (room == 0)
        return -EAGAIN;
    if (!message->has_credentials && unix_wants_credentials(channel, socket))
        unix_message_sign(message);
    long done =
        message->rights ? fill_with_rights(channel, message, room) : fill(channel, message, room);
    if (done > 0)
        unix_channel_wake_reader(channel);
    return done;
}

static int wait_for_room(struct unix_channel *channel, const struct unix_socket *socket,
                         nanos_t *deadline_ns)
{
    if (*deadline_ns == 0)
        *deadline_ns = unix_deadline(socket->options.send_timeout_ns);
    channel->room_wanted = true;
    int status = wait_on(&channel->room_queue, &channel->mutex, *deadline_ns);
    return unix_wait_status(status, socket->options.send_timeout_ns);
}

long unix_stream_send(struct unix_socket *socket, struct unix_message *message)
{
    nanos_t deadline_ns = 0;
    long done = 0;

    if (message->to)
        return unix_connected(socket) ? -EISCONN : -EOPNOTSUPP;
    if (!unix_connected(socket))
        return socket->shut & UNIX_SHUT_WRITE ? -EPIPE : -ENOTCONN;
    struct unix_channel *channel = socket->out;
    mutex_lock(&channel->mutex);
    while (message->data->left > 0) {
        long part = send_some(channel, socket, message);
        if (part > 0) {
            done += part;
            continue;
        }
        if (part == -EAGAIN && !message->nonblocking)
            part = wait_for_room(channel, socket, &deadline_ns);
        if (part < 0) {
            done = done > 0 ? done : part;
            break;
        }
    }
    if (done == -EAGAIN)
        channel->room_wanted = true;
    mutex_unlock(&channel->mutex);
    return done;
}

/* ---- receive -------------------------------------------------------------------------------- */

/* How a receive goes on from here. */
struct reach {
    size_t bytes;               /* that may be taken now */
    struct unix_record *record; /* that covers them, or NULL */
    bool is_end;                /* nothing behind them belongs to this receive */
};

/* May these bytes follow those that the message has already? */
static bool continues(const struct unix_message *message, const struct unix_record *record,
                      bool tells_sender)
{
    if (!tells_sender)
        return true;
    if (!record || !record->has_credentials)
        return !message->has_credentials;
    return message->has_credentials && same_sender(record, &message->credentials);
}

/* `at`: the next byte; `had`: bytes that this receive has. */
static struct reach reach_from(struct unix_channel *channel, const struct unix_message *message,
                               bool tells_sender, uint64_t at, long had)
{
    struct reach reach = {.bytes = channel->sent - at};
    struct unix_record *record = NULL;

    list_for_each (link, &channel->records) {
        record = list_entry(link, struct unix_record, link);
        if (record->end > at)
            break;
        record = NULL; /* a peek has gone past it */
    }
    if (record && record->begin > at) {
        reach.bytes = record->begin - at;
        record = NULL;
    } else if (record) {
        reach.bytes = record->end - at;
        reach.is_end = record->rights != NULL;
    }
    reach.record = record;
    if (had > 0 && !continues(message, record, tells_sender))
        reach = (struct reach){.is_end = true};
    return reach;
}

/* The message gets what goes along with bytes of `record`. */
static int take_along(struct unix_message *message, struct unix_record *record, bool peek)
{
    if (record->has_credentials) {
        message->credentials = record->credentials;
        message->has_credentials = true;
    }
    if (!record->rights)
        return 0;
    if (peek) {
        message->rights = unix_rights_copy(record->rights);
        return message->rights ? 0 : -ENOMEM;
    }
    unix_rights_detach(record->rights);
    message->rights = record->rights;
    record->rights = NULL;
    return 0;
}

static long take_bytes(struct unix_channel *channel, struct iter *data, size_t bytes, bool peek,
                       uint64_t at)
{
    struct iter limited = *data;

    iter_trim(&limited, bytes);
    long done = peek ? pipe_ring_peek(channel->ring, &limited, at - channel->received)
                     : pipe_ring_take(channel->ring, &limited);
    if (done > 0)
        iter_skip(data, (size_t)done);
    if (done > 0 && !peek)
        channel->received += (uint64_t)done;
    return done;
}

/* A record without files that is read up, or that says nothing more, goes. */
static void tidy(struct unix_channel *channel, struct unix_record *record)
{
    if (!record->rights && (record->end <= channel->received || !record->has_credentials))
        record_free(record);
}

/* The way of a stream that has records, and of a peek. `had`: bytes that the receive has. */
static long take_carefully(struct unix_channel *channel, struct unix_message *message,
                           bool tells_sender, long had)
{
    bool peek = message->flags & MSG_PEEK;
    uint64_t at = channel->received;
    struct reach reach = {0};
    long total = 0;

    while (message->data->left > 0 && at < channel->sent && !reach.is_end) {
        reach = reach_from(channel, message, tells_sender, at, had + total);
        if (reach.bytes == 0)
            break;
        long done = take_bytes(channel, message->data, reach.bytes, peek, at);
        if (done <= 0)
            return total > 0 ? total : done;
        at += (uint64_t)done;
        total += done;
        if (!reach.record)
            continue;
        int status = take_along(message, reach.record, peek);
        if (!peek)
            tidy(channel, reach.record);
        if (status < 0)
            return status;
    }
    message->is_complete = reach.is_end;
    return total;
}

/* What is there now; -EAGAIN: nothing, but more may come. */
static long receive_some(struct unix_channel *channel, struct unix_socket *socket,
                         struct unix_message *message, long had)
{
    if (pipe_ring_used(channel->ring) == 0) {
        int error = unix_take_error(socket);
        if (error < 0)
            return error;
        return channel->writer_gone || channel->reader_gone ? 0 : -EAGAIN;
    }
    if (UNLIKELY(!list_empty(&channel->records) || (message->flags & MSG_PEEK)))
        return take_carefully(channel, message, socket->options.pass_credentials, had);
    long done = pipe_ring_take(channel->ring, message->data);
    if (done > 0)
        channel->received += (uint64_t)done;
    return done;
}

static long receive_locked(struct unix_channel *channel, struct unix_socket *socket,
                           struct unix_message *message)
{
    bool all = (message->flags & (MSG_WAITALL | MSG_PEEK)) == MSG_WAITALL;
    nanos_t deadline_ns = 0;
    long done = 0;

    for (;;) {
        long part = receive_some(channel, socket, message, done);
        if (part > 0) {
            done += part;
            if (channel->room_wanted && pipe_ring_room(channel->ring) >= PIPE_BUF)
                unix_channel_wake_writers(channel);
            if (!all || message->data->left == 0 || message->is_complete)
                return done;
            continue;
        }
        if (part != -EAGAIN || message->nonblocking)
            return done > 0 ? done : part;
        if (deadline_ns == 0)
            deadline_ns = unix_deadline(socket->options.receive_timeout_ns);
        int status = wait_on(&socket->read_queue, &channel->mutex, deadline_ns);
        status = unix_wait_status(status, socket->options.receive_timeout_ns);
        if (status < 0)
            return done > 0 ? done : status;
    }
}

long unix_stream_receive(struct unix_socket *socket, struct unix_message *message)
{
    if (!unix_connected(socket))
        return -EINVAL;
    struct unix_channel *channel = socket->in;
    mutex_lock(&channel->mutex);
    long done = receive_locked(channel, socket, message);
    mutex_unlock(&channel->mutex);
    if (done > 0 && message->wants_name && unix_peer_name(socket, &message->from) < 0)
        return -ENOTCONN;
    return done;
}
