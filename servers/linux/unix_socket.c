/*
 * unix_socket.c - AF_UNIX sockets as files: making, polling, closing. Locks: unix_socket.h.
 */
#include "servers/linux/unix_socket.h"

#include "servers/linux/poll.h"
#include "servers/linux/unix_rights.h"

#define SOCKET_MODE (S_IFSOCK | 0777)

struct mutex unix_mutex = MUTEX_OF(LOCK_UNIX);

static struct list open_sockets = {&open_sockets, &open_sockets};
static unsigned open_count;

static const struct file_ops unix_file_ops;
static const struct inode_ops socket_inode_ops;
static const struct file_ops unopenable_ops;

static struct mount socket_mount = {.type = "sockfs", .source = "none", .magic = SOCKFS_MAGIC};

void unix_socket_init(void) { mount_register(&socket_mount); }

struct unix_socket *unix_socket_of(const struct file *file)
{
    return file->ops == &unix_file_ops ? file->private : NULL;
}

void unix_peer_set(struct unix_peer *peer, const struct unix_peer *from)
{
    struct group_list *before = peer->groups;

    *peer = (struct unix_peer){from->ids, groups_get(from->groups)};
    groups_put(before);
}

void unix_peer_set_own(struct unix_peer *peer)
{
    const struct credentials *own = &context_current()->credentials;
    const struct unix_peer self = {{process_current_id(), own->euid, own->egid}, own->groups};

    unix_peer_set(peer, &self);
}

nanos_t unix_deadline(nanos_t timeout_ns)
{
    return timeout_ns == 0 ? NANOS_NEVER : time_now_monotonic() + timeout_ns;
}

/* A call with a time-out is not restarted: it would wait its whole time again. */
int unix_wait_status(int status, nanos_t timeout_ns)
{
    if (status == -ETIMEDOUT)
        return -EAGAIN;
    return status == -EINTR && timeout_ns == 0 ? -ERESTARTSYS : status;
}

/* ---- life --------------------------------------------------------------------------------- */

struct unix_socket *unix_socket_create(int type)
{
    struct unix_socket *socket = heap_alloc(sizeof(*socket));

    if (!socket)
        return NULL;
    socket->refs = 1;
    socket->type = type;
    list_init(&socket->pending);
    unix_options_init(&socket->options);
    if (type != SOCK_DGRAM)
        return socket;
    struct unix_channel *channel = unix_channel_create(type);
    if (!channel) {
        heap_free(socket);
        return NULL;
    }
    unix_channel_set_reader(channel, socket);
    unix_channel_put(channel);
    return socket;
}

void unix_socket_put(struct unix_socket *socket)
{
    if (__atomic_sub_fetch(&socket->refs, 1, __ATOMIC_ACQ_REL) != 0)
        return;
    if (socket->in)
        unix_channel_put(socket->in);
    if (socket->out)
        unix_channel_put(socket->out);
    unix_name_put(socket->name);
    groups_put(socket->peer.groups);
    heap_free(socket);
}

/* Nobody will accept these connections. */
static void end_pending(struct list *pending)
{
    struct list *link;

    while ((link = list_first(pending))) {
        list_remove(link);
        unix_socket_end(list_entry(link, struct unix_socket, pending_link));
    }
}

static void take_all(struct list *from, struct list *to)
{
    struct list *link;

    list_init(to);
    while ((link = list_first(from))) {
        list_remove(link);
        list_push_back(to, link);
    }
}

/* Waits inside the server hold the file, so nobody sleeps in the socket's own queues here; those
   who wait to connect hold the socket. */
void unix_socket_end(struct unix_socket *socket)
{
    struct list pending;

    mutex_lock(&unix_mutex);
    bool never_accepted = !socket->file;
    if (!never_accepted) {
        list_remove(&socket->open_link);
        open_count--;
    }
    socket->state = UNIX_CLOSED;
    if (socket->owns_name)
        unix_name_release(socket->name);
    take_all(&socket->pending, &pending);
    socket->pending_count = 0;
    wake_all(&socket->connect_queue);
    mutex_unlock(&unix_mutex);
    end_pending(&pending);
    if (socket->in)
        unix_channel_end_reading(socket->in, true, never_accepted);
    if (socket->out && socket->type != SOCK_DGRAM)
        unix_channel_end_writing(socket->out, socket);
    if (socket->out)
        unix_channel_remove_writer(socket->out, socket);
    unix_socket_put(socket);
}

