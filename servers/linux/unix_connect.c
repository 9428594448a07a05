/*
 * unix_connect.c - listen, connect, accept, shutdown. Lock: unix_mutex for all of it.
 *
 * A connection is whole as soon as connect returns: the other end, a socket without a file, waits
 * in the listener's `pending` until accept gives it one.
 */
#include "servers/linux/unix_rights.h"

int unix_listen(struct unix_socket *socket, int backlog)
{
    int status = 0;

    if (socket->type == SOCK_DGRAM)
        return -EOPNOTSUPP;
    mutex_lock(&unix_mutex);
    if (!socket->name || (socket->state != UNIX_IDLE && socket->state != UNIX_LISTENING))
        status = -EINVAL;
    if (status == 0) {
        socket->backlog = (uint32_t)backlog > SOMAXCONN ? SOMAXCONN : (uint32_t)backlog;
        __atomic_store_n(&socket->state, UNIX_LISTENING, __ATOMIC_RELEASE);
        unix_peer_set_own(&socket->peer);
        wake_all(&socket->connect_queue);
        wake_all(&socket->read_queue); /* it is no longer hung up to who polls it */
    }
    mutex_unlock(&unix_mutex);
    return status;
}

/* ---- connect ---------------------------------------------------------------------------- */

/* What connecting needs beside the two sockets, made before any lock is taken. */
struct connection {
    struct unix_socket *end; /* the listener's */
    struct unix_channel *channels[2];
};

static void connection_free(struct connection *made)
{
    if (made->end)
        unix_socket_put(made->end);
    for (int i = 0; i < 2; i++) {
        if (made->channels[i])
            unix_channel_put(made->channels[i]);
    }
}

static int connection_make(struct connection *made, int type)
{
    made->end = unix_socket_create(type);
    for (int i = 0; i < 2; i++)
        made->channels[i] = unix_channel_create(type);
    if (made->end && made->channels[0] && made->channels[1])
        return 0;
    connection_free(made);
    return -ENOMEM;
}

/* Waits for room in the listener's queue. 0: look again. */
static int wait_for_room(struct unix_socket *socket, struct unix_socket *listener, bool nonblocking,
                         nanos_t deadline_ns)
{
    if (nonblocking)
        return -EAGAIN;
    unix_socket_get(listener);
    int status = wait_on(&listener->connect_queue, &unix_mutex, deadline_ns);
    mutex_unlock(&unix_mutex);
    unix_socket_put(listener);
    mutex_lock(&unix_mutex);
    return unix_wait_status(status, socket->options.send_timeout_ns);
}

/* The listener, with room in its queue. NULL and *error; caller holds unix_mutex. */
static struct unix_socket *find_listener(struct unix_socket *socket,
                                         const struct unix_target *target, bool nonblocking,
                                         int *error)
{
    nanos_t deadline_ns = unix_deadline(socket->options.send_timeout_ns);

    for (;;) {
        struct unix_socket *listener = unix_target_socket(target, error);
        if (!listener)
            return NULL;
        *error = -ECONNREFUSED;
        if (listener->state != UNIX_LISTENING || (listener->shut & UNIX_SHUT_READ))
            return NULL;
        *error = socket->state == UNIX_CONNECTED ? -EISCONN : -EINVAL;
        if (socket->state != UNIX_IDLE)
            return NULL;
        if (listener->pending_count <= listener->backlog)
            return listener;
        *error = wait_for_room(socket, listener, nonblocking, deadline_ns);
        if (*error < 0)
            return NULL;
    }
}

static void connect_to(struct unix_socket *socket, struct unix_socket *listener,
                       struct connection *made)
{
    struct unix_socket *end = made->end;

    end->name = unix_name_get(listener->name);
    unix_channel_set_reader(made->channels[0], end);
    unix_channel_set_reader(made->channels[1], socket);
    unix_channel_add_writer(made->channels[0], socket);
    unix_channel_add_writer(made->channels[1], end);
    unix_peer_set(&socket->peer, &listener->peer);
    unix_peer_set_own(&end->peer);
    end->state = UNIX_CONNECTED;
    __atomic_store_n(&socket->state, UNIX_CONNECTED, __ATOMIC_RELEASE);
    list_push_back(&listener->pending, &end->pending_link);
    listener->pending_count++;
    made->end = NULL; /* the queue's */
    wake_all(&listener->read_queue);
}

static int connect_stream(struct unix_socket *socket, const struct unix_target *target,
                          bool nonblocking)
{
    struct connection made;
    int status = connection_make(&made, socket->type);

    if (status < 0)
        return status;
    mutex_lock(&unix_mutex);
    struct unix_socket *listener = find_listener(socket, target, nonblocking, &status);
    if (listener) {
        connect_to(socket, listener, &made);
        status = 0;
    }
    mutex_unlock(&unix_mutex);
    connection_free(&made);
    return status;
}

