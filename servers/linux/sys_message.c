/*
 * sys_message.c - sendto, recvfrom and the calls with a msghdr.
 */
#include "servers/linux/control_message.h"
#include "servers/linux/sys.h"
#include "servers/linux/sys_socket.h"
#include "servers/linux/wait_time.h"

#define MESSAGES_MAX UIO_MAXIOV /* of one sendmmsg or recvmmsg */

static size_t trim(uint64_t count) { return count < RW_MAX ? count : RW_MAX; }

static bool waits_not(const struct file *file, uint32_t flags)
{
    return (flags & MSG_DONTWAIT) || file_nonblocking(file);
}

/* ---- sendto, recvfrom -------------------------------------------------------------------------
 */

SYSCALL(sendto)
{
    struct linux_sockaddr_un address;
    struct unix_socket *socket;
    int status;
    struct iter data = iter_of_user(args[1], trim(args[2]));
    struct file *file = socket_file(arg_int(args[0]), &socket, &status);

    if (!file)
        return status;
    struct unix_message message = {.data = &data,
                                   .flags = (uint32_t)args[3],
                                   .nonblocking = waits_not(file, (uint32_t)args[3])};
    if (args[4]) {
        status = socket_address_read(&address, args[4], args[5]);
        message.to = args[5] ? &address : NULL;
        message.to_length = (uint32_t)args[5];
    }
    long done = status < 0 ? status : unix_send(socket, &message);
    file_put(file);
    return done;
}

SYSCALL(recvfrom)
{
    struct unix_socket *socket;
    int status;
    struct iter data = iter_of_user(args[1], trim(args[2]));
    struct file *file = socket_file(arg_int(args[0]), &socket, &status);

    if (!file)
        return status;
    struct unix_message message = {.data = &data,
                                   .flags = (uint32_t)args[3],
                                   .nonblocking = waits_not(file, (uint32_t)args[3]),
                                   .wants_name = args[4] != 0};
    long done = unix_receive(socket, &message);
    unix_rights_discard(message.rights);
    if (done >= 0 && args[4]) {
        status = socket_address_write(message.from, true, args[4], args[5]);
        done = status < 0 ? status : done;
    }
    unix_name_put(message.from);
    file_put(file);
    return done;
}

/* ---- sendmsg ----------------------------------------------------------------------------------
 */

static long send_prepared(struct unix_socket *socket, struct unix_message *message,
                          const struct linux_msghdr *header)
{
    struct linux_sockaddr_un address;
    uint32_t length = header->name_length < SOCKADDR_MAX ? header->name_length : SOCKADDR_MAX;

    if (header->name && length) {
        int status = socket_address_read(&address, header->name, length);
        if (status < 0)
            return status;
        message->to = &address;
        message->to_length = length;
    }
    long done = control_read(message, header);
    if (done == 0)
        done = unix_send(socket, message);
    unix_rights_discard(message->rights);
    return done;
}

static long send_header(struct file *file, struct unix_socket *socket,
                        const struct linux_msghdr *header, uint32_t flags)
{
    struct iovec_copy copy;

    if ((int32_t)header->name_length < 0)
        return -EINVAL;
    if (header->vector_count > UIO_MAXIOV)
        return -EMSGSIZE;
    int status = iovec_read(&copy, uaddr(header->vector), header->vector_count);
    if (status < 0)
        return status;
    struct iter data = iter_of_vector(copy.vector, (unsigned)header->vector_count, copy.total);
    struct unix_message message = {
        .data = &data, .flags = flags, .nonblocking = waits_not(file, flags)};
    long done = send_prepared(socket, &message, header);
    iovec_free(&copy);
    return done;
}

SYSCALL(sendmsg)
{
    struct linux_msghdr header;
    struct unix_socket *socket;
    int status;
    struct file *file = socket_file(arg_int(args[0]), &socket, &status);

    if (!file)
        return status;
    long done = user_read(&header, uaddr(args[1]), sizeof(header)) < 0
                    ? -EFAULT
                    : send_header(file, socket, &header, (uint32_t)args[2]);
    file_put(file);
    return done;
}

/* ---- recvmsg ----------------------------------------------------------------------------------
 */

