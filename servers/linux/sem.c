/*
 * sem.c - semget, semop, semtimedop, semctl (semop(2)).
 *
 * A set of operations is done as one or not at all. Who cannot go on sleeps in the set's queue;
 * every change wakes all who do, and each looks again. Lock: the table's mutex; no
 * user copy is made under it.
 */
#include "servers/linux/sem.h"

#include "lib/base/string.h"
#include "machine/semaphore.h"
#include "servers/linux/clock.h"
#include "servers/linux/ipc.h"
#include "servers/linux/process.h"
#include "servers/linux/sys.h"

#define SET_MAX        32000 /* semaphores of one set */
#define OPERATIONS_MAX 500
#define VALUE_MAX      32767
#define SEM_UNDO       0x1000

#define GETPID       11
#define GETVAL       12
#define GETALL       13
#define GETNCNT      14
#define GETZCNT      15
#define SETVAL       16
#define SETALL       17
#define SEM_STAT     18
#define SEM_INFO     19
#define SEM_STAT_ANY 20

struct linux_seminfo {
    int32_t map, sets_max, all_max, undos_max, set_max, operations_max, undo_max, undo_bytes;
    int32_t value_max, adjust_max;
};

struct linux_sembuf {
    uint16_t number;
    int16_t change;
    int16_t flags;
};

struct semaphore {
    int32_t value;
    int32_t last_pid;
};

/* What one process has done to one set and would take back: change by semaphore. */
struct sem_undo {
    struct sem_undo *next_of_process;
    struct sem_set *set;
    struct process *process;
    struct list link; /* of the set */
    int16_t adjust[];
};

/* A thread that sleeps, and for what. */
struct sleeper {
    struct list link;
    uint32_t number;
    bool for_zero;
};

struct sem_set {
    struct ipc_object ipc;
    struct waitqueue changed;
    struct list sleepers;
    struct list undos;
    int64_t otime;
    int64_t ctime;
    uint32_t count;
    struct semaphore semaphores[];
};

static struct ipc_table sets = {.mutex = MUTEX_OF(LOCK_IPC)};

static struct sem_set *set_of(struct ipc_object *object)
{
    return container_of(object, struct sem_set, ipc);
}

/* `request`: how many there are to be. */
static struct ipc_object *make_set(void *request, int *error)
{
    uint32_t count = *(const uint32_t *)request;

    *error = -EINVAL;
    if (count == 0)
        return NULL;
    *error = -ENOSPC;
    if (!page_shared_room())
        return NULL;
    *error = -ENOMEM;
    struct sem_set *set = heap_alloc(sizeof(*set) + count * sizeof(set->semaphores[0]));
    if (!set)
        return NULL;
    list_init(&set->sleepers);
    list_init(&set->undos);
    set->count = count;
    set->ctime = ipc_now();
    return &set->ipc;
}

static int accept_set(const struct ipc_object *object, void *request)
{
    const struct sem_set *set = container_of(object, const struct sem_set, ipc);
    return *(const uint32_t *)request > set->count ? -EINVAL : 0;
}

SYSCALL(semget)
{
    static const struct ipc_kind kind = {make_set, accept_set};
    uint32_t count = (uint32_t)args[1];

    if (count > SET_MAX)
        return -EINVAL;
    return ipc_get(&sets, arg_int(args[0]), (uint32_t)args[2], &kind, &count);
}

/* All below: caller holds the mutex. */

static void free_if_unused(struct sem_set *set)
{
    if (ipc_unused(&set->ipc))
        heap_free(set);
}

/* ---- undo ------------------------------------------------------------------------------------ */

static struct sem_undo *find_undo(const struct process *process, const struct sem_set *set)
{
    struct sem_undo *undo = process->sem_undos;

    while (undo && undo->set != set)
        undo = undo->next_of_process;
    return undo;
}

static struct sem_undo *make_undo(struct process *process, struct sem_set *set)
{
    struct sem_undo *undo = find_undo(process, set);

    if (undo)
        return undo;
    undo = heap_alloc(sizeof(*undo) + set->count * sizeof(undo->adjust[0]));
    if (!undo)
        return NULL;
    undo->set = set;
    undo->process = process;
    undo->next_of_process = process->sem_undos;
    process->sem_undos = undo;
    list_push_back(&set->undos, &undo->link);
    return undo;
}

static void free_undo(struct sem_undo *undo)
{
    struct sem_undo **link = &undo->process->sem_undos;

    while (*link != undo)
        link = &(*link)->next_of_process;
    *link = undo->next_of_process;
    list_remove(&undo->link);
    heap_free(undo);
}

