/*
 * test_unix_socket.c - AF_UNIX: names, connections, bytes and packets.
 */
#include <stdio.h>

#include "servers/linux/socket_abi.h"
#include "tests/unit/linux/shim.h"

#define ADDRESS (GUEST_START + 0x180000)
#define LENGTH  (GUEST_START + 0x181000)
#define VALUE   (GUEST_START + 0x182000)

static int a, b;

static void make_pair(int type)
{
    REQUIRE(call(socketpair, AF_UNIX, type, 0, GUEST_BUFFER) == 0);
    a = ((int32_t *)GUEST_BUFFER)[0];
    b = ((int32_t *)GUEST_BUFFER)[1];
}

static int new_socket(int type) { return (int)call(socket, AF_UNIX, type, 0); }

/* The address of a path, or of an abstract name if it begins with '@'. Its length. */
static uint32_t address(const char *name)
{
    struct linux_sockaddr_un *at = (void *)ADDRESS;
    size_t bytes = strlen(name) + (name[0] != '@');

    at->family = AF_UNIX;
    memcpy(at->path, name, strlen(name) + 1);
    if (name[0] == '@')
        at->path[0] = 0;
    return (uint32_t)(SOCKADDR_UN_PATH + bytes);
}

static long do_bind(int fd, const char *name)
{
    uint32_t length = address(name);
    return call(bind, fd, ADDRESS, length);
}

static long do_connect(int fd, const char *name)
{
    uint32_t length = address(name);
    return call(connect, fd, ADDRESS, length);
}

static int listener_at(const char *name, int type)
{
    int fd = new_socket(type);
    REQUIRE(do_bind(fd, name) == 0);
    REQUIRE(call(listen, fd, 5) == 0);
    return fd;
}

static long send_text(int fd, const char *text, int flags)
{
    return call(sendto, fd, guest_text(text), strlen(text), flags, 0, 0);
}

static long receive_text(int fd, char *to, size_t bytes, int flags)
{
    long count = call(recvfrom, fd, GUEST_BUFFER, bytes, flags, 0, 0);
    size_t copied = count < 0 ? 0 : (size_t)count < bytes ? (size_t)count : bytes;
    memcpy(to, (void *)GUEST_BUFFER, copied);
    to[copied] = 0;
    return count;
}

static int poll_one(int fd, int events)
{
    struct linux_pollfd *entry = (void *)VALUE;
    *entry = (struct linux_pollfd){.fd = fd, .events = (int16_t)events};
    long count = call(poll, VALUE, 1, 0);
    return count == 1 ? entry->revents : (int)count;
}

static int32_t option(int fd, int name)
{
    *(int32_t *)LENGTH = 4;
    CHECK_EQUAL(call(getsockopt, fd, SOL_SOCKET, name, VALUE, LENGTH), 0);
    return *(int32_t *)VALUE;
}

static long set_option(int fd, int name, int32_t value)
{
    *(int32_t *)VALUE = value;
    return call(setsockopt, fd, SOL_SOCKET, name, VALUE, 4);
}

TEST("only AF_UNIX sockets are made, of three types")
{
    world_begin();
    CHECK_EQUAL(call(socket, 2 /* AF_INET */, SOCK_STREAM, 0), -EAFNOSUPPORT);
    CHECK_EQUAL(call(socket, 16 /* AF_NETLINK */, SOCK_RAW, 0), -EAFNOSUPPORT);
    CHECK_EQUAL(call(socket, AF_UNIX, 4, 0), -ESOCKTNOSUPPORT);
    CHECK_EQUAL(call(socket, AF_UNIX, SOCK_STREAM, 6), -EPROTONOSUPPORT);
    CHECK_EQUAL(call(socket, AF_UNIX, SOCK_STREAM | 0x100, 0), -EINVAL);
    int fd = new_socket(SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC);
    CHECK_EQUAL(call(fcntl, fd, F_GETFL), O_RDWR | O_NONBLOCK);
    CHECK_EQUAL(call(fcntl, fd, F_GETFD), FD_CLOEXEC);
    CHECK_EQUAL(call(fstat, fd, GUEST_BUFFER), 0);
    CHECK(S_ISSOCK(((struct linux_stat *)GUEST_BUFFER)->st_mode));
    CHECK_EQUAL(call(lseek, fd, 0, SEEK_SET), -ESPIPE);
    CHECK_EQUAL(option(new_socket(SOCK_RAW), SO_TYPE), SOCK_DGRAM);
    CHECK_EQUAL(option(fd, SO_DOMAIN), AF_UNIX);
    CHECK_EQUAL(call(listen, 0x7777, 1), -EBADF);
    CHECK_EQUAL(call(listen, do_open("/", O_RDONLY, 0), 1), -ENOTSOCK);
    world_end();
}

