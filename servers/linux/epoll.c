/*
 * epoll.c - sets of watched files.
 *
 * An item stands in the wait queues of its file; a wake puts it on its instance's ready list. A
 * wait goes through that list, asks each file again and reports what holds. Edge-triggered items
 * are off the list before their file is asked; level-triggered ones stay on it until nothing holds.
 *
 * Locks: control_mutex (all changes of all instances: EPOLL_CTL_*, a file's or an instance's end),
 * then epoll.mutex (a wait's harvest; outer instances before the ones they watch), then what poll
 * operations take, then ready_spin. Items point at files without counting: file_destroy removes
 * them first.
 */
#include "servers/linux/epoll.h"

#include "servers/linux/anon.h"
#include "servers/linux/poll.h"
#include "servers/linux/text.h"
#include "servers/linux/wait_time.h"

#define NESTING_MAX  5
#define ITEM_QUEUES  2
#define PRIVATE_BITS (EPOLLWAKEUP | EPOLLONESHOT | EPOLLET | EPOLLEXCLUSIVE)

struct epoll {
    struct mutex mutex;
    struct spin ready_spin;
    struct list ready;           /* of epoll_item.ready_link; under ready_spin */
    struct list items;           /* of epoll_item.epoll_link; under control_mutex */
    struct waitqueue wait_queue; /* threads in epoll_wait, and whoever polls the instance */
};

struct epoll_item {
    struct epoll *epoll;
    struct file *file;
    struct epoll_item *file_next; /* other watchers of this file; under control_mutex */
    int fd;
    bool is_ready; /* on epoll.ready; under ready_spin */
    unsigned queue_count;
    struct linux_epoll_event event; /* under epoll.mutex; no event bits: disabled (one shot) */
    struct list epoll_link;
    struct list ready_link;
    struct poll_table table;
    struct {
        struct wait_entry entry;
        struct epoll_item *item;
    } queues[ITEM_QUEUES];
};

static struct mutex control_mutex = MUTEX_OF(LOCK_EPOLL_CONTROL);
static const struct file_ops epoll_ops;

static struct epoll *epoll_of(const struct file *file) { return file->private; }

bool file_is_epoll(const struct file *file) { return file->ops == &epoll_ops; }

struct file *epoll_create(int *error)
{
    struct epoll *epoll = heap_alloc(sizeof(*epoll));

    *error = -ENOMEM;
    if (!epoll)
        return NULL;
    mutex_init(&epoll->mutex, LOCK_EPOLL);
    list_init(&epoll->ready);
    list_init(&epoll->items);
    struct file *file = anon_file(O_RDWR, &epoll_ops, epoll, error);
    if (!file)
        heap_free(epoll);
    return file;
}

/* ---- becoming ready ------------------------------------------------------------------ */

/*
 * Links of the ready list change under ready_spin, and forwards they are followed without it: so
 * each is stored at once, when what it leads to is complete.
 */
static struct list *ready_after(const struct list *link)
{
    return __atomic_load_n(&link->next, __ATOMIC_ACQUIRE);
}

static struct list *ready_last(const struct epoll *epoll)
{
    return __atomic_load_n(&epoll->ready.prev, __ATOMIC_ACQUIRE);
}

static void ready_push(struct epoll *epoll, struct list *link)
{
    struct list *last = epoll->ready.prev;

    link->prev = last;
    __atomic_store_n(&link->next, &epoll->ready, __ATOMIC_RELAXED);
    __atomic_store_n(&last->next, link, __ATOMIC_RELEASE);
    __atomic_store_n(&epoll->ready.prev, link, __ATOMIC_RELEASE);
}

static void ready_remove(struct list *link)
{
    __atomic_store_n(&link->next->prev, link->prev, __ATOMIC_RELEASE);
    __atomic_store_n(&link->prev->next, link->next, __ATOMIC_RELEASE);
}

