/*
 * tty_read.c - reading from a terminal: lines in canonical mode, VMIN and VTIME otherwise.
 * Lock: tty.mutex, held by tty_read around each attempt.
 */
#include "servers/linux/tty.h"

#include "lib/base/bits.h"

#define NS_PER_TENTH UINT64_C(100000000) /* VTIME's unit */

/*
 * Copies one piece that does not wrap and ends with its line; then *end is set. The mark of an
 * end-of-file key ends a line without being part of it, and goes with the bytes before it.
 */
static long take_piece(struct tty *tty, struct iter *to, bool canonical, bool *end)
{
    struct tty_input *input = &tty->input;
    size_t start = input->head % TTY_RING_BYTES;
    size_t limit = tty_input_available(tty);
    size_t count = 0, marks = 0;

    if (limit > TTY_RING_BYTES - start)
        limit = TTY_RING_BYTES - start;
    while (count < limit && !*end) {
        uint64_t bit = BIT((start + count) % 64);
        size_t word = (start + count) / 64;
        if (canonical && (input->eofs[word] & bit)) {
            *end = true;
            marks = 1;
            break;
        }
        if (count == to->left)
            break;
        *end = canonical && (input->line_ends[word] & bit);
        count++;
    }
    if (count > 0 && iter_put(to, input->bytes + start, count) != (long)count)
        return -EFAULT;
    input->head += count + marks;
    wake_all(&tty->room_queue);
    return (long)count;
}

static long read_line(struct file *file, struct tty *tty, struct iter *to)
{
    bool end = false;
    long done = 0;

    while (tty_input_available(tty) == 0) {
        if (tty_file_hung_up(file))
            return 0;
        if (file_nonblocking(file))
            return -EAGAIN;
        if (wait_on(&tty->read_queue, &tty->mutex, NANOS_NEVER) == -EINTR)
            return -ERESTARTSYS;
        if (!tty_flag(tty, ICANON))
            return -EAGAIN; /* the mode changed under us: start over */
    }
    while (!end && to->left > 0 && tty_input_available(tty) > 0) {
        long part = take_piece(tty, to, true, &end);
        if (part < 0)
            return done > 0 ? done : part;
        done += part;
    }
    return done;
}

/* How long a raw read waits for its next byte; 0: not at all. */
static nanos_t raw_deadline(const struct tty *tty, long done)
{
    unsigned minimum = tty->termios.c_cc[VMIN], tenths = tty->termios.c_cc[VTIME];

    if (tenths > 0 && (minimum == 0 || done > 0))
        return time_now_monotonic() + tenths * NS_PER_TENTH;
    return minimum > 0 ? NANOS_NEVER : 0;
}

static long raw_minimum(const struct tty *tty, size_t wanted)
{
    long minimum = tty->termios.c_cc[VMIN] ? tty->termios.c_cc[VMIN] : 1;
    return (size_t)minimum < wanted ? minimum : (long)wanted;
}

static long read_raw(struct file *file, struct tty *tty, struct iter *to)
{
    long minimum = raw_minimum(tty, to->left);
    bool end = false;
    long done = 0;

    for (;;) {
        while (to->left > 0 && tty_input_available(tty) > 0) {
            long part = take_piece(tty, to, false, &end);
            if (part < 0)
                return done > 0 ? done : part;
            done += part;
        }
        if (done >= minimum || to->left == 0 || tty_file_hung_up(file))
            return done;
        nanos_t deadline = raw_deadline(tty, done);
        if (deadline == 0)
            return done;
        if (file_nonblocking(file))
            return done > 0 ? done : -EAGAIN;
        int status = wait_on(&tty->read_queue, &tty->mutex, deadline);
        if (status == -ETIMEDOUT && tty_input_available(tty) == 0)
            return done;
        if (status == -EINTR)
            return done > 0 ? done : -ERESTARTSYS;
        if (tty_flag(tty, ICANON))
            return done > 0 ? done : -EAGAIN;
    }
}

long tty_read(struct file *file, struct iter *to, uint64_t *position)
{
    struct tty *tty = tty_of(file);
    long done;

    (void)position;
    if (to->left == 0)
        return 0;
    do {
        if (tty_file_hung_up(file))
            return 0;
        int status = tty_check_background(tty, SIGTTIN);
        if (status < 0)
            return status;
        mutex_lock(&tty->mutex);
        done = tty_flag(tty, ICANON) ? read_line(file, tty, to) : read_raw(file, tty, to);
        mutex_unlock(&tty->mutex);
    } while (done == -EAGAIN && !file_nonblocking(file)); /* the mode changed */
    return done;
}