TEST("a stream pair carries bytes both ways, without boundaries")
{
    char text[32];
    world_begin();
    make_pair(SOCK_STREAM);
    CHECK_EQUAL(do_write(a, "abc"), 3);
    CHECK_EQUAL(send_text(a, "def", 0), 3);
    CHECK_EQUAL(do_write(b, "back"), 4);
    CHECK_EQUAL(receive_text(b, text, 4, 0), 4);
    CHECK_TEXT(text, "abcd");
    CHECK_EQUAL(do_read(b, text, 16), 2);
    CHECK_TEXT(text, "ef");
    CHECK_EQUAL(do_read(a, text, 16), 4);
    CHECK_TEXT(text, "back");
    CHECK_EQUAL(call(read, a, GUEST_BUFFER, 1), -ERESTARTSYS);
    CHECK_EQUAL(receive_text(a, text, 1, MSG_DONTWAIT), -EAGAIN);
    CHECK_EQUAL(call(read, a, GUEST_BUFFER, 0), 0);
    world_end();
}

TEST("peeked bytes stay, and MSG_WAITALL takes what there is before a signal or the end")
{
    char text[32];
    world_begin();
    make_pair(SOCK_STREAM);
    do_write(a, "hello");
    CHECK_EQUAL(receive_text(b, text, 3, MSG_PEEK), 3);
    CHECK_TEXT(text, "hel");
    CHECK_EQUAL(receive_text(b, text, 31, MSG_WAITALL), 5);
    CHECK_TEXT(text, "hello");
    do_write(a, "end");
    call(close, a);
    CHECK_EQUAL(receive_text(b, text, 31, MSG_WAITALL), 3);
    CHECK_EQUAL(receive_text(b, text, 31, 0), 0);
    world_end();
}

TEST("a closed peer is the end of reading, EPIPE and SIGPIPE for writing")
{
    char text[8];
    world_begin();
    make_pair(SOCK_STREAM);
    do_write(a, "last");
    call(close, a);
    CHECK_EQUAL(poll_one(b, POLLIN | POLLOUT | POLLRDHUP), POLLIN | POLLOUT | POLLHUP | POLLRDHUP);
    CHECK_EQUAL(do_read(b, text, 7), 4);
    CHECK_EQUAL(do_read(b, text, 7), 0);
    CHECK_EQUAL(send_text(b, "x", MSG_NOSIGNAL), -EPIPE);
    CHECK_EQUAL(shim.signals_sent, 0);
    CHECK_EQUAL(send_text(b, "x", 0), -EPIPE);
    CHECK_EQUAL(shim.last_signal, SIGPIPE);
    CHECK_EQUAL(do_write(b, "x"), -EPIPE);
    CHECK_EQUAL(shim.signals_sent, 2);
    world_end();
}

TEST("closing with unread bytes resets the peer, once")
{
    char text[8];
    world_begin();
    make_pair(SOCK_STREAM);
    do_write(a, "unread");
    call(close, b);
    CHECK_EQUAL(poll_one(a, POLLIN) & POLLERR, POLLERR);
    CHECK_EQUAL(do_read(a, text, 7), -ECONNRESET);
    CHECK_EQUAL(do_read(a, text, 7), 0);
    make_pair(SOCK_STREAM);
    do_write(a, "unread");
    call(close, b);
    CHECK_EQUAL(option(a, SO_ERROR), ECONNRESET);
    CHECK_EQUAL(option(a, SO_ERROR), 0);
    world_end();
}

