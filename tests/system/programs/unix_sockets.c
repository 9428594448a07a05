/*
 * unix_sockets.c - AF_UNIX between processes: names, streams, packets, descriptors, credentials.
 */
#include "show.h"

#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

static struct sockaddr_un address;
static socklen_t length;
static char buffer[1 << 20];

static void at(const char *name)
{
    memset(&address, 0, sizeof(address));
    address.sun_family = AF_UNIX;
    strcpy(address.sun_path, name);
    length = offsetof(struct sockaddr_un, sun_path) + strlen(name) + 1;
    if (name[0] == '@') {
        address.sun_path[0] = 0;
        length--;
    }
}

static int bind_to(int fd, const char *name)
{
    at(name);
    return bind(fd, (struct sockaddr *)&address, length);
}

static int connect_to(int fd, const char *name)
{
    at(name);
    return connect(fd, (struct sockaddr *)&address, length);
}

static long send_to(int fd, const char *text, const char *name)
{
    at(name);
    return sendto(fd, text, strlen(text), 0, (struct sockaddr *)&address, length);
}

static void show_name(const char *what, int (*get)(int, struct sockaddr *, socklen_t *), int fd)
{
    struct sockaddr_un told = {0};
    socklen_t bytes = sizeof(told);
    int status = get(fd, (struct sockaddr *)&told, &bytes);
    printf("%s: %d, %u bytes, family %d, '%s' '%s'\n", what, status, status ? 0 : bytes,
           told.sun_family, told.sun_path, told.sun_path[0] ? "" : told.sun_path + 1);
}

static int option(int fd, int name)
{
    int value = -1;
    socklen_t bytes = sizeof(value);
    return getsockopt(fd, SOL_SOCKET, name, &value, &bytes) ? -1 : value;
}

static long send_fd(int to, int fd)
{
    char space[CMSG_SPACE(sizeof(int))] = {0};
    struct iovec vector = {"f", 1};
    struct msghdr message = {
        .msg_iov = &vector, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof(space)};
    struct cmsghdr *control = CMSG_FIRSTHDR(&message);
    control->cmsg_level = SOL_SOCKET;
    control->cmsg_type = SCM_RIGHTS;
    control->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(control), &fd, sizeof(fd));
    return sendmsg(to, &message, 0);
}

/* Prints what came; the last descriptor of it. */
static int receive(int from, size_t bytes, size_t room, int flags)
{
    char space[256] = {0};
    struct iovec vector = {buffer, bytes};
    struct sockaddr_un sender = {0};
    struct msghdr message = {.msg_name = &sender,
                             .msg_namelen = sizeof(sender),
                             .msg_iov = &vector,
                             .msg_iovlen = 1,
                             .msg_control = space,
                             .msg_controllen = room};
    long done = recvmsg(from, &message, flags);
    int fd = -1;
    printf("received %ld '%.*s' flags %x name %u control %zu", done, done > 0 ? (int)done : 0,
           buffer, done < 0 ? 0 : message.msg_flags, done < 0 ? 0 : message.msg_namelen,
           done < 0 ? 0 : message.msg_controllen);
    for (struct cmsghdr *c = done < 0 ? NULL : CMSG_FIRSTHDR(&message); c;
         c = CMSG_NXTHDR(&message, c)) {
        printf(" [type %d length %zu]", c->cmsg_type, (size_t)c->cmsg_len);
        if (c->cmsg_type == SCM_RIGHTS)
            memcpy(&fd, CMSG_DATA(c), sizeof(fd));
        if (c->cmsg_type == SCM_CREDENTIALS) {
            struct ucred told;
            memcpy(&told, CMSG_DATA(c), sizeof(told));
            printf(" uid %u gid %u%s", told.uid, told.gid, told.pid == getpid() ? " mine" : "");
        }
    }
    printf("\n");
    return fd;
}

static int events_of(int fd)
{
    struct pollfd entry = {.fd = fd, .events = POLLIN | POLLOUT | POLLRDHUP | POLLPRI};
    return poll(&entry, 1, 0) < 0 ? -1 : entry.revents;
}

