/*
 * unix_packet.c - SOCK_DGRAM and SOCK_SEQPACKET: whole messages in a queue.
 *
 * A packet of a page or more lies in pages, a smaller one behind its header. Lock: channel.mutex
 * for the queue; a packet that is in none belongs to one thread.
 */
#include "servers/linux/unix_rights.h"

#define PACKET_INLINE_MAX 1024
#define PACKET_OVERHEAD   512 /* what one costs of its sender's buffer beside its bytes */
#define PACKET_RESERVED   32  /* of the buffer, as on Linux */

struct unix_packet {
    struct list link;
    size_t size;
    struct unix_name *from; /* counted; NULL: the sender has none */
    struct unix_rights *rights;
    struct linux_ucred credentials;
    bool has_credentials;
    uint32_t page_count;
    struct page *pages[]; /* or the bytes themselves, if page_count is 0 */
};

static size_t charge(size_t size) { return size + PACKET_OVERHEAD; }

static struct unix_packet *first_packet(const struct unix_channel *channel)
{
    struct list *link = list_first(&channel->packets);
    return link ? list_entry(link, struct unix_packet, link) : NULL;
}

size_t unix_packet_first(const struct unix_channel *channel)
{
    const struct unix_packet *packet = first_packet(channel);
    return packet ? packet->size : 0;
}

/* ---- a packet's bytes ------------------------------------------------------------------------ */

static void *piece_of(struct unix_packet *packet, size_t offset)
{
    if (packet->page_count == 0)
        return (char *)packet->pages + offset;
    return (char *)page_data(packet->pages[offset / PAGE_BYTES]) + offset % PAGE_BYTES;
}

/* Bytes in one piece from `offset` on. */
static size_t piece_bytes(const struct unix_packet *packet, size_t offset)
{
    size_t left = packet->size - offset, in_page = PAGE_BYTES - offset % PAGE_BYTES;
    return packet->page_count == 0 || left < in_page ? left : in_page;
}

static void packet_free(struct unix_packet *packet)
{
    for (uint32_t i = 0; i < packet->page_count; i++) {
        if (packet->pages[i])
            page_put(packet->pages[i]);
    }
    unix_name_put(packet->from);
    heap_free(packet);
}

static struct unix_packet *packet_create(size_t size)
{
    uint32_t page_count =
        size <= PACKET_INLINE_MAX ? 0 : (uint32_t)((size + PAGE_BYTES - 1) / PAGE_BYTES);
    size_t behind = page_count ? page_count * sizeof(struct page *) : size;
    struct unix_packet *packet = heap_alloc(sizeof(*packet) + behind);

    if (!packet)
        return NULL;
    packet->size = size;
    packet->page_count = page_count;
    for (uint32_t i = 0; i < page_count; i++) {
        packet->pages[i] = page_alloc_shared(false);
        if (!packet->pages[i]) {
            packet_free(packet);
            return NULL;
        }
    }
    return packet;
}

static int packet_fill(struct unix_packet *packet, struct iter *from)
{
    for (size_t offset = 0; offset < packet->size;) {
        size_t bytes = piece_bytes(packet, offset);
        if (iter_take(from, piece_of(packet, offset), bytes) != (long)bytes)
            return -EFAULT;
        offset += bytes;
    }
    return 0;
}

/* As much as fits: bytes, or -EFAULT. */
static long packet_empty(struct unix_packet *packet, struct iter *to)
{
    size_t offset = 0;

    while (offset < packet->size && to->left > 0) {
        size_t bytes = piece_bytes(packet, offset);
        if (bytes > to->left)
            bytes = to->left;
        if (iter_put(to, piece_of(packet, offset), bytes) != (long)bytes)
            return -EFAULT;
        offset += bytes;
    }
    return (long)offset;
}

/* ---- the queue ----------------------------------------------------------------------------------
 */

struct unix_rights *unix_packet_drop(struct unix_channel *channel)
{
    struct unix_rights *chain = NULL;
    struct unix_packet *packet;