static void make_ready(struct epoll_item *item)
{
    struct epoll *epoll = item->epoll;

    spin_lock(&epoll->ready_spin, LOCK_READY);
    if (!item->is_ready)
        ready_push(epoll, &item->ready_link);
    item->is_ready = true;
    spin_unlock(&epoll->ready_spin, LOCK_READY);
    wake_all(&epoll->wait_queue);
}

static void item_notify(struct wait_entry *entry)
{
    make_ready(*(struct epoll_item **)(void *)(entry + 1));
}

static void item_add_queue(struct poll_table *table, struct waitqueue *queue)
{
    struct epoll_item *item = container_of(table, struct epoll_item, table);

    ASSERT(item->queue_count < ITEM_QUEUES);
    unsigned i = item->queue_count++;
    item->queues[i].item = item;
    item->queues[i].entry.notify = item_notify;
    wait_add(queue, &item->queues[i].entry);
}

static uint32_t item_poll(struct epoll_item *item, struct poll_table *table)
{
    uint32_t ready =
        table || (item->event.events & ~PRIVATE_BITS) ? file_poll(item->file, table) : 0;

    return ready & item->event.events;
}

/* ---- control ------------------------------------------------------------------------- */

static struct epoll_item *find_item(struct epoll *epoll, struct file *file, int fd)
{
    struct epoll_item *item = file->epoll_items;

    while (item && (item->epoll != epoll || item->fd != fd))
        item = item->file_next;
    return item;
}

/* Would watching `target` from `epoll` close a circle, or nest too deep? */
static int check_nesting(const struct epoll *epoll, const struct epoll *target, int depth)
{
    if (target == epoll || depth > NESTING_MAX)
        return -ELOOP;
    list_for_each (link, &target->items) {
        const struct epoll_item *item = list_entry(link, struct epoll_item, epoll_link);
        if (!file_is_epoll(item->file))
            continue;
        if (check_nesting(epoll, epoll_of(item->file), depth + 1) < 0)
            return -ELOOP;
    }
    return 0;
}

static int add_item(struct epoll *epoll, int fd, struct file *file,
                    const struct linux_epoll_event *event)
{
    if (find_item(epoll, file, fd))
        return -EEXIST;
    if (file_is_epoll(file) && check_nesting(epoll, epoll_of(file), 1) < 0)
        return -ELOOP;
    struct epoll_item *item = heap_alloc(sizeof(*item));
    if (!item)
        return -ENOMEM;
    item->epoll = epoll;
    item->file = file;
    item->fd = fd;
    item->event = *event;
    item->event.events |= POLLERR | POLLHUP;
    item->table.add = item_add_queue;
    item->file_next = file->epoll_items;
    __atomic_store_n(&file->epoll_items, item, __ATOMIC_RELEASE);
    list_push_back(&epoll->items, &item->epoll_link);
    mutex_lock(&epoll->mutex);
    if (item_poll(item, &item->table))
        make_ready(item);
    mutex_unlock(&epoll->mutex);
    return 0;
}

static int change_item(struct epoll_item *item, const struct linux_epoll_event *event)
{
    if (!item)
        return -ENOENT;
    mutex_lock(&item->epoll->mutex);
    bool exclusive = (event->events | item->event.events) & EPOLLEXCLUSIVE;
    if (!exclusive) {
        item->event = *event;
        item->event.events |= POLLERR | POLLHUP;
        if (item_poll(item, NULL))
            make_ready(item);
    }
    mutex_unlock(&item->epoll->mutex);
    return exclusive ? -EINVAL : 0;
}

