/*
 * sys_socket.c - the socket calls, but for messages (sys_message.c). AF_UNIX is the one family.
 */
#include "servers/linux/sys_socket.h"

#include "lib/base/string.h"
#include "servers/linux/sys.h"

#define TYPE_FLAGS (SOCK_CLOEXEC | SOCK_NONBLOCK)

struct file *socket_file(int fd, struct unix_socket **socket, int *error)
{
    struct file *file = fd_file(fd);

    *error = -EBADF;
    if (!file)
        return NULL;
    *socket = unix_socket_of(file);
    *error = *socket ? 0 : -ENOTSOCK;
    if (*socket)
        return file;
    file_put(file);
    return NULL;
}

int socket_address_read(struct linux_sockaddr_un *address, uint64_t from, uint64_t length)
{
    if ((int32_t)length < 0 || length > SOCKADDR_MAX)
        return -EINVAL;
    memset(address, 0, sizeof(*address));
    if (length > sizeof(*address)) /* too long for this family: its check says so */
        length = sizeof(*address);
    return user_read(address, uaddr(from), length);
}

int socket_address_write(const struct unix_name *name, bool none_is_empty, uint64_t to,
                         uint64_t length_at)
{
    const struct linux_sockaddr_un nameless = {.family = AF_UNIX};
    uint32_t bytes = name ? name->length : none_is_empty ? 0 : sizeof(nameless.family);
    int32_t room;

    if (user_read(&room, uaddr(length_at), sizeof(room)) < 0)
        return -EFAULT;
    if (room < 0)
        return -EINVAL;
    uint32_t copied = (uint32_t)room < bytes ? (uint32_t)room : bytes;
    if (user_write(uaddr(to), name ? &name->address : &nameless, copied) < 0)
        return -EFAULT;
    return user_write(uaddr(length_at), &bytes, sizeof(bytes));
}

/* ---- making ------------------------------------------------------------------------------------
 */

/* The SOCK_* of AF_UNIX, or an error. */
static int check_kind(uint64_t family, uint64_t type, uint64_t protocol)
{
    int kind = arg_int(type) & SOCK_TYPE_MASK;

    if ((uint32_t)type & ~(uint32_t)(SOCK_TYPE_MASK | TYPE_FLAGS))
        return -EINVAL;
    if (arg_int(family) != AF_UNIX)
        return -EAFNOSUPPORT;
    if (kind > SOCK_TYPE_MAX)
        return -EINVAL;
    if (arg_int(protocol) != 0 && arg_int(protocol) != PF_UNIX)
        return -EPROTONOSUPPORT;
    if (kind == SOCK_RAW)
        return SOCK_DGRAM;
    return kind == SOCK_STREAM || kind == SOCK_DGRAM || kind == SOCK_SEQPACKET ? kind
                                                                               : -ESOCKTNOSUPPORT;
}

static uint32_t file_flags(uint64_t type) { return type & SOCK_NONBLOCK ? O_NONBLOCK : 0; }

SYSCALL(socket)
{
    int kind = check_kind(args[0], args[1], args[2]), error;

    if (kind < 0)
        return kind;
    struct unix_socket *socket = unix_socket_create(kind);
    if (!socket)
        return -ENOMEM;
    struct file *file = unix_socket_file(socket, file_flags(args[1]), &error);
    if (!file) {
        unix_socket_end(socket);
        return error;
    }
    return fd_install_or_put(file, args[1] & SOCK_CLOEXEC);
}

SYSCALL(socketpair)
{
    int kind = check_kind(args[0], args[1], args[2]);
    struct file *files[2];
    int32_t fds[2];

    if (kind < 0)
        return kind;
    int status = unix_pair(kind, file_flags(args[1]), files);
    if (status < 0)
        return status;
    fds[0] = fd_install_or_put(files[0], args[1] & SOCK_CLOEXEC);
    fds[1] = fds[0] < 0 ? (file_put(files[1]), fds[0])
                        : fd_install_or_put(files[1], args[1] & SOCK_CLOEXEC);
    status = fds[1] < 0 ? fds[1] : user_write(uaddr(args[3]), fds, sizeof(fds));
    for (int i = 0; i < 2 && status < 0; i++) {
        struct file *file = fds[i] < 0 ? NULL : fd_take(fds[i]);
        if (file)
            file_put(file);
    }
    return status;
}

/* ---- names
 * --------------------------------------------------------------------------------------- */

typedef int with_address_t(struct file *file, struct unix_socket *socket,
                           const struct linux_sockaddr_un *address, uint32_t length);

