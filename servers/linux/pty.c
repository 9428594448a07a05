/*
 * pty.c - see pty.h: the master's file. (Its ioctls: pty_ioctl.c)
 */
#include "servers/linux/pty.h"

#include "lib/base/bits.h"
#include "servers/linux/dev.h"
#include "servers/linux/poll.h"

#define WRITE_CHUNK 128

static uint64_t numbers[PTY_MAX / 64]; /* in use; terminals_mutex */
static const struct file_ops master_ops;

/* The lowest free number, or -ENOSPC. */
static int take_number(void)
{
    int number = 0;

    mutex_lock(&terminals_mutex);
    while (number < PTY_MAX && (numbers[number / 64] & BIT(number % 64)))
        number++;
    if (number < PTY_MAX)
        numbers[number / 64] |= BIT(number % 64);
    mutex_unlock(&terminals_mutex);
    return number < PTY_MAX ? number : -ENOSPC;
}

void pty_free(struct pty *pty)
{
    mutex_lock(&terminals_mutex);
    numbers[pty->number / 64] &= ~BIT(pty->number % 64);
    mutex_unlock(&terminals_mutex);
    heap_free(pty);
}

/* Everything but the name. NULL and *error. */
static struct pty *create(int *error)
{
    struct pty *pty = heap_alloc(sizeof(*pty));

    *error = -ENOMEM;
    if (!pty)
        return NULL;
    int number = take_number();
    if (number < 0) {
        *error = number;
        heap_free(pty);
        return NULL;
    }
    pty->number = number;
    pty->locked = true;
    if (tty_init(&pty->tty, dev_make(PTS_MAJOR, (uint32_t)number), TTY_PTY_BYTES) < 0) {
        pty_free(pty);
        return NULL;
    }
    pty->tty.pty = pty;
    tty_register(&pty->tty);
    return pty;
}

int pty_open_master(struct file *file)
{
    int error;
    struct pty *pty = create(&error);

    if (!pty)
        return error;
    pty->entry = devpts_add(pty, &error);
    if (!pty->entry) {
        tty_put(&pty->tty);
        return error;
    }
    file->private = pty;
    file->ops = &master_ops;
    return 0;
}

static void master_release(struct file *file)
{
    struct pty *pty = file->private;

    devpts_remove(pty->entry);
    pty->entry = NULL;
    tty_hangup(&pty->tty);
    tty_put(&pty->tty);
}

/* ---- packet mode --------------------------------------------------------------------------- */

void pty_note(struct tty *tty, uint8_t set, uint8_t clear)
{
    struct pty *pty = tty->pty;

    if (!pty || !pty->packet)
        return;
    pty->events = (uint8_t)((pty->events & ~clear) | set);
    wake_all(&tty->drain_queue);
}

/* ^S and ^Q are what rlogin and its like can do themselves. */
static bool usual_flow(const struct linux_termios *termios)
{
    return (termios->c_iflag & IXON) && termios->c_cc[VSTOP] == 'S' - '@' &&
           termios->c_cc[VSTART] == 'Q' - '@';
}

void pty_note_settings(struct tty *tty, const struct linux_termios *old)
{
    bool before = usual_flow(old), now = usual_flow(&tty->termios);

    if (before != now)
        pty_note(tty, now ? TIOCPKT_DOSTOP : TIOCPKT_NOSTOP, TIOCPKT_DOSTOP | TIOCPKT_NOSTOP);
    if ((old->c_lflag | tty->termios.c_lflag) & EXTPROC)
        pty_note(tty, TIOCPKT_IOCTL, 0);
}

/* ---- reading ------------------------------------------------------------------------------- */

/* Every slave that there was has been closed. */
static bool alone(const struct pty *pty) { return pty->was_open && pty->tty.open_count == 0; }

/* What is there now: a byte of events, or data (behind a byte 0 in packet mode); 0: nothing. */
static long take_now(struct pty *pty, struct iter *to)
{
    static const uint8_t data = TIOCPKT_DATA;
    const uint8_t *bytes;
    long done = 0, part;
    size_t count;

    if (pty->packet && pty->events) {
        part = iter_put(to, &pty->events, 1);
        pty->events = 0;
        return part;
    }
    if (pty->packet && tty_output_peek(&pty->tty, &bytes) > 0) {
        done = iter_put(to, &data, 1);
        if (done < 0)
            return done;
    }
    while (to->left > 0 && (count = tty_output_peek(&pty->tty, &bytes)) > 0) {
        part = iter_put(to, bytes, count);
        if (part < 0)
            return done > 0 ? done : part;
        tty_output_consume(&pty->tty, (size_t)part);
        done += part;
    }
    return done;
}

static long master_read(struct file *file, struct iter *to, uint64_t *position)
{
    struct pty *pty = file->private;
    long done;

    (void)position;
    if (to->left == 0)
        return 0;
    mutex_lock(&pty->tty.mutex);
    while ((done = take_now(pty, to)) == 0) {
        if (alone(pty))
            done = -EIO;
        else if (file_nonblocking(file))
            done = -EAGAIN;
        else if (wait_on(&pty->tty.drain_queue, &pty->tty.mutex, NANOS_NEVER) == -EINTR)
            done = -ERESTARTSYS;
        if (done != 0)
            break;
    }
    mutex_unlock(&pty->tty.mutex);
    return done;
}

/* ---- writing ------------------------------------------------------------------------------- */

static int wait_for_room(struct file *file, struct tty *tty)
{
    int status = 0;

    mutex_lock(&tty->mutex);
    while (status == 0 && !tty_input_room(tty)) {
        if (file_nonblocking(file))
            status = -EAGAIN;
        else if (wait_on(&tty->room_queue, &tty->mutex, NANOS_NEVER) == -EINTR)
            status = -ERESTARTSYS;
    }
    mutex_unlock(&tty->mutex);
    return status;
}

static long master_write(struct file *file, struct iter *from, uint64_t *position)
{
    struct pty *pty = file->private;
    uint8_t chunk[WRITE_CHUNK];
    long done = 0;

    (void)position;
    while (from->left > 0) {
        struct iter before = *from;
        long taken = iter_take(from, chunk, sizeof(chunk));
        if (taken < 0)
            return done > 0 ? done : taken;
        size_t used = tty_input(&pty->tty, chunk, (size_t)taken);
        done += (long)used;
        if (used == (size_t)taken)
            continue;
        *from = before;
        iter_skip(from, used);
        int status = wait_for_room(file, &pty->tty);
        if (status < 0)
            return done > 0 ? done : status;
    }
    return done;
}

static uint32_t master_poll(struct file *file, struct poll_table *table)
{
    struct pty *pty = file->private;
    struct tty *tty = &pty->tty;
    const uint8_t *bytes;
    uint32_t ready = 0;

    mutex_lock(&tty->mutex);
    poll_add(table, &tty->drain_queue);
    poll_add(table, &tty->room_queue);
    if (tty_output_peek(tty, &bytes) > 0)
        ready |= POLLIN | POLLRDNORM;
    if (pty->packet && pty->events)
        ready |= POLLIN | POLLRDNORM | POLLPRI;
    if (tty_input_room(tty))
        ready |= POLLOUT | POLLWRNORM;
    if (alone(pty))
        ready |= POLLHUP;
    mutex_unlock(&tty->mutex);
    return ready;
}

static const struct file_ops master_ops = {
    .release = master_release,
    .read = master_read,
    .write = master_write,
    .poll = master_poll,
    .ioctl = pty_master_ioctl,
    .is_stream = true,
    .splices_from = true,
    .splices_to = true,
};