    while ((packet = first_packet(channel))) {
        list_remove(&packet->link);
        if (packet->rights) {
            unix_rights_detach(packet->rights);
            packet->rights->next = chain;
            chain = packet->rights;
        }
        packet_free(packet);
    }
    channel->bytes = 0;
    channel->packet_count = 0;
    return chain;
}

/* Who is connected to each other has the sender's buffer; strangers share a short queue. */
static bool fits(const struct unix_channel *channel, const struct unix_socket *writer, size_t size)
{
    const struct unix_socket *reader = channel->reader;
    bool is_partner = reader && reader->out == writer->in;

    if (channel->packet_count == 0)
        return true;
    if (!is_partner && channel->packet_count > UNIX_QUEUE_MAX)
        return false;
    return channel->bytes + charge(size) <= writer->options.send_bytes;
}

bool unix_packet_has_room(const struct unix_channel *channel, const struct unix_socket *writer)
{
    return fits(channel, writer, 0);
}

/* ---- send
 * ------------------------------------------------------------------------------------------ */

/* The channel that a message goes to, counted. NULL and *error. */
static struct unix_channel *destination(struct unix_socket *socket,
                                        const struct unix_message *message, int *error)
{
    struct unix_target target;
    struct unix_channel *channel = NULL;

    if (socket->type == SOCK_SEQPACKET || !message->to) {
        mutex_lock(&unix_mutex);
        if (socket->out)
            channel = unix_channel_get(socket->out);
        mutex_unlock(&unix_mutex);
        *error = -ENOTCONN;
        return channel;
    }
    *error = unix_target_open(&target, message->to, message->to_length, socket->type);
    if (*error < 0)
        return NULL;
    mutex_lock(&unix_mutex);
    struct unix_socket *other = unix_target_socket(&target, error);
    if (other && other->out && other->out != socket->in)
        *error = -EPERM; /* it listens to another one only */
    else if (other)
        channel = unix_channel_get(other->in);
    mutex_unlock(&unix_mutex);
    unix_target_close(&target);
    return channel;
}

static int check_ends(const struct unix_channel *channel, const struct unix_socket *socket)
{
    if (socket->shut & UNIX_SHUT_WRITE || channel->writer_gone)
        return -EPIPE;
    if (!channel->reader)
        return socket->type == SOCK_DGRAM ? -ECONNREFUSED : -EPIPE;
    return channel->reader_gone ? -EPIPE : 0;
}

/* Caller holds the channel's mutex. */
static int push(struct unix_channel *channel, struct unix_socket *socket,
                struct unix_message *message, struct unix_packet *packet)
{
    if (!message->has_credentials && unix_wants_credentials(channel, socket))
        unix_message_sign(message);
    packet->credentials = message->credentials;
    packet->has_credentials = message->has_credentials;
    if (message->rights) {
        int status = unix_rights_attach(message->rights, channel);
        if (status < 0)
            return status;
    }
    packet->rights = message->rights;
    message->rights = NULL;
    list_push_back(&channel->packets, &packet->link);
    channel->packet_count++;
    channel->bytes += charge(packet->size);
    unix_channel_wake_reader(channel);
    return 0;
}

static int push_when_fits(struct unix_channel *channel, struct unix_socket *socket,
                          struct unix_message *message, struct unix_packet *packet)
{
    nanos_t deadline_ns = 0;

    for (;;) {
        int status = check_ends(channel, socket);
        if (status < 0)
            return status;
        if (fits(channel, socket, packet->size))
            return push(channel, socket, message, packet);
        channel->room_wanted = true;
        if (message->nonblocking)
            return -EAGAIN;
        if (deadline_ns == 0)
            deadline_ns = unix_deadline(socket->options.send_timeout_ns);
        status = wait_on(&channel->room_queue, &channel->mutex, deadline_ns);
        status = unix_wait_status(status, socket->options.send_timeout_ns);
        if (status < 0)
            return status;
    }
}

static int send_to(struct unix_channel *channel, struct unix_socket *socket,
                   struct unix_message *message)
{
    struct unix_packet *packet = packet_create(message->data->left);

    if (!packet)
        return -ENOBUFS;
    int status = packet_fill(packet, message->data);
    if (status == 0) {
        packet->from = unix_own_name(socket);
        mutex_lock(&channel->mutex);
        status = push_when_fits(channel, socket, message, packet);
        mutex_unlock(&channel->mutex);
    }
    if (status < 0)
        packet_free(packet);
    return status;
}