/* What the call tells beside the bytes, at `at`, where the header was read from. */
static long tell(struct unix_message *message, const struct linux_msghdr *header, uint64_t at,
                 const struct unix_socket *socket)
{
    struct linux_msghdr answer = *header;
    int status = 0;

    if (header->name) {
        status = socket_address_write(message->from, true, header->name,
                                      at + offsetof(struct linux_msghdr, name_length));
        if (status < 0)
            return status;
    }
    control_write(message, &answer, socket->options.pass_credentials);
    answer.flags = message->out_flags | (message->flags & MSG_CMSG_CLOEXEC);
    if (user_write(uaddr(at + offsetof(struct linux_msghdr, flags)), &answer.flags,
                   sizeof(answer.flags)) < 0 ||
        user_write(uaddr(at + offsetof(struct linux_msghdr, control_length)),
                   &answer.control_length, sizeof(answer.control_length)) < 0)
        return -EFAULT;
    return 0;
}

static long receive_header(struct file *file, struct unix_socket *socket, uint64_t at,
                           uint32_t flags)
{
    struct linux_msghdr header;
    struct iovec_copy copy;

    if (user_read(&header, uaddr(at), sizeof(header)) < 0)
        return -EFAULT;
    if ((int32_t)header.name_length < 0)
        return -EINVAL;
    if (header.vector_count > UIO_MAXIOV)
        return -EMSGSIZE;
    int status = iovec_read(&copy, uaddr(header.vector), header.vector_count);
    if (status < 0)
        return status;
    struct iter data = iter_of_vector(copy.vector, (unsigned)header.vector_count, copy.total);
    struct unix_message message = {.data = &data,
                                   .flags = flags,
                                   .nonblocking = waits_not(file, flags),
                                   .wants_name = header.name != 0};
    long done = unix_receive(socket, &message);
    iovec_free(&copy);
    if (done >= 0) {
        long told = tell(&message, &header, at, socket);
        done = told < 0 ? told : done;
    }
    unix_rights_discard(message.rights);
    unix_name_put(message.from);
    return done;
}

SYSCALL(recvmsg)
{
    struct unix_socket *socket;
    int status;
    struct file *file = socket_file(arg_int(args[0]), &socket, &status);

    if (!file)
        return status;
    long done = receive_header(file, socket, args[1], (uint32_t)args[2]);
    file_put(file);
    return done;
}

/* ---- several at once ---------------------------------------------------------------------------
 */

static long send_one(struct file *file, struct unix_socket *socket, uint64_t at, uint32_t flags)
{
    struct linux_msghdr header;

    if (user_read(&header, uaddr(at), sizeof(header)) < 0)
        return -EFAULT;
    return send_header(file, socket, &header, flags);
}

typedef long one_message_t(struct file *file, struct unix_socket *socket, uint64_t at,
                           uint32_t flags);

/* Message after message until one fails or the time is over: how many, or the first one's error. */
static long each(const uint64_t args[6], one_message_t *one, uint32_t flags, nanos_t deadline_ns)
{
    struct unix_socket *socket;
    int status;
    uint32_t wanted = (uint32_t)args[2] < MESSAGES_MAX ? (uint32_t)args[2] : MESSAGES_MAX;
    struct file *file = socket_file(arg_int(args[0]), &socket, &status);
    uint32_t count = 0;
    long done = 0;

    if (!file)
        return status;
    while (count < wanted) {
        uint64_t at = args[1] + count * sizeof(struct linux_mmsghdr);
        done = one(file, socket, at, flags & ~(uint32_t)MSG_WAITFORONE);
        uint32_t length = (uint32_t)done;
        if (done >= 0 && user_write(uaddr(at + offsetof(struct linux_mmsghdr, length)), &length,
                                    sizeof(length)) < 0)
            done = -EFAULT;
        if (done < 0)
            break;
        count++;
        if (flags & MSG_WAITFORONE)
            flags |= MSG_DONTWAIT;
        if (deadline_ns != NANOS_NEVER && time_now_monotonic() >= deadline_ns)
            break;
    }
    file_put(file);
    return count > 0 ? (long)count : done;
}

SYSCALL(sendmmsg)
{
    return each(args, send_one, (uint32_t)args[3] & ~(uint32_t)MSG_WAITFORONE, NANOS_NEVER);
}

SYSCALL(recvmmsg)
{
    struct wait_time time;
    int status = wait_time_read(&time, args[4], TIME_IN_NANOSECONDS);

    if (status < 0)
        return status;
    nanos_t deadline_ns =
        wait_time_is_zero(&time) ? time_now_monotonic() : wait_time_deadline(&time);
    long count = each(args, receive_header, (uint32_t)args[3], deadline_ns);
    wait_time_write_back(&time);
    return count;
}
