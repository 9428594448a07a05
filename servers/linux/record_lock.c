/*
 * record_lock.c - see record_lock.h.
 *
 * One mutex and one queue for all files: such locks are rare and held long. inode->record_locks is
 * a list without order. Invariant: an owner's ranges of one inode do not overlap, and those of one
 * kind do not touch each other; ranges of different owners overlap only if both are read locks.
 *
 * Whoever waits says for whom, so that a circle of processes is refused (EDEADLK).
 */
#include "servers/linux/record_lock.h"

#include "servers/linux/fd.h"

#define LAST_BYTE INT64_MAX

struct record_lock {
    struct record_lock *next;
    const void *owner; /* an fd_table, or an open file (OFD) */
    int16_t kind;      /* F_RDLCK or F_WRLCK */
    int32_t pid;       /* as F_GETLK tells it */
    int64_t start;
    int64_t end; /* its last byte */
};

/* On the stack of a thread that waits. */
struct lock_wait {
    struct lock_wait *next;
    const void *owner;
    const void *holder;
};

static struct mutex record_mutex = MUTEX_OF(LOCK_RECORD);
static struct waitqueue record_queue;
static struct lock_wait *waits;

static bool overlaps(const struct record_lock *a, const struct record_lock *b)
{
    return a->start <= b->end && b->start <= a->end;
}

/* ---- whom does it conflict with ----------------------------------------------------------- */

static struct record_lock *find_conflict(struct inode *inode, const struct record_lock *wanted)
{
    for (struct record_lock *lock = inode->record_locks; lock; lock = lock->next) {
        if (lock->owner != wanted->owner && overlaps(lock, wanted) &&
            (lock->kind == F_WRLCK || wanted->kind == F_WRLCK))
            return lock;
    }
    return NULL;
}

/* Does `holder` wait, at the end of a chain, for `owner`? The chain ends: no circle was let in. */
static bool waits_for(const void *holder, const void *owner)
{
    const struct lock_wait *wait = waits;

    while (wait && holder != owner) {
        if (wait->owner == holder) {
            holder = wait->holder;
            wait = waits;
        } else {
            wait = wait->next;
        }
    }
    return holder == owner;
}

static int wait_for(const struct record_lock *wanted, const struct record_lock *conflict)
{
    struct lock_wait self = {.next = waits, .owner = wanted->owner, .holder = conflict->owner};

    if (waits_for(conflict->owner, wanted->owner))
        return -EDEADLK;
    waits = &self;
    int status = wait_on(&record_queue, &record_mutex, NANOS_NEVER);
    struct lock_wait **link = &waits;
    while (*link != &self)
        link = &(*link)->next;
    *link = self.next;
    return status == -EINTR ? -ERESTARTSYS : 0;
}

/* ---- an owner's ranges ---------------------------------------------------------------------- */

static void unlink_lock(struct record_lock **link)
{
    struct record_lock *lock = *link;

    __atomic_store_n(link, lock->next, __ATOMIC_RELAXED);
    heap_free(lock);
}

/* Takes [from->start, from->end] out of `lock`, which overlaps it. Its upper rest, if it falls into
   two, goes into *spare. Returns whether anything is left of it. */
static bool cut(struct inode *inode, struct record_lock *lock, const struct record_lock *from,
                struct record_lock **spare)
{
    bool below = lock->start<from->start, above = lock->end> from->end;

    if (below && above) {
        struct record_lock *upper = *spare;
        *spare = NULL;
        *upper = *lock;
        upper->start = from->end + 1;
        upper->next = inode->record_locks;
        __atomic_store_n(&inode->record_locks, upper, __ATOMIC_RELAXED);
    }
    if (below)
        lock->end = from->start - 1;
    else if (above)
        lock->start = from->end + 1;
    return below || above;
}

static bool touches(const struct record_lock *a, const struct record_lock *b)
{
    return overlaps(a, b) || (a->end != LAST_BYTE && a->end + 1 == b->start) ||
           (b->end != LAST_BYTE && b->end + 1 == a->start);
}

/* The owner's ranges become what `wanted` says. `spare`: two locks; what is not needed stays. */
static void apply(struct inode *inode, struct record_lock *wanted, struct record_lock *spare[2])
{
    struct record_lock **link = &inode->record_locks;

    while (*link) {
        struct record_lock *lock = *link;
        bool same_kind = lock->kind == wanted->kind;
        if (lock->owner == wanted->owner && same_kind && touches(lock, wanted)) {
            wanted->start = lock->start < wanted->start ? lock->start : wanted->start;
            wanted->end = lock->end > wanted->end ? lock->end : wanted->end;
            unlink_lock(link);
        } else if (lock->owner == wanted->owner && !same_kind && overlaps(lock, wanted) &&
                   !cut(inode, lock, wanted, &spare[0])) {
            unlink_lock(link);
        } else {
            link = &lock->next;
        }
    }
    if (wanted->kind == F_UNLCK)
        return;
    struct record_lock *added = spare[1];
    spare[1] = NULL;
    *added = *wanted;
    added->next = inode->record_locks;
    __atomic_store_n(&inode->record_locks, added, __ATOMIC_RELAXED);
}