long unix_packet_send(struct unix_socket *socket, struct unix_message *message)
{
    size_t size = message->data->left;
    int status = unix_take_error(socket);

    if (status < 0)
        return status;
    if (size > socket->options.send_bytes - PACKET_RESERVED)
        return -EMSGSIZE;
    if (socket->options.pass_credentials)
        status =
            unix_bind(socket, &(struct linux_sockaddr_un){.family = AF_UNIX}, SOCKADDR_UN_PATH);
    if (status < 0)
        return status;
    struct unix_channel *channel = destination(socket, message, &status);
    if (!channel)
        return status;
    status = send_to(channel, socket, message);
    unix_channel_put(channel);
    if (status == -ECONNREFUSED && !message->to) {
        const struct linux_sockaddr_un nobody = {.family = AF_UNSPEC};
        int ignored = unix_connect(socket, &nobody, sizeof(nobody.family), true);
        (void)ignored; /* disconnecting a datagram socket cannot fail */
    }
    return status < 0 ? status : (long)size;
}

/* ---- receive
 * --------------------------------------------------------------------------------------- */

/* Takes the first packet out. NULL and *status: 0 at the end, -EAGAIN, ... */
static struct unix_packet *wait_for_packet(struct unix_channel *channel, struct unix_socket *socket,
                                           const struct unix_message *message, int *status)
{
    nanos_t deadline_ns = 0;

    for (;;) {
        struct unix_packet *packet = first_packet(channel);
        if (packet)
            return packet;
        *status = unix_take_error(socket);
        bool ended = channel->writer_gone || channel->reader_gone;
        if (*status < 0 || (ended && !(socket->type == SOCK_DGRAM && message->nonblocking)))
            return NULL;
        *status = -EAGAIN;
        if (message->nonblocking)
            return NULL;
        if (deadline_ns == 0)
            deadline_ns = unix_deadline(socket->options.receive_timeout_ns);
        *status = wait_on(&socket->read_queue, &channel->mutex, deadline_ns);
        *status = unix_wait_status(*status, socket->options.receive_timeout_ns);
        if (*status < 0)
            return NULL;
    }
}

static void take_out(struct unix_channel *channel, struct unix_packet *packet)
{
    list_remove(&packet->link);
    channel->packet_count--;
    channel->bytes -= charge(packet->size);
    if (packet->rights)
        unix_rights_detach(packet->rights);
    if (channel->room_wanted)
        unix_channel_wake_writers(channel);
}

/* The bytes, and what the message says beside them. */
static long deliver(struct unix_packet *packet, struct unix_message *message)
{
    long done = packet_empty(packet, message->data);

    if (done < 0)
        return done;
    if ((size_t)done < packet->size)
        message->out_flags |= MSG_TRUNC;
    message->from = unix_name_get(packet->from);
    message->credentials = packet->credentials;
    message->has_credentials = packet->has_credentials;
    return message->flags & MSG_TRUNC ? (long)packet->size : done;
}

static long peek(struct unix_packet *packet, struct unix_message *message)
{
    if (packet->rights) {
        message->rights = unix_rights_copy(packet->rights);
        if (!message->rights)
            return -ENOMEM;
    }
    return deliver(packet, message);
}

long unix_packet_receive(struct unix_socket *socket, struct unix_message *message)
{
    struct unix_channel *channel = socket->in;
    int status = 0;
    long done;

    if (socket->type == SOCK_SEQPACKET && !unix_connected(socket))
        return -ENOTCONN;
    mutex_lock(&channel->mutex);
    struct unix_packet *packet = wait_for_packet(channel, socket, message, &status);
    if (!packet || (message->flags & MSG_PEEK)) {
        done = packet ? peek(packet, message) : status;
        mutex_unlock(&channel->mutex);
        return done;
    }
    take_out(channel, packet);
    mutex_unlock(&channel->mutex);
    message->rights = packet->rights;
    done = deliver(packet, message);
    packet_free(packet);
    return done;
}
