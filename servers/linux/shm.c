/*
 * shm.c - shmget, shmat, shmdt, shmctl (shmop(2)).
 *
 * A segment is an unnamed file of shared_memory.c; attaching maps it, and how many have attached it
 * is its inode's mapping_count. A segment that was removed keeps its number until its last mapping
 * ends. Lock: the table's mutex, inside an mm's (shmdt); so no user copy is made under it.
 */
#include "servers/linux/shm.h"

#include "servers/linux/file.h"
#include "servers/linux/ipc.h"
#include "servers/linux/mm.h"
#include "servers/linux/process.h"
#include "servers/linux/shared_memory.h"
#include "servers/linux/sys.h"

#define SHM_HUGETLB 04000

#define SHM_RDONLY 010000
#define SHM_RND    020000
#define SHM_REMAP  040000
#define SHM_EXEC   0100000

#define SHM_LOCK     11
#define SHM_UNLOCK   12
#define SHM_STAT     13
#define SHM_INFO     14
#define SHM_STAT_ANY 15

#define SHM_DEST 01000 /* in the mode that is told: removed, but attached */

struct linux_shmid_ds {
    struct linux_ipc_perm perm;
    uint64_t segment_bytes;
    int64_t atime;
    int64_t dtime;
    int64_t ctime;
    int32_t creator_pid;
    int32_t last_pid;
    uint64_t attached;
    uint64_t unused[2];
};
STATIC_ASSERT(sizeof(struct linux_shmid_ds) == 112, "struct shmid64_ds");

struct linux_shminfo {
    uint64_t bytes_max;
    uint64_t bytes_min;
    uint64_t segments_max;
    uint64_t per_process_max;
    uint64_t pages_max;
    uint64_t unused[4];
};

struct linux_shm_info {
    int32_t used_ids;
    int32_t padding;
    uint64_t pages_total;
    uint64_t pages_resident;
    uint64_t pages_swapped;
    uint64_t swap_attempts;
    uint64_t swap_successes;
};

struct segment {
    struct ipc_object ipc;
    struct file *file; /* counted */
    uint64_t bytes;
    int64_t atime;
    int64_t dtime;
    int64_t ctime;
    int creator_pid;
    int last_pid;
};

static struct ipc_table segments = {.mutex = MUTEX_OF(LOCK_IPC)};

static struct segment *segment_of(struct ipc_object *object)
{
    return container_of(object, struct segment, ipc);
}

static uint32_t attached(const struct segment *segment)
{
    return __atomic_load_n(&segment->file->inode->mapping_count, __ATOMIC_ACQUIRE);
}

/* All of these: caller holds the table's mutex. */

static struct segment *find_inode(const struct inode *inode)
{
    for (int place = 0; place < IPC_OBJECTS_MAX; place++) {
        struct ipc_object *object = ipc_at(&segments, place);
        if (object && segment_of(object)->file->inode == inode)
            return segment_of(object);
    }
    return NULL;
}

/* The reference to its file passes to the caller. */
static struct file *free_segment(struct segment *segment)
{
    struct file *file = segment->file;

    ipc_remove(&segments, &segment->ipc);
    heap_free(segment);
    return file;
}

void shm_unmapped(struct inode *inode)
{
    struct file *file = NULL;

    mutex_lock(&segments.mutex);
    struct segment *segment = find_inode(inode);
    if (segment) {
        segment->dtime = ipc_now();
        if (segment->ipc.removed && attached(segment) == 0)
            file = free_segment(segment);
    }
    mutex_unlock(&segments.mutex);
    if (file)
        file_put(file);
}

/* ---- shmget ---------------------------------------------------------------------------------- */

/* `request`: the size that was asked for. */
static struct ipc_object *make_segment(void *request, int *error)
{
    uint64_t bytes = *(const uint64_t *)request;

    *error = -EINVAL;
    if (bytes == 0 || bytes > INT64_MAX)
        return NULL;
    *error = -ENOMEM;
    struct segment *segment = heap_alloc(sizeof(*segment));
    if (!segment)
        return NULL;
    segment->file = shared_memory_create(bytes, error);
    if (!segment->file) {
        heap_free(segment);
        return NULL;
    }
    segment->file->inode->is_segment = true;
    segment->bytes = bytes;
    segment->ctime = ipc_now();
    segment->creator_pid = process_current_id();
    return &segment->ipc;
}

