/*
 * tty_job.c - whose terminal it is: sessions, foreground groups, background access.
 */
#include "servers/linux/tty.h"

bool tty_is_controlling(const struct tty *tty)
{
    return tty->session != 0 && tty->session == process_current_session();
}

void tty_acquire(struct tty *tty)
{
    int group, session = process_current_session();

    if (session != process_current_id() || tty_of_session(session, &group) != 0)
        return;
    mutex_lock(&tty->mutex);
    if (tty->session == 0) {
        tty->session = session;
        tty->group = process_current_group();
    }
    mutex_unlock(&tty->mutex);
}

int tty_check_background(struct tty *tty, int signo)
{
    int group = process_current_group();

    if (!tty_is_controlling(tty) || tty->group == 0 || tty->group == group)
        return 0;
    if (signal_blocked_or_ignored(signo))
        return signo == SIGTTIN ? -EIO : 0;
    if (process_group_orphaned(group))
        return -EIO;
    signal_send_group(group, signo);
    return -ERESTARTSYS;
}

static long set_controlling(struct tty *tty, bool steal)
{
    int group, session = process_current_session();

    if (tty->session == session && session == process_current_id())
        return 0;
    if (session != process_current_id() || tty_of_session(session, &group) != 0)
        return -EPERM;
    if (tty->session != 0 && !(steal && context_current()->credentials.euid == 0))
        return -EPERM;
    mutex_lock(&tty->mutex);
    tty->session = session;
    tty->group = process_current_group();
    mutex_unlock(&tty->mutex);
    return 0;
}

static long set_group(struct tty *tty, uaddr_t argument)
{
    int32_t group;
    int status;

    if (!tty_is_controlling(tty))
        return -ENOTTY;
    status = tty_check_background(tty, SIGTTOU);
    if (status < 0)
        return status;
    if (user_read(&group, argument, sizeof(group)) < 0)
        return -EFAULT;
    if (group < 0)
        return -EINVAL;
    int session = process_group_session(group);
    if (session < 0)
        return session;
    if (session != tty->session)
        return -EPERM;
    mutex_lock(&tty->mutex);
    tty->group = group;
    mutex_unlock(&tty->mutex);
    return 0;
}

static long give_up(struct tty *tty)
{
    if (!tty_is_controlling(tty))
        return -ENOTTY;
    if (process_current_session() != process_current_id())
        return -EPERM; /* only whole sessions are recorded */
    tty_session_ended(tty->session);
    return 0;
}

long tty_job_ioctl(struct tty *tty, uint32_t command, uint64_t argument)
{
    int32_t value;

    switch (command) {
    case TIOCSCTTY:
        return set_controlling(tty, argument == 1);
    case TIOCNOTTY:
        return give_up(tty);
    case TIOCSPGRP:
        return set_group(tty, uaddr(argument));
    case TIOCGPGRP:
        value = tty->group;
        break;
    default:
        value = tty->session;
        break;
    }
    if (!tty_is_controlling(tty))
        return -ENOTTY;
    return user_write(uaddr(argument), &value, sizeof(value));
}
