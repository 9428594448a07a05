/*
 * belongings.c - see belongings.h.
 */
#include "apps/linux-fuzz/belongings.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "apps/linux-fuzz/owned.h"
#include "apps/linux-fuzz/value.h"

static void keep_open(enum value_kind kind, int descriptor)
{
    if (descriptor < 0)
        return;
    if (kind == V_FD)
        value_keep_descriptor(descriptor);
    else
        value_keep_of_kind(kind, descriptor);
}

static void keep_both(enum value_kind kind, const int pair[2])
{
    keep_open(kind, pair[0]);
    keep_open(kind, pair[1]);
}

/* At names that random addresses have too (structures.c). */
static void open_sockets(void)
{
    static const int types[] = {SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM};
    struct sockaddr_un own = {.sun_family = AF_UNIX, .sun_path = {0, (char)('A' + owned_by % 26)}};

    for (unsigned i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        int socket_fd = socket(AF_UNIX, types[i] | SOCK_NONBLOCK, 0);
        own.sun_path[2] = (char)('0' + i);
        if (bind(socket_fd, (struct sockaddr *)&own, sizeof(own)) == 0)
            listen(socket_fd, 4);
        else /* another process of the family has it */
            connect(socket_fd, (struct sockaddr *)&own, sizeof(own));
        keep_open(V_SOCKET, socket_fd);
    }
}

/* One of each for a family of users, which nobody else may touch; root's has only its own. */
static void open_ipc(void)
{
    const key_t key = 0x1000 + owned_by;

    if (value_is_root())
        return;
    const int ids[] = {semget(key, 4, IPC_CREAT | 0600), msgget(key, IPC_CREAT | 0600),
                       shmget(key, 2 * PAGE, IPC_CREAT | 0600)};
    for (unsigned i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
        if (ids[i] >= 0)
            value_keep_ipc(ids[i]);
}

static void set_attributes(void)
{
    static const char *const files[] = {"file", "dir"};
    static const char *const attributes[] = {"user.a", "user.b"};
    const uint64_t word = owned_word();

    for (unsigned i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        for (unsigned j = 0; j < sizeof(attributes) / sizeof(attributes[0]); j++)
            setxattr(files[i], attributes[j], &word, sizeof(word), 0);
}

void belongings_open(void)
{
    int pair[2];

    mkdir("dir", 0700);
    mkfifo("fifo", 0600);
    keep_open(V_FD, open("file", O_RDWR | O_CREAT, 0600));
    keep_open(V_FOLDER, open("dir", O_RDONLY | O_DIRECTORY));
    keep_open(V_PIPE, open("fifo", O_RDWR | O_NONBLOCK));
    keep_open(V_FD, open("/proc/self/maps", O_RDONLY));
    keep_open(V_FD, open("/dev/zero", O_RDWR));
    if (pipe(pair) == 0)
        keep_both(V_PIPE, pair);
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0)
        keep_both(V_SOCKET, pair);
    if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, pair) == 0)
        keep_both(V_SOCKET, pair);
    keep_open(V_EPOLL, epoll_create1(0));
    keep_open(V_INOTIFY, inotify_init1(IN_NONBLOCK));
    keep_open(V_TIMER, timerfd_create(CLOCK_MONOTONIC, 0));
    keep_open(V_FD, memfd_create("memory", MFD_ALLOW_SEALING));
    keep_open(V_PROCESS, (int)syscall(SYS_pidfd_open, getpid(), 0));
    open_sockets();
    open_ipc();
    set_attributes();
}