/* Sets, changes or (NULL) ends whom a datagram socket sends to. Caller holds unix_mutex. */
static struct unix_channel *set_partner(struct unix_socket *socket, struct unix_channel *channel)
{
    struct unix_channel *old = socket->out;

    if (old)
        unix_channel_remove_writer(old, socket);
    socket->out = NULL;
    if (channel)
        unix_channel_add_writer(channel, socket);
    wake_all(&socket->write_queue);
    return old;
}

static int connect_datagram(struct unix_socket *socket, const struct unix_target *target)
{
    struct unix_channel *old = NULL;
    int status;

    mutex_lock(&unix_mutex);
    struct unix_socket *other = unix_target_socket(target, &status);
    if (other) {
        status = other->out && other->out != socket->in ? -EPERM : 0;
        if (status == 0)
            old = set_partner(socket, other->in);
    }
    mutex_unlock(&unix_mutex);
    if (old)
        unix_channel_put(old);
    return status;
}

static int disconnect(struct unix_socket *socket)
{
    if (socket->type != SOCK_DGRAM)
        return -EINVAL;
    mutex_lock(&unix_mutex);
    struct unix_channel *old = set_partner(socket, NULL);
    mutex_unlock(&unix_mutex);
    if (old)
        unix_channel_put(old);
    return 0;
}

int unix_connect(struct unix_socket *socket, const struct linux_sockaddr_un *address,
                 uint32_t length, bool nonblocking)
{
    struct unix_target target;

    if (length < sizeof(address->family))
        return -EINVAL;
    if (address->family == AF_UNSPEC)
        return disconnect(socket);
    int status = unix_address_check(address, length);
    if (status == 0 && socket->options.pass_credentials)
        status =
            unix_bind(socket, &(struct linux_sockaddr_un){.family = AF_UNIX}, SOCKADDR_UN_PATH);
    if (status < 0)
        return status;
    status = unix_target_open(&target, address, length, socket->type);
    if (status < 0)
        return status;
    status = socket->type == SOCK_DGRAM ? connect_datagram(socket, &target)
                                        : connect_stream(socket, &target, nonblocking);
    unix_target_close(&target);
    return status;
}

/* ---- accept -------------------------------------------------------------------------------- */

static struct unix_socket *take_pending(struct unix_socket *socket, bool nonblocking, int *error)
{
    nanos_t deadline_ns = unix_deadline(socket->options.receive_timeout_ns);

    for (;;) {
        *error = -EINVAL;
        if (socket->state != UNIX_LISTENING)
            return NULL;
        struct list *link = list_first(&socket->pending);
        if (link) {
            list_remove(link);
            socket->pending_count--;
            wake_all(&socket->connect_queue);
            return list_entry(link, struct unix_socket, pending_link);
        }
        if (socket->shut & UNIX_SHUT_READ)
            return NULL;
        *error = -EAGAIN;
        if (nonblocking)
            return NULL;
        int status = wait_on(&socket->read_queue, &unix_mutex, deadline_ns);
        *error = unix_wait_status(status, socket->options.receive_timeout_ns);
        if (*error < 0)
            return NULL;
    }
}

struct file *unix_accept(struct unix_socket *socket, bool nonblocking, uint32_t flags, int *error)
{
    *error = -EOPNOTSUPP;
    if (socket->type == SOCK_DGRAM)
        return NULL;
    mutex_lock(&unix_mutex);
    struct unix_socket *end = take_pending(socket, nonblocking, error);
    mutex_unlock(&unix_mutex);
    if (!end)
        return NULL;
    struct file *file = unix_socket_file(end, flags, error);
    if (!file)
        unix_socket_end(end);
    return file;
}

/* ---- shutdown, names ------------------------------------------------------------------------ */

int unix_shutdown(struct unix_socket *socket, int how)
{
    if (how < SHUT_RD || how > SHUT_RDWR)
        return -EINVAL;
    uint32_t shut = (uint32_t)how + 1; /* SHUT_RD, WR, RDWR as bits */
    mutex_lock(&unix_mutex);
    socket->shut |= shut;
    if (socket->in && (shut & UNIX_SHUT_READ))
        unix_channel_end_reading(socket->in, false, false);
    if (socket->out && (shut & UNIX_SHUT_WRITE) && socket->type != SOCK_DGRAM)
        unix_channel_end_writing(socket->out, socket);
    wake_all(&socket->read_queue);
    wake_all(&socket->write_queue);
    wake_all(&socket->connect_queue);
    mutex_unlock(&unix_mutex);
    return 0;
}

struct unix_name *unix_own_name(struct unix_socket *socket)
{
    mutex_lock(&unix_mutex);
    struct unix_name *name = unix_name_get(socket->name);
    mutex_unlock(&unix_mutex);
    return name;
}

int unix_peer_name(struct unix_socket *socket, struct unix_name **name)
{
    mutex_lock(&unix_mutex);
    bool connected = socket->out != NULL;
    *name = connected ? unix_name_get(socket->out->name) : NULL;
    mutex_unlock(&unix_mutex);
    return connected ? 0 : -ENOTCONN;
}