static void names(void)
{
    SECTION("names");
    int fd = socket(AF_UNIX, SOCK_STREAM, 0), other = socket(AF_UNIX, SOCK_STREAM, 0);
    show_name("unbound", getsockname, fd);
    SHOW(bind_to(fd, "name"));
    show_name("bound", getsockname, fd);
    struct stat stat_of;
    SHOW(stat("name", &stat_of));
    printf("%o\n", stat_of.st_mode);
    SHOW(open("name", O_RDWR));
    SHOW(bind_to(fd, "name2"));
    SHOW(bind_to(other, "name"));
    SHOW(bind_to(other, "nowhere/name"));
    SHOW(connect_to(other, "name"));
    SHOW(connect_to(other, "missing"));
    SHOW(connect_to(other, "/dev/null"));
    SHOW(listen(other, 1));
    SHOW(listen(fd, 1));
    SHOW(connect_to(socket(AF_UNIX, SOCK_SEQPACKET, 0), "name"));
    SHOW(unlink("name"));
    SHOW(bind_to(other, "@abstract"));
    show_name("abstract", getsockname, other);
    SHOW(connect_to(fd, "@abstract"));
    SHOW(socket(AF_UNIX, 4, 0));
    SHOW(socket(AF_UNIX, SOCK_STREAM, 77));
    SHOW(socket(AF_UNIX, SOCK_RAW, 0) >= 0);
    SHOW(socket(99, SOCK_STREAM, 0));
    SHOW(accept(0, NULL, NULL));
    SHOW(events_of(socket(AF_UNIX, SOCK_STREAM, 0)));
    SHOW(events_of(socket(AF_UNIX, SOCK_DGRAM, 0)));
}

static void client(void)
{
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    char answer[64];
    NEED(connect_to(fd, "server") == 0);
    NEED(write(fd, "question", 8) == 8);
    NEED(shutdown(fd, SHUT_WR) == 0);
    long bytes = read(fd, answer, sizeof(answer));
    struct ucred peer;
    socklen_t size = sizeof(peer);
    NEED(getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0);
    _exit(bytes == 6 && memcmp(answer, "answer", 6) == 0 && peer.pid == getppid() ? 3 : 4);
}

static void server(void)
{
    SECTION("server and client");
    int fd = socket(AF_UNIX, SOCK_STREAM, 0), status;
    char text[64];
    SHOW(bind_to(fd, "server"));
    SHOW(listen(fd, 3));
    fflush(stdout);
    pid_t child = fork();
    if (child == 0)
        client();
    struct sockaddr_un peer;
    socklen_t bytes = sizeof(peer);
    int end = accept4(fd, (struct sockaddr *)&peer, &bytes, SOCK_CLOEXEC);
    printf("accepted from %u bytes of name\n", bytes);
    SHOW(recv(end, text, sizeof(text), MSG_WAITALL));
    SHOW(write(end, "answer", 6));
    struct ucred told;
    socklen_t size = sizeof(told);
    SHOW(getsockopt(end, SOL_SOCKET, SO_PEERCRED, &told, &size));
    printf("client is %s\n", told.pid == child ? "the child" : "unknown");
    show_name("own", getsockname, end);
    waitpid(child, &status, 0);
    printf("client ended with %d\n", WEXITSTATUS(status));
    SHOW(events_of(end));
    SHOW(send(end, "x", 1, MSG_NOSIGNAL));
    close(end);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    SHOW(accept(fd, NULL, NULL));
    SHOW(option(fd, SO_ACCEPTCONN));
    close(fd);
}