static int remove_item(struct epoll_item *item)
{
    if (!item)
        return -ENOENT;
    struct epoll *epoll = item->epoll;
    struct epoll_item **link = &item->file->epoll_items;
    while (*link != item)
        link = &(*link)->file_next;
    for (unsigned i = 0; i < item->queue_count; i++)
        wait_remove(&item->queues[i].entry);
    /* The file may go, and its queues with it, as soon as nobody watches it. */
    __atomic_store_n(link, item->file_next, __ATOMIC_RELEASE);
    list_remove(&item->epoll_link);
    mutex_lock(&epoll->mutex);
    spin_lock(&epoll->ready_spin, LOCK_READY);
    if (item->is_ready)
        ready_remove(&item->ready_link);
    spin_unlock(&epoll->ready_spin, LOCK_READY);
    mutex_unlock(&epoll->mutex);
    heap_free(item);
    return 0;
}

int epoll_control(struct file *file, int operation, int fd, struct file *target,
                  const struct linux_epoll_event *event)
{
    struct epoll *epoll = epoll_of(file);
    int status = -EINVAL;

    if (!target->ops->poll)
        return -EPERM;
    if (!file_is_epoll(file) || target == file)
        return -EINVAL;
    mutex_lock(&control_mutex);
    if (operation == EPOLL_CTL_ADD)
        status = add_item(epoll, fd, target, event);
    else if (operation == EPOLL_CTL_MOD)
        status = change_item(find_item(epoll, target, fd), event);
    else if (operation == EPOLL_CTL_DEL)
        status = remove_item(find_item(epoll, target, fd));
    mutex_unlock(&control_mutex);
    return status;
}

void epoll_file_gone(struct file *file)
{
    mutex_lock(&control_mutex);
    while (file->epoll_items)
        remove_item(file->epoll_items);
    mutex_unlock(&control_mutex);
}

static void epoll_show(const struct file *file, struct text *text)
{
    struct epoll *epoll = epoll_of(file);

    mutex_lock(&control_mutex);
    mutex_lock(&epoll->mutex);
    list_for_each (link, &epoll->items) {
        const struct epoll_item *item = list_entry(link, struct epoll_item, epoll_link);
        const struct inode *inode = item->file->inode;
        text_format(text, "tfd: %8d events: %8x data: %16lx  pos:%ld ino:%lx sdev:%x\n", item->fd,
                    item->event.events, item->event.data, (long)item->file->position, inode->number,
                    inode->mount->device);
    }
    mutex_unlock(&epoll->mutex);
    mutex_unlock(&control_mutex);
}

static void epoll_release(struct file *file)
{
    struct epoll *epoll = epoll_of(file);
    struct list *link;

    mutex_lock(&control_mutex);
    while ((link = list_first(&epoll->items)))
        remove_item(list_entry(link, struct epoll_item, epoll_link));
    mutex_unlock(&control_mutex);
    heap_free(epoll);
}

/* ---- wait ---------------------------------------------------------------------------- */

/* Takes an item off the ready list; from now on a wake puts it back. */
static void take_off(struct epoll_item *item)
{
    spin_lock(&item->epoll->ready_spin, LOCK_READY);
    ready_remove(&item->ready_link);
    item->is_ready = false;
    spin_unlock(&item->epoll->ready_spin, LOCK_READY);
}

/* Behind the rest, so that all get their turn. */
static NOINLINE void move_back(struct epoll_item *item)
{
    struct epoll *epoll = item->epoll;

    spin_lock(&epoll->ready_spin, LOCK_READY);
    ready_remove(&item->ready_link);
    ready_push(epoll, &item->ready_link);
    spin_unlock(&epoll->ready_spin, LOCK_READY);
}

/* Something does not hold any more, it seems: asked again off the list, so that no event falls
   between. */
static NOINLINE void leave_unless_ready(struct epoll_item *item)
{
    take_off(item);
    if (item_poll(item, NULL))
        make_ready(item);
}

static NOINLINE uint32_t ask_off_the_list(struct epoll_item *item)
{
    take_off(item);
    return item_poll(item, NULL);
}

/* What holds for an item of the ready list. Level-triggered ones stay on it while something does;
   the others leave it before they are asked. */
