/*
 * tty_ioctl.c - what can be asked of a terminal, but for its settings (tty_settings.c) and its
 * session (tty_job.c).
 */
#include "servers/linux/pty.h"

/* A pty has nothing to wait for: its bytes are the master's as soon as they are written. */
int tty_drain(struct tty *tty)
{
    uint32_t hangups = tty->hangups;

    while (!tty->pty && tty->output.head != tty->output.tail && tty->hangups == hangups) {
        wake_all(&tty->drain_queue);
        if (wait_on(&tty->write_queue, &tty->mutex, NANOS_NEVER) == -EINTR)
            return -ERESTARTSYS;
    }
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

/* TCIOFF and TCION ask the other side to pause: they send the character that does. */
static long control_flow(struct tty *tty, uint64_t which)
{
    int status = tty_check_background(tty, SIGTTOU);

    if (status < 0)
        return status;
    if (which > TCION)
        return -EINVAL;
    mutex_lock(&tty->mutex);
    uint8_t key = tty->termios.c_cc[which == TCIOFF ? VSTOP : VSTART];
    if (which == TCOOFF || which == TCOON) {
        tty->output.held = false;
        tty_set_stopped(tty, which == TCOOFF);
        tty->output.held = which == TCOOFF;
    } else if (key != 0) {
        tty_echo_raw(tty, key);
    }
    mutex_unlock(&tty->mutex);
    return 0;
}

/* Bytes waiting: for a reader, or in front of the stream. */
static long count(struct tty *tty, uint32_t command, uint64_t argument)
{
    mutex_lock(&tty->mutex);
    int32_t bytes = command == FIONREAD ? (int32_t)tty_input_available(tty)
                    : tty->pty          ? 0
                                        : (int32_t)(tty->output.tail - tty->output.head);
    mutex_unlock(&tty->mutex);
    return user_write(uaddr(argument), &bytes, sizeof(bytes));
}

static long send_break(struct tty *tty)
{
    int status = tty_check_background(tty, SIGTTOU);

    if (status < 0)
        return status;
    mutex_lock(&tty->mutex);
    status = tty_drain(tty); /* the stream has no break: only the waiting part exists */
    mutex_unlock(&tty->mutex);
    return status;
}

/* TIOCSTI: as if it had been typed, by the administrator only. */
static long type_byte(struct tty *tty, uint64_t argument)
{
    uint8_t byte;

    if (!current_has(CAP_SYS_ADMIN))
        return -EPERM;
    if (user_read(&byte, uaddr(argument), 1) < 0)
        return -EFAULT;
    return tty_input(tty, &byte, 1) == 1 ? 0 : -EAGAIN;
}

int tty_set_exclusive(struct tty *tty, uint32_t command, uint64_t argument)
{
    mutex_lock(&tty->mutex);
    if (command != TIOCGEXCL)
        tty->exclusive = command == TIOCEXCL;
    int32_t value = tty->exclusive;
    mutex_unlock(&tty->mutex);
    return command == TIOCGEXCL ? user_write(uaddr(argument), &value, sizeof(value)) : 0;
}

static long hang_up(struct tty *tty)
{
    if (!current_has(CAP_SYS_ADMIN))
        return -EPERM;
    tty_vhangup(tty);
    return 0;
}

/* N_TTY is the only line discipline. */
static long discipline(uint32_t command, uint64_t argument)
{
    int32_t number = 0;

    if (command == TIOCGETD)
        return user_write(uaddr(argument), &number, sizeof(number));
    if (user_read(&number, uaddr(argument), sizeof(number)) < 0)
        return -EFAULT;
    return number == 0 ? 0 : -EINVAL;
}

static long ask(struct tty *tty, uint32_t command, uint64_t argument)
{
    switch (command) {
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
    case TIOCEXCL:
    case TIOCNXCL:
    case TIOCGEXCL:
        return tty_set_exclusive(tty, command, argument);
    case TIOCGETD:
    case TIOCSETD:
        return discipline(command, argument);
    case TIOCVHANGUP:
        return hang_up(tty);
    case TIOCGDEV:
        return user_write(uaddr(argument), &tty->device, sizeof(tty->device));
    default:
        return tty_settings_ioctl(tty, command, argument);
    }
}

long tty_ioctl(struct file *file, uint32_t command, uint64_t argument)
{
    struct tty *tty = tty_of(file);

    if (tty_file_hung_up(file))
        return command == TIOCSPGRP ? -ENOTTY : -EIO;
    if (tty_is_job_command(command))
        return tty_job_ioctl(file, tty, false, command, argument);
    return ask(tty, command, argument);
}
