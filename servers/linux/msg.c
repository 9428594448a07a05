/*
 * msg.c - msgget, msgsnd, msgrcv, msgctl (msgop(2)).
 *
 * A message is copied from the sender before the lock is taken and to the receiver after it is
 * gone. Lock: the table's mutex.
 */
#include "servers/linux/ipc.h"
#include "servers/linux/process.h"
#include "servers/linux/signal.h"
#include "servers/linux/sys.h"

#define MESSAGE_MAX   8192  /* bytes of one */
#define QUEUE_MAX     16384 /* bytes of all in a queue, and more than there are messages */
#define MSG_NOERROR   010000u
#define MSG_EXCEPT    020000u
#define MSG_COPY      040000u
#define MSG_STAT      11
#define MSG_INFO      12
#define MSG_STAT_ANY  13
#define POOL_KIB      (IPC_OBJECTS_MAX * QUEUE_MAX / 1024)
#define SEGMENT_BYTES 16
#define SEGMENTS      0xffff

struct linux_msqid_ds {
    struct linux_ipc_perm perm;
    int64_t stime;
    int64_t rtime;
    int64_t ctime;
    uint64_t bytes;
    uint64_t count;
    uint64_t bytes_max;
    int32_t last_sender;
    int32_t last_receiver;
    uint64_t unused[2];
};
STATIC_ASSERT(sizeof(struct linux_msqid_ds) == 120, "struct msqid64_ds");

struct linux_msginfo {
    int32_t pool;
    int32_t map;
    int32_t message_max;
    int32_t queue_max;
    int32_t queues_max;
    int32_t segment_bytes;
    int32_t messages_max;
    uint16_t segments;
};
STATIC_ASSERT(sizeof(struct linux_msginfo) == 32, "struct msginfo");

struct ipc_message {
    struct list link;
    int64_t type;
    size_t bytes;
    char text[];
};

struct queue {
    struct ipc_object ipc;
    struct list messages;
    struct waitqueue readers;
    struct waitqueue writers;
    struct linux_msqid_ds told; /* but for perm */
};

static struct ipc_table queues = {.mutex = MUTEX_OF(LOCK_IPC)};

static struct queue *queue_of(struct ipc_object *object)
{
    return container_of(object, struct queue, ipc);
}

static struct ipc_object *make_queue(void *request, int *error)
{
    struct queue *queue = heap_alloc(sizeof(*queue));

    (void)request;
    *error = -ENOMEM;
    if (!queue)
        return NULL;
    list_init(&queue->messages);
    queue->told = (struct linux_msqid_ds){.ctime = ipc_now(), .bytes_max = QUEUE_MAX};
    return &queue->ipc;
}

static int accept_queue(const struct ipc_object *object, void *request)
{
    (void)object;
    (void)request;
    return 0;
}

SYSCALL(msgget)
{
    static const struct ipc_kind kind = {make_queue, accept_queue};
    return ipc_get(&queues, arg_int(args[0]), (uint32_t)args[1], &kind, NULL);
}

/* Caller holds the mutex. */
static void free_if_unused(struct queue *queue)
{
    if (ipc_unused(&queue->ipc))
        heap_free(queue);
}

/* The queue of that number, if the caller may. Caller holds the mutex. */
static int find(int id, uint32_t wanted, struct queue **queue)
{
    struct ipc_object *object = ipc_find(&queues, id);

    if (!object)
        return -EINVAL;
    *queue = queue_of(object);
    return ipc_permission(object, wanted);
}

/* ---- send ------------------------------------------------------------------------------------ */

static int read_message(uint64_t address, size_t bytes, struct ipc_message **made)
{
    int64_t type;

    if (user_read(&type, uaddr(address), sizeof(type)) < 0)
        return -EFAULT;
    if (bytes > MESSAGE_MAX || type < 1)
        return -EINVAL;
    struct ipc_message *message = heap_alloc(sizeof(*message) + bytes);
    if (!message)
        return -ENOMEM;
    message->type = type;
    message->bytes = bytes;
    if (user_read(message->text, uaddr(address + sizeof(type)), bytes) < 0) {
        heap_free(message);
        return -EFAULT;
    }
    *made = message;
    return 0;
}