void record_locks_drop(struct inode *inode, const void *owner)
{
    mutex_lock(&record_mutex);
    struct record_lock **link = &inode->record_locks;
    while (*link) {
        if ((*link)->owner == owner)
            unlink_lock(link);
        else
            link = &(*link)->next;
    }
    wake_all(&record_queue);
    mutex_unlock(&record_mutex);
}

/* ---- the calls ---------------------------------------------------------------------------------
 */

static int set_locked(struct inode *inode, struct record_lock *wanted, struct record_lock *spare[2],
                      bool waits_allowed)
{
    struct record_lock *conflict;

    while (wanted->kind != F_UNLCK && (conflict = find_conflict(inode, wanted))) {
        int status = waits_allowed ? wait_for(wanted, conflict) : -EAGAIN;
        if (status < 0)
            return status;
    }
    apply(inode, wanted, spare);
    wake_all(&record_queue);
    return 0;
}

static int set(struct file *file, struct record_lock *wanted, bool waits_allowed)
{
    struct record_lock *spare[2] = {heap_alloc(sizeof(*wanted)), heap_alloc(sizeof(*wanted))};
    int status = -ENOLCK;

    if (spare[0] && spare[1]) {
        mutex_lock(&record_mutex);
        status = set_locked(file->inode, wanted, spare, waits_allowed);
        mutex_unlock(&record_mutex);
    }
    heap_free(spare[0]);
    heap_free(spare[1]);
    return status;
}

/* The range that a struct flock names. */
static int range_of(struct file *file, const struct linux_flock *given, struct record_lock *wanted)
{
    int64_t base = 0;

    if (given->l_whence == SEEK_CUR)
        base = (int64_t)file_position(file);
    else if (given->l_whence == SEEK_END)
        base = (int64_t)inode_size(file->inode);
    else if (given->l_whence != SEEK_SET)
        return -EINVAL;
    if (__builtin_add_overflow(base, given->l_start, &wanted->start))
        return -EOVERFLOW;
    if (wanted->start < 0)
        return -EINVAL;
    wanted->end = LAST_BYTE;
    if (given->l_len > 0 && __builtin_add_overflow(wanted->start, given->l_len - 1, &wanted->end))
        return -EOVERFLOW;
    if (given->l_len < 0) {
        wanted->end = wanted->start - 1;
        wanted->start += given->l_len;
    }
    return wanted->start < 0 ? -EINVAL : 0;
}

/* Who asks for what. `is_ofd`: the open file is the owner, not the process. */
static int read_wanted(struct file *file, const struct linux_flock *given, bool is_ofd,
                       struct record_lock *wanted)
{
    *wanted = (struct record_lock){.kind = given->l_type};
    if (is_ofd && given->l_pid != 0)
        return -EINVAL;
    wanted->owner = is_ofd ? (const void *)file : context_current()->files;
    wanted->pid = is_ofd ? -1 : process_current_id();
    if (given->l_type != F_RDLCK && given->l_type != F_WRLCK && given->l_type != F_UNLCK)
        return -EINVAL;
    return range_of(file, given, wanted);
}

static long tell_conflict(struct file *file, const struct record_lock *wanted,
                          struct linux_flock *answer, uint64_t address)
{
    if (wanted->kind == F_UNLCK)
        return -EINVAL;
    mutex_lock(&record_mutex);
    const struct record_lock *conflict = find_conflict(file->inode, wanted);
    if (conflict) {
        answer->l_type = conflict->kind;
        answer->l_whence = SEEK_SET;
        answer->l_start = conflict->start;
        answer->l_len = conflict->end == LAST_BYTE ? 0 : conflict->end - conflict->start + 1;
        answer->l_pid = conflict->pid;
    } else {
        answer->l_type = F_UNLCK;
    }
    mutex_unlock(&record_mutex);
    return user_write(uaddr(address), answer, sizeof(*answer));
}

long record_lock_command(struct file *file, int command, uint64_t argument)
{
    bool is_ofd = command >= F_OFD_GETLK;
    struct linux_flock given;
    struct record_lock wanted;

    if (user_read(&given, uaddr(argument), sizeof(given)) < 0)
        return -EFAULT;
    int status = read_wanted(file, &given, is_ofd, &wanted);
    if (status < 0)
        return status;
    if (command == F_GETLK || command == F_OFD_GETLK)
        return tell_conflict(file, &wanted, &given, argument);
    if ((wanted.kind == F_RDLCK && !file_readable(file)) ||
        (wanted.kind == F_WRLCK && !file_writable(file)))
        return -EBADF;
    return set(file, &wanted, command == F_SETLKW || command == F_OFD_SETLKW);
}