static void unix_release(struct file *file)
{
    unix_socket_end(file->private);
    unix_rights_after_close();
}

struct file *unix_socket_file(struct unix_socket *socket, uint32_t flags, int *error)
{
    struct inode *inode = inode_create(&socket_mount, SOCKET_MODE);

    *error = -ENOMEM;
    if (!inode)
        return NULL;
    inode->ops = &socket_inode_ops;
    inode->file_ops = &unopenable_ops;
    struct file *file = file_create(inode, NULL, O_RDWR | flags, &unix_file_ops, socket, error);
    inode_put(inode);
    if (!file)
        return NULL;
    mutex_lock(&unix_mutex);
    socket->file = file;
    list_push_back(&open_sockets, &socket->open_link);
    open_count++;
    mutex_unlock(&unix_mutex);
    return file;
}

unsigned unix_socket_count(void) { return __atomic_load_n(&open_count, __ATOMIC_RELAXED); }

void unix_socket_each(void (*visit)(const struct unix_socket_summary *socket, void *context),
                      void *context)
{
    mutex_lock(&unix_mutex);
    list_for_each (link, &open_sockets) {
        const struct unix_socket *socket = list_entry(link, struct unix_socket, open_link);
        struct unix_socket_summary summary = {.refs = socket->refs,
                                              .type = socket->type,
                                              .listening = socket->state == UNIX_LISTENING,
                                              .connected = socket->state == UNIX_CONNECTED,
                                              .inode_number = socket->file->inode->number};
        if (socket->name) {
            summary.name = socket->name->address.path;
            summary.name_length = socket->name->length - SOCKADDR_UN_PATH;
        }
        visit(&summary, context);
    }
    mutex_unlock(&unix_mutex);
}

/* ---- pairs -------------------------------------------------------------------------------- */

/* A connection between two sockets that nobody else knows. Datagram sockets have their channels. */
static int join(struct unix_socket *ends[2])
{
    for (int i = 0; i < 2; i++) {
        struct unix_socket *socket = ends[i];
        if (socket->in)
            continue;
        struct unix_channel *channel = unix_channel_create(socket->type);
        if (!channel)
            return -ENOMEM;
        unix_channel_set_reader(channel, socket);
        unix_channel_put(channel);
    }
    for (int i = 0; i < 2; i++) {
        unix_channel_add_writer(ends[1 - i]->in, ends[i]);
        unix_peer_set_own(&ends[i]->peer);
        ends[i]->state = UNIX_CONNECTED;
    }
    return 0;
}

int unix_pair(int type, uint32_t flags, struct file *files[2])
{
    struct unix_socket *ends[2] = {unix_socket_create(type), unix_socket_create(type)};
    int status = ends[0] && ends[1] ? join(ends) : -ENOMEM;

    files[0] = files[1] = NULL;
    for (int i = 0; i < 2 && status == 0; i++) {
        files[i] = unix_socket_file(ends[i], flags, &status);
        if (files[i])
            ends[i] = NULL; /* the file's */
    }
    if (status == 0)
        return 0;
    for (int i = 0; i < 2; i++) {
        if (files[i])
            file_put(files[i]);
        if (ends[i])
            unix_socket_end(ends[i]);
    }
    return status;
}

/* ---- the file operations ------------------------------------------------------------------ */

static long unix_read(struct file *file, struct iter *to, uint64_t *position)
{
    struct unix_message message = {.data = to, .nonblocking = file_nonblocking(file)};

    (void)position;
    if (to->left == 0)
        return 0;
    long done = unix_receive(file->private, &message);
    unix_rights_discard(message.rights);
    unix_name_put(message.from);
    return done;
}

static long unix_write(struct file *file, struct iter *from, uint64_t *position)
{
    struct unix_message message = {.data = from, .nonblocking = file_nonblocking(file)};

    (void)position;
    return unix_send(file->private, &message);
}

/* What comes. POLLHUP needs both directions: `in_ended` tells the caller. */
static uint32_t poll_reading(struct unix_socket *socket, struct unix_channel *in, bool *in_ended)
{
    uint32_t ready = 0;

    mutex_lock(&in->mutex);
    size_t waiting = in->ring ? unix_stream_used(in) : in->packet_count;
    *in_ended = in->writer_gone || in->reader_gone;
    if (waiting > 0 || *in_ended)
        ready |= POLLIN | POLLRDNORM;
    if (*in_ended)
        ready |= POLLRDHUP;
    mutex_unlock(&in->mutex);
    (void)socket;
    return ready;
}

