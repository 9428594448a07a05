/*
 * test_unix_rights.c - descriptors and credentials through AF_UNIX sockets, and circles of them.
 */
#include <stdio.h>

#include "servers/linux/socket_abi.h"
#include "tests/unit/linux/shim.h"

#define HEADER  (GUEST_START + 0x190000)
#define VECTOR  (GUEST_START + 0x191000)
#define CONTROL (GUEST_START + 0x192000)
#define DATA    (GUEST_START + 0x193000)

static int a, b;

static void make_pair(int type)
{
    REQUIRE(call(socketpair, AF_UNIX, type, 0, GUEST_BUFFER) == 0);
    a = ((int32_t *)GUEST_BUFFER)[0];
    b = ((int32_t *)GUEST_BUFFER)[1];
}

/* A header over `bytes` bytes at DATA and `control` bytes at CONTROL. */
static struct linux_msghdr *header(uint64_t bytes, uint64_t control)
{
    struct linux_msghdr *head = (void *)HEADER;

    *(struct linux_iovec *)VECTOR = (struct linux_iovec){DATA, bytes};
    *head = (struct linux_msghdr){.vector = VECTOR,
                                  .vector_count = 1,
                                  .control = control ? CONTROL : 0,
                                  .control_length = control};
    return head;
}

static long send_fds(int to, const char *text, int count, const int *fds)
{
    struct linux_cmsghdr *control = (void *)CONTROL;
    uint64_t bytes = sizeof(*control) + (uint64_t)count * 4;

    memcpy((void *)DATA, text, strlen(text));
    *control = (struct linux_cmsghdr){bytes, SOL_SOCKET, SCM_RIGHTS};
    memcpy(control + 1, fds, (size_t)count * 4);
    header(strlen(text), bytes);
    return call(sendmsg, to, HEADER, MSG_DONTWAIT);
}

static long send_fd(int to, const char *text, int fd) { return send_fds(to, text, 1, &fd); }

/* The first descriptor that came along, -1: none. */
static long receive_fd(int from, size_t bytes, int flags, int *fd)
{
    const struct linux_cmsghdr *control = (void *)CONTROL;
    struct linux_msghdr *head = header(bytes, 64);
    memset((void *)CONTROL, 0, 64);
    long done = call(recvmsg, from, HEADER, flags);

    *fd = -1;
    if (done >= 0 && head->control_length >= 20 && control->type == SCM_RIGHTS)
        *fd = *(const int32_t *)(control + 1);
    return done;
}

static long open_count(void)
{
    long count = 0;
    for (int fd = -1; (fd = fd_table_next(context_current()->files, fd + 1)) >= 0;)
        count++;
    return count;
}

TEST("a file goes through a socket with its offset and outlives the sender's descriptor")
{
    char text[8];
    int fd;
    world_begin();
    make_pair(SOCK_STREAM);
    make_file("/f", "abcdef");
    int file = do_open("/f", O_RDONLY, 0);
    do_read(file, text, 2);
    CHECK_EQUAL(send_fd(a, "x", file), 1);
    call(close, file);
    CHECK_EQUAL(receive_fd(b, 10, MSG_CMSG_CLOEXEC, &fd), 1);
    CHECK(fd >= 0);
    CHECK_EQUAL(call(fcntl, fd, F_GETFD), FD_CLOEXEC);
    CHECK_EQUAL(do_read(fd, text, 7), 4);
    CHECK_TEXT(text, "cdef");
    world_end();
}