TEST("shutdown ends one direction or both")
{
    char text[8];
    world_begin();
    make_pair(SOCK_STREAM);
    do_write(a, "x");
    CHECK_EQUAL(call(shutdown, a, 3), -EINVAL);
    CHECK_EQUAL(call(shutdown, a, SHUT_WR), 0);
    CHECK_EQUAL(send_text(a, "y", MSG_NOSIGNAL), -EPIPE);
    CHECK_EQUAL(poll_one(b, POLLIN | POLLRDHUP), POLLIN | POLLRDHUP);
    CHECK_EQUAL(do_read(b, text, 7), 1);
    CHECK_EQUAL(do_read(b, text, 7), 0);
    CHECK_EQUAL(do_write(b, "still"), 5);
    CHECK_EQUAL(do_read(a, text, 7), 5);
    CHECK_EQUAL(call(shutdown, a, SHUT_RD), 0);
    CHECK_EQUAL(send_text(b, "no", MSG_NOSIGNAL), -EPIPE);
    CHECK_EQUAL(do_read(a, text, 7), 0);
    CHECK_EQUAL(poll_one(a, POLLIN) & POLLHUP, POLLHUP);
    world_end();
}

TEST("a stream takes about 200 KiB, as much as SO_SNDBUF says, and tells poll when there is room")
{
    world_begin();
    make_pair(SOCK_STREAM | SOCK_NONBLOCK);
    CHECK_EQUAL(call(write, a, guest(0x200000), 1 << 20), 212992);
    CHECK_EQUAL(call(write, a, guest(0x200000), 1), -EAGAIN);
    CHECK_EQUAL(poll_one(a, POLLOUT), 0);
    *(int32_t *)VALUE = 0;
    CHECK_EQUAL(call(ioctl, b, FIONREAD, VALUE), 0);
    CHECK_EQUAL(*(int32_t *)VALUE, 212992);
    CHECK_EQUAL(call(ioctl, a, TIOCOUTQ, VALUE), 0);
    CHECK_EQUAL(*(int32_t *)VALUE, 212992);
    CHECK_EQUAL(call(read, b, guest(0x200000), 1 << 20), 212992);
    CHECK_EQUAL(poll_one(a, POLLOUT), POLLOUT);
    CHECK_EQUAL(set_option(a, SO_SNDBUF, 1), 0);
    CHECK_EQUAL(option(a, SO_SNDBUF), 4608);
    CHECK_EQUAL(call(write, a, guest(0x200000), 100000), 4608);
    world_end();
}

TEST("a bad buffer costs a stream nothing")
{
    char text[8];
    world_begin();
    make_pair(SOCK_STREAM);
    do_write(a, "abc");
    CHECK_EQUAL(call(write, a, GUEST_BAD, 3), -EFAULT);
    CHECK_EQUAL(call(read, b, GUEST_BAD, 3), -EFAULT);
    CHECK_EQUAL(do_read(b, text, 7), 3);
    CHECK_TEXT(text, "abc");
    CHECK_EQUAL(call(socketpair, AF_UNIX, SOCK_STREAM, 0, GUEST_BAD), -EFAULT);
    CHECK_EQUAL(fd_table_next(context_current()->files, b + 1), -1);
    world_end();
}

TEST("a server binds a path, listens and accepts who connects")
{
    char text[16];
    world_begin();
    int server = listener_at("/server", SOCK_STREAM);
    CHECK(S_ISSOCK(do_stat("/server").st_mode));
    CHECK_EQUAL(do_open("/server", O_RDWR, 0), -ENXIO);
    CHECK_EQUAL(call(accept, server, 0, 0), -ERESTARTSYS);
    int client = new_socket(SOCK_STREAM);
    CHECK_EQUAL(poll_one(server, POLLIN), 0);
    CHECK_EQUAL(do_connect(client, "/server"), 0);
    CHECK_EQUAL(do_connect(client, "/server"), -EISCONN);
    CHECK_EQUAL(poll_one(server, POLLIN), POLLIN);
    CHECK_EQUAL(do_write(client, "early"), 5);
    *(int32_t *)LENGTH = 128;
    int end = (int)call(accept4, server, ADDRESS, LENGTH, SOCK_NONBLOCK);
    CHECK(end >= 0);
    CHECK_EQUAL(*(int32_t *)LENGTH, 2);
    CHECK_EQUAL(call(fcntl, end, F_GETFL), O_RDWR | O_NONBLOCK);
    CHECK_EQUAL(do_read(end, text, 15), 5);
    CHECK_TEXT(text, "early");
    *(int32_t *)LENGTH = 128;
    CHECK_EQUAL(call(getpeername, client, ADDRESS, LENGTH), 0);
    CHECK_EQUAL(*(int32_t *)LENGTH, 2 + 8);
    CHECK_TEXT(((struct linux_sockaddr_un *)ADDRESS)->path, "/server");
    *(int32_t *)LENGTH = 5;
    CHECK_EQUAL(call(getsockname, end, ADDRESS, LENGTH), 0);
    CHECK_EQUAL(*(int32_t *)LENGTH, 2 + 8);
    CHECK_EQUAL(call(getpeername, server, ADDRESS, LENGTH), -ENOTCONN);
    CHECK_EQUAL(option(server, SO_ACCEPTCONN), 1);
    CHECK_EQUAL(option(end, SO_ACCEPTCONN), 0);
    world_end();
}

