/**
 * test_ready.c - readiness: epoll, eventfd, timerfd and sockets, against closing and each other.
 */
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#include "tests/race/guest.h"
#include "tests/race/world.h"
#include "tests/unit/unit.h"

#define EVENT   DATA           /* struct epoll_event */
#define TIME    (DATA + 0x40)  /* struct itimerspec: 1 ms, 1 ms */
#define ADDRESS (DATA + 0x100) /* struct sockaddr_un: "\0s" */
#define MESSAGE (DATA + 0x200) /* struct msghdr with one vector and SCM_RIGHTS of fd 3 */
#define VECTOR  (DATA + 0x300)
#define RIGHTS  (DATA + 0x400)
#define BUFFER  (DATA + 0x8000)
#define SCRATCH (DATA + 0x10000)

/* Descriptors: 0, 1 epolls; 2 eventfd; 3 timerfd; 4, 5 stream sockets; 6, 7 datagram sockets; 8, 9
   a pipe. */
#define EPOLL     cpu_random(cpu, 2)
#define SOME_FD   (2 + cpu_random(cpu, 8))
#define SOME_OP   (1 + cpu_random(cpu, 3))
#define SOME_MASK (0x1f | cpu_random(cpu, 2) << 31 | cpu_random(cpu, 2) << 30)

PROGRAM(epoll_changer)
{
    BEGIN;
    for (;;) {
        ACCESS(cpu_store(cpu, EVENT, SOME_MASK, 4));
        CALL(SYS_epoll_ctl, EPOLL, SOME_OP, SOME_FD, EVENT);
        CALL(SYS_epoll_ctl, 0, SOME_OP, 1, EVENT);
        CALL(SYS_epoll_ctl, 1, SOME_OP, 0, EVENT);
        CALL(SYS_dup2, SOME_FD, 10 + cpu_random(cpu, 2));
        CALL(SYS_epoll_ctl, EPOLL, SOME_OP, 10, EVENT);
        CALL(SYS_close, 10 + cpu_random(cpu, 2));
        CALL(SYS_epoll_create1, 0);
        f->rbp = f->rax;
        CALL(SYS_epoll_ctl, f->rbp, 1, SOME_FD, EVENT);
        CALL(SYS_close, f->rbp);
    }
    END;
}

PROGRAM(epoll_waiter)
{
    BEGIN;
    for (;;) {
        CALL(SYS_epoll_wait, EPOLL, SCRATCH, 4, cpu_random(cpu, 3));
        CALL(SYS_poll, SCRATCH + 0x1000, 8, 1);
    }
    END;
}

PROGRAM(teller)
{
    BEGIN;
    for (;;) {
        CALL(SYS_write, 2, EVENT + 16, 8);
        CALL(SYS_read, 2, SCRATCH, 8);
        CALL(SYS_timerfd_settime, 3, 0, TIME, 0);
        CALL(SYS_read, 3, SCRATCH, 8);
        CALL(SYS_timerfd_gettime, 3, SCRATCH);
        CALL(SYS_sendto, 4 + cpu_random(cpu, 4), BUFFER, cpu_random(cpu, 3000), MSG_NOSIGNAL);
        CALL(SYS_recvfrom, 4 + cpu_random(cpu, 4), BUFFER, 3000, 0);
        CALL(SYS_write, 9, BUFFER, 100);
        CALL(SYS_read, 8, SCRATCH, 100);
        CALL(SYS_ioctl, 4 + cpu_random(cpu, 4), 0x541b, SCRATCH);
    }
    END;
}

/* Other files under the numbers that everybody uses. */
PROGRAM(replacer)
{
    BEGIN;
    for (;;) {
        CALL(SYS_eventfd2, 0, EFD_NONBLOCK);
        f->rbp = f->rax;
        CALL(SYS_dup2, f->rbp, 2);
        CALL(SYS_close, f->rbp);
        CALL(SYS_timerfd_create, 1, TFD_NONBLOCK);
        f->rbp = f->rax;
        CALL(SYS_dup2, f->rbp, 3);
        CALL(SYS_close, f->rbp);
        CALL(SYS_socketpair, AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, SCRATCH + 0x2000);
        ACCESS(cpu_load(cpu, SCRATCH + 0x2000, &f->r12, 8));
        CALL(SYS_dup2, f->r12 & 0xff, 4);
        CALL(SYS_dup2, f->r12 >> 32 & 0xff, 5);
        CALL(SYS_close, f->r12 & 0xff);
        CALL(SYS_shutdown, f->r12 >> 32 & 0xff, cpu_random(cpu, 3));
        CALL(SYS_close, f->r12 >> 32 & 0xff);
    }
    END;
}

PROGRAM(ready_crew)
{
    BEGIN;
    THREAD(epoll_changer, 0);
    THREAD(epoll_changer, 0);
    THREAD(epoll_waiter, 0);
    THREAD(teller, 0);
    THREAD(teller, 0);
    BECOME(replacer, 0);
    END;
}