static uint32_t poll_writing(struct unix_socket *socket, struct unix_channel *out, bool *out_ended)
{
    mutex_lock(&out->mutex);
    bool room = out->ring ? unix_stream_has_room(out, socket) : unix_packet_has_room(out, socket);
    *out_ended = out->writer_gone || out->reader_gone;
    room = room || out->reader_gone; /* a write would fail at once */
    if (!room)
        out->room_wanted = true;
    mutex_unlock(&out->mutex);
    return room ? POLLOUT | POLLWRNORM | POLLWRBAND : 0;
}

static uint32_t poll_idle(struct unix_socket *socket)
{
    uint32_t ready = 0;

    mutex_lock(&unix_mutex);
    if (socket->state == UNIX_LISTENING)
        ready = socket->pending_count > 0 ? POLLIN | POLLRDNORM : 0;
    else
        ready = POLLOUT | POLLWRNORM | POLLWRBAND | POLLHUP;
    if (socket->shut & UNIX_SHUT_READ)
        ready |= POLLIN | POLLRDNORM | POLLRDHUP;
    mutex_unlock(&unix_mutex);
    return ready;
}

/* A datagram socket's partner changes: hold it while it is asked. */
static struct unix_channel *out_counted(struct unix_socket *socket)
{
    mutex_lock(&unix_mutex);
    struct unix_channel *out = socket->out ? unix_channel_get(socket->out) : NULL;
    mutex_unlock(&unix_mutex);
    return out;
}

static uint32_t poll_datagram(struct unix_socket *socket)
{
    bool in_ended, ignored;
    uint32_t ready = poll_reading(socket, socket->in, &in_ended);
    struct unix_channel *out = out_counted(socket);

    if (!out)
        return ready | POLLOUT | POLLWRNORM | POLLWRBAND;
    ready |= poll_writing(socket, out, &ignored);
    unix_channel_put(out);
    uint32_t shut = socket->shut;
    return shut == (UNIX_SHUT_READ | UNIX_SHUT_WRITE) ? ready | POLLHUP : ready;
}

static uint32_t unix_poll(struct file *file, struct poll_table *table)
{
    struct unix_socket *socket = file->private;
    uint32_t ready = __atomic_load_n(&socket->error, __ATOMIC_RELAXED) ? POLLERR : 0;
    bool in_ended, out_ended;

    poll_add(table, &socket->read_queue);
    poll_add(table, &socket->write_queue);
    if (socket->type == SOCK_DGRAM)
        return ready | poll_datagram(socket);
    if (!unix_connected(socket))
        return ready | poll_idle(socket);
    ready |= poll_reading(socket, socket->in, &in_ended);
    ready |= poll_writing(socket, socket->out, &out_ended);
    return in_ended && out_ended ? ready | POLLHUP : ready;
}

static int32_t waiting_bytes(struct unix_channel *channel)
{
    mutex_lock(&channel->mutex);
    size_t bytes = channel->ring ? unix_stream_used(channel) : unix_packet_first(channel);
    mutex_unlock(&channel->mutex);
    return (int32_t)bytes;
}

static long unix_ioctl(struct file *file, uint32_t command, uint64_t argument)
{
    struct unix_socket *socket = file->private;
    bool ready = socket->type == SOCK_DGRAM || unix_connected(socket);
    int32_t bytes = 0;

    if (command != FIONREAD && command != TIOCOUTQ)
        return -ENOTTY;
    if (command == FIONREAD && !ready)
        return -EINVAL;
    if (command == FIONREAD) {
        bytes = waiting_bytes(socket->in);
    } else {
        struct unix_channel *out = ready ? out_counted(socket) : NULL;
        if (out) {
            bytes = waiting_bytes(out);
            unix_channel_put(out);
        }
    }
    return user_write(uaddr(argument), &bytes, sizeof(bytes));
}

static int refuse_open(struct file *file)
{
    (void)file;
    return -ENXIO;
}

static const struct file_ops unopenable_ops = {.open = refuse_open};

static const struct file_ops unix_file_ops = {
    .read = unix_read,
    .write = unix_write,
    .poll = unix_poll,
    .ioctl = unix_ioctl,
    .release = unix_release,
    .is_stream = true,
    .sends_sigpipe = true,
    .splices_from = true,
    .splices_to = true,
};