/* A value that was set is nobody's to take back. */
static void forget_undos(struct sem_set *set, uint32_t first, uint32_t count)
{
    list_for_each (link, &set->undos)
        memset(&list_entry(link, struct sem_undo, link)->adjust[first], 0, count * sizeof(int16_t));
}

static void take_back(struct sem_undo *undo, int pid)
{
    struct sem_set *set = undo->set;

    for (uint32_t i = 0; i < set->count; i++) {
        if (undo->adjust[i] == 0)
            continue;
        int32_t value = set->semaphores[i].value + undo->adjust[i];
        value = value < 0 ? 0 : value > VALUE_MAX ? VALUE_MAX : value;
        set->semaphores[i] = (struct semaphore){value, pid};
    }
    set->otime = ipc_now();
    wake_all(&set->changed);
}

void sem_undo_exit(struct process *process)
{
    mutex_lock(&sets.mutex);
    while (process->sem_undos) {
        take_back(process->sem_undos, process->id);
        free_undo(process->sem_undos);
    }
    mutex_unlock(&sets.mutex);
}

/* ---- operations ------------------------------------------------------------------------------ */

struct request {
    const struct linux_sembuf *operations;
    unsigned count;
    bool changes;
    bool undoes;
};

/* One more operation on the values as they are. 0; 1: it has to wait; or an error. */
static int apply_one(struct sem_set *set, const struct linux_sembuf *operation,
                     const struct sem_undo *undo)
{
    struct semaphore *semaphore = &set->semaphores[operation->number];
    int32_t value = semaphore->value + operation->change;

    if ((operation->change == 0 && semaphore->value != 0) || value < 0)
        return operation->flags & IPC_NOWAIT ? -EAGAIN : 1;
    if (value > VALUE_MAX)
        return -ERANGE;
    if (operation->flags & SEM_UNDO) {
        int32_t adjust = undo->adjust[operation->number] - operation->change;
        if (adjust < -VALUE_MAX - 1 || adjust > VALUE_MAX)
            return -ERANGE;
    }
    semaphore->value = value;
    return 0;
}

static void settle(struct sem_set *set, const struct request *request, struct sem_undo *undo)
{
    for (unsigned i = 0; i < request->count; i++) {
        const struct linux_sembuf *operation = &request->operations[i];
        set->semaphores[operation->number].last_pid = process_current_id();
        if (operation->flags & SEM_UNDO)
            undo->adjust[operation->number] =
                (int16_t)(undo->adjust[operation->number] - operation->change);
    }
    set->otime = ipc_now();
    if (request->changes)
        wake_all(&set->changed);
}

/* All of them, or none: 0, an error, or 1 with the operation that has to wait. */
static int apply(struct sem_set *set, const struct request *request, struct sem_undo *undo,
                 unsigned *blocked)
{
    int status = 0;
    unsigned done = 0;

    while (done < request->count && status == 0) {
        status = apply_one(set, &request->operations[done], undo);
        done += status == 0;
    }
    if (status == 0) {
        settle(set, request, undo);
        return 0;
    }
    *blocked = done;
    while (done-- > 0)
        set->semaphores[request->operations[done].number].value -= request->operations[done].change;
    return status;
}

static int sleep_for(struct sem_set *set, const struct linux_sembuf *operation, nanos_t deadline_ns)
{
    struct sleeper sleeper = {.number = operation->number, .for_zero = operation->change == 0};

    list_push_back(&set->sleepers, &sleeper.link);
    int status = ipc_wait(&sets, &set->ipc, &set->changed, deadline_ns);
    list_remove(&sleeper.link);
    return status == -ETIMEDOUT ? -EAGAIN : status;
}

static int check(const struct sem_set *set, const struct request *request)
{
    for (unsigned i = 0; i < request->count; i++) {
        if (request->operations[i].number >= set->count)
            return -EFBIG;
    }
    return ipc_permission(&set->ipc, request->changes ? 2 : 4);
}

static int operate_locked(int id, const struct request *request, nanos_t deadline_ns)
{
    struct ipc_object *object = ipc_find(&sets, id);
    struct sem_undo *undo = NULL;
    unsigned blocked = 0;

    if (!object)
        return -EINVAL;
    struct sem_set *set = set_of(object);
    int status = check(set, request);
    if (status < 0)
        return status;
    if (request->undoes && !(undo = make_undo(process_current(), set)))
        return -ENOMEM;
    for (;;) {
        status = apply(set, request, undo, &blocked);
        if (status <= 0)
            return status;
        status = sleep_for(set, &request->operations[blocked], deadline_ns);
        if (status < 0) {
            free_if_unused(set);
            return status;
        }
    }
}

