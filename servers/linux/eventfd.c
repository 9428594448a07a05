/*
 * eventfd.c - see eventfd.h. Lock: the eventfd's mutex, for the counter.
 */
#include "servers/linux/eventfd.h"

#include "servers/linux/anon.h"
#include "servers/linux/poll.h"
#include "servers/linux/text.h"

#define COUNT_MAX (UINT64_MAX - 1)

struct eventfd {
    struct mutex mutex;
    uint64_t count;
    bool semaphore;
    int id; /* told in /proc */
    struct waitqueue queue;
};

static const struct file_ops eventfd_ops;
static uint32_t next_id;

struct file *eventfd_create(uint64_t initial, bool semaphore, uint32_t flags, int *error)
{
    struct eventfd *event = heap_alloc(sizeof(*event));

    *error = -ENOMEM;
    if (!event)
        return NULL;
    mutex_init(&event->mutex, LOCK_EVENTFD);
    event->count = initial;
    event->semaphore = semaphore;
    event->id = (int)__atomic_fetch_add(&next_id, 1, __ATOMIC_RELAXED);
    struct file *file = anon_file(O_RDWR | flags, &eventfd_ops, event, error);
    if (!file)
        heap_free(event);
    return file;
}

/* Waits for a change unless the file is non-blocking. Caller holds the mutex. */
static int wait_for_change(struct file *file, struct eventfd *event)
{
    if (file_nonblocking(file))
        return -EAGAIN;
    return wait_on(&event->queue, &event->mutex, NANOS_NEVER) == -EINTR ? -ERESTARTSYS : 0;
}

static long eventfd_read(struct file *file, struct iter *to, uint64_t *position)
{
    struct eventfd *event = file->private;
    uint64_t value = 0;
    int status = 0;

    (void)position;
    if (to->left < sizeof(value))
        return -EINVAL;
    mutex_lock(&event->mutex);
    while (event->count == 0 && status == 0)
        status = wait_for_change(file, event);
    if (status == 0) {
        value = event->semaphore ? 1 : event->count;
        event->count -= value;
        wake_all(&event->queue);
    }
    mutex_unlock(&event->mutex);
    return status < 0 ? status : iter_put(to, &value, sizeof(value));
}

static long eventfd_write(struct file *file, struct iter *from, uint64_t *position)
{
    struct eventfd *event = file->private;
    uint64_t value;
    int status = 0;

    (void)position;
    if (from->left < sizeof(value))
        return -EINVAL;
    if (iter_take(from, &value, sizeof(value)) != sizeof(value))
        return -EFAULT;
    if (value == UINT64_MAX)
        return -EINVAL;
    mutex_lock(&event->mutex);
    while (COUNT_MAX - event->count < value && status == 0)
        status = wait_for_change(file, event);
    if (status == 0) {
        event->count += value;
        if (value > 0)
            wake_all(&event->queue);
    }
    mutex_unlock(&event->mutex);
    return status < 0 ? status : (long)sizeof(value);
}

static uint32_t eventfd_poll(struct file *file, struct poll_table *table)
{
    struct eventfd *event = file->private;
    uint32_t ready = 0;

    mutex_lock(&event->mutex);
    poll_add(table, &event->queue);
    if (event->count > 0)
        ready |= POLLIN;
    if (event->count < COUNT_MAX)
        ready |= POLLOUT;
    mutex_unlock(&event->mutex);
    return ready;
}

static void eventfd_show(const struct file *file, struct text *text)
{
    struct eventfd *event = file->private;

    mutex_lock(&event->mutex);
    uint64_t count = event->count;
    mutex_unlock(&event->mutex);
    text_format(text, "eventfd-count: %16lx\neventfd-id: %d\n", count, event->id);
}

static void eventfd_release(struct file *file) { heap_free(file->private); }

static const struct file_ops eventfd_ops = {
    .read = eventfd_read,
    .write = eventfd_write,
    .poll = eventfd_poll,
    .release = eventfd_release,
    .show_info = eventfd_show,
    .anon_name = "[eventfd]",
    .is_stream = true,
};