TEST("bytes before files and bytes after them are received apart from those behind")
{
    int fd;
    world_begin();
    make_pair(SOCK_STREAM);
    do_write(a, "before");
    CHECK_EQUAL(send_fd(a, "with", a), 4);
    do_write(a, "after");
    CHECK_EQUAL(send_fd(a, "again", b), 5);
    CHECK_EQUAL(receive_fd(b, 100, MSG_PEEK, &fd), 10);
    CHECK(fd >= 0);
    call(close, fd);
    CHECK_EQUAL(receive_fd(b, 100, 0, &fd), 10);
    CHECK(memcmp((void *)DATA, "beforewith", 10) == 0);
    CHECK(fd >= 0);
    CHECK_EQUAL(receive_fd(b, 7, 0, &fd), 7);
    CHECK(fd >= 0);
    CHECK_EQUAL(receive_fd(b, 100, 0, &fd), 3);
    CHECK_EQUAL(fd, -1);
    world_end();
}

TEST("files nobody asks for are closed, and what has no room is cut off")
{
    int fd, fds[3];
    char text[8];
    world_begin();
    make_pair(SOCK_STREAM);
    long before = open_count();
    CHECK_EQUAL(send_fd(a, "x", a), 1);
    CHECK_EQUAL(do_read(b, text, 7), 1);
    CHECK_EQUAL(open_count(), before);
    fds[0] = fds[1] = fds[2] = a;
    CHECK_EQUAL(send_fds(a, "y", 3, fds), 1);
    struct linux_msghdr *head = header(4, 24);
    CHECK_EQUAL(call(recvmsg, b, HEADER, 0), 1);
    CHECK_EQUAL(head->flags, MSG_CTRUNC);
    CHECK_EQUAL(((struct linux_cmsghdr *)CONTROL)->length, 24);
    CHECK_EQUAL(open_count(), before + 2);
    CHECK_EQUAL(send_fds(a, "y", 3, fds), 1);
    head = header(4, 0);
    CHECK_EQUAL(call(recvmsg, b, HEADER, 0), 1);
    CHECK_EQUAL(head->flags, MSG_CTRUNC);
    CHECK_EQUAL(send_fd(a, "z", 999), -EBADF);
    CHECK_EQUAL(receive_fd(b, 4, MSG_DONTWAIT, &fd), -EAGAIN);
    world_end();
}

TEST("malformed control messages are refused and cost nothing")
{
    struct linux_cmsghdr *control = (void *)CONTROL;
    world_begin();
    make_pair(SOCK_DGRAM);
    header(1, 20);
    *control = (struct linux_cmsghdr){21, SOL_SOCKET, SCM_RIGHTS};
    CHECK_EQUAL(call(sendmsg, a, HEADER, 0), -EINVAL);
    control->length = 15;
    CHECK_EQUAL(call(sendmsg, a, HEADER, 0), -EINVAL);
    *control = (struct linux_cmsghdr){20, SOL_SOCKET, 77};
    CHECK_EQUAL(call(sendmsg, a, HEADER, 0), -EINVAL);
    ((struct linux_msghdr *)HEADER)->control = GUEST_BAD;
    CHECK_EQUAL(call(sendmsg, a, HEADER, 0), -EFAULT);
    ((struct linux_msghdr *)HEADER)->control_length = 1 << 20;
    CHECK_EQUAL(call(sendmsg, a, HEADER, 0), -ENOBUFS);
    ((struct linux_msghdr *)HEADER)->vector_count = 1025;
    CHECK_EQUAL(call(sendmsg, a, HEADER, 0), -EMSGSIZE);
    static int many[254];
    for (int i = 0; i < 254; i++)
        many[i] = a;
    CHECK_EQUAL(send_fds(a, "x", 254, many), -EINVAL);
    CHECK_EQUAL(send_fds(a, "x", 253, many), 1);
    CHECK_EQUAL(call(sendmsg, a, GUEST_BAD, 0), -EFAULT);
    CHECK_EQUAL(call(recvmsg, b, GUEST_BAD, 0), -EFAULT);
    world_end();
}

