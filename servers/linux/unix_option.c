/*
 * unix_option.c - getsockopt and setsockopt of AF_UNIX sockets.
 *
 * Each option's words are its own; they are read and written without a lock.
 */
#include "lib/base/string.h"
#include "servers/linux/unix_socket.h"

#define BUFFER_BYTES_MAX (2 * UNIX_BUFFER_BYTES) /* getsockopt shows twice what was asked for */
#define PRIORITY_MAX     6

/* Taken and given back, without effect between two sockets of one machine. */
#define KEPT_OPTIONS                                                                               \
    (1u << SO_REUSEADDR | 1u << SO_DONTROUTE | 1u << SO_BROADCAST | 1u << SO_KEEPALIVE |           \
     1u << SO_OOBINLINE | 1u << SO_REUSEPORT)

void unix_options_init(struct unix_options *options)
{
    options->send_bytes = UNIX_BUFFER_BYTES;
    options->receive_bytes = UNIX_BUFFER_BYTES;
}

static bool is_kept(int option) { return option < 32 && (KEPT_OPTIONS >> option & 1); }

/* ---- set ----------------------------------------------------------------------------------- */

static int set_buffer(_Atomic uint32_t *bytes, uint32_t wanted)
{
    uint64_t doubled = 2 * (uint64_t)wanted;

    if (doubled > BUFFER_BYTES_MAX)
        doubled = BUFFER_BYTES_MAX;
    *bytes = doubled < UNIX_BUFFER_BYTES_MIN ? UNIX_BUFFER_BYTES_MIN : (uint32_t)doubled;
    return 0;
}

/* Beyond the limit that all share; there is no more than that limit here. */
static int force_buffer(_Atomic uint32_t *bytes, uint32_t wanted)
{
    return current_has(CAP_NET_ADMIN) ? set_buffer(bytes, wanted) : -EPERM;
}

static int set_timeout(_Atomic nanos_t *timeout_ns, uaddr_t value, uint32_t length)
{
    struct linux_timeval given;

    if (length < sizeof(given))
        return -EINVAL;
    if (user_read(&given, value, sizeof(given)) < 0)
        return -EFAULT;
    if (given.tv_usec < 0 || given.tv_usec >= 1000000)
        return -EDOM;
    if (given.tv_sec < 0 || (uint64_t)given.tv_sec > INT64_MAX / NANOS_PER_S - 1)
        *timeout_ns = 0;
    else
        *timeout_ns = (nanos_t)given.tv_sec * NANOS_PER_S + (nanos_t)given.tv_usec * NANOS_PER_US;
    return 0;
}

static int set_linger(struct unix_options *options, uaddr_t value, uint32_t length)
{
    struct linux_linger linger;

    if (length < sizeof(linger))
        return -EINVAL;
    if (user_read(&linger, value, sizeof(linger)) < 0)
        return -EFAULT;
    options->linger_on = linger.on;
    options->linger_s = linger.seconds;
    return 0;
}

static int set_priority(struct unix_options *options, int32_t value)
{
    if ((value < 0 || value > PRIORITY_MAX) && !current_has(CAP_NET_ADMIN) &&
        !current_has(CAP_NET_RAW))
        return -EPERM;
    options->priority = value;
    return 0;
}

static int set_number(struct unix_options *options, int option, int32_t number)
{
    uint32_t bytes = number < 0 ? 0 : (uint32_t)number;

    if (is_kept(option)) {
        if (number)
            options->kept_bits |= 1u << option;
        else
            options->kept_bits &= ~(1u << option);
        return 0;
    }
    switch (option) {
    case SO_SNDBUF:
        return set_buffer(&options->send_bytes, bytes);
    case SO_RCVBUF:
        return set_buffer(&options->receive_bytes, bytes);
    case SO_SNDBUFFORCE:
        return force_buffer(&options->send_bytes, bytes);
    case SO_RCVBUFFORCE:
        return force_buffer(&options->receive_bytes, bytes);
    case SO_PASSCRED:
        options->pass_credentials = number != 0;
        return 0;
    case SO_PRIORITY:
        return set_priority(options, number);
    case SO_RCVLOWAT:
        return number > 1 ? -EOPNOTSUPP : 0;
    default:
        return -ENOPROTOOPT;
    }
}

long unix_option_set(struct unix_socket *socket, int level, int option, uaddr_t value,
                     uint32_t length)
{
    int32_t number;

    if (level != SOL_SOCKET)
        return -EOPNOTSUPP;
    if (option == SO_RCVTIMEO || option == SO_RCVTIMEO_64)
        return set_timeout(&socket->options.receive_timeout_ns, value, length);
    if (option == SO_SNDTIMEO || option == SO_SNDTIMEO_64)
        return set_timeout(&socket->options.send_timeout_ns, value, length);
    if (option == SO_LINGER)
        return set_linger(&socket->options, value, length);
    if (length < sizeof(number))
        return -EINVAL;
    if (user_read(&number, value, sizeof(number)) < 0)
        return -EFAULT;
    return set_number(&socket->options, option, number);
}

/* ---- get ----------------------------------------------------------------------------------- */

/* A value of at most what the caller has room for, and its length. */
static long put(uaddr_t value, uaddr_t length, uint32_t room, const void *from, uint32_t bytes)
{
    if (room < bytes)
        bytes = room;
    if (bytes > 0 && user_write(value, from, bytes) < 0)
        return -EFAULT;
    return user_write(length, &bytes, sizeof(bytes));
}