TEST("connecting is refused where nobody listens, and bind where somebody is")
{
    world_begin();
    int client = new_socket(SOCK_STREAM);
    CHECK_EQUAL(do_connect(client, "/none"), -ENOENT);
    make_file("/file", "");
    CHECK_EQUAL(do_connect(client, "/file"), -ECONNREFUSED);
    int bound = new_socket(SOCK_STREAM);
    CHECK_EQUAL(do_bind(bound, "/bound"), 0);
    CHECK_EQUAL(do_connect(client, "/bound"), -ECONNREFUSED);
    CHECK_EQUAL(do_bind(bound, "/again"), -EINVAL);
    CHECK_EQUAL(do_bind(client, "/bound"), -EADDRINUSE);
    CHECK_EQUAL(do_bind(client, "/file"), -EADDRINUSE);
    CHECK_EQUAL(call(listen, client, 1), -EINVAL);
    CHECK_EQUAL(do_connect(new_socket(SOCK_SEQPACKET), "/bound"), -EPROTOTYPE);
    CHECK_EQUAL(call(listen, bound, 1), 0);
    call(chmod, guest_text("/bound"), 0600);
    become(5, 5);
    CHECK_EQUAL(do_connect(client, "/bound"), -EACCES);
    become(0, 0);
    call(close, bound);
    CHECK_EQUAL(do_connect(client, "/bound"), -ECONNREFUSED);
    CHECK_EQUAL(call(unlink, guest_text("/bound")), 0);
    CHECK_EQUAL(do_bind(client, "/bound"), 0);
    CHECK_EQUAL(call(connect, client, ADDRESS, 2), -EINVAL);
    CHECK_EQUAL(call(connect, client, ADDRESS, 111), -EINVAL);
    CHECK_EQUAL(call(bind, client, GUEST_BAD, 16), -EFAULT);
    CHECK_EQUAL(call(listen, new_socket(SOCK_DGRAM), 1), -EOPNOTSUPP);
    world_end();
}

TEST("abstract names are apart from paths and free again after the last close")
{
    world_begin();
    int server = listener_at("@name", SOCK_STREAM);
    int other = new_socket(SOCK_STREAM);
    CHECK_EQUAL(do_bind(other, "@name"), -EADDRINUSE);
    CHECK_EQUAL(do_bind(new_socket(SOCK_DGRAM), "@name"), 0);
    CHECK_EQUAL(do_access("/name"), -ENOENT);
    int client = new_socket(SOCK_STREAM);
    CHECK_EQUAL(do_connect(client, "@nam"), -ECONNREFUSED);
    CHECK_EQUAL(do_connect(client, "@name"), 0);
    call(close, server);
    CHECK_EQUAL(do_bind(other, "@name"), 0);
    struct linux_sockaddr_un *at = (void *)ADDRESS;
    int automatic = new_socket(SOCK_STREAM);
    CHECK_EQUAL(call(bind, automatic, ADDRESS, 2), 0);
    *(int32_t *)LENGTH = 128;
    CHECK_EQUAL(call(getsockname, automatic, ADDRESS, LENGTH), 0);
    CHECK_EQUAL(*(int32_t *)LENGTH, 8);
    CHECK_EQUAL(at->path[0], 0);
    world_end();
}

TEST("a full backlog makes connect wait; a closed listener refuses who waits in it")
{
    char text[8];
    world_begin();
    int server = new_socket(SOCK_STREAM), clients[4];
    do_bind(server, "@s");
    CHECK_EQUAL(call(listen, server, 1), 0);
    for (int i = 0; i < 4; i++)
        clients[i] = new_socket(SOCK_STREAM | (i < 3 ? SOCK_NONBLOCK : 0));
    CHECK_EQUAL(do_connect(clients[0], "@s"), 0);
    CHECK_EQUAL(do_connect(clients[1], "@s"), 0);
    CHECK_EQUAL(do_connect(clients[2], "@s"), -EAGAIN);
    CHECK_EQUAL(do_connect(clients[3], "@s"), -ERESTARTSYS);
    *(struct linux_timeval *)VALUE = (struct linux_timeval){1, 0};
    CHECK_EQUAL(call(setsockopt, clients[3], SOL_SOCKET, SO_SNDTIMEO, VALUE, 16), 0);
    CHECK_EQUAL(do_connect(clients[3], "@s"), -EAGAIN);
    CHECK(call(accept, server, 0, 0) >= 0);
    CHECK_EQUAL(do_connect(clients[2], "@s"), 0);
    call(close, server);
    CHECK_EQUAL(do_read(clients[1], text, 7), -ECONNRESET);
    CHECK_EQUAL(do_connect(clients[3], "@s"), -ECONNREFUSED);
    world_end();
}

