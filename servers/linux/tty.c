/*
 * tty.c - terminals as files: open, close, write, poll, and what hanging up does to them.
 * (read: tty_read.c)
 */
#include "servers/linux/tty.h"

#include "servers/linux/dev.h"
#include "servers/linux/poll.h"
#include "servers/linux/pty.h"

#define WRITE_CHUNK 128

/* One open file of a terminal. */
struct tty_file {
    struct tty *tty;  /* counted */
    uint32_t hangups; /* tty.hangups when it was opened */
};

struct tty *tty_of(const struct file *file)
{
    const struct tty_file *open = file->private;
    return open->tty;
}

bool file_is_tty(const struct file *file) { return file->ops == &tty_file_ops; }

bool tty_file_hung_up(const struct file *file)
{
    const struct tty_file *open = file->private;
    return open->hangups != __atomic_load_n(&open->tty->hangups, __ATOMIC_RELAXED);
}

/* Caller holds the mutex. */
static int check_open(const struct tty *tty)
{
    if (tty->gone || (tty->pty && tty->pty->locked))
        return -EIO;
    return tty->exclusive && !current_has(CAP_SYS_ADMIN) ? -EBUSY : 0;
}

int tty_attach(struct file *file, struct tty *tty, bool may_acquire)
{
    struct tty_file *open = heap_alloc(sizeof(*open));
    int status = -ENOMEM;

    if (open) {
        mutex_lock(&tty->mutex);
        status = check_open(tty);
        if (status == 0)
            tty->open_count++;
        if (status == 0 && tty->pty)
            tty->pty->was_open = true;
        *open = (struct tty_file){tty, tty->hangups};
        mutex_unlock(&tty->mutex);
    }
    if (status < 0) {
        heap_free(open);
        tty_put(tty);
        return status;
    }
    file->private = open;
    file->ops = &tty_file_ops;
    if (may_acquire && !(file->flags & O_NOCTTY) && file_readable(file))
        tty_acquire(tty);
    return 0;
}

int tty_open(struct file *file, uint32_t device)
{
    if (device == dev_make(TTYAUX_MAJOR, TTYAUX_PTMX))
        return pty_open_master(file);
    struct tty *tty = tty_find(device);
    if (!tty)
        return -ENXIO;
    return tty_attach(file, tty, device != dev_make(TTYAUX_MAJOR, TTYAUX_CONSOLE));
}

static void tty_release(struct file *file)
{
    struct tty *tty = tty_of(file);

    mutex_lock(&tty->mutex);
    if (--tty->open_count == 0) {
        tty->exclusive = false;
        wake_all(&tty->drain_queue); /* a pty's master sees that it is alone */
    }
    mutex_unlock(&tty->mutex);
    tty_put(tty);
    heap_free(file->private);
}

/* ---- hanging up --------------------------------------------------------------------------- */

/* Every open file becomes useless; the session loses its terminal. Caller holds both mutexes. */
static void hang_up_files(struct tty *tty)
{
    __atomic_fetch_add(&tty->hangups, 1, __ATOMIC_RELAXED);
    tty->exclusive = false;
    tty->output.held = false;
    tty_set_stopped(tty, false);
    wake_all(&tty->read_queue);
    wake_all(&tty->write_queue);
}

static void hang_up(struct tty *tty, bool for_good)
{
    mutex_lock(&terminals_mutex);
    mutex_lock(&tty->mutex);
    int session = tty->session, group = tty->group;
    tty->session = tty->group = 0;
    hang_up_files(tty);
    if (for_good) {
        tty->gone = true;
        tty_discard_output(tty);
    }
    mutex_unlock(&tty->mutex);
    if (session > 0) {
        process_clear_terminals(session);
        process_hang_up(session, group);
    }
    mutex_unlock(&terminals_mutex);
}

void tty_hangup(struct tty *tty) { hang_up(tty, true); }

void tty_vhangup(struct tty *tty) { hang_up(tty, false); }

void tty_hangup_current(void)
{
    struct tty *tty = tty_find(dev_make(TTYAUX_MAJOR, TTYAUX_TTY));

    if (!tty)
        return;
    tty_vhangup(tty);
    tty_put(tty);
}

/* As Linux does: who has a line open loses it, who has a pty open keeps it. What was written is
   still shown. */
void tty_leader_ended(void)
{
    int session = process_current_session();

    mutex_lock(&terminals_mutex);
    struct tty *tty = process_has_terminal() ? tty_find_session(session) : NULL;
    int group = tty ? tty->group : process_hangup_group();
    if (tty) {
        mutex_lock(&tty->mutex);
        tty->session = tty->group = 0;
        if (!tty->pty)
            hang_up_files(tty);
        mutex_unlock(&tty->mutex);
        process_clear_terminals(session);
    }
    mutex_unlock(&terminals_mutex);
    if (group > 0 && tty)
        signal_send_group(group, SIGHUP);
    else if (group > 0)
        signal_hang_up_group(group);
}

/* ---- write ----------------------------------------------------------------------------- */

/* Puts a chunk, waiting for room. Returns how many characters went out, or an error for none. */
static long put_chunk(struct file *file, struct tty *tty, const uint8_t *chunk, size_t count)
{
    size_t done = 0;

    while (done < count) {
        if (tty_file_hung_up(file))
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
    if (tty_file_hung_up(file))
        return -EIO;
    mutex_lock(&tty->mutex);
    bool stops = tty_flag(tty, TOSTOP);
    mutex_unlock(&tty->mutex);
    int status = stops ? tty_check_background(tty, SIGTTOU) : 0;
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

/* A line that is half empty is worth a wake-up; a pty's master reads all there is at once. */
static bool poll_room(const struct tty *tty)
{
    size_t room = tty_output_room(tty);

    if (tty->pty)
        return room > 0 && !tty->output.stopped;
    return room > tty->output.limit_bytes / 2;
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
    if (poll_room(tty))
        ready |= POLLOUT | POLLWRNORM;
    if (tty_file_hung_up(file))
        ready = POLLIN | POLLOUT | POLLERR | POLLHUP | POLLRDNORM | POLLWRNORM;
    mutex_unlock(&tty->mutex);
    return ready;
}

const struct file_ops tty_file_ops = {
    .release = tty_release,
    .read = tty_read,
    .write = tty_write,
    .poll = tty_poll,
    .ioctl = tty_ioctl,
    .is_stream = true,
    .splices_from = true,
    .splices_to = true,
};
