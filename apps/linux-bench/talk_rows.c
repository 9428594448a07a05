/*
 * talk_rows.c - two processes or threads that wait for each other, there and back: over pipes, over
 * a socket, by futex.
 */
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "apps/linux-bench/rows.h"

#define BYTES_MAX 4096

/* One side of a conversation. */
struct side {
    int in;
    int out;
    size_t bytes;
};

static char buffer[BYTES_MAX];

static void receive(const struct side *side)
{
    for (size_t have = 0; have < side->bytes;) {
        long got = row_need(read(side->in, buffer + have, side->bytes - have), "read");
        if (got == 0)
            exit(EXIT_SUCCESS); /* the other side has ended */
        have += (size_t)got;
    }
}

static void say(const struct side *side)
{
    if (row_need(write(side->out, buffer, side->bytes), "write") != (long)side->bytes) {
        errno = EIO;
        row_fail("a write that is whole");
    }
}

static void answer(void *context)
{
    for (;;) {
        receive(context);
        say(context);
    }
}

static void round_trip(void *context)
{
    say(context);
    receive(context);
}

void row_pipe(const struct row *row, unsigned count)
{
    int there[2], back[2];

    row_need(pipe(there), "pipe");
    row_need(pipe(back), "pipe");
    struct side peer = {.in = there[0], .out = back[1], .bytes = row->bytes};
    struct side self = {.in = back[0], .out = there[1], .bytes = row->bytes};
    row_start_peer(answer, &peer);
    row_measure(row, &(struct measure){.operation = round_trip, .context = &self}, count);
}

void row_unix(const struct row *row, unsigned count)
{
    int ends[2];

    row_need(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), "socketpair");
    struct side peer = {.in = ends[0], .out = ends[0], .bytes = row->bytes};
    struct side self = {.in = ends[1], .out = ends[1], .bytes = row->bytes};
    row_start_peer(answer, &peer);
    row_measure(row, &(struct measure){.operation = round_trip, .context = &self}, count);
}

/* Whose turn it is. The two hand it to each other. */
enum turn { TURN_SELF = 0, TURN_PEER = 1 };

struct shared_turn {
    _Atomic unsigned turn;
    int private; /* FUTEX_PRIVATE_FLAG for threads, 0 for processes */
};

static long futex(struct shared_turn *shared, int operation, unsigned value)
{
    return syscall(SYS_futex, &shared->turn, operation | shared->private, value, NULL, NULL, 0);
}

static void give_turn(struct shared_turn *shared, enum turn to)
{
    atomic_store(&shared->turn, to);
    row_need(futex(shared, FUTEX_WAKE, 1), "futex");
}

static void await_turn(struct shared_turn *shared, enum turn mine)
{
    while (atomic_load(&shared->turn) != mine)
        if (futex(shared, FUTEX_WAIT, !mine) == -1 && errno != EAGAIN && errno != EINTR)
            row_fail("futex");
}

static void take_turns(void *context)
{
    for (;;) {
        await_turn(context, TURN_PEER);
        give_turn(context, TURN_SELF);
    }
}

static void hand_over(void *context)
{
    give_turn(context, TURN_PEER);
    await_turn(context, TURN_SELF);
}

void row_futex_processes(const struct row *row, unsigned count)
{
    struct shared_turn *shared =
        mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    row_need((long)shared, "mmap");
    row_start_peer(take_turns, shared);
    row_measure(row, &(struct measure){.operation = hand_over, .context = shared}, count);
}

static void *peer_thread(void *context)
{
    take_turns(context);
    return NULL;
}

void row_futex_threads(const struct row *row, unsigned count)
{
    static struct shared_turn shared = {.private = FUTEX_PRIVATE_FLAG};
    pthread_t thread;

    errno = pthread_create(&thread, NULL, peer_thread, &shared);
    if (errno)
        row_fail("pthread_create");
    row_measure(row, &(struct measure){.operation = hand_over, .context = &shared}, count);
}