PROGRAM(ready_init)
{
    BEGIN;
    ACCESS(cpu_store(cpu, EVENT + 16, 1, 8));
    ACCESS(cpu_store(cpu, TIME + 8, 1000000, 8));
    ACCESS(cpu_store(cpu, TIME + 24, 1000000, 8));
    for (f->rbx = 0; f->rbx < 8; f->rbx++)
        ACCESS(cpu_store(cpu, SCRATCH + 0x1000 + 8 * f->rbx, f->rbx | (uint64_t)POLLIN << 32, 8));
    CALL(SYS_epoll_create1, 0);
    CALL(SYS_epoll_create1, 0);
    CALL(SYS_eventfd2, 0, EFD_NONBLOCK);
    CALL(SYS_timerfd_create, 1, TFD_NONBLOCK);
    CALL(SYS_socketpair, AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, SCRATCH);
    CALL(SYS_socketpair, AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, SCRATCH);
    CALL(SYS_pipe2, SCRATCH, O_NONBLOCK);
    FORK(ready_crew, 0);
    FORK(ready_crew, 0);
    END_RACE(1);
    END;
}

TEST("epolls are changed and waited for while what they watch is used, replaced and closed")
{
    CHECK_EQUAL(world_run(&ready_init), 1 << 8);
}

/* ---- sockets -----------------------------------------------------------------------------------
 */

PROGRAM(server)
{
    BEGIN;
    for (;;) {
        CALL(SYS_socket, AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
        f->rbp = f->rax;
        CALL(SYS_bind, f->rbp, ADDRESS, 4);
        CALL(SYS_listen, f->rbp, 2);
        CALL(SYS_poll, 0, 0, 1);
        CALL(SYS_accept4, f->rbp, 0, 0, SOCK_NONBLOCK);
        f->r12 = f->rax;
        CALL(SYS_recvmsg, f->r12, MESSAGE + 0x40, 0);
        CALL(SYS_getpeername, f->r12, SCRATCH, SCRATCH + 0x80);
        CALL(SYS_close, f->r12);
        CALL(SYS_close, f->rbp);
        CALL(SYS_close_range, 20, 1000, 0);
    }
    END;
}

PROGRAM(client)
{
    BEGIN;
    for (;;) {
        CALL(SYS_socket, AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
        f->rbp = f->rax;
        CALL(SYS_connect, f->rbp, ADDRESS, 4);
        CALL(SYS_sendmsg, f->rbp, MESSAGE, MSG_NOSIGNAL);
        CALL(SYS_getsockopt, f->rbp, SOL_SOCKET, SO_PEERCRED, SCRATCH, SCRATCH + 0x80);
        CALL(SYS_setsockopt, f->rbp, SOL_SOCKET, SO_PASSCRED, EVENT, 4);
        CALL(SYS_close, f->rbp);
    }
    END;
}

/* Sockets that hold each other in flight, until the last of them is closed. */
PROGRAM(rights_user)
{
    BEGIN;
    for (;;) {
        CALL(SYS_sendmsg, 4 + cpu_random(cpu, 4), MESSAGE, MSG_NOSIGNAL);
        CALL(SYS_recvmsg, 4 + cpu_random(cpu, 4), MESSAGE + 0x40, 0);
        ACCESS(cpu_store(cpu, RIGHTS + 16, 3 + cpu_random(cpu, 5), 4));
        CALL(SYS_close, 12 + cpu_random(cpu, 100));
    }
    END;
}

PROGRAM(socket_crew)
{
    BEGIN;
    THREAD(server, 0);
    THREAD(client, 0);
    THREAD(rights_user, 0);
    THREAD(rights_user, 0);
    BECOME(client, 0);
    END;
}

/* struct msghdr: name, its length, vectors, their count, control, its length, flags */
#define PUT_MESSAGE(at, control_bytes)                                                             \
    do {                                                                                           \
        ACCESS(cpu_store(cpu, (at) + 16, VECTOR, 8));                                              \
        ACCESS(cpu_store(cpu, (at) + 24, 1, 8));                                                   \
        ACCESS(cpu_store(cpu, (at) + 32, (at) == MESSAGE ? RIGHTS : SCRATCH + 0x100, 8));          \
        ACCESS(cpu_store(cpu, (at) + 40, control_bytes, 8));                                       \
    } while (0)

PROGRAM(socket_init)
{
    BEGIN;
    ACCESS(cpu_store(cpu, ADDRESS, AF_UNIX | 's' << 24, 8));
    ACCESS(cpu_store(cpu, VECTOR, BUFFER, 8));
    ACCESS(cpu_store(cpu, VECTOR + 8, 50, 8));
    PUT_MESSAGE(MESSAGE, 20);
    PUT_MESSAGE(MESSAGE + 0x40, 64);
    ACCESS(cpu_store(cpu, RIGHTS, 20, 8));
    ACCESS(cpu_store(cpu, RIGHTS + 8, SOL_SOCKET | (uint64_t)SCM_RIGHTS << 32, 8));
    CALL(SYS_eventfd2, 0, 0);
    CALL(SYS_eventfd2, 0, 0);
    CALL(SYS_eventfd2, 0, 0);
    CALL(SYS_eventfd2, 0, 0);
    CALL(SYS_socketpair, AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, SCRATCH);
    CALL(SYS_socketpair, AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, SCRATCH);
    FORK(socket_crew, 0);
    FORK(socket_crew, 0);
    END_RACE(5);
    END;
}

TEST("sockets are bound, connected, used, closed and sent over each other at once")
{
    CHECK_EQUAL(world_run(&socket_init), 5 << 8);
}