static long receive_credentials(int from, struct linux_ucred *told)
{
    struct linux_msghdr *head = header(100, 64);
    long done = call(recvmsg, from, HEADER, MSG_DONTWAIT);

    memset(told, 0xff, sizeof(*told));
    if (done >= 0 && head->control_length >= sizeof(struct linux_cmsghdr) + sizeof(*told))
        memcpy(told, (const struct linux_cmsghdr *)CONTROL + 1, sizeof(*told));
    return done;
}

TEST("credentials come along once asked for, and different senders' bytes stay apart")
{
    struct linux_ucred told;
    world_begin();
    make_pair(SOCK_STREAM);
    do_write(a, "none");
    *(int32_t *)CONTROL = 1;
    CHECK_EQUAL(call(setsockopt, b, SOL_SOCKET, SO_PASSCRED, CONTROL, 4), 0);
    do_write(a, "root");
    do_write(a, "root");
    become(7, 8);
    do_write(a, "user");
    become(0, 0);
    CHECK_EQUAL(receive_credentials(b, &told), 4);
    CHECK_EQUAL(told.uid, 65534);
    CHECK_EQUAL(receive_credentials(b, &told), 8);
    CHECK_EQUAL(told.uid, 0);
    CHECK_EQUAL(told.pid, 1);
    CHECK_EQUAL(receive_credentials(b, &told), 4);
    CHECK_EQUAL(told.uid, 7);
    CHECK_EQUAL(told.gid, 8);
    world_end();
}

TEST("nobody but root sends another's credentials")
{
    struct linux_cmsghdr *control = (void *)CONTROL;
    struct linux_ucred *given = (void *)(control + 1), told;
    world_begin();
    make_pair(SOCK_DGRAM);
    *(int32_t *)CONTROL = 1;
    call(setsockopt, b, SOL_SOCKET, SO_PASSCRED, CONTROL, 4);
    header(1, 28);
    *control = (struct linux_cmsghdr){28, SOL_SOCKET, SCM_CREDENTIALS};
    *given = (struct linux_ucred){42, 43, 44};
    CHECK_EQUAL(call(sendmsg, a, HEADER, 0), 1);
    become(7, 7);
    CHECK_EQUAL(call(sendmsg, a, HEADER, 0), -EPERM);
    *given = (struct linux_ucred){1, 7, 7};
    CHECK_EQUAL(call(sendmsg, a, HEADER, 0), 1);
    become(0, 0);
    CHECK_EQUAL(receive_credentials(b, &told), 1);
    CHECK_EQUAL(told.pid, 42);
    CHECK_EQUAL(receive_credentials(b, &told), 1);
    CHECK_EQUAL(told.uid, 7);
    world_end();
}

TEST("several messages go in one call")
{
    struct linux_mmsghdr *heads = (void *)HEADER;
    world_begin();
    make_pair(SOCK_SEQPACKET);
    for (int i = 0; i < 3; i++) {
        ((struct linux_iovec *)VECTOR)[i] = (struct linux_iovec){DATA + 64 * (uint64_t)i, 5};
        heads[i] = (struct linux_mmsghdr){
            .header = {.vector = VECTOR + 16 * (uint64_t)i, .vector_count = 1}};
    }
    CHECK_EQUAL(call(sendmmsg, a, HEADER, 3, 0), 3);
    CHECK_EQUAL(heads[2].length, 5);
    CHECK_EQUAL(call(recvmmsg, b, HEADER, 2, 0, 0), 2);
    CHECK_EQUAL(call(recvmmsg, b, HEADER, 3, MSG_WAITFORONE, 0), 1);
    CHECK_EQUAL(call(recvmmsg, b, HEADER, 3, MSG_DONTWAIT, 0), -EAGAIN);
    world_end();
}

