/*
 * unix_transfer.c - what sending and receiving have in common for all types of AF_UNIX sockets.
 */
#include "servers/linux/unix_socket.h"

void unix_message_sign(struct unix_message *message)
{
    const struct credentials *own = &context_current()->credentials;

    message->credentials = (struct linux_ucred){process_current_id(), own->uid, own->gid};
    message->has_credentials = true;
}

long unix_send(struct unix_socket *socket, struct unix_message *message)
{
    if (message->flags & MSG_OOB)
        return -EOPNOTSUPP;
    if (socket->type != SOCK_STREAM)
        return unix_packet_send(socket, message);
    long done = unix_stream_send(socket, message);
    if (done == -EPIPE && !(message->flags & MSG_NOSIGNAL))
        signal_send_current(SIGPIPE);
    return done;
}

long unix_receive(struct unix_socket *socket, struct unix_message *message)
{
    if (message->flags & MSG_OOB)
        return socket->type == SOCK_STREAM ? -EINVAL : -EOPNOTSUPP;
    return socket->type == SOCK_STREAM ? unix_stream_receive(socket, message)
                                       : unix_packet_receive(socket, message);
}
