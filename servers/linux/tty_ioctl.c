/*
 * tty_ioctl.c - settings of a terminal.
 */
#include "servers/linux/tty.h"

#include "lib/base/string.h"

/* Waits until everything written has been taken by the stream. Caller holds the mutex. */
static int drain(struct tty *tty)
{
    while (tty->output.head != tty->output.tail && !tty->hung_up) {
        wake_all(&tty->drain_queue);
        if (wait_on(&tty->write_queue, &tty->mutex, NANOS_NEVER) == -EINTR)
            return -ERESTARTSYS;
    }
    return 0;
}

static long set_termios(struct tty *tty, uint32_t command, uint64_t argument)
{
    struct linux_termios wanted;
    int status = tty_check_background(tty, SIGTTOU);

    if (status < 0)
        return status;
    if (user_read(&wanted, uaddr(argument), sizeof(wanted)) < 0)
        return -EFAULT;
    mutex_lock(&tty->mutex);
    if (command != TCSETS)
        status = drain(tty);
    if (status == 0) {
        uint32_t old_lflag = tty->termios.c_lflag;
        if (command == TCSETSF)
            tty_flush_input(tty);
        tty->termios = wanted;
        if (!(wanted.c_iflag & IXON) && tty->output.stopped)
            tty_set_stopped(tty, false);
        tty_mode_changed(tty, old_lflag);
    }
    mutex_unlock(&tty->mutex);
    return status;
}

static long get_termios(struct tty *tty, uint64_t argument)
{
    mutex_lock(&tty->mutex);
    struct linux_termios now = tty->termios;
    mutex_unlock(&tty->mutex);
    return user_write(uaddr(argument), &now, sizeof(now));
}

static long set_size(struct tty *tty, uint64_t argument)
{
    struct linux_winsize size;

    if (user_read(&size, uaddr(argument), sizeof(size)) < 0)
        return -EFAULT;
    mutex_lock(&tty->mutex);
    tty->size.ws_xpixel = size.ws_xpixel;
    tty->size.ws_ypixel = size.ws_ypixel;
    mutex_unlock(&tty->mutex);
    tty_resize(tty, size.ws_row, size.ws_col);
    return 0;
}

static long flush(struct tty *tty, uint64_t which)
{
    int status = tty_check_background(tty, SIGTTOU);

    if (status < 0)
        return status;
    if (which > TCIOFLUSH)
        return -EINVAL;
    mutex_lock(&tty->mutex);
    if (which != TCOFLUSH)
        tty_flush_input(tty);
    if (which != TCIFLUSH)
        tty_flush_output(tty);
    mutex_unlock(&tty->mutex);
    return 0;
}

static long control_flow(struct tty *tty, uint64_t which)
{
    if (which > TCION)
        return -EINVAL;
    mutex_lock(&tty->mutex);
    if (which == TCOOFF || which == TCOON)
        tty_set_stopped(tty, which == TCOOFF);
    mutex_unlock(&tty->mutex);
    return 0;
}

/* Bytes waiting: for a reader, or in front of the stream. */
static long count(struct tty *tty, uint32_t command, uint64_t argument)
{
    mutex_lock(&tty->mutex);
    int32_t bytes = command == FIONREAD ? (int32_t)tty_input_available(tty)
                                        : (int32_t)(tty->output.tail - tty->output.head);
    mutex_unlock(&tty->mutex);
    return user_write(uaddr(argument), &bytes, sizeof(bytes));
}

static long send_break(struct tty *tty)
{
    mutex_lock(&tty->mutex);
    int status = drain(tty); /* the stream has no break: only the waiting part exists */
    mutex_unlock(&tty->mutex);
    return status;
}

/* TIOCSTI: as if it had been typed. Root only. */
static long type_byte(struct tty *tty, uint64_t argument)
{
    uint8_t byte;

    if (context_current()->credentials.euid != 0)
        return -EPERM;
    if (user_read(&byte, uaddr(argument), 1) < 0)
        return -EFAULT;
    tty_input(tty, &byte, 1);
    return 0;
}

long tty_ioctl(struct file *file, uint32_t command, uint64_t argument)
{
    struct tty *tty = tty_of(file);

    switch (command) {
    case TCGETS:
        return get_termios(tty, argument);
    case TCSETS:
    case TCSETSW:
    case TCSETSF:
        return set_termios(tty, command, argument);
    case TIOCGWINSZ:
        return user_write(uaddr(argument), &tty->size, sizeof(tty->size));
    case TIOCSWINSZ:
        return set_size(tty, argument);
    case TCFLSH:
        return flush(tty, argument);
    case TCXONC:
        return control_flow(tty, argument);
    case FIONREAD:
    case TIOCOUTQ:
        return count(tty, command, argument);
    case TCSBRK:
    case TCSBRKP:
        return send_break(tty);
    case TIOCSTI:
        return type_byte(tty, argument);
    case TIOCSCTTY:
    case TIOCNOTTY:
    case TIOCGPGRP:
    case TIOCSPGRP:
    case TIOCGSID:
        return tty_job_ioctl(tty, command, argument);
    default:
        return -ENOTTY;
    }
}