static int get_number(struct unix_socket *socket, int option, int32_t *number)
{
    const struct unix_options *options = &socket->options;

    if (is_kept(option)) {
        *number = options->kept_bits >> option & 1;
        return 0;
    }
    switch (option) {
    case SO_TYPE:
        *number = socket->type;
        return 0;
    case SO_DOMAIN:
        *number = AF_UNIX;
        return 0;
    case SO_PROTOCOL:
        *number = 0;
        return 0;
    case SO_ERROR:
        *number = -unix_take_error(socket);
        return 0;
    case SO_ACCEPTCONN:
        *number = __atomic_load_n(&socket->state, __ATOMIC_RELAXED) == UNIX_LISTENING;
        return 0;
    case SO_SNDBUF:
        *number = (int32_t)options->send_bytes;
        return 0;
    case SO_RCVBUF:
        *number = (int32_t)options->receive_bytes;
        return 0;
    case SO_PASSCRED:
        *number = options->pass_credentials;
        return 0;
    case SO_PRIORITY:
        *number = options->priority;
        return 0;
    case SO_RCVLOWAT:
    case SO_SNDLOWAT:
        *number = 1;
        return 0;
    default:
        return -ENOPROTOOPT;
    }
}

static struct linux_timeval timeval_of(nanos_t nanos)
{
    return (struct linux_timeval){(int64_t)(nanos / NANOS_PER_S),
                                  (int64_t)(nanos % NANOS_PER_S / NANOS_PER_US)};
}

/* Nobody: process 0. The reference to the groups is the caller's. */
static struct unix_peer peer_of(struct unix_socket *socket)
{
    struct unix_peer peer = {.ids = {0, UINT32_MAX, UINT32_MAX}};

    mutex_lock(&unix_mutex);
    if (socket->type == SOCK_DGRAM ? socket->peer.ids.pid != 0 : socket->state != UNIX_IDLE)
        unix_peer_set(&peer, &socket->peer);
    mutex_unlock(&unix_mutex);
    return peer;
}

static long get_peer(struct unix_socket *socket, uaddr_t value, uaddr_t length, uint32_t room)
{
    struct unix_peer peer = peer_of(socket);

    groups_put(peer.groups);
    return put(value, length, room, &peer.ids, sizeof(peer.ids));
}

/* All of them, or how much room that takes. */
static long put_groups(const struct group_list *groups, uaddr_t value, uaddr_t length,
                       uint32_t room)
{
    const uint32_t bytes = groups ? groups->count * (uint32_t)sizeof(groups->gids[0]) : 0;

    if (room < bytes)
        return user_write(length, &bytes, sizeof(bytes)) < 0 ? -EFAULT : -ERANGE;
    return put(value, length, room, groups ? groups->gids : NULL, bytes);
}

static long get_peer_groups(struct unix_socket *socket, uaddr_t value, uaddr_t length,
                            uint32_t room)
{
    struct unix_peer peer = peer_of(socket);
    long status = peer.ids.pid == 0 ? -ENODATA : put_groups(peer.groups, value, length, room);

    groups_put(peer.groups);
    return status;
}

static long get_peer_name(struct unix_socket *socket, uaddr_t value, uaddr_t length, uint32_t room)
{
    struct linux_sockaddr_un nameless = {.family = AF_UNIX};
    struct unix_name *name;
    long status = unix_peer_name(socket, &name);

    if (status < 0)
        return status;
    uint32_t bytes = name ? name->length : sizeof(nameless.family);
    status =
        bytes > room ? -EINVAL : put(value, length, room, name ? &name->address : &nameless, bytes);
    unix_name_put(name);
    return status;
}

long unix_option_get(struct unix_socket *socket, int level, int option, uaddr_t value,
                     uaddr_t length)
{
    int32_t number, room;

    if (level != SOL_SOCKET)
        return -EOPNOTSUPP;
    if (user_read(&room, length, sizeof(room)) < 0)
        return -EFAULT;
    if (room < 0)
        return -EINVAL;
    if (option == SO_PEERCRED)
        return get_peer(socket, value, length, (uint32_t)room);
    if (option == SO_PEERGROUPS)
        return get_peer_groups(socket, value, length, (uint32_t)room);
    if (option == SO_RCVTIMEO || option == SO_RCVTIMEO_64 || option == SO_SNDTIMEO ||
        option == SO_SNDTIMEO_64) {
        bool receives = option == SO_RCVTIMEO || option == SO_RCVTIMEO_64;
        struct linux_timeval timeout = timeval_of(receives ? socket->options.receive_timeout_ns
                                                           : socket->options.send_timeout_ns);
        return put(value, length, (uint32_t)room, &timeout, sizeof(timeout));
    }
    if (option == SO_LINGER) {
        const struct linux_linger linger = {socket->options.linger_on, socket->options.linger_s};
        return put(value, length, (uint32_t)room, &linger, sizeof(linger));
    }
    if (option == SO_PEERNAME)
        return get_peer_name(socket, value, length, (uint32_t)room);
    int status = get_number(socket, option, &number);
    return status < 0 ? status : put(value, length, (uint32_t)room, &number, sizeof(number));
}
