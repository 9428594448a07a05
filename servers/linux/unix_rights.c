/*
 * unix_rights.c - see unix_rights.h.
 *
 * Lock: flight.mutex, inside unix_mutex and channel.mutex: the rights of every channel, and who is
 * in flight. A file enters and leaves a message under it, so while it is held a socket all of whose
 * references are in flight stays so: nobody can get at it but through a message.
 *
 * A circle is found in three steps. (1) Every socket whose references are all in flight may be
 * garbage. (2) Those that are in flight elsewhere than in the channels of such sockets are not, and
 * (3) neither is what can be reached from these. The rest is closed.
 */
#include "servers/linux/unix_rights.h"

#define COLLECT_SHARE      4     /* a look at n sockets is worth it after n / 4 events */
#define COLLECT_SEND_FILES 16000 /* from so many files on a send is an event, as on Linux */

static struct {
    struct mutex mutex;
    struct list sockets;   /* unix_socket.in_flight_link */
    uint64_t socket_count; /* tally */
    uint64_t file_count;   /* tally */
    uint32_t events; /* atomic: closed sockets, and sends beyond the limit, since the last look */
    bool collecting;
    bool collect_again;
} flight = {.mutex = MUTEX_OF(LOCK_FLIGHT)};

static struct {
    struct mutex mutex;
    struct unix_rights *chain;
    bool draining;
} discarded = {.mutex = MUTEX_OF(LOCK_DISCARDED)};

struct unix_rights *unix_rights_create(uint32_t count)
{
    return heap_alloc(sizeof(struct unix_rights) + count * sizeof(struct file *));
}

/* ---- in and out of flight ---------------------------------------------------------------- */

static void take_off(struct file *file)
{
    struct unix_socket *socket = unix_socket_of(file);

    tally_add(&flight.file_count, 1);
    if (!socket)
        return;
    if (!flight.sockets.next)
        list_init(&flight.sockets);
    if (socket->in_flight++ > 0)
        return;
    list_push_back(&flight.sockets, &socket->in_flight_link);
    tally_add(&flight.socket_count, 1);
}

static void land(struct file *file)
{
    struct unix_socket *socket = unix_socket_of(file);

    tally_sub(&flight.file_count, 1);
    if (!socket || --socket->in_flight > 0)
        return;
    list_remove(&socket->in_flight_link);
    tally_sub(&flight.socket_count, 1);
    socket->garbage = false;
}

int unix_rights_attach(struct unix_rights *rights, struct unix_channel *channel)
{
    int status = 0;

    mutex_lock(&flight.mutex);
    if (!current_has(CAP_SYS_RESOURCE) && !current_has(CAP_SYS_ADMIN) &&
        flight.file_count + rights->count > process_limit(RLIMIT_NOFILE))
        status = -ETOOMANYREFS;
    if (status == 0) {
        for (uint32_t i = 0; i < rights->count; i++)
            take_off(rights->files[i]);
        list_push_back(&channel->rights, &rights->link);
    }
    mutex_unlock(&flight.mutex);
    return status;
}

void unix_rights_detach(struct unix_rights *rights)
{
    mutex_lock(&flight.mutex);
    list_remove(&rights->link);
    for (uint32_t i = 0; i < rights->count; i++)
        land(rights->files[i]);
    mutex_unlock(&flight.mutex);
}

struct unix_rights *unix_rights_copy(struct unix_rights *rights)
{
    mutex_lock(&flight.mutex);
    struct unix_rights *copy = unix_rights_create(rights->count);
    if (copy) {
        copy->count = rights->count;
        for (uint32_t i = 0; i < rights->count; i++)
            copy->files[i] = file_get(rights->files[i]);
    }
    mutex_unlock(&flight.mutex);
    return copy;
}

/* ---- discarding ------------------------------------------------------------------------------ */

static void put_files(struct unix_rights *rights)
{
    for (uint32_t i = 0; i < rights->count; i++)
        file_put(rights->files[i]);
    heap_free(rights);
}

/* Closing a socket discards what its channel holds, which may be sockets: so whoever is at it takes
   over what others bring, and none calls itself. */
void unix_rights_discard(struct unix_rights *chain)
{
    if (!chain)
        return;
    mutex_lock(&discarded.mutex);
    struct unix_rights *last = chain;
    while (last->next)
        last = last->next;
    last->next = discarded.chain;
    discarded.chain = chain;
    bool mine = !discarded.draining;
    discarded.draining = true;
    while (mine && discarded.chain) {
        struct unix_rights *rights = discarded.chain;
        discarded.chain = rights->next;
        mutex_unlock(&discarded.mutex);
        put_files(rights);
        mutex_lock(&discarded.mutex);
    }
    if (mine)
        discarded.draining = false;
    mutex_unlock(&discarded.mutex);
}

/* ---- circles --------------------------------------------------------------------------------- */