TEST("an unconnected socket says so")
{
    char text[8];
    world_begin();
    int stream = new_socket(SOCK_STREAM), packets = new_socket(SOCK_SEQPACKET);
    int datagrams = new_socket(SOCK_DGRAM);
    CHECK_EQUAL(do_read(stream, text, 7), -EINVAL);
    CHECK_EQUAL(do_write(stream, "x"), -ENOTCONN);
    CHECK_EQUAL(do_read(packets, text, 7), -ENOTCONN);
    CHECK_EQUAL(do_write(packets, "x"), -ENOTCONN);
    CHECK_EQUAL(do_write(datagrams, "x"), -ENOTCONN);
    CHECK_EQUAL(receive_text(datagrams, text, 7, MSG_DONTWAIT), -EAGAIN);
    CHECK_EQUAL(poll_one(stream, POLLIN | POLLOUT), POLLOUT | POLLHUP);
    CHECK_EQUAL(poll_one(datagrams, POLLIN | POLLOUT), POLLOUT);
    CHECK_EQUAL(call(accept, stream, 0, 0), -EINVAL);
    CHECK_EQUAL(call(accept, datagrams, 0, 0), -EOPNOTSUPP);
    CHECK_EQUAL(call(shutdown, stream, SHUT_RDWR), 0);
    world_end();
}

TEST("datagrams keep their boundaries and tell who sent them")
{
    char text[16];
    world_begin();
    int server = new_socket(SOCK_DGRAM), client = new_socket(SOCK_DGRAM);
    CHECK_EQUAL(do_bind(server, "/d"), 0);
    CHECK_EQUAL(do_bind(client, "@client"), 0);
    uint32_t length = address("/d");
    CHECK_EQUAL(call(sendto, client, guest_text("first"), 5, 0, ADDRESS, length), 5);
    CHECK_EQUAL(call(sendto, client, 0, 0, 0, ADDRESS, length), 0);
    CHECK_EQUAL(do_connect(client, "/d"), 0);
    CHECK_EQUAL(do_write(client, "second"), 6);
    CHECK_EQUAL(call(ioctl, server, FIONREAD, VALUE), 0);
    CHECK_EQUAL(*(int32_t *)VALUE, 5);
    *(int32_t *)LENGTH = 128;
    CHECK_EQUAL(call(recvfrom, server, GUEST_BUFFER, 16, MSG_PEEK, ADDRESS, LENGTH), 5);
    CHECK_EQUAL(*(int32_t *)LENGTH, 2 + 7);
    CHECK(memcmp(((struct linux_sockaddr_un *)ADDRESS)->path, "\0client", 7) == 0);
    CHECK_EQUAL(receive_text(server, text, 2, MSG_TRUNC), 5);
    CHECK_TEXT(text, "fi");
    CHECK_EQUAL(receive_text(server, text, 15, 0), 0);
    CHECK_EQUAL(receive_text(server, text, 15, 0), 6);
    CHECK_TEXT(text, "second");
    length = address("@client");
    CHECK_EQUAL(call(sendto, server, guest_text("r"), 1, 0, ADDRESS, length), 1);
    int stranger = new_socket(SOCK_DGRAM);
    CHECK_EQUAL(call(sendto, stranger, guest_text("r"), 1, 0, ADDRESS, length), -EPERM);
    *(uint16_t *)ADDRESS = AF_UNSPEC;
    CHECK_EQUAL(call(connect, client, ADDRESS, 2), 0);
    CHECK_EQUAL(do_write(client, "x"), -ENOTCONN);
    world_end();
}