static long with_address(const uint64_t args[6], with_address_t *operation)
{
    struct linux_sockaddr_un address;
    struct unix_socket *socket;
    int status;
    struct file *file = socket_file(arg_int(args[0]), &socket, &status);

    if (!file)
        return status;
    status = socket_address_read(&address, args[1], args[2]);
    if (status == 0)
        status = operation(file, socket, &address, (uint32_t)args[2]);
    file_put(file);
    return status;
}

static int bind_to(struct file *file, struct unix_socket *socket,
                   const struct linux_sockaddr_un *address, uint32_t length)
{
    (void)file;
    return unix_bind(socket, address, length);
}

static int connect_to(struct file *file, struct unix_socket *socket,
                      const struct linux_sockaddr_un *address, uint32_t length)
{
    return unix_connect(socket, address, length, file_nonblocking(file));
}

SYSCALL(bind) { return with_address(args, bind_to); }

SYSCALL(connect) { return with_address(args, connect_to); }

SYSCALL(getsockname)
{
    struct unix_socket *socket;
    int status;
    struct file *file = socket_file(arg_int(args[0]), &socket, &status);

    if (!file)
        return status;
    struct unix_name *name = unix_own_name(socket);
    status = socket_address_write(name, false, args[1], args[2]);
    unix_name_put(name);
    file_put(file);
    return status;
}

SYSCALL(getpeername)
{
    struct unix_socket *socket;
    struct unix_name *name;
    int status;
    struct file *file = socket_file(arg_int(args[0]), &socket, &status);

    if (!file)
        return status;
    status = unix_peer_name(socket, &name);
    if (status == 0) {
        status = socket_address_write(name, false, args[1], args[2]);
        unix_name_put(name);
    }
    file_put(file);
    return status;
}

/* ---- connections
 * ---------------------------------------------------------------------------------- */

SYSCALL(listen)
{
    struct unix_socket *socket;
    int status;
    struct file *file = socket_file(arg_int(args[0]), &socket, &status);

    if (!file)
        return status;
    status = unix_listen(socket, arg_int(args[1]));
    file_put(file);
    return status;
}

/* The accepted file becomes a descriptor, after its peer's name is told. */
static long hand_over(struct file *file, const uint64_t args[6], uint32_t flags)
{
    struct unix_name *name = NULL;
    int status = 0;

    if (args[1]) {
        status = unix_peer_name(unix_socket_of(file), &name);
        if (status == 0)
            status = socket_address_write(name, false, args[1], args[2]);
        unix_name_put(name);
    }
    if (status == 0)
        return fd_install_or_put(file, flags & SOCK_CLOEXEC);
    file_put(file);
    return status;
}

static long accept_with(const uint64_t args[6], uint32_t flags)
{
    struct unix_socket *socket;
    int error;

    if (flags & ~(uint32_t)TYPE_FLAGS)
        return -EINVAL;
    struct file *file = socket_file(arg_int(args[0]), &socket, &error);
    if (!file)
        return error;
    struct file *accepted = unix_accept(socket, file_nonblocking(file), file_flags(flags), &error);
    file_put(file);
    return accepted ? hand_over(accepted, args, flags) : error;
}

SYSCALL(accept) { return accept_with(args, 0); }

SYSCALL(accept4) { return accept_with(args, (uint32_t)args[3]); }

SYSCALL(shutdown)
{
    struct unix_socket *socket;
    int status;
    struct file *file = socket_file(arg_int(args[0]), &socket, &status);

    if (!file)
        return status;
    status = unix_shutdown(socket, arg_int(args[1]));
    file_put(file);
    return status;
}

SYSCALL(setsockopt)
{
    struct unix_socket *socket;
    int status;
    struct file *file = socket_file(arg_int(args[0]), &socket, &status);

    if (!file)
        return status;
    long result = arg_int(args[4]) < 0 ? -EINVAL
                                       : unix_option_set(socket, arg_int(args[1]), arg_int(args[2]),
                                                         uaddr(args[3]), (uint32_t)args[4]);
    file_put(file);
    return result;
}

SYSCALL(getsockopt)
{
    struct unix_socket *socket;
    int status;
    struct file *file = socket_file(arg_int(args[0]), &socket, &status);

    if (!file)
        return status;
    long result =
        unix_option_get(socket, arg_int(args[1]), arg_int(args[2]), uaddr(args[3]), uaddr(args[4]));
    file_put(file);
    return result;
}
