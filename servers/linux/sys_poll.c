/*
 * sys_poll.c - poll, ppoll, select, pselect6.
 *
 * All are one wait for a list of (file, events). The first look registers nowhere: mostly something
 * is ready. What poll_files holds (references, queue entries) is on the stack for few files.
 */
#include "lib/base/bits.h"
#include "lib/base/string.h"
#include "servers/linux/poll.h"
#include "servers/linux/sys.h"
#include "servers/linux/wait_time.h"

#define FEW 8

struct watched {
    struct file *file; /* counted; NULL: nothing to watch */
    uint32_t events;
    uint32_t ready;
};

/* Asks every file; returns how many have something. */
static unsigned look(struct watched *watched, unsigned count, struct poll_table *table)
{
    unsigned found = 0;

    for (unsigned i = 0; i < count; i++) {
        struct watched *one = &watched[i];
        if (one->file)
            one->ready = file_poll(one->file, table) & (one->events | POLLERR | POLLHUP);
        if (one->ready) {
            found++;
            table = NULL; /* will not sleep: no need to stand in more queues */
        }
        if (count > FEW)
            call_must_go_on();
    }
    return found;
}

static long wait_for(struct watched *watched, unsigned count, struct wait_time *time)
{
    struct poll_wait wait;
    long found = look(watched, count, NULL);

    if (found > 0 || wait_time_is_zero(time))
        return found;
    poll_wait_init(&wait);
    found = look(watched, count, &wait.table);
    while (found == 0 && wait.error == 0) {
        int status = waiter_sleep(&wait.waiter, wait_time_deadline(time));
        found = look(watched, count, NULL);
        if (found > 0 || status == -ETIMEDOUT)
            break;
        if (status == -EINTR)
            found = -ERESTARTNOHAND;
    }
    if (found == 0 && wait.error < 0)
        found = wait.error;
    poll_wait_end(&wait);
    return found;
}

static void release(struct watched *watched, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (watched[i].file)
            file_put(watched[i].file);
    }
}

/* ---- poll ------------------------------------------------------------------------------- */

static void prepare(struct watched *watched, const struct linux_pollfd *fds, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        watched[i] = (struct watched){.events = (uint16_t)fds[i].events};
        if (fds[i].fd < 0)
            continue;
        watched[i].file = fd_file(fds[i].fd);
        if (!watched[i].file)
            watched[i].ready = POLLNVAL;
    }
}

static long poll_array(struct linux_pollfd *fds, struct watched *watched, uint64_t address,
                       unsigned count, struct wait_time *time)
{
    if (user_read(fds, uaddr(address), count * sizeof(*fds)) < 0)
        return -EFAULT;
    prepare(watched, fds, count);
    long found = wait_for(watched, count, time);
    for (unsigned i = 0; i < count; i++)
        fds[i].revents = (int16_t)watched[i].ready;
    release(watched, count);
    if (found >= 0 && user_write(uaddr(address), fds, count * sizeof(*fds)) < 0)
        return -EFAULT;
    return found;
}

static long poll_fds(uint64_t address, uint64_t count, struct wait_time *time)
{
    struct linux_pollfd few_fds[FEW];
    struct watched few[FEW];

    if (count > process_limit(RLIMIT_NOFILE) || count > FD_MAX)
        return -EINVAL;
    if (count <= FEW)
        return poll_array(few_fds, few, address, (unsigned)count, time);
    struct linux_pollfd *fds = heap_alloc(count * sizeof(*fds));
    struct watched *watched = heap_alloc(count * sizeof(*watched));
    long found = -ENOMEM;
    if (fds && watched)
        found = poll_array(fds, watched, address, (unsigned)count, time);
    heap_free(watched);
    heap_free(fds);
    return found;
}

/* A wait that nothing but a stop interrupted goes on to the same end. */
static long resume_poll(const struct restart_block *block)
{
    struct wait_time time = {.deadline_ns = block->deadline_ns};
    long found = poll_fds(block->address, block->value, &time);

    return found == -ERESTARTNOHAND ? call_resume_later(block) : found;
}

SYSCALL(poll)
{
    struct wait_time time = wait_time_of_ms(arg_int(args[2]));
    long found = poll_fds(args[0], (uint32_t)args[1], &time);

    if (found != -ERESTARTNOHAND)
        return found;
    const struct restart_block block = {.resume = resume_poll,
                                        .deadline_ns = wait_time_deadline(&time),
                                        .address = args[0],
                                        .value = (uint32_t)args[1]};
    return call_resume_later(&block);
}

SYSCALL(ppoll)
{
    struct wait_time time;
    uint64_t mask;

    int status = wait_time_read(&time, args[2], TIME_IN_NANOSECONDS);
    if (status < 0)
        return status;
    if (args[3]) {
        if (args[4] != sizeof(mask))
            return -EINVAL;
        if (user_read(&mask, uaddr(args[3]), sizeof(mask)) < 0)
            return -EFAULT;
        signal_wait_mask_begin(mask);
    }
    long found = poll_fds(args[0], (uint32_t)args[1], &time);
    if (args[3])
        signal_wait_mask_end(found == -ERESTARTNOHAND);
    wait_time_write_back(&time);
    return found;
}

