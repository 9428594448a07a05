/*
 * pidfd.c - see pidfd.h. Lock: process_mutex for the state of the process; the file's process is
 * set once, before anybody else knows the file's number or before its process runs.
 */
#include "servers/linux/pidfd.h"

#include "servers/linux/anon.h"
#include "servers/linux/poll.h"
#include "servers/linux/signal.h"
#include "servers/linux/sys.h"
#include "servers/linux/text.h"

#define PIDFD_NONBLOCK O_NONBLOCK

static const struct file_ops pidfd_ops;

static struct process *process_of(const struct file *file)
{
    return __atomic_load_n(&file->private, __ATOMIC_ACQUIRE);
}

/* The file of a descriptor, counted; NULL: it is none of a process (yet). */
static struct file *pidfd_file(int fd)
{
    struct file *file = fd_file(fd);

    if (file && file->ops == &pidfd_ops && process_of(file))
        return file;
    if (file)
        file_put(file);
    return NULL;
}

static uint32_t pidfd_poll(struct file *file, struct poll_table *table)
{
    struct process *process = process_of(file);

    if (!process)
        return 0;
    mutex_lock(&process_mutex);
    poll_add(table, &process->end_queue);
    uint32_t ready = process->state != PROCESS_ALIVE ? POLLIN | POLLRDNORM : 0;
    mutex_unlock(&process_mutex);
    return ready;
}

static void pidfd_show(const struct file *file, struct text *text)
{
    const struct process *process = process_of(file);

    if (!process)
        return;
    mutex_lock(&process_mutex);
    int id = process->state == PROCESS_DEAD ? -1 : process->id;
    mutex_unlock(&process_mutex);
    text_format(text, "Pid:\t%d\nNSpid:\t%d\n", id, id);
}

static void pidfd_release(struct file *file)
{
    struct process *process = process_of(file);

    if (process)
        process_put(process);
}

int pidfd_prepare(struct file **file)
{
    int error;

    *file = anon_file(O_RDWR, &pidfd_ops, NULL, &error);
    if (!*file)
        return error;
    int fd = fd_install(file_get(*file), 0, true);
    if (fd >= 0)
        return fd;
    file_put(*file);
    file_put(*file);
    return fd;
}

void pidfd_complete(struct file *file, struct process *process)
{
    __atomic_store_n(&file->private, process_get(process), __ATOMIC_RELEASE);
    file_put(file);
}

void pidfd_cancel(struct file *file, int fd)
{
    struct file *installed = fd_take(fd);

    if (installed)
        file_put(installed);
    file_put(file);
}

int pidfd_process_id(int fd, bool *nonblocking)
{
    struct file *file = pidfd_file(fd);

    if (!file)
        return -EBADF;
    int id = process_of(file)->id;
    *nonblocking = file_nonblocking(file);
    file_put(file);
    return id;
}

SYSCALL(pidfd_open)
{
    int id = arg_int(args[0]), error;

    if (((uint32_t)args[1] & ~(uint32_t)PIDFD_NONBLOCK) || id <= 0)
        return -EINVAL;
    struct process *process = process_lookup(id);
    if (!process)
        return -ESRCH;
    struct file *file =
        anon_file(O_RDWR | ((uint32_t)args[1] & PIDFD_NONBLOCK), &pidfd_ops, process, &error);
    if (!file) {
        process_put(process);
        return error;
    }
    return fd_install_or_put(file, true);
}

/* What the receiver will be told. */
static int read_info(struct signal_info *info, int signo, uint64_t address, bool is_self)
{
    uint8_t encoded[SIGINFO_BYTES];

    *info = signal_info_from_current(signo, SI_USER);
    if (!address)
        return 0;
    if (user_read(encoded, uaddr(address), sizeof(encoded)) < 0)
        return -EFAULT;
    signal_info_decode(info, encoded);
    if (info->signo != signo)
        return -EINVAL;
    return !is_self && (info->code >= 0 || info->code == SI_TKILL) ? -EPERM : 0;
}

SYSCALL(pidfd_send_signal)
{
    struct signal_info info;
    int signo = arg_int(args[1]);

    if (args[3] != 0)
        return -EINVAL;
    struct file *file = pidfd_file(arg_int(args[0]));
    if (!file)
        return -EBADF;
    struct process *process = process_of(file);
    int status = signo < 0 || signo > SIGNAL_COUNT ? -EINVAL : 0;
    if (status == 0)
        status = read_info(&info, signo, args[2], process == process_current());
    if (status == 0) {
        mutex_lock(&process_mutex);
        status =
            process->state == PROCESS_DEAD ? -ESRCH : signal_send_by_user(process, NULL, &info);
        mutex_unlock(&process_mutex);
    }
    file_put(file);
    return status;
}

/* The file, counted, if the process may be looked into. */
static int take_from(struct process *process, int fd, struct file **file)
{
    struct thread *thread = NULL;
    int status = -ESRCH;

    mutex_lock(&process_mutex);
    if (!list_empty(&process->threads))
        thread = list_entry(list_first(&process->threads), struct thread, process_link);
    if (thread && thread->context.files)
        status = process_may_inspect(process, thread, INSPECT_BY_CALL);
    if (status == 0) {
        *file = fd_table_file(thread->context.files, fd);
        status = *file ? 0 : -EBADF;
    }
    mutex_unlock(&process_mutex);
    return status;
}

SYSCALL(pidfd_getfd)
{
    struct file *file = NULL;

    if (args[2] != 0)
        return -EINVAL;
    struct file *pidfd = pidfd_file(arg_int(args[0]));
    if (!pidfd)
        return -EBADF;
    int status = take_from(process_of(pidfd), arg_int(args[1]), &file);
    file_put(pidfd);
    return status < 0 ? status : fd_install_or_put(file, true);
}

static const struct file_ops pidfd_ops = {
    .poll = pidfd_poll,
    .release = pidfd_release,
    .show_info = pidfd_show,
    .anon_name = "[pidfd]",
    .is_stream = true,
};
