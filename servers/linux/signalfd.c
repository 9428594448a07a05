/*
 * signalfd.c - pending signals that are read and polled.
 *
 * The signals are those of whoever reads or polls, as on Linux. One queue for all of them: it is
 * woken by every signal that stays pending, and whoever stands in it looks for itself.
 * Lock: process_mutex, as for everything of signals; so what is read is copied after it.
 */
#include "servers/linux/anon.h"
#include "servers/linux/poll.h"
#include "servers/linux/signal.h"
#include "servers/linux/sys.h"
#include "servers/linux/text.h"

#define SET_BYTES sizeof(signal_set_t)

struct signalfd {
    signal_set_t wanted; /* under process_mutex */
};

static const struct file_ops signalfd_ops;
static struct waitqueue signalfd_queue;

void signalfd_tell(void) { wake_all(&signalfd_queue); }

/* One of the wanted signals. Caller holds process_mutex. */
static int take(struct file *file, bool may_wait, struct signal_info *info)
{
    const struct signalfd *signals = file->private;

    while (!signal_dequeue(thread_self(), signals->wanted, info)) {
        if (!may_wait || file_nonblocking(file))
            return -EAGAIN;
        if (wait_on(&signalfd_queue, &process_mutex, NANOS_NEVER) == -EINTR)
            return -ERESTARTSYS;
    }
    return 0;
}

static long signalfd_read(struct file *file, struct iter *to, uint64_t *position)
{
    uint8_t encoded[SIGNALFD_INFO_BYTES];
    struct signal_info info;
    long done = 0;

    (void)position;
    if (to->left < sizeof(encoded))
        return -EINVAL;
    while (to->left >= sizeof(encoded)) {
        mutex_lock(&process_mutex);
        int status = take(file, done == 0, &info);
        mutex_unlock(&process_mutex);
        if (status < 0)
            return done > 0 ? done : status;
        signal_info_encode_fd(&info, encoded);
        if (iter_put(to, encoded, sizeof(encoded)) != (long)sizeof(encoded))
            return done > 0 ? done : -EFAULT;
        done += (long)sizeof(encoded);
    }
    return done;
}

static uint32_t signalfd_poll(struct file *file, struct poll_table *table)
{
    const struct signalfd *signals = file->private;
    const struct thread *thread = thread_self();

    mutex_lock(&process_mutex);
    poll_add(table, &signalfd_queue);
    signal_set_t pending = thread->signals.pending.set | thread->process->pending.set;
    uint32_t ready = pending & signals->wanted ? POLLIN : 0;
    mutex_unlock(&process_mutex);
    return ready;
}

static void signalfd_show(const struct file *file, struct text *text)
{
    const struct signalfd *signals = file->private;

    mutex_lock(&process_mutex);
    signal_set_t wanted = signals->wanted;
    mutex_unlock(&process_mutex);
    text_format(text, "sigmask:\t%016lx\n", wanted);
}

static void signalfd_release(struct file *file) { heap_free(file->private); }

static long create(signal_set_t wanted, uint32_t flags)
{
    struct signalfd *signals = heap_alloc(sizeof(*signals));
    int error;

    if (!signals)
        return -ENOMEM;
    signals->wanted = wanted;
    struct file *file = anon_file(O_RDWR | (flags & O_NONBLOCK), &signalfd_ops, signals, &error);
    if (!file) {
        heap_free(signals);
        return error;
    }
    return fd_install_or_put(file, flags & O_CLOEXEC);
}

static long change(int fd, signal_set_t wanted)
{
    int error;
    struct file *file = fd_file_of(fd, &signalfd_ops, &error);

    if (!file)
        return error;
    struct signalfd *signals = file->private;
    mutex_lock(&process_mutex);
    signals->wanted = wanted;
    signalfd_tell();
    mutex_unlock(&process_mutex);
    file_put(file);
    return fd;
}

static long signalfd_with(const uint64_t args[6], uint32_t flags)
{
    signal_set_t wanted;

    if (args[2] != SET_BYTES || (flags & ~(uint32_t)(O_CLOEXEC | O_NONBLOCK)))
        return -EINVAL;
    if (user_read(&wanted, uaddr(args[1]), sizeof(wanted)) < 0)
        return -EFAULT;
    wanted &= ~SIGNALS_UNBLOCKABLE;
    return arg_int(args[0]) == -1 ? create(wanted, flags) : change(arg_int(args[0]), wanted);
}

SYSCALL(signalfd) { return signalfd_with(args, 0); }

SYSCALL(signalfd4) { return signalfd_with(args, (uint32_t)args[3]); }

static const struct file_ops signalfd_ops = {
    .read = signalfd_read,
    .poll = signalfd_poll,
    .release = signalfd_release,
    .show_info = signalfd_show,
    .anon_name = "[signalfd]",
    .is_stream = true,
};