/* ---- select ----------------------------------------------------------------------------- */

#define SET_READ  (POLLIN | POLLRDNORM | POLLRDBAND | POLLHUP | POLLERR)
#define SET_WRITE (POLLOUT | POLLWRNORM | POLLWRBAND | POLLERR)
#define SET_OTHER POLLPRI

static const uint32_t set_events[3] = {SET_READ, SET_WRITE, SET_OTHER};

struct select {
    uint64_t addresses[3];
    unsigned words;    /* of each set */
    unsigned fd_count; /* n */
    uint64_t *bits[3]; /* what the guest asks for, then what it gets */
    struct watched *watched;
};

static bool bit_of(const uint64_t *bits, unsigned fd) { return bits[fd / 64] & BIT(fd % 64); }

static int read_sets(struct select *select)
{
    for (int i = 0; i < 3; i++) {
        if (select->addresses[i] &&
            user_read(select->bits[i], uaddr(select->addresses[i]), select->words * 8) < 0)
            return -EFAULT;
    }
    return 0;
}

/* One watched per descriptor number; -EBADF if a number in a set is not open. */
static int open_sets(struct select *select)
{
    for (unsigned fd = 0; fd < select->fd_count; fd++) {
        struct watched *one = &select->watched[fd];
        for (int i = 0; i < 3; i++)
            one->events |= bit_of(select->bits[i], fd) ? set_events[i] : 0;
        if (one->events == 0)
            continue;
        one->file = fd_file((int)fd);
        if (!one->file)
            return -EBADF;
    }
    return 0;
}

/* POLLERR and POLLHUP come unasked; only bits of a set that the number is in count. */
static long collect_sets(struct select *select)
{
    long found = 0;

    for (unsigned fd = 0; fd < select->fd_count; fd++) {
        for (int i = 0; i < 3; i++) {
            if (!bit_of(select->bits[i], fd))
                continue;
            if (select->watched[fd].ready & set_events[i])
                found++;
            else
                select->bits[i][fd / 64] &= ~BIT(fd % 64);
        }
    }
    return found;
}

static int write_sets(struct select *select)
{
    for (int i = 0; i < 3; i++) {
        if (select->addresses[i] &&
            user_write(uaddr(select->addresses[i]), select->bits[i], select->words * 8) < 0)
            return -EFAULT;
    }
    return 0;
}

static long select_prepared(struct select *select, struct wait_time *time)
{
    long found = read_sets(select);

    if (found == 0)
        found = open_sets(select);
    if (found == 0)
        found = wait_for(select->watched, select->fd_count, time);
    release(select->watched, select->fd_count);
    if (found < 0)
        return found;
    found = collect_sets(select);
    return write_sets(select) < 0 ? -EFAULT : found;
}

static long select_fds(const uint64_t args[6], struct wait_time *time)
{
    struct select select = {.addresses = {args[1], args[2], args[3]}};

    if (arg_int(args[0]) < 0)
        return -EINVAL;
    uint32_t capacity = context_current()->files->capacity;
    select.fd_count = (uint32_t)args[0] < capacity ? (uint32_t)args[0] : capacity;
    select.words = (select.fd_count + 63) / 64;
    uint64_t *memory = heap_alloc(select.fd_count * sizeof(*select.watched) + select.words * 24);
    if (!memory)
        return -ENOMEM;
    for (int i = 0; i < 3; i++)
        select.bits[i] = memory + (unsigned)i * select.words;
    select.watched = (struct watched *)(void *)(memory + 3 * select.words);
    long found = select_prepared(&select, time);
    heap_free(memory);
    return found;
}

SYSCALL(select)
{
    struct wait_time time;
    int status = wait_time_read(&time, args[4], TIME_IN_MICROSECONDS);

    if (status < 0)
        return status;
    long found = select_fds(args, &time);
    wait_time_write_back(&time);
    return found;
}

SYSCALL(pselect6)
{
    struct wait_time time;
    uint64_t sigmask[2] = {0, 0}; /* address, size */
    uint64_t mask = 0;

    int status = wait_time_read(&time, args[4], TIME_IN_NANOSECONDS);
    if (status < 0)
        return status;
    if (args[5] && user_read(sigmask, uaddr(args[5]), sizeof(sigmask)) < 0)
        return -EFAULT;
    if (sigmask[0]) {
        if (sigmask[1] != sizeof(mask))
            return -EINVAL;
        if (user_read(&mask, uaddr(sigmask[0]), sizeof(mask)) < 0)
            return -EFAULT;
        signal_wait_mask_begin(mask);
    }
    long found = select_fds(args, &time);
    if (sigmask[0])
        signal_wait_mask_end(found == -ERESTARTNOHAND);
    wait_time_write_back(&time);
    return found;
}
