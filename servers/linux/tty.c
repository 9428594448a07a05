/*
 * tty.c - terminals as files: open, write, poll; and the list of those that exist. (read:
 * tty_read.c)
 */
#include "servers/linux/tty.h"

#include "servers/linux/dev.h"
#include "servers/linux/poll.h"

#define WRITE_CHUNK 128

static struct tty *ttys[TTY_COUNT_MAX]; /* only grows, during boot */

static const struct linux_termios termios_default = {
    .c_iflag = ICRNL | IXON | IUTF8,
    .c_oflag = OPOST | ONLCR,
    .c_cflag = B38400 | CS8 | CREAD | HUPCL,
    .c_lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN,
    .c_cc = {[VINTR] = 3,
             [VQUIT] = 28,
             [VERASE] = 127,
             [VKILL] = 21,
             [VEOF] = 4,
             [VMIN] = 1,
             [VSTART] = 17,
             [VSTOP] = 19,
             [VSUSP] = 26,
             [VREPRINT] = 18,
             [VDISCARD] = 15,
             [VWERASE] = 23,
             [VLNEXT] = 22},
};

struct tty *tty_create(uint32_t device, unsigned rows, unsigned columns)
{
    unsigned slot = 0;

    while (slot < TTY_COUNT_MAX && ttys[slot])
        slot++;
    struct tty *tty = slot < TTY_COUNT_MAX ? heap_alloc(sizeof(*tty)) : NULL;
    if (!tty)
        return NULL;
    tty->device = device;
    tty->termios = termios_default;
    tty->size.ws_row = (uint16_t)rows;
    tty->size.ws_col = (uint16_t)columns;
    ttys[slot] = tty;
    return tty;
}

void tty_destroy(struct tty *tty)
{
    for (unsigned i = 0; i < TTY_COUNT_MAX; i++) {
        if (ttys[i] == tty)
            ttys[i] = NULL;
    }
    heap_free(tty);
}

static struct tty *find_session(int session)
{
    for (unsigned i = 0; i < TTY_COUNT_MAX && session > 0; i++) {
        if (ttys[i] && ttys[i]->session == session)
            return ttys[i];
    }
    return NULL;
}

static struct tty *find_device(uint32_t device)
{
    if (device == dev_make(TTYAUX_MAJOR, TTYAUX_TTY))
        return find_session(process_current_session());
    if (device == dev_make(TTYAUX_MAJOR, TTYAUX_CONSOLE))
        return ttys[0];
    for (unsigned i = 0; i < TTY_COUNT_MAX; i++) {
        if (ttys[i] && ttys[i]->device == device)
            return ttys[i];
    }
    return NULL;
}

struct tty *tty_of(const struct file *file) { return file->private; }

bool file_is_tty(const struct file *file) { return file->ops == &tty_file_ops; }

uint32_t tty_of_session(int session, int *group)
{
    struct tty *tty = find_session(session);

    *group = tty ? tty->group : -1;
    return tty ? tty->device : 0;
}

int tty_open(struct file *file, uint32_t device)
{
    struct tty *tty = find_device(device);

    if (!tty)
        return -ENXIO;
    file->private = tty;
    file->ops = &tty_file_ops;
    if (!(file->flags & O_NOCTTY) && device != dev_make(TTYAUX_MAJOR, TTYAUX_CONSOLE))
        tty_acquire(tty);
    return 0;
}

void tty_session_ended(int session)
{
    struct tty *tty = find_session(session);

    if (!tty)
        return;
    mutex_lock(&tty->mutex);
    int group = tty->group;
    tty->session = tty->group = 0;
    mutex_unlock(&tty->mutex);
    if (group > 0) {
        signal_send_group(group, SIGHUP);
        signal_send_group(group, SIGCONT);
    }
}

void tty_resize(struct tty *tty, unsigned rows, unsigned columns)
{
    mutex_lock(&tty->mutex);
    bool changed = tty->size.ws_row != rows || tty->size.ws_col != columns;
    tty->size.ws_row = (uint16_t)rows;
    tty->size.ws_col = (uint16_t)columns;
    int group = tty->group;
    mutex_unlock(&tty->mutex);
    if (changed && group > 0)
        signal_send_group(group, SIGWINCH);
}

void tty_hangup(struct tty *tty)
{
    mutex_lock(&tty->mutex);
    tty->hung_up = true;
    tty_flush_output(tty);
    wake_all(&tty->read_queue);
    wake_all(&tty->write_queue);
    int session = tty->session, group = tty->group;
    mutex_unlock(&tty->mutex);
    if (session > 0)
        signal_send_process(session, SIGHUP);
    if (group > 0) {
        signal_send_group(group, SIGHUP);
        signal_send_group(group, SIGCONT);
    }
}

/* ---- write ----------------------------------------------------------------------------- */

/* Puts a chunk, waiting for room. Returns how many characters went out, or an error for none. */
static long put_chunk(struct file *file, struct tty *tty, const uint8_t *chunk, size_t count)
{
    size_t done = 0;

    while (done < count) {
        if (tty->hung_up)
            return done > 0 ? (long)done : -EIO;
        if (tty_output_put(tty, chunk[done])) {
            done++;
            continue;
        }
        wake_all(&tty->drain_queue);
        if (file_nonblocking(file))
            return done > 0 ? (long)done : -EAGAIN;
        if (wait_on(&tty->write_queue, &tty->mutex, NANOS_NEVER) == -EINTR)
            return done > 0 ? (long)done : -ERESTARTSYS;
    }
    wake_all(&tty->drain_queue);
    return (long)done;
}

static long tty_write(struct file *file, struct iter *from, uint64_t *position)
{
    struct tty *tty = tty_of(file);
    uint8_t chunk[WRITE_CHUNK];
    long done = 0;

    (void)position;
    int status = tty_flag(tty, TOSTOP) ? tty_check_background(tty, SIGTTOU) : 0;
    if (status < 0)
        return status;
    mutex_lock(&tty->mutex);
    while (from->left > 0) {
        long taken = iter_take(from, chunk, sizeof(chunk));
        long part = taken < 0 ? taken : put_chunk(file, tty, chunk, (size_t)taken);
        if (part < 0) {
            done = done > 0 ? done : part;
            break;
        }
        done += part;
        if (part < taken)
            break;
    }
    mutex_unlock(&tty->mutex);
    return done;
}

static uint32_t tty_poll(struct file *file, struct poll_table *table)
{
    struct tty *tty = tty_of(file);
    uint32_t ready = 0;

    mutex_lock(&tty->mutex);
    poll_add(table, &tty->read_queue);
    poll_add(table, &tty->write_queue);
    size_t wanted = 1;
    if (!tty_flag(tty, ICANON) && tty->termios.c_cc[VTIME] == 0 && tty->termios.c_cc[VMIN] > 1)
        wanted = tty->termios.c_cc[VMIN];
    if (tty_input_available(tty) >= wanted)
        ready |= POLLIN | POLLRDNORM;
    if (tty_output_room(tty) > TTY_RING_BYTES / 2)
        ready |= POLLOUT | POLLWRNORM;
    if (tty->hung_up)
        ready |= POLLIN | POLLRDNORM | POLLHUP;
    mutex_unlock(&tty->mutex);
    return ready;
}

const struct file_ops tty_file_ops = {
    .read = tty_read,
    .write = tty_write,
    .poll = tty_poll,
    .ioctl = tty_ioctl,
    .is_stream = true,
};
