/*
 * tty_job.c - whose terminal it is: sessions, foreground groups, background access.
 */
#include "servers/linux/tty.h"

/* Whose terminal it was at a moment. */
struct owner {
    int session;
    int group;
};

static struct owner owner_of(struct tty *tty)
{
    mutex_lock(&tty->mutex);
    struct owner owner = {tty->session, tty->group};
    mutex_unlock(&tty->mutex);
    return owner;
}

static bool is_ours(struct owner owner)
{
    return owner.session != 0 && owner.session == process_current_session() &&
           process_has_terminal();
}

/* Caller holds terminals_mutex. */
static void take(struct tty *tty)
{
    mutex_lock(&tty->mutex);
    tty->session = process_current_session();
    tty->group = process_current_group();
    mutex_unlock(&tty->mutex);
    process_set_terminal(true);
}

/* Leads a session that has no terminal. Caller holds terminals_mutex. */
static bool may_take_one(void)
{
    int session = process_current_session();
    return session == process_current_id() &&
           !(process_has_terminal() && tty_find_session(session));
}

void tty_acquire(struct tty *tty)
{
    mutex_lock(&terminals_mutex);
    if (tty->session == 0 && may_take_one())
        take(tty);
    mutex_unlock(&terminals_mutex);
}

int tty_check_background(struct tty *tty, int signo)
{
    int group = process_current_group();
    struct owner owner = owner_of(tty);

    if (!is_ours(owner) || owner.group == 0 || owner.group == group)
        return 0;
    if (signal_blocked_or_ignored(signo))
        return signo == SIGTTIN ? -EIO : 0;
    if (process_group_orphaned(group))
        return -EIO;
    signal_send_group(group, signo);
    return -ERESTARTSYS;
}

/* Caller holds terminals_mutex. */
static long set_controlling(const struct file *file, struct tty *tty, bool steal)
{
    const bool is_admin = current_has(CAP_SYS_ADMIN);
    int session = process_current_session();

    if (session == process_current_id() && tty->session == session)
        return 0;
    if (!may_take_one() || (tty->session != 0 && !(steal && is_admin)))
        return -EPERM;
    if (!file_readable(file) && !is_admin)
        return -EPERM;
    if (tty->session != 0)
        process_clear_terminals(tty->session);
    take(tty);
    return 0;
}

static long set_group(struct tty *tty, uaddr_t argument)
{
    int32_t group;
    int status = tty_check_background(tty, SIGTTOU);

    if (status < 0)
        return status == -EIO ? -ENOTTY : status;
    if (user_read(&group, argument, sizeof(group)) < 0)
        return -EFAULT;
    if (group < 0)
        return -EINVAL;
    if (!is_ours(owner_of(tty)))
        return -ENOTTY;
    int session = process_group_session(group);
    if (session < 0)
        return session;
    if (session != process_current_session())
        return -EPERM;
    mutex_lock(&terminals_mutex);
    mutex_lock(&tty->mutex);
    if (tty->session == session)
        tty->group = group;
    mutex_unlock(&tty->mutex);
    mutex_unlock(&terminals_mutex);
    return 0;
}

/* Who leads the session gives it up for all of it, another process for itself. */
static long give_up(struct tty *tty)
{
    int session = process_current_session(), group = 0;

    if (!is_ours(owner_of(tty)))
        return -ENOTTY;
    if (session != process_current_id()) {
        process_set_terminal(false);
        return 0;
    }
    mutex_lock(&terminals_mutex);
    mutex_lock(&tty->mutex);
    if (tty->session == session) {
        group = tty->group;
        tty->session = tty->group = 0;
    }
    mutex_unlock(&tty->mutex);
    process_clear_terminals(session);
    mutex_unlock(&terminals_mutex);
    if (group > 0)
        signal_hang_up_group(group);
    return 0;
}

bool tty_is_job_command(uint32_t command)
{
    return command == TIOCSCTTY || command == TIOCNOTTY || command == TIOCGPGRP ||
           command == TIOCSPGRP || command == TIOCGSID;
}

long tty_job_ioctl(struct file *file, struct tty *tty, bool master, uint32_t command,
                   uint64_t argument)
{
    int32_t value;
    long status;

    switch (command) {
    case TIOCSCTTY:
        mutex_lock(&terminals_mutex);
        status = set_controlling(file, tty, argument == 1);
        mutex_unlock(&terminals_mutex);
        return status;
    case TIOCNOTTY:
        return master ? -ENOTTY : give_up(tty);
    case TIOCSPGRP:
        return set_group(tty, uaddr(argument));
    default:
        break;
    }
    struct owner owner = owner_of(tty);
    if (!master && !is_ours(owner))
        return -ENOTTY;
    value = command == TIOCGPGRP ? owner.group : owner.session;
    if (command == TIOCGSID && value == 0)
        return -ENOTTY;
    return user_write(uaddr(argument), &value, sizeof(value));
}
