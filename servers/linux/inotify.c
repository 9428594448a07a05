/*
 * inotify.c - see inotify.h.
 *
 * Lock: inotify_mutex, innermost but for the heap and wait queues: watches of all inodes and
 * instances, and the events that were not read. Inodes and instances are put without it.
 */
#include "servers/linux/inotify.h"

#include "lib/base/bits.h"
#include "lib/base/string.h"
#include "servers/linux/anon.h"
#include "servers/linux/poll.h"
#include "servers/linux/sys.h"
#include "servers/linux/text.h"

#define CONTROL_BITS                                                                               \
    (IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK | IN_MASK_CREATE | IN_MASK_ADD | IN_ONESHOT)

struct linux_inotify_event {
    int32_t watch;
    uint32_t mask;
    uint32_t cookie;
    uint32_t name_bytes; /* of the name behind it, with its zeros */
};

struct event {
    struct list link;
    struct linux_inotify_event head;
    unsigned length;
    char name[];
};

struct inotify {
    struct list events;
    uint32_t event_count;
    size_t bytes; /* as they will be read */
    struct list watches;
    int32_t last_watch;
    struct waitqueue queue;
};

struct inotify_watch {
    struct inotify_watch *next; /* of the same inode */
    struct list link;           /* inotify.watches */
    struct inotify *instance;
    struct inode *inode; /* counted */
    int32_t number;
    uint32_t mask;
};

uint32_t inotify_watch_count;
static struct mutex inotify_mutex = MUTEX_OF(LOCK_INOTIFY);
static uint32_t last_cookie;
static const struct file_ops inotify_ops;

/* ---- events ------------------------------------------------------------------------------------
 */

static size_t read_bytes(const struct event *event)
{
    return sizeof(event->head) + event->head.name_bytes;
}

static struct event *last_event(struct inotify *instance)
{
    struct list *last = instance->events.prev;
    return last == &instance->events ? NULL : list_entry(last, struct event, link);
}

static bool same(const struct event *event, const struct linux_inotify_event *head,
                 const char *name, unsigned length)
{
    return event->head.watch == head->watch && event->head.mask == head->mask &&
           event->head.cookie == head->cookie && event->length == length &&
           memcmp(event->name, name, length) == 0;
}

/* One that says what the last one says is dropped, as on Linux. Caller holds the mutex. */
static void queue_event(struct inotify *instance, struct linux_inotify_event head, const char *name,
                        unsigned length)
{
    const struct event *last = last_event(instance);

    if (instance->event_count >= INOTIFY_EVENTS_MAX) {
        head = (struct linux_inotify_event){.watch = -1, .mask = IN_Q_OVERFLOW};
        length = 0;
    }
    if (last && same(last, &head, name, length))
        return;
    struct event *event = heap_alloc(sizeof(*event) + length);
    if (!event)
        return; /* as if the queue were full; the next event may say so */
    event->head = head;
    event->head.name_bytes = length ? (uint32_t)align_up(length + 1, sizeof(head)) : 0;
    event->length = length;
    memcpy(event->name, name, length);
    list_push_back(&instance->events, &event->link);
    instance->event_count++;
    instance->bytes += read_bytes(event);
    wake_all(&instance->queue);
}

/* Takes a watch out of both its lists; the caller puts its inode and frees it. */
static void unlink_watch(struct inotify_watch *watch)
{
    struct inotify_watch **link = &watch->inode->watches;

    while (*link != watch)
        link = &(*link)->next;
    __atomic_store_n(link, watch->next, __ATOMIC_RELAXED);
    list_remove(&watch->link);
    __atomic_fetch_sub(&inotify_watch_count, 1, __ATOMIC_RELAXED);
}

/* Ends a watch: its instance is told, and it goes on a chain for free_watches. */
static void ignore_watch(struct inotify_watch *watch, struct inotify_watch **chain)
{
    const struct linux_inotify_event head = {.watch = watch->number, .mask = IN_IGNORED};

    unlink_watch(watch);
    queue_event(watch->instance, head, "", 0);
    watch->next = *chain;
    *chain = watch;
}

static void free_watches(struct inotify_watch *chain)
{
    while (chain) {
        struct inotify_watch *next = chain->next;
        inode_put(chain->inode);
        heap_free(chain);
        chain = next;
    }
}