static bool fits(const struct queue *queue, const struct ipc_message *message)
{
    return queue->told.bytes + message->bytes <= queue->told.bytes_max &&
           queue->told.count < queue->told.bytes_max;
}

/* Caller holds the mutex. */
static int send_locked(int id, struct ipc_message *message, bool nonblocking)
{
    struct queue *queue;
    int status = find(id, 2, &queue);

    while (status == 0 && !fits(queue, message)) {
        status =
            nonblocking ? -EAGAIN : ipc_wait(&queues, &queue->ipc, &queue->writers, NANOS_NEVER);
        if (status < 0)
            free_if_unused(queue);
    }
    if (status < 0)
        return status;
    list_push_back(&queue->messages, &message->link);
    queue->told.bytes += message->bytes;
    queue->told.count++;
    queue->told.stime = ipc_now();
    queue->told.last_sender = process_current_id();
    wake_all(&queue->readers);
    return 0;
}

SYSCALL(msgsnd)
{
    struct ipc_message *message;
    int id = arg_int(args[0]);
    int status = id < 0 ? -EINVAL : read_message(args[1], args[2], &message);

    if (status < 0)
        return status;
    mutex_lock(&queues.mutex);
    status = send_locked(id, message, args[3] & IPC_NOWAIT);
    mutex_unlock(&queues.mutex);
    if (status < 0)
        heap_free(message);
    return status == -EINTR ? -ERESTARTNOHAND : status;
}

/* ---- receive --------------------------------------------------------------------------------- */

struct receive {
    int64_t type;
    size_t bytes;
    uint32_t flags;
};

/* A type below 0: the first of the lowest type up to that. Caller holds the mutex. */
static struct ipc_message *choose(struct queue *queue, const struct receive *receive)
{
    struct ipc_message *chosen = NULL;

    list_for_each (link, &queue->messages) {
        struct ipc_message *message = list_entry(link, struct ipc_message, link);
        if (receive->type < 0) {
            if (message->type <= -receive->type && (!chosen || message->type < chosen->type))
                chosen = message;
            continue;
        }
        bool same = message->type == receive->type;
        if (receive->type == 0 || same == !(receive->flags & MSG_EXCEPT))
            return message;
    }
    return chosen;
}

/* Caller holds the mutex. */
static int receive_locked(int id, const struct receive *receive, struct ipc_message **taken)
{
    struct queue *queue;
    int status = find(id, 4, &queue);
    struct ipc_message *message = NULL;

    while (status == 0 && !(message = choose(queue, receive))) {
        status = receive->flags & IPC_NOWAIT
                     ? -ENOMSG
                     : ipc_wait(&queues, &queue->ipc, &queue->readers, NANOS_NEVER);
        if (status < 0)
            free_if_unused(queue);
    }
    if (status < 0)
        return status;
    if (message->bytes > receive->bytes && !(receive->flags & MSG_NOERROR))
        return -E2BIG;
    list_remove(&message->link);
    queue->told.bytes -= message->bytes;
    queue->told.count--;
    queue->told.rtime = ipc_now();
    queue->told.last_receiver = process_current_id();
    wake_all(&queue->writers);
    *taken = message;
    return 0;
}

SYSCALL(msgrcv)
{
    struct receive receive = {(int64_t)args[3], args[2], (uint32_t)args[4]};
    struct ipc_message *message;
    int id = arg_int(args[0]);

    if (id < 0 || receive.bytes > INT64_MAX)
        return -EINVAL;
    if (receive.flags & MSG_COPY)
        return -ENOSYS;
    if (receive.type == INT64_MIN)
        receive.type = -INT64_MAX;
    mutex_lock(&queues.mutex);
    int status = receive_locked(id, &receive, &message);
    mutex_unlock(&queues.mutex);
    if (status < 0)
        return status == -EINTR ? -ERESTARTNOHAND : status;
    size_t bytes = message->bytes < receive.bytes ? message->bytes : receive.bytes;
    long result = (long)bytes;
    if (user_write(uaddr(args[1]), &message->type, sizeof(message->type)) < 0 ||
        user_write(uaddr(args[1] + sizeof(message->type)), message->text, bytes) < 0)
        result = -EFAULT;
    heap_free(message);
    return result;
}