typedef void visit_t(struct unix_socket *child, struct unix_socket **stack);

static void visit_channel(struct unix_channel *channel, visit_t *visit, struct unix_socket **stack)
{
    if (!channel)
        return;
    list_for_each (link, &channel->rights) {
        const struct unix_rights *rights = list_entry(link, struct unix_rights, link);
        for (uint32_t i = 0; i < rights->count; i++) {
            struct unix_socket *child = unix_socket_of(rights->files[i]);
            if (child)
                visit(child, stack);
        }
    }
}

/* Everything that a socket holds in flight: in its channel and in those of its pending ends. */
static void visit_held(struct unix_socket *socket, visit_t *visit, struct unix_socket **stack)
{
    visit_channel(socket->in, visit, stack);
    list_for_each (link, &socket->pending)
        visit_channel(list_entry(link, struct unix_socket, pending_link)->in, visit, stack);
}

static void explain(struct unix_socket *child, struct unix_socket **stack)
{
    (void)stack;
    if (child->garbage)
        child->unexplained--;
}

static void rescue(struct unix_socket *child, struct unix_socket **stack)
{
    if (!child->garbage)
        return;
    child->garbage = false;
    child->next_reachable = *stack;
    *stack = child;
}

static void mark(void)
{
    struct unix_socket *stack = NULL;

    list_for_each (link, &flight.sockets) {
        struct unix_socket *socket = list_entry(link, struct unix_socket, in_flight_link);
        uint32_t refs = __atomic_load_n(&socket->file->refs, __ATOMIC_ACQUIRE);
        socket->garbage = refs == socket->in_flight;
        socket->unexplained = socket->in_flight;
    }
    list_for_each (link, &flight.sockets) {
        struct unix_socket *socket = list_entry(link, struct unix_socket, in_flight_link);
        if (socket->garbage)
            visit_held(socket, explain, &stack);
    }
    list_for_each (link, &flight.sockets) {
        struct unix_socket *socket = list_entry(link, struct unix_socket, in_flight_link);
        if (socket->unexplained > 0)
            rescue(socket, &stack);
    }
    while (stack) {
        struct unix_socket *socket = stack;
        stack = socket->next_reachable;
        visit_held(socket, rescue, &stack);
    }
}

/* One file out of a message; the message stays, for the channel that knows it. */
static struct file *take_from_channel(struct unix_channel *channel)
{
    if (!channel)
        return NULL;
    list_for_each (link, &channel->rights) {
        struct unix_rights *rights = list_entry(link, struct unix_rights, link);
        if (rights->count == 0)
            continue;
        struct file *file = rights->files[--rights->count];
        land(file);
        return file;
    }
    return NULL;
}

static struct file *take_from_socket(struct unix_socket *socket)
{
    struct file *file = take_from_channel(socket->in);

    if (file)
        return file;
    list_for_each (link, &socket->pending) {
        file = take_from_channel(list_entry(link, struct unix_socket, pending_link)->in);
        if (file)
            return file;
    }
    return NULL;
}

static struct file *take_garbage(void)
{
    list_for_each (link, &flight.sockets) {
        struct unix_socket *socket = list_entry(link, struct unix_socket, in_flight_link);
        struct file *file = socket->garbage ? take_from_socket(socket) : NULL;
        if (file)
            return file;
    }
    return NULL;
}

static void collect_locked(void)
{
    struct file *file;

    do {
        flight.collect_again = false;
        mark();
        while ((file = take_garbage())) {
            mutex_unlock(&flight.mutex);
            mutex_unlock(&unix_mutex);
            file_put(file);
            mutex_lock(&unix_mutex);
            mutex_lock(&flight.mutex);
        }
    } while (flight.collect_again);
}

/* Closing what was found comes back here: the first call goes on until nothing is left. */
static void collect(void)
{
    mutex_lock(&unix_mutex);
    mutex_lock(&flight.mutex);
    __atomic_store_n(&flight.events, 0, __ATOMIC_RELAXED);
    if (flight.collecting) {
        flight.collect_again = true;
    } else {
        flight.collecting = true;
        collect_locked();
        flight.collecting = false;
    }
    mutex_unlock(&flight.mutex);
    mutex_unlock(&unix_mutex);
}

/* So that many sockets in flight do not make each close as long as they are many. */
static void collect_at_times(void)
{
    uint32_t events = __atomic_add_fetch(&flight.events, 1, __ATOMIC_RELAXED);

    if (events >= tally_read(&flight.socket_count) / COLLECT_SHARE)
        collect();
}

void unix_rights_after_close(void)
{
    if (tally_read(&flight.socket_count) > 0)
        collect_at_times();
}

void unix_rights_before_send(void)
{
    if (tally_read(&flight.file_count) > COLLECT_SEND_FILES && tally_read(&flight.socket_count) > 0)
        collect_at_times();
}