/* Caller holds the mutex, and frees the chain after it. */
static void tell_watches(struct inode *inode, uint32_t event, uint32_t cookie, const char *name,
                         unsigned length, struct inotify_watch **chain)
{
    for (struct inotify_watch *watch = inode->watches, *next; watch; watch = next) {
        next = watch->next;
        if (!(watch->mask & event & IN_ALL_EVENTS))
            continue;
        const struct linux_inotify_event head = {
            .watch = watch->number, .mask = event, .cookie = cookie};
        queue_event(watch->instance, head, name, length);
        if (watch->mask & IN_ONESHOT)
            ignore_watch(watch, chain);
    }
}

static uint32_t directory_bit(const struct inode *inode)
{
    return S_ISDIR(inode->mode) ? IN_ISDIR : 0;
}

static void tell(struct inode *inode, uint32_t event, uint32_t cookie, const char *name,
                 unsigned length)
{
    struct inotify_watch *chain = NULL;

    if (!__atomic_load_n(&inode->watches, __ATOMIC_RELAXED))
        return;
    mutex_lock(&inotify_mutex);
    tell_watches(inode, event, cookie, name, length, &chain);
    mutex_unlock(&inotify_mutex);
    free_watches(chain);
}

void inotify_inode(struct inode *inode, uint32_t event)
{
    tell(inode, event | directory_bit(inode), 0, "", 0);
}

void inotify_entry(struct inode *dir, uint32_t event, uint32_t cookie, const char *name,
                   unsigned length, const struct inode *of)
{
    tell(dir, event | directory_bit(of), cookie, name, length);
}

void inotify_place(struct dentry *dentry, struct inode *inode, uint32_t event)
{
    char name[NAME_MAX];

    if (dentry && !dentry->gone) {
        struct dentry *parent = dentry_parent(dentry);
        mutex_lock(&parent->inode->mutex); /* names change under it */
        unsigned length = dentry->parent == parent && parent != dentry ? dentry->length : 0;
        memcpy(name, dentry->name, length);
        mutex_unlock(&parent->inode->mutex);
        if (length > 0)
            inotify_entry(parent->inode, event, 0, name, length, inode);
        dentry_put(parent);
    }
    inotify_inode(inode, event);
}

void inotify_file(struct file *file, uint32_t event)
{
    if (!(file->flags & O_PATH))
        inotify_place(file->dentry, file->inode, event);
}

/* Nothing of it will ever be told again. */
static void end_watches(struct inode *inode)
{
    struct inotify_watch *chain = NULL;

    if (!__atomic_load_n(&inode->watches, __ATOMIC_RELAXED))
        return;
    mutex_lock(&inotify_mutex);
    tell_watches(inode, IN_DELETE_SELF, 0, "", 0, &chain);
    while (inode->watches)
        ignore_watch(inode->watches, &chain);
    mutex_unlock(&inotify_mutex);
    free_watches(chain);
}

void inotify_unlinked(struct inode *inode)
{
    if (!S_ISDIR(inode->mode))
        inotify_inode(inode, IN_ATTRIB);
    if (inode->nlink == 0)
        end_watches(inode);
}

void inotify_removed(struct inode *dir, struct dentry *victim)
{
    inotify_unlinked(victim->inode);
    inotify_entry(dir, IN_DELETE, 0, victim->name, victim->length, victim->inode);
}

void inotify_renamed(struct inode *old_dir, const char *old_name, unsigned old_length,
                     struct inode *new_dir, struct dentry *moved)
{
    uint32_t cookie = __atomic_add_fetch(&last_cookie, 1, __ATOMIC_RELAXED);

    inotify_entry(old_dir, IN_MOVED_FROM, cookie, old_name, old_length, moved->inode);
    inotify_entry(new_dir, IN_MOVED_TO, cookie, moved->name, moved->length, moved->inode);
    inotify_inode(moved->inode, IN_MOVE_SELF);
}

/* ---- the file -------------------------------------------------------------------------------- */

/* The next event that fits. NULL and *status: 0 if there is none. */
static struct event *next_event(struct inotify *instance, size_t room, int *status)
{
    struct list *link = list_first(&instance->events);