static void streams(void)
{
    int s[2];
    char text[64];
    SECTION("streams");
    NEED(socketpair(AF_UNIX, SOCK_STREAM, 0, s) == 0);
    SHOW(write(s[0], "hello", 5));
    SHOW(write(s[0], " you", 4));
    SHOW(recv(s[1], text, 3, MSG_PEEK));
    SHOW(recv(s[1], text, 64, MSG_DONTWAIT));
    SHOW(recv(s[1], text, 64, MSG_DONTWAIT));
    SHOW(events_of(s[1]));
    int bytes = -1;
    write(s[0], "12345", 5);
    SHOW(ioctl(s[1], FIONREAD, &bytes));
    printf("%d\n", bytes);
    SHOW(send_to(s[0], "x", "nobody"));
    SHOW(shutdown(s[0], SHUT_WR));
    SHOW(send(s[0], "x", 1, MSG_NOSIGNAL));
    SHOW(events_of(s[1]));
    SHOW(read(s[1], text, 64));
    SHOW(read(s[1], text, 64));
    SHOW(write(s[1], "unread", 6));
    close(s[0]);
    SHOW(events_of(s[1]));
    SHOW(read(s[1], text, 64));
    signal(SIGPIPE, SIG_IGN);
    SHOW(write(s[1], "x", 1));
    close(s[1]);
    NEED(socketpair(AF_UNIX, SOCK_STREAM, 0, s) == 0);
    write(s[1], "unread", 6);
    close(s[1]);
    NEED(socketpair(AF_UNIX, SOCK_STREAM, 0, s) == 0);
    write(s[0], "unread", 6);
    close(s[1]);
    SHOW(events_of(s[0]));
    SHOW(option(s[0], SO_ERROR));
    SHOW(read(s[0], text, 64));
    close(s[0]);
    NEED(socketpair(AF_UNIX, SOCK_STREAM, 0, s) == 0);
    struct timeval soon = {0, 20000};
    SHOW(setsockopt(s[0], SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof(soon)));
    SHOW(read(s[0], text, 64));
    SHOW(lseek(s[0], 0, SEEK_SET));
    SHOW(read(s[0], text, 0));
    close(s[0]);
    close(s[1]);
}

static void packets(void)
{
    int s[2];
    char text[64];
    SECTION("packets");
    NEED(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, s) == 0);
    SHOW(write(s[0], "first", 5));
    SHOW(write(s[0], "second", 6));
    SHOW(recv(s[1], text, 2, MSG_TRUNC));
    receive(s[1], 3, 0, 0);
    SHOW(recv(s[1], text, 64, MSG_DONTWAIT));
    SHOW(write(s[0], buffer, 1 << 19));
    close(s[0]);
    SHOW(read(s[1], text, 64));
    SHOW(events_of(s[1]));
    SHOW(write(s[1], "x", 1));
    close(s[1]);
    int a = socket(AF_UNIX, SOCK_DGRAM, 0), b = socket(AF_UNIX, SOCK_DGRAM, 0);
    SHOW(bind_to(a, "datagrams"));
    SHOW(write(b, "x", 1));
    SHOW(send_to(b, "nobody's", "datagrams"));
    receive(a, 10, 0, 0);
    SHOW(bind_to(b, "@sender"));
    SHOW(send_to(b, "one", "datagrams"));
    SHOW(connect_to(b, "datagrams"));
    SHOW(write(b, "two", 3));
    SHOW(send(b, "", 0, 0));
    receive(a, 10, 0, 0);
    receive(a, 10, 0, 0);
    receive(a, 10, 0, 0);
    receive(a, 10, 0, MSG_DONTWAIT);
    show_name("peer", getpeername, b);
    show_name("peer", getpeername, a);
    SHOW(listen(a, 1));
    SHOW(accept(a, NULL, NULL));
    int third = socket(AF_UNIX, SOCK_DGRAM, 0);
    SHOW(send_to(third, "x", "@sender"));
    close(a);
    SHOW(write(b, "x", 1));
    SHOW(write(b, "x", 1));
    SHOW(send_to(b, "x", "datagrams"));
    close(b);
    close(third);
}

static void descriptors(void)
{
    int s[2], p[2], on = 1;
    char text[64];
    SECTION("descriptors and credentials");
    NEED(socketpair(AF_UNIX, SOCK_STREAM, 0, s) == 0 && pipe(p) == 0);
    SHOW(send_fd(s[0], p[1]));
    close(p[1]);
    int fd = receive(s[1], 10, 256, MSG_CMSG_CLOEXEC);
    SHOW(fcntl(fd, F_GETFD));
    SHOW(write(fd, "through", 7));
    close(fd);
    SHOW(read(p[0], text, 64));
    SHOW(read(p[0], text, 64));
    write(s[0], "before", 6);
    send_fd(s[0], 0);
    write(s[0], "after", 5);
    receive(s[1], 64, 256, MSG_PEEK);
    receive(s[1], 64, 256, 0);
    receive(s[1], 64, 256, 0);
    send_fd(s[0], 0);
    receive(s[1], 64, 0, 0);
    send_fd(s[0], 0);
    receive(s[1], 64, 10, 0);
    SHOW(send_fd(s[0], 999));
    write(s[0], "nobody", 6);
    SHOW(setsockopt(s[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)));
    write(s[0], "me", 2);
    receive(s[1], 64, 256, 0);
    receive(s[1], 64, 256, 0);
    send_fd(s[0], 0);
    receive(s[1], 64, 256, 0);
    close(s[0]);
    close(s[1]);
}