static int accept_segment(const struct ipc_object *object, void *request)
{
    const struct segment *segment = container_of(object, const struct segment, ipc);
    return *(const uint64_t *)request > segment->bytes ? -EINVAL : 0;
}

SYSCALL(shmget)
{
    static const struct ipc_kind kind = {make_segment, accept_segment};
    uint64_t bytes = args[1];

    if ((uint32_t)args[2] & SHM_HUGETLB)
        return -EINVAL;
    return ipc_get(&segments, arg_int(args[0]), (uint32_t)args[2], &kind, &bytes);
}

/* ---- shmat, shmdt ---------------------------------------------------------------------------- */

/* The segment's file, counted, with everything of the request that comes from the segment. */
static int prepare(int id, uint32_t flags, struct map_request *request)
{
    uint32_t wanted = flags & SHM_RDONLY ? 4 : 6;
    int status = -EINVAL;

    mutex_lock(&segments.mutex);
    struct ipc_object *object = ipc_find(&segments, id);
    if (object)
        status = ipc_permission(object, wanted | (flags & SHM_EXEC ? 1 : 0));
    if (status == 0) {
        struct segment *segment = segment_of(object);
        request->file = file_get(segment->file);
        request->bytes = (segment->bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
        segment->atime = ipc_now();
        segment->last_pid = process_current_id();
    }
    mutex_unlock(&segments.mutex);
    return status;
}

SYSCALL(shmat)
{
    uint32_t flags = (uint32_t)args[2];
    struct map_request request = {
        .address = args[1],
        .place = args[1] == 0        ? PLACE_ANYWHERE
                 : flags & SHM_REMAP ? PLACE_FIXED
                                     : PLACE_FREE,
        .prot =
            PROT_READ | (flags & SHM_RDONLY ? 0 : PROT_WRITE) | (flags & SHM_EXEC ? PROT_EXEC : 0),
        .flags = VMA_SHARED,
    };
    struct mm *mm = thread_self()->mm;

    if (request.address % PAGE_BYTES && !(flags & SHM_RND))
        return -EINVAL;
    request.address -= request.address % PAGE_BYTES;
    if (request.address == 0 && (args[1] != 0 || flags & SHM_REMAP))
        return -EINVAL;
    int status = prepare(arg_int(args[0]), flags, &request);
    if (status < 0)
        return status;
    mm_lock(mm);
    long start = mm_map_locked(mm, &request);
    mm_unlock(mm);
    if (start < 0)
        shm_unmapped(request.file->inode); /* it may have been removed meanwhile */
    file_put(request.file);
    return start == -EEXIST ? -EINVAL : start;
}

static void note_detach(struct inode *inode)
{
    mutex_lock(&segments.mutex);
    struct segment *segment = find_inode(inode);
    if (segment)
        segment->last_pid = process_current_id();
    mutex_unlock(&segments.mutex);
}

static int detach_locked(struct mm *mm, uint64_t address)
{
    struct vma *vma = vma_at(&mm->vmas, address);

    if (!vma || vma->start != address || !vma->file || !vma->file->inode->is_segment ||
        vma->offset_pages != 0)
        return -EINVAL;
    const struct file *file = vma->file;
    note_detach(file->inode);
    uint64_t end = address + ((file->inode->size + PAGE_BYTES - 1) & ~(uint64_t)(PAGE_BYTES - 1));
    int status = 0;
    while (vma && vma->start < end && status == 0) {
        uint64_t start = vma->start, stop = vma->end < end ? vma->end : end;
        bool ours = vma->file == file && vma->offset_pages == (start - address) / PAGE_BYTES;
        if (ours)
            status = mm_unmap_locked(mm, start, stop);
        vma = vma_find(&mm->vmas, stop);
    }
    return status;
}

SYSCALL(shmdt)
{
    struct mm *mm = thread_self()->mm;

    if (args[0] % PAGE_BYTES)
        return -EINVAL;
    mm_lock(mm);
    int status = detach_locked(mm, args[0]);
    mm_unlock(mm);
    return status;
}

/* ---- shmctl ------------------------------------------------------------------------------------
 */

static struct linux_shmid_ds tell(const struct segment *segment)
{
    struct linux_shmid_ds told = {
        .perm = segment->ipc.perm,
        .segment_bytes = segment->bytes,
        .atime = segment->atime,
        .dtime = segment->dtime,
        .ctime = segment->ctime,
        .creator_pid = segment->creator_pid,
        .last_pid = segment->last_pid,
        .attached = attached(segment),
    };
    if (segment->ipc.removed)
        told.perm.mode |= SHM_DEST;
    return told;
}

/* *file: to be put by the caller, without the mutex. */
static int change(struct segment *segment, int command, const struct linux_shmid_ds *given,
                  struct file **file)
{
    const bool locks = command == SHM_LOCK || command == SHM_UNLOCK;
    int status = locks && current_has(CAP_IPC_LOCK) ? 0 : ipc_owner(&segment->ipc);

    if (status < 0 || locks)
        return status; /* nothing is ever swapped out */
    if (command == IPC_SET) {
        ipc_set(&segment->ipc, &given->perm);
        segment->ctime = ipc_now();
        return 0;
    }
    segment->ipc.removed = true;
    segment->ipc.perm.key = IPC_PRIVATE;
    if (attached(segment) == 0)
        *file = free_segment(segment);
    return 0;
}

static long control(int id, int command, uint64_t address)
{
    struct linux_shmid_ds given = {0};
    struct file *file = NULL;
    int status = 0;

    if (command == IPC_SET && user_read(&given, uaddr(address), sizeof(given)) < 0)
        return -EFAULT;
    mutex_lock(&segments.mutex);
    bool by_place = command == SHM_STAT || command == SHM_STAT_ANY;
    struct ipc_object *object = by_place ? ipc_at(&segments, id) : ipc_find(&segments, id);
    bool reads = by_place || command == IPC_STAT;
    long result = object && by_place ? ipc_id(object) : 0;
    if (!object)
        status = -EINVAL;
    else if (reads)
        status = command == SHM_STAT_ANY ? 0 : ipc_permission(object, 4);
    else
        status = change(segment_of(object), command, &given, &file);
    if (status == 0 && reads)
        given = tell(segment_of(object));
    mutex_unlock(&segments.mutex);
    if (file)
        file_put(file);
    if (status == 0 && reads && user_write(uaddr(address), &given, sizeof(given)) < 0)
        status = -EFAULT;
    return status < 0 ? status : result;
}

static long system_info(int command, uint64_t address)
{
    const struct linux_shminfo limits = {.bytes_max = INT64_MAX,
                                         .bytes_min = 1,
                                         .segments_max = IPC_OBJECTS_MAX,
                                         .per_process_max = IPC_OBJECTS_MAX,
                                         .pages_max = INT64_MAX};
    struct linux_shm_info use = {0};

    mutex_lock(&segments.mutex);
    for (int place = 0; place < IPC_OBJECTS_MAX; place++) {
        struct ipc_object *object = ipc_at(&segments, place);
        if (!object)
            continue;
        const struct inode *inode = segment_of(object)->file->inode;
        use.used_ids++;
        use.pages_total += (inode->size + PAGE_BYTES - 1) / PAGE_BYTES;
        use.pages_resident += inode->pages.page_count;
    }
    long highest = ipc_highest(&segments);
    mutex_unlock(&segments.mutex);
    int status = command == IPC_INFO ? user_write(uaddr(address), &limits, sizeof(limits))
                                     : user_write(uaddr(address), &use, sizeof(use));
    return status < 0 ? status : highest;
}

SYSCALL(shmctl)
{
    int command = arg_int(args[1]);

    if (arg_int(args[0]) < 0)
        return -EINVAL;
    switch (command) {
    case IPC_INFO:
    case SHM_INFO:
        return system_info(command, args[2]);
    case IPC_RMID:
    case IPC_SET:
    case IPC_STAT:
    case SHM_LOCK:
    case SHM_UNLOCK:
    case SHM_STAT:
    case SHM_STAT_ANY:
        return control(arg_int(args[0]), command, args[2]);
    default:
        return -EINVAL;
    }
}