    *status = 0;
    if (!link)
        return NULL;
    struct event *event = list_entry(link, struct event, link);
    if (read_bytes(event) > room) {
        *status = -EINVAL;
        return NULL;
    }
    list_remove(link);
    instance->event_count--;
    instance->bytes -= read_bytes(event);
    return event;
}

static struct event *wait_for_event(struct file *file, size_t room, bool may_wait, int *status)
{
    struct inotify *instance = file->private;
    struct event *event;

    mutex_lock(&inotify_mutex);
    while (!(event = next_event(instance, room, status)) && *status == 0) {
        if (!may_wait || file_nonblocking(file))
            *status = -EAGAIN;
        else if (wait_on(&instance->queue, &inotify_mutex, NANOS_NEVER) == -EINTR)
            *status = -ERESTARTSYS;
        if (*status < 0)
            break;
    }
    mutex_unlock(&inotify_mutex);
    return event;
}

static int put_event(struct iter *to, const struct event *event)
{
    size_t zeros = event->head.name_bytes - event->length;

    if (iter_put(to, &event->head, sizeof(event->head)) != (long)sizeof(event->head) ||
        iter_put(to, event->name, event->length) != (long)event->length ||
        iter_clear(to, zeros) != (long)zeros)
        return -EFAULT;
    return 0;
}

static long inotify_read(struct file *file, struct iter *to, uint64_t *position)
{
    size_t whole = to->left;
    struct event *event;
    int status;

    (void)position;
    while ((event = wait_for_event(file, to->left, to->left == whole, &status))) {
        status = put_event(to, event);
        heap_free(event);
        if (status < 0)
            return status;
    }
    return to->left < whole ? (long)(whole - to->left) : status;
}

static uint32_t inotify_poll(struct file *file, struct poll_table *table)
{
    struct inotify *instance = file->private;

    mutex_lock(&inotify_mutex);
    poll_add(table, &instance->queue);
    uint32_t ready = instance->event_count > 0 ? POLLIN | POLLRDNORM : 0;
    mutex_unlock(&inotify_mutex);
    return ready;
}

static long inotify_ioctl(struct file *file, uint32_t command, uint64_t argument)
{
    struct inotify *instance = file->private;

    if (command != FIONREAD)
        return -ENOTTY;
    mutex_lock(&inotify_mutex);
    int32_t bytes = (int32_t)instance->bytes;
    mutex_unlock(&inotify_mutex);
    return user_write(uaddr(argument), &bytes, sizeof(bytes));
}

static void inotify_show(const struct file *file, struct text *text)
{
    const struct inotify *instance = file->private;

    mutex_lock(&inotify_mutex);
    list_for_each (link, &instance->watches) {
        const struct inotify_watch *watch = list_entry(link, struct inotify_watch, link);
        text_format(text, "inotify wd:%x ino:%lx sdev:%x mask:%x ignored_mask:0 \n",
                    (uint32_t)watch->number, watch->inode->number, watch->inode->mount->device,
                    watch->mask & (IN_ALL_EVENTS | IN_ONESHOT));
    }
    mutex_unlock(&inotify_mutex);
}

static void inotify_release(struct file *file)
{
    struct inotify *instance = file->private;
    struct inotify_watch *chain = NULL;
    struct list *link;

    mutex_lock(&inotify_mutex);
    while ((link = list_first(&instance->watches)))
        ignore_watch(list_entry(link, struct inotify_watch, link), &chain);
    mutex_unlock(&inotify_mutex);
    free_watches(chain);
    while ((link = list_first(&instance->events))) {
        list_remove(link);
        heap_free(list_entry(link, struct event, link));
    }
    heap_free(instance);
}

/* ---- the calls ---------------------------------------------------------------------------------
 */

static long init(uint32_t flags)
{
    int error;

    if (flags & ~(uint32_t)(O_CLOEXEC | O_NONBLOCK))
        return -EINVAL;
    struct inotify *instance = heap_alloc(sizeof(*instance));
    if (!instance)
        return -ENOMEM;
    list_init(&instance->events);
    list_init(&instance->watches);
    struct file *file = anon_file(flags & O_NONBLOCK, &inotify_ops, instance, &error);
    if (!file) {
        heap_free(instance);
        return error;
    }
    return fd_install_or_put(file, flags & O_CLOEXEC);
}

