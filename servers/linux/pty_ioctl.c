/*
 * pty_ioctl.c - what can be asked of a pty's master: things of the pair, and the settings, size and
 * session of the slave.
 */
#include "servers/linux/fd.h"
#include "servers/linux/pty.h"

/* TIOCGPTPEER: opens the slave without going through its name and permissions. */
static long open_peer(struct pty *pty, uint32_t flags)
{
    struct dentry *entry = pty->entry;
    int error;

    struct file *file = file_create(entry->inode, entry, flags & ~(uint32_t)O_CLOEXEC,
                                    entry->inode->file_ops, NULL, &error);
    if (!file)
        return error;
    file->flags &= ~(uint32_t)O_NOCTTY;
    return fd_install_or_put(file, flags & O_CLOEXEC);
}

static long write_int(uint64_t argument, int32_t value)
{
    return user_write(uaddr(argument), &value, sizeof(value));
}

static long set_locked(struct pty *pty, uint64_t argument)
{
    int32_t value;

    if (user_read(&value, uaddr(argument), sizeof(value)) < 0)
        return -EFAULT;
    mutex_lock(&pty->tty.mutex);
    pty->locked = value != 0;
    mutex_unlock(&pty->tty.mutex);
    return 0;
}

static long set_packet(struct pty *pty, uint64_t argument)
{
    int32_t value;

    if (user_read(&value, uaddr(argument), sizeof(value)) < 0)
        return -EFAULT;
    mutex_lock(&pty->tty.mutex);
    if (value && !pty->packet)
        pty->events = 0;
    pty->packet = value != 0;
    mutex_unlock(&pty->tty.mutex);
    return 0;
}

/* As if the key had been pressed, whatever the settings. */
static long send_signal(struct pty *pty, uint64_t signo)
{
    if (signo != SIGINT && signo != SIGQUIT && signo != SIGTSTP)
        return -EINVAL;
    mutex_lock(&pty->tty.mutex);
    int group = pty->tty.group;
    mutex_unlock(&pty->tty.mutex);
    if (group > 0)
        signal_send_group(group, (int)signo);
    return 0;
}

static long readable(struct pty *pty, uint64_t argument)
{
    mutex_lock(&pty->tty.mutex);
    int32_t bytes = (int32_t)(pty->tty.output.tail - pty->tty.output.head);
    mutex_unlock(&pty->tty.mutex);
    return write_int(argument, bytes);
}

/* The master's input is what the slave has shown; what was typed is the slave's at once. */
static long flush(struct pty *pty, uint64_t which)
{
    if (which > TCIOFLUSH)
        return -EINVAL;
    mutex_lock(&pty->tty.mutex);
    if (which != TCOFLUSH)
        tty_discard_output(&pty->tty);
    mutex_unlock(&pty->tty.mutex);
    return 0;
}

long pty_master_ioctl(struct file *file, uint32_t command, uint64_t argument)
{
    struct pty *pty = file->private;

    if (tty_is_job_command(command))
        return tty_job_ioctl(file, &pty->tty, true, command, argument);
    switch (command) {
    case TIOCGPTN:
        return write_int(argument, pty->number);
    case TIOCSPTLCK:
        return set_locked(pty, argument);
    case TIOCGPTLCK:
        return write_int(argument, pty->locked);
    case TIOCGPTPEER:
        return open_peer(pty, (uint32_t)argument);
    case TIOCPKT:
        return set_packet(pty, argument);
    case TIOCGPKT:
        return write_int(argument, pty->packet);
    case TIOCSIG:
        return send_signal(pty, argument);
    case FIONREAD:
        return readable(pty, argument);
    case TIOCOUTQ:
        return write_int(argument, 0);
    case TCFLSH:
        return flush(pty, argument);
    default:
        return tty_settings_ioctl(&pty->tty, command, argument);
    }
}