static long operate(int id, uint64_t address, uint32_t count, nanos_t deadline_ns)
{
    struct linux_sembuf few[4], *operations = few;
    int status = -EFAULT;

    if (count == 0 || id < 0)
        return -EINVAL;
    if (count > OPERATIONS_MAX)
        return -E2BIG;
    if (count > ARRAY_LENGTH(few) && !(operations = heap_alloc(count * sizeof(*operations))))
        return -ENOMEM;
    if (user_read(operations, uaddr(address), count * sizeof(*operations)) == 0) {
        struct request request = {.operations = operations, .count = count};
        for (unsigned i = 0; i < count; i++) {
            request.changes |= operations[i].change != 0;
            request.undoes |= (operations[i].flags & SEM_UNDO) != 0;
        }
        mutex_lock(&sets.mutex);
        status = operate_locked(id, &request, deadline_ns);
        mutex_unlock(&sets.mutex);
    }
    if (operations != few)
        heap_free(operations);
    return status;
}

SYSCALL(semop) { return operate(arg_int(args[0]), args[1], (uint32_t)args[2], NANOS_NEVER); }

SYSCALL(semtimedop)
{
    nanos_t deadline_ns = NANOS_NEVER;
    int status = args[3] ? clock_read_timeout(uaddr(args[3]), &deadline_ns) : 0;

    return status < 0 ? status : operate(arg_int(args[0]), args[1], (uint32_t)args[2], deadline_ns);
}

/* ---- control --------------------------------------------------------------------------------- */

static void remove_set(struct sem_set *set)
{
    struct list *link;

    while ((link = list_first(&set->undos)))
        free_undo(list_entry(link, struct sem_undo, link));
    ipc_remove(&sets, &set->ipc);
    set->ipc.removed = true;
    wake_all(&set->changed);
    free_if_unused(set);
}

static struct linux_semid_ds tell(const struct sem_set *set)
{
    return (struct linux_semid_ds){
        .perm = set->ipc.perm, .otime = set->otime, .ctime = set->ctime, .count = set->count};
}

static int count_sleepers(const struct sem_set *set, uint32_t number, bool for_zero)
{
    int count = 0;

    list_for_each (link, &set->sleepers) {
        const struct sleeper *sleeper = list_entry(link, struct sleeper, link);
        count += sleeper->number == number && sleeper->for_zero == for_zero;
    }
    return count;
}

static int change(struct sem_set *set, int command, const struct linux_semid_ds *given)
{
    int status = ipc_owner(&set->ipc);

    if (status < 0)
        return status;
    if (command == IPC_RMID) {
        remove_set(set);
    } else {
        ipc_set(&set->ipc, &given->perm);
        set->ctime = ipc_now();
    }
    return 0;
}

static long control_set(int id, int command, uint64_t address)
{
    struct linux_semid_ds told = {0};
    bool by_place = command == SEM_STAT || command == SEM_STAT_ANY;
    bool reads = by_place || command == IPC_STAT;
    int status = -EINVAL;

    if (command == IPC_SET && user_read(&told, uaddr(address), sizeof(told)) < 0)
        return -EFAULT;
    mutex_lock(&sets.mutex);
    struct ipc_object *object = by_place ? ipc_at(&sets, id) : ipc_find(&sets, id);
    long result = object && by_place ? ipc_id(object) : 0;
    if (object && reads) {
        status = command == SEM_STAT_ANY ? 0 : ipc_permission(object, 4);
        told = tell(set_of(object));
    } else if (object) {
        status = change(set_of(object), command, &told);
    }
    mutex_unlock(&sets.mutex);
    if (status == 0 && reads && user_write(uaddr(address), &told, sizeof(told)) < 0)
        status = -EFAULT;
    return status < 0 ? status : result;
}

static long one_locked(struct sem_set *set, uint32_t number, int command, int value)
{
    int status = ipc_permission(&set->ipc, command == SETVAL ? 2 : 4);

    if (status < 0)
        return status;
    if (number >= set->count)
        return -EINVAL;
    struct semaphore *semaphore = &set->semaphores[number];
    switch (command) {
    case GETVAL:
        return semaphore->value;
    case GETPID:
        return semaphore->last_pid;
    case GETNCNT:
    case GETZCNT:
        return count_sleepers(set, number, command == GETZCNT);
    default:
        *semaphore = (struct semaphore){value, process_current_id()};
        forget_undos(set, number, 1);
        set->ctime = ipc_now();
        wake_all(&set->changed);
        return 0;
    }
}

