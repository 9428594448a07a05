/*
 * unix_channel.c - one direction of AF_UNIX: its ends and its life. Locks: unix_socket.h.
 */
#include "servers/linux/pipe_ring.h"
#include "servers/linux/unix_rights.h"

struct unix_channel *unix_channel_create(int type)
{
    struct unix_channel *channel = heap_alloc(sizeof(*channel));

    if (!channel)
        return NULL;
    channel->refs = 1;
    mutex_init(&channel->mutex, LOCK_CHANNEL);
    list_init(&channel->writers);
    list_init(&channel->packets);
    list_init(&channel->records);
    list_init(&channel->rights);
    if (type != SOCK_STREAM)
        return channel;
    channel->ring = pipe_ring_create();
    if (channel->ring)
        return channel;
    heap_free(channel);
    return NULL;
}

/* What it held was dropped when its reader closed, or it never had one. */
void unix_channel_put(struct unix_channel *channel)
{
    if (__atomic_sub_fetch(&channel->refs, 1, __ATOMIC_ACQ_REL) != 0)
        return;
    ASSERT(list_empty(&channel->rights) && list_empty(&channel->writers));
    unix_name_put(channel->name);
    if (channel->ring)
        pipe_ring_put(channel->ring);
    heap_free(channel);
}

void unix_channel_set_reader(struct unix_channel *channel, struct unix_socket *socket)
{
    channel->reader = socket;
    channel->name = unix_name_get(socket->name);
    socket->in = unix_channel_get(channel);
}

void unix_channel_add_writer(struct unix_channel *channel, struct unix_socket *socket)
{
    mutex_lock(&channel->mutex);
    list_push_back(&channel->writers, &socket->writer_link);
    mutex_unlock(&channel->mutex);
    socket->out = unix_channel_get(channel);
}

void unix_channel_wake_writers(struct unix_channel *channel)
{
    channel->room_wanted = false;
    wake_all(&channel->room_queue);
    list_for_each (link, &channel->writers)
        wake_all(&list_entry(link, struct unix_socket, writer_link)->write_queue);
}

/* The connected sockets learn that nobody reads what they write. */
static void tell_writers(struct unix_channel *channel, bool reset)
{
    unix_channel_wake_writers(channel);
    list_for_each (link, &channel->writers) {
        struct unix_socket *writer = list_entry(link, struct unix_socket, writer_link);
        if (reset)
            __atomic_store_n(&writer->error, ECONNRESET, __ATOMIC_RELAXED);
        wake_all(&writer->read_queue);
    }
}

void unix_channel_end_reading(struct unix_channel *channel, bool closed, bool reset)
{
    struct unix_rights *rights = NULL;

    mutex_lock(&channel->mutex);
    channel->reader_gone = true;
    if (closed) {
        bool unread = channel->ring ? unix_stream_used(channel) > 0 : channel->packet_count > 0;
        reset = reset || unread;
        rights = channel->ring ? unix_stream_drop(channel) : unix_packet_drop(channel);
        channel->reader = NULL;
    }
    tell_writers(channel, reset);
    unix_channel_wake_reader(channel); /* another thread of it may be waiting */
    mutex_unlock(&channel->mutex);
    unix_rights_discard(rights);
}

void unix_channel_end_writing(struct unix_channel *channel, struct unix_socket *writer)
{
    mutex_lock(&channel->mutex);
    channel->writer_gone = true;
    if (channel->reader)
        wake_all(&channel->reader->write_queue); /* may be a hang-up to who polls it */
    unix_channel_wake_reader(channel);
    wake_all(&channel->room_queue); /* another thread of the writer may be sending */
    wake_all(&writer->write_queue);
    mutex_unlock(&channel->mutex);
}

void unix_channel_remove_writer(struct unix_channel *channel, struct unix_socket *writer)
{
    mutex_lock(&channel->mutex);
    list_remove(&writer->writer_link);
    mutex_unlock(&channel->mutex);
}

bool unix_wants_credentials(const struct unix_channel *channel, const struct unix_socket *sender)
{
    return sender->options.pass_credentials ||
           (channel->reader && channel->reader->options.pass_credentials);
}