/* ---- control --------------------------------------------------------------------------------- */

/* Its messages go; who waits for it finds out. Caller holds the mutex. */
static void remove_queue(struct queue *queue)
{
    struct list *link;

    while ((link = list_first(&queue->messages))) {
        list_remove(link);
        heap_free(list_entry(link, struct ipc_message, link));
    }
    ipc_remove(&queues, &queue->ipc);
    queue->ipc.removed = true;
    wake_all(&queue->readers);
    wake_all(&queue->writers);
    free_if_unused(queue);
}

/* Caller holds the mutex. */
static int change(struct queue *queue, int command, const struct linux_msqid_ds *given)
{
    int status = ipc_owner(&queue->ipc);

    if (status < 0)
        return status;
    if (command == IPC_RMID) {
        remove_queue(queue);
        return 0;
    }
    if (given->bytes_max > QUEUE_MAX && !current_has(CAP_SYS_RESOURCE))
        return -EPERM;
    if (given->bytes_max == 0)
        return -EINVAL;
    ipc_set(&queue->ipc, &given->perm);
    queue->told.bytes_max = given->bytes_max;
    queue->told.ctime = ipc_now();
    wake_all(&queue->writers);
    return 0;
}

static long control(int id, int command, uint64_t address)
{
    struct linux_msqid_ds told = {0};
    bool by_place = command == MSG_STAT || command == MSG_STAT_ANY;
    bool reads = by_place || command == IPC_STAT;
    int status = -EINVAL;

    if (command == IPC_SET && user_read(&told, uaddr(address), sizeof(told)) < 0)
        return -EFAULT;
    mutex_lock(&queues.mutex);
    struct ipc_object *object = by_place ? ipc_at(&queues, id) : ipc_find(&queues, id);
    long result = object && by_place ? ipc_id(object) : 0;
    if (object && reads) {
        status = command == MSG_STAT_ANY ? 0 : ipc_permission(object, 4);
        told = queue_of(object)->told;
        told.perm = object->perm;
    } else if (object) {
        status = change(queue_of(object), command, &told);
    }
    mutex_unlock(&queues.mutex);
    if (status == 0 && reads && user_write(uaddr(address), &told, sizeof(told)) < 0)
        status = -EFAULT;
    return status < 0 ? status : result;
}

static long system_info(int command, uint64_t address)
{
    struct linux_msginfo info = {
        .pool = POOL_KIB,
        .map = QUEUE_MAX,
        .message_max = MESSAGE_MAX,
        .queue_max = QUEUE_MAX,
        .queues_max = IPC_OBJECTS_MAX,
        .segment_bytes = SEGMENT_BYTES,
        .messages_max = QUEUE_MAX,
        .segments = SEGMENTS,
    };

    mutex_lock(&queues.mutex);
    if (command == MSG_INFO) {
        info.pool = (int32_t)queues.used;
        info.map = info.messages_max = 0;
        for (int place = 0; place < IPC_OBJECTS_MAX; place++) {
            struct ipc_object *object = ipc_at(&queues, place);
            info.map += object ? (int32_t)queue_of(object)->told.count : 0;
            info.messages_max += object ? (int32_t)queue_of(object)->told.bytes : 0;
        }
    }
    long highest = ipc_highest(&queues);
    mutex_unlock(&queues.mutex);
    return user_write(uaddr(address), &info, sizeof(info)) < 0 ? -EFAULT : highest;
}

SYSCALL(msgctl)
{
    int id = arg_int(args[0]), command = arg_int(args[1]);

    if (id < 0)
        return -EINVAL;
    switch (command) {
    case IPC_INFO:
    case MSG_INFO:
        return system_info(command, args[2]);
    case IPC_RMID:
    case IPC_SET:
    case IPC_STAT:
    case MSG_STAT:
    case MSG_STAT_ANY:
        return control(id, command, args[2]);
    default:
        return -EINVAL;
    }
}