TEST("a datagram socket that has gone refuses, and the sender is no longer connected")
{
    world_begin();
    make_pair(SOCK_DGRAM);
    CHECK_EQUAL(do_write(a, "x"), 1);
    call(close, b);
    CHECK_EQUAL(do_write(a, "x"), -ECONNRESET);
    CHECK_EQUAL(do_write(a, "x"), -ECONNREFUSED);
    CHECK_EQUAL(do_write(a, "x"), -ENOTCONN);
    CHECK_EQUAL(shim.signals_sent, 0);
    world_end();
}

TEST("strangers share a short queue, partners a whole buffer; too large a packet is refused")
{
    world_begin();
    int server = new_socket(SOCK_DGRAM), client = new_socket(SOCK_DGRAM | SOCK_NONBLOCK);
    do_bind(server, "@q");
    do_connect(client, "@q");
    for (int i = 0; i < 11; i++)
        CHECK_EQUAL(do_write(client, "x"), 1);
    CHECK_EQUAL(do_write(client, "x"), -EAGAIN);
    CHECK_EQUAL(poll_one(client, POLLOUT), 0);
    CHECK_EQUAL(call(read, server, GUEST_BUFFER, 1), 1);
    CHECK_EQUAL(poll_one(client, POLLOUT), POLLOUT);
    make_pair(SOCK_SEQPACKET | SOCK_NONBLOCK);
    CHECK_EQUAL(call(write, a, guest(0x200000), 212993), -EMSGSIZE);
    CHECK_EQUAL(call(write, a, guest(0x200000), 212960), 212960);
    CHECK_EQUAL(call(write, a, guest(0x200000), 1), -EAGAIN);
    CHECK_EQUAL(call(read, b, guest(0x400000), 1 << 20), 212960);
    for (int i = 0; i < 100; i++)
        CHECK_EQUAL(do_write(a, "y"), 1);
    world_end();
}

TEST("a packet without memory is refused and nothing leaks")
{
    world_begin();
    make_pair(SOCK_SEQPACKET | SOCK_NONBLOCK);
    shim.pages_allowed = 2;
    CHECK_EQUAL(call(write, a, guest(0x200000), 10000), -ENOBUFS);
    shim.pages_allowed = -1;
    CHECK_EQUAL(call(write, a, GUEST_BAD, 5000), -EFAULT);
    CHECK_EQUAL(call(write, a, guest(0x200000), 10000), 10000);
    CHECK_EQUAL(call(read, b, GUEST_BAD, 10000), -EFAULT);
    CHECK_EQUAL(call(read, b, GUEST_BUFFER, 10000), -EAGAIN);
    for (int i = 0; i < 8; i++) {
        shim.heap_allowed = i;
        CHECK(call(socketpair, AF_UNIX, SOCK_STREAM, 0, GUEST_BUFFER) < 0);
    }
    shim.heap_allowed = -1;
    world_end();
}

TEST("sequenced packets end with their connection")
{
    char text[8];
    world_begin();
    int server = listener_at("@seq", SOCK_SEQPACKET), client = new_socket(SOCK_SEQPACKET);
    CHECK_EQUAL(do_connect(client, "@seq"), 0);
    int end = (int)call(accept, server, 0, 0);
    CHECK_EQUAL(do_write(client, "one"), 3);
    CHECK_EQUAL(do_write(client, "two"), 3);
    call(close, client);
    CHECK_EQUAL(do_read(end, text, 7), 3);
    CHECK_EQUAL(do_read(end, text, 7), 3);
    CHECK_TEXT(text, "two");
    CHECK_EQUAL(do_read(end, text, 7), 0);
    CHECK_EQUAL(do_write(end, "x"), -EPIPE);
    CHECK_EQUAL(shim.signals_sent, 0);
    world_end();
}