SYSCALL(inotify_init)
{
    (void)args;
    return init(0);
}

SYSCALL(inotify_init1) { return init((uint32_t)args[0]); }

static struct inotify_watch *find_watch(const struct inotify *instance, const struct inode *inode)
{
    struct inotify_watch *watch = inode->watches;

    while (watch && watch->instance != instance)
        watch = watch->next;
    return watch;
}

static int change_watch(struct inotify_watch *watch, uint32_t mask)
{
    if (mask & IN_MASK_CREATE)
        return -EEXIST;
    if (mask & IN_MASK_ADD)
        watch->mask |= mask & ~CONTROL_BITS;
    else
        watch->mask = mask & (~CONTROL_BITS | IN_ONESHOT);
    return watch->number;
}

/* `spare` becomes the watch if the inode has none of this instance. Caller holds the mutex. */
static int add_locked(struct inotify *instance, struct inode *inode, uint32_t mask,
                      struct inotify_watch **spare)
{
    struct inotify_watch *watch = find_watch(instance, inode);

    if (watch)
        return change_watch(watch, mask);
    if (inotify_watch_count >= INOTIFY_WATCHES_MAX)
        return -ENOSPC;
    watch = *spare;
    *spare = NULL;
    *watch = (struct inotify_watch){.next = inode->watches,
                                    .instance = instance,
                                    .inode = inode_get(inode),
                                    .number = ++instance->last_watch,
                                    .mask = mask & (~CONTROL_BITS | IN_ONESHOT)};
    list_push_front(&instance->watches, &watch->link);
    __atomic_store_n(&inode->watches, watch, __ATOMIC_RELEASE);
    __atomic_fetch_add(&inotify_watch_count, 1, __ATOMIC_RELAXED);
    return watch->number;
}

static int add(struct inotify *instance, struct inode *inode, uint32_t mask)
{
    if ((mask & IN_ONLYDIR) && !S_ISDIR(inode->mode))
        return -ENOTDIR;
    int status = inode_permission(inode, R_OK);
    if (status < 0)
        return status;
    struct inotify_watch *spare = heap_alloc(sizeof(*spare));
    if (!spare)
        return -ENOMEM;
    mutex_lock(&inotify_mutex);
    status = add_locked(instance, inode, mask, &spare);
    mutex_unlock(&inotify_mutex);
    heap_free(spare);
    return status;
}

SYSCALL(inotify_add_watch)
{
    uint32_t mask = (uint32_t)args[2];
    struct inode *inode;
    int status;

    if (!(mask & IN_ALL_EVENTS) ||
        (mask & (IN_MASK_ADD | IN_MASK_CREATE)) == (IN_MASK_ADD | IN_MASK_CREATE))
        return -EINVAL;
    struct file *file = fd_file_of(arg_int(args[0]), &inotify_ops, &status);
    if (!file)
        return status;
    status = at_inode(AT_FDCWD, args[1], mask & IN_DONT_FOLLOW ? AT_SYMLINK_NOFOLLOW : 0, &inode);
    if (status == 0) {
        status = add(file->private, inode, mask);
        inode_put(inode);
    }
    file_put(file);
    return status;
}

SYSCALL(inotify_rm_watch)
{
    struct inotify_watch *chain = NULL;
    int status;
    struct file *file = fd_file_of(arg_int(args[0]), &inotify_ops, &status);

    if (!file)
        return status;
    const struct inotify *instance = file->private;
    mutex_lock(&inotify_mutex);
    list_for_each (link, &instance->watches) {
        struct inotify_watch *watch = list_entry(link, struct inotify_watch, link);
        if (watch->number == arg_int(args[1])) {
            ignore_watch(watch, &chain);
            break;
        }
    }
    mutex_unlock(&inotify_mutex);
    file_put(file);
    status = chain ? 0 : -EINVAL;
    free_watches(chain);
    return status;
}

static const struct file_ops inotify_ops = {
    .read = inotify_read,
    .poll = inotify_poll,
    .ioctl = inotify_ioctl,
    .release = inotify_release,
    .show_info = inotify_show,
    .anon_name = "inotify",
    .is_stream = true,
};