static inline uint32_t ask(struct epoll_item *item, bool level)
{
    if (UNLIKELY(!level))
        return ask_off_the_list(item);
    uint32_t events = item_poll(item, NULL);
    if (UNLIKELY(events == 0))
        leave_unless_ready(item);
    return events;
}

static int report(struct epoll_item *item, uint32_t events, uaddr_t to)
{
    struct linux_epoll_event event = {.events = events, .data = item->event.data};

    if (user_write(to, &event, sizeof(event)) < 0)
        return -EFAULT;
    if (item->event.events & EPOLLONESHOT)
        item->event.events &= PRIVATE_BITS;
    return 0;
}

/*
 * Caller holds epoll->mutex, so items leave the ready list only here, and its head may be read
 * without the spin. What becomes ready meanwhile is for the next call: an item is reported once.
 */
static long harvest(struct epoll *epoll, uaddr_t to, int capacity)
{
    const struct list *last = ready_last(epoll);
    const struct list *link = &epoll->ready;
    long count = 0;

    while (link != last && count < capacity) {
        link = ready_after(&epoll->ready);
        struct epoll_item *item = list_entry(link, struct epoll_item, ready_link);
        bool level = !(item->event.events & (EPOLLET | EPOLLONESHOT));
        uint32_t events = ask(item, level);
        if (events == 0)
            continue;
        if (report(item, events, to) < 0) {
            if (!level)
                make_ready(item);
            return count > 0 ? count : -EFAULT;
        }
        to.raw += sizeof(item->event);
        count++;
        if (level && ready_after(link) != &epoll->ready)
            move_back(item);
    }
    return count;
}

static long harvest_now(struct epoll *epoll, uaddr_t to, int capacity)
{
    if (ready_after(&epoll->ready) ==
        &epoll->ready) /* a wake comes after the item is on the list */
        return 0;
    mutex_lock(&epoll->mutex);
    long count = harvest(epoll, to, capacity);
    mutex_unlock(&epoll->mutex);
    return count;
}

static NOINLINE long sleep_and_harvest(struct epoll *epoll, uaddr_t events, int capacity,
                                       struct wait_time *time)
{
    struct waiter waiter;
    struct wait_entry entry = {.waiter = &waiter};
    long count;

    waiter_init(&waiter);
    wait_add(&epoll->wait_queue, &entry);
    for (;;) {
        count = harvest_now(epoll, events, capacity);
        if (count != 0)
            break;
        int status = waiter_sleep(&waiter, wait_time_deadline(time));
        if (status < 0) {
            count = status == -ETIMEDOUT ? 0 : -EINTR;
            break;
        }
    }
    wait_remove(&entry);
    return count;
}

long epoll_wait_events(struct file *file, uaddr_t events, int capacity, struct wait_time *time)
{
    struct epoll *epoll = epoll_of(file);

    if (!file_is_epoll(file))
        return -EINVAL;
    long count = harvest_now(epoll, events, capacity);
    return count != 0 || wait_time_is_zero(time) ? count
                                                 : sleep_and_harvest(epoll, events, capacity, time);
}

/* Is any item of the ready list really ready? */
static uint32_t epoll_poll(struct file *file, struct poll_table *table)
{
    struct epoll *epoll = epoll_of(file);
    uint32_t ready = 0;

    poll_add(table, &epoll->wait_queue);
    mutex_lock(&epoll->mutex);
    for (struct list *link = ready_after(&epoll->ready); !ready && link != &epoll->ready;
         link = ready_after(link)) {
        if (item_poll(list_entry(link, struct epoll_item, ready_link), NULL))
            ready = POLLIN | POLLRDNORM;
    }
    mutex_unlock(&epoll->mutex);
    return ready;
}

static const struct file_ops epoll_ops = {
    .poll = epoll_poll,
    .release = epoll_release,
    .show_info = epoll_show,
    .anon_name = "[eventpoll]",
    .is_stream = true,
};