static void child_of_pair(int fd)
{
    for (char byte; read(fd, &byte, 1) == 1;)
        if (write(fd, &byte, 1) != 1)
            _exit(1);
    _exit(0);
}

static void ping_pong(void)
{
    int s[2], status;
    char byte = 'p';
    SECTION("ping-pong, and a large transfer");
    NEED(socketpair(AF_UNIX, SOCK_STREAM, 0, s) == 0);
    fflush(stdout);
    if (fork() == 0) {
        close(s[0]);
        child_of_pair(s[1]);
    }
    close(s[1]);
    int rounds = 0;
    while (rounds < 1000 && write(s[0], &byte, 1) == 1 && read(s[0], &byte, 1) == 1)
        rounds++;
    close(s[0]);
    wait(&status);
    printf("%d rounds, status %d\n", rounds, status);
    NEED(socketpair(AF_UNIX, SOCK_STREAM, 0, s) == 0);
    fflush(stdout);
    if (fork() == 0) {
        close(s[0]);
        for (int i = 0; i < 8; i++)
            NEED(write(s[1], buffer, sizeof(buffer)) == sizeof(buffer));
        _exit(0);
    }
    close(s[1]);
    long total = 0, part;
    while ((part = read(s[0], buffer, 77777)) > 0)
        total += part;
    wait(&status);
    printf("%ld bytes, status %d\n", total, status);
    close(s[0]);
}

static void readiness(void)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET}, told;
    int server_fd = socket(AF_UNIX, SOCK_STREAM, 0), fd = socket(AF_UNIX, SOCK_STREAM, 0);
    int epoll = epoll_create1(0);
    SECTION("epoll");
    NEED(bind_to(server_fd, "@epoll") == 0 && listen(server_fd, 5) == 0);
    SHOW(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event));
    SHOW(epoll_wait(epoll, &told, 1, 0));
    printf("%x\n", told.events);
    SHOW(connect_to(fd, "@epoll"));
    SHOW(epoll_wait(epoll, &told, 1, 0));
    printf("%x\n", told.events);
    int end = accept(server_fd, NULL, NULL);
    SHOW(write(end, "x", 1));
    SHOW(epoll_wait(epoll, &told, 1, 0));
    printf("%x\n", told.events);
    SHOW(epoll_wait(epoll, &told, 1, 0));
    close(end);
    SHOW(epoll_wait(epoll, &told, 1, 0));
    printf("%x\n", told.events);
    close(epoll);
    close(fd);
    close(server_fd);
}

/* How many there are differs from host to world, but not what getgroups says of oneself. */
static void groups(void)
{
    SECTION("groups of the other side");
    int pair[2], fd = socket(AF_UNIX, SOCK_STREAM, 0);
    gid_t own[1024], told[1024] = {0};
    int count = getgroups(1024, own);
    socklen_t size = sizeof(told);
    SHOW(getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, told, &size));
    NEED(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) == 0);
    SHOW(getsockopt(pair[0], SOL_SOCKET, SO_PEERGROUPS, told, &size));
    SHOW(size == count * sizeof(gid_t) && memcmp(own, told, size) == 0);
    SHOW(getsockopt(pair[0], SOL_SOCKET, SO_PEERGROUPS, (void *)8, &size) == (count ? -1 : 0));
    close(fd);
    close(pair[0]);
    close(pair[1]);
}

int main(void)
{
    alarm(60);
    names();
    server();
    streams();
    packets();
    descriptors();
    ping_pong();
    readiness();
    groups();
    return 0;
}