static long control_one(int id, uint32_t number, int command, int value)
{
    if (command == SETVAL && (value < 0 || value > VALUE_MAX))
        return -ERANGE;
    mutex_lock(&sets.mutex);
    struct ipc_object *object = ipc_find(&sets, id);
    long result = object ? one_locked(set_of(object), number, command, value) : -EINVAL;
    mutex_unlock(&sets.mutex);
    return result;
}

/* How many the set has, if the caller may. Takes the mutex. */
static long count_of(int id, uint32_t wanted)
{
    mutex_lock(&sets.mutex);
    struct ipc_object *object = ipc_find(&sets, id);
    long result = object ? ipc_permission(object, wanted) : -EINVAL;
    if (result == 0)
        result = set_of(object)->count;
    mutex_unlock(&sets.mutex);
    return result;
}

/* Between all values of a set and an array of that many. -EIDRM: the set is not what it was. */
static long exchange_all(int id, uint16_t *values, uint32_t count, bool set_them)
{
    long status = -EIDRM;

    mutex_lock(&sets.mutex);
    struct ipc_object *object = ipc_find(&sets, id);
    struct sem_set *set = object ? set_of(object) : NULL;
    if (set && set->count == count) {
        status = 0;
        for (uint32_t i = 0; i < count; i++) {
            if (set_them)
                set->semaphores[i] = (struct semaphore){values[i], process_current_id()};
            else
                values[i] = (uint16_t)set->semaphores[i].value;
        }
        if (set_them) {
            forget_undos(set, 0, count);
            set->ctime = ipc_now();
            wake_all(&set->changed);
        }
    }
    mutex_unlock(&sets.mutex);
    return status;
}

static long control_all(int id, int command, uint64_t address)
{
    bool sets_them = command == SETALL;
    long count = count_of(id, sets_them ? 2 : 4);
    if (count < 0)
        return count;
    size_t bytes = (size_t)count * sizeof(uint16_t);
    uint16_t *values = heap_alloc(bytes);
    if (!values)
        return -ENOMEM;
    long status = sets_them ? user_read(values, uaddr(address), bytes) : 0;
    for (long i = 0; sets_them && status == 0 && i < count; i++)
        status = values[i] > VALUE_MAX ? -ERANGE : 0;
    if (status == 0)
        status = exchange_all(id, values, (uint32_t)count, sets_them);
    if (status == 0 && !sets_them)
        status = user_write(uaddr(address), values, bytes);
    heap_free(values);
    return status;
}

static long system_info(int command, uint64_t address)
{
    struct linux_seminfo info = {
        .map = IPC_OBJECTS_MAX * SET_MAX,
        .sets_max = IPC_OBJECTS_MAX,
        .all_max = IPC_OBJECTS_MAX * SET_MAX,
        .undos_max = IPC_OBJECTS_MAX * SET_MAX,
        .set_max = SET_MAX,
        .operations_max = OPERATIONS_MAX,
        .undo_max = OPERATIONS_MAX,
        .undo_bytes = sizeof(struct sem_undo),
        .value_max = VALUE_MAX,
        .adjust_max = VALUE_MAX,
    };

    mutex_lock(&sets.mutex);
    if (command == SEM_INFO) {
        info.undo_bytes = (int32_t)sets.used;
        info.adjust_max = 0;
        for (int place = 0; place < IPC_OBJECTS_MAX; place++) {
            struct ipc_object *object = ipc_at(&sets, place);
            info.adjust_max += object ? (int32_t)set_of(object)->count : 0;
        }
    }
    long highest = ipc_highest(&sets);
    mutex_unlock(&sets.mutex);
    return user_write(uaddr(address), &info, sizeof(info)) < 0 ? -EFAULT : highest;
}

SYSCALL(semctl)
{
    int id = arg_int(args[0]), command = arg_int(args[2]);

    if (id < 0)
        return -EINVAL;
    switch (command) {
    case IPC_INFO:
    case SEM_INFO:
        return system_info(command, args[3]);
    case IPC_STAT:
    case IPC_SET:
    case IPC_RMID:
    case SEM_STAT:
    case SEM_STAT_ANY:
        return control_set(id, command, args[3]);
    case GETVAL:
    case GETPID:
    case GETNCNT:
    case GETZCNT:
    case SETVAL:
        return control_one(id, (uint32_t)args[1], command, arg_int(args[3]));
    case GETALL:
    case SETALL:
        return control_all(id, command, args[3]);
    default:
        return -EINVAL;
    }
}