TEST("a socket that is only in its own queue is found and closed")
{
    int fd;
    world_begin();
    make_pair(SOCK_STREAM);
    send_fd(a, "x", a);
    send_fd(a, "x", b);
    call(close, a);
    call(close, b);
    make_pair(SOCK_DGRAM);
    for (int i = 0; i < 20; i++)
        send_fd(a, "x", b);
    call(close, b);
    call(close, a);
    make_pair(SOCK_DGRAM); /* and one that is still reachable stays */
    int keep_a = a, keep_b = b;
    send_fd(keep_a, "x", keep_b);
    make_pair(SOCK_DGRAM);
    call(close, a);
    call(close, b);
    CHECK_EQUAL(receive_fd(keep_b, 1, 0, &fd), 1);
    CHECK(fd >= 0);
    CHECK_EQUAL(do_write(keep_a, "alive"), 5);
    world_end();
}

TEST("a circle over several sockets, a listener and an end nobody accepted is found")
{
    struct linux_sockaddr_un *at = guest(0x500000);
    int pairs[4][2];
    world_begin();
    for (int i = 0; i < 4; i++) {
        make_pair(SOCK_SEQPACKET);
        pairs[i][0] = a;
        pairs[i][1] = b;
    }
    for (int i = 0; i < 4; i++)
        CHECK_EQUAL(send_fd(pairs[i][0], "x", pairs[(i + 1) % 4][1]), 1);
    *at = (struct linux_sockaddr_un){.family = AF_UNIX, .path = "\0ring"};
    int server = (int)call(socket, AF_UNIX, SOCK_STREAM, 0);
    int client = (int)call(socket, AF_UNIX, SOCK_STREAM, 0);
    CHECK_EQUAL(call(bind, server, at, 7), 0);
    CHECK_EQUAL(call(listen, server, 5), 0);
    CHECK_EQUAL(call(connect, client, at, 7), 0);
    CHECK_EQUAL(send_fd(client, "x", server), 1);
    call(close, client);
    call(close, server);
    for (int i = 0; i < 2; i++) /* circles are looked for when a socket closes */
        call(close, (int)call(socket, AF_UNIX, SOCK_STREAM, 0));
    CHECK_EQUAL(call(bind, (int)call(socket, AF_UNIX, SOCK_STREAM, 0), at, 7), 0);
    for (int i = 0; i < 4; i++) {
        call(close, pairs[i][1]);
        call(close, pairs[i][0]);
    }
    world_end();
}

TEST("a long chain of sockets in each other's queues closes without deep recursion")
{
    world_begin();
    shim.limits[RLIMIT_NOFILE] = 65536;
    make_pair(SOCK_DGRAM);
    int first = a, last = b;
    for (int i = 0; i < 20000; i++) {
        make_pair(SOCK_DGRAM);
        CHECK_EQUAL(send_fd(a, "x", last), 1); /* the new socket holds the older ones */
        call(close, last);
        call(close, a);
        last = b;
    }
    call(close, last);
    call(close, first);
    CHECK_EQUAL(open_count(), 0);
    world_end();
}

TEST("who is not root has a limit on files in flight")
{
    world_begin();
    shim.limits[RLIMIT_NOFILE] = 20;
    make_pair(SOCK_STREAM);
    become(9, 9);
    for (int i = 0; i < 20; i++)
        CHECK_EQUAL(send_fd(a, "x", a), 1);
    CHECK_EQUAL(send_fd(a, "x", a), -ETOOMANYREFS);
    CHECK_EQUAL(do_write(a, "plain"), 5);
    become(0, 0);
    CHECK_EQUAL(send_fd(a, "x", a), 1);
    world_end();
}

TEST("without a free descriptor the files are lost and the message says so")
{
    int fd;
    world_begin();
    make_pair(SOCK_STREAM);
    CHECK_EQUAL(send_fd(a, "x", a), 1);
    shim.limits[RLIMIT_NOFILE] = (uint64_t)(b > a ? b : a) + 1;
    CHECK_EQUAL(receive_fd(b, 1, 0, &fd), 1);
    CHECK_EQUAL(fd, -1);
    CHECK_EQUAL(((struct linux_msghdr *)HEADER)->flags, MSG_CTRUNC);
    world_end();
}