TEST("options are kept and shown as Linux shows them")
{
    world_begin();
    make_pair(SOCK_STREAM);
    CHECK_EQUAL(option(a, SO_SNDBUF), 212992);
    CHECK_EQUAL(set_option(a, SO_RCVBUF, 10000), 0);
    CHECK_EQUAL(option(a, SO_RCVBUF), 20000);
    CHECK_EQUAL(set_option(a, SO_REUSEADDR, 7), 0);
    CHECK_EQUAL(option(a, SO_REUSEADDR), 1);
    CHECK_EQUAL(option(a, SO_KEEPALIVE), 0);
    CHECK_EQUAL(set_option(a, 999, 1), -ENOPROTOOPT);
    CHECK_EQUAL(call(setsockopt, a, 6, 1, VALUE, 4), -EOPNOTSUPP);
    CHECK_EQUAL(call(setsockopt, a, SOL_SOCKET, SO_REUSEADDR, VALUE, 3), -EINVAL);
    *(int32_t *)LENGTH = -1;
    CHECK_EQUAL(call(getsockopt, a, SOL_SOCKET, SO_TYPE, VALUE, LENGTH), -EINVAL);
    *(struct linux_timeval *)VALUE = (struct linux_timeval){0, 1500};
    CHECK_EQUAL(call(setsockopt, a, SOL_SOCKET, SO_RCVTIMEO, VALUE, 16), 0);
    CHECK_EQUAL(call(read, a, GUEST_BUFFER, 1), -EAGAIN);
    *(int32_t *)LENGTH = 16;
    CHECK_EQUAL(call(getsockopt, a, SOL_SOCKET, SO_RCVTIMEO, VALUE, LENGTH), 0);
    CHECK_EQUAL(((struct linux_timeval *)VALUE)->tv_usec, 1500);
    *(int32_t *)LENGTH = 12;
    CHECK_EQUAL(call(getsockopt, a, SOL_SOCKET, SO_PEERCRED, VALUE, LENGTH), 0);
    CHECK_EQUAL(((struct linux_ucred *)VALUE)->pid, 1);
    world_end();
}

TEST("SO_PEERGROUPS tells the groups that the other side had, or how much room they take")
{
    uint32_t *told = (void *)VALUE;
    world_begin();
    *(int32_t *)LENGTH = 64;
    a = (int)call(socket, AF_UNIX, SOCK_STREAM, 0);
    CHECK_EQUAL(call(getsockopt, a, SOL_SOCKET, SO_PEERGROUPS, VALUE, LENGTH), -ENODATA);
    call(close, a);
    told[0] = 300, told[1] = 20;
    CHECK_EQUAL(call(setgroups, 2, VALUE), 0);
    make_pair(SOCK_STREAM);
    CHECK_EQUAL(call(setgroups, 0, 0), 0);
    *(int32_t *)LENGTH = 7;
    CHECK_EQUAL(call(getsockopt, a, SOL_SOCKET, SO_PEERGROUPS, VALUE, LENGTH), -ERANGE);
    CHECK_EQUAL(*(int32_t *)LENGTH, 8);
    CHECK_EQUAL(call(getsockopt, a, SOL_SOCKET, SO_PEERGROUPS, VALUE, LENGTH), 0);
    CHECK(told[0] == 20 && told[1] == 300);
    world_end();
}

static void write_much(void *argument)
{
    (void)argument;
    for (int i = 0; i < 500; i++)
        CHECK_EQUAL(call(write, a, guest(0x200000), 10000), 10000);
    call(close, a);
}

static void count_until_end(int type)
{
    long total = 0, part;
    world_begin();
    make_pair(type);
    struct start *thread = thread_start(write_much, NULL);
    while ((part = call(read, b, guest(0x300000), 12345)) > 0)
        total += part;
    CHECK_EQUAL(part, 0);
    CHECK_EQUAL(total, 5000000);
    thread_join(thread);
    world_end();
}

TEST("two threads keep a stream busy until its end") { count_until_end(SOCK_STREAM); }

TEST("two threads keep a packet connection busy until its end") { count_until_end(SOCK_SEQPACKET); }

static void connect_many(void *argument)
{
    (void)argument;
    for (int i = 0; i < 100; i++) {
        int client = new_socket(SOCK_STREAM);
        struct linux_sockaddr_un *at = guest(0x500000);
        *at = (struct linux_sockaddr_un){.family = AF_UNIX, .path = "\0many"};
        CHECK_EQUAL(call(connect, client, at, 7), 0);
        CHECK_EQUAL(call(write, client, guest(0x200000), 10), 10);
        call(close, client);
    }
}

TEST("connecting and accepting on two threads")
{
    world_begin();
    int server = listener_at("@many", SOCK_STREAM);
    struct start *thread = thread_start(connect_many, NULL);
    for (int i = 0; i < 100; i++) {
        int end = (int)call(accept, server, 0, 0);
        CHECK(end >= 0);
        CHECK_EQUAL(call(read, end, guest(0x300000), 100), 10);
        CHECK_EQUAL(call(read, end, guest(0x300000), 100), 0);
        call(close, end);
    }
    thread_join(thread);
    world_end();
}
