/*
 * shm.c - shmget, shmat, shmdt, shmctl (shmop(2)).
 *
 * A segment is an unnamed file of shared_memory.c; attaching maps it, and how many have attached it
 * is its inode's mapping_count. A segment that was removed keeps its number until its last mapping
 * ends. Lock: shm.mutex for the table; taken before and after, never inside, an mm's.
 */
#include "servers/linux/shm.h"

#include "servers/linux/file.h"
#include "servers/linux/mm.h"
#include "servers/linux/process.h"
#include "servers/linux/shared_memory.h"
#include "servers/linux/sys.h"

#define SEGMENTS_MAX 256
#define ID_STEP      32768 /* number = sequence * step + place */
#define SEQUENCE_MAX 65535

#define IPC_PRIVATE 0
#define IPC_CREAT   01000
#define IPC_EXCL    02000
#define SHM_HUGETLB 04000

#define SHM_RDONLY 010000
#define SHM_RND    020000
#define SHM_REMAP  040000
#define SHM_EXEC   0100000

#define IPC_RMID     0
#define IPC_SET      1
#define IPC_STAT     2
#define IPC_INFO     3
#define SHM_LOCK     11
#define SHM_UNLOCK   12
#define SHM_STAT     13
#define SHM_INFO     14
#define SHM_STAT_ANY 15

#define SHM_DEST 01000 /* in the mode that is told: removed, but attached */

struct linux_ipc_perm {
    int32_t key;
    uint32_t uid;
    uint32_t gid;
    uint32_t cuid;
    uint32_t cgid;
    uint32_t mode;
    uint16_t sequence;
    uint16_t padding;
    uint32_t padding2;
    uint64_t unused[2];
};
STATIC_ASSERT(sizeof(struct linux_ipc_perm) == 48, "struct ipc64_perm");

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
    struct file *file; /* counted; NULL: the place is free */
    struct linux_shmid_ds told;
    bool removed;
};

static struct {
    struct mutex mutex;
    uint16_t sequence;
    uint32_t used;
    struct segment segments[SEGMENTS_MAX];
} shm;

static int64_t now_seconds(void)
{
    struct linux_timespec now;

    time_now_real(&now);
    return now.tv_sec;
}

static int id_of(const struct segment *segment)
{
    return segment->told.perm.sequence * ID_STEP + (int)(segment - shm.segments);
}

/* All of these: caller holds shm.mutex. */

static struct segment *find_id(int id)
{
    int place = id % ID_STEP;

    if (id < 0 || place >= SEGMENTS_MAX)
        return NULL;
    struct segment *segment = &shm.segments[place];
    return segment->file && id_of(segment) == id ? segment : NULL;
}

static struct segment *find_key(int32_t key)
{
    for (unsigned i = 0; i < SEGMENTS_MAX; i++) {
        struct segment *segment = &shm.segments[i];
        if (segment->file && !segment->removed && segment->told.perm.key == key)
            return segment;
    }
    return NULL;
}

static uint32_t attached(const struct segment *segment)
{
    return __atomic_load_n(&segment->file->inode->mapping_count, __ATOMIC_ACQUIRE);
}

/* The reference to its file passes to the caller. */
static struct file *free_segment(struct segment *segment)
{
    struct file *file = segment->file;

    file->inode->is_segment = false;
    *segment = (struct segment){0};
    shm.used--;
    return file;
}

/* May the caller do what the bits (as in a file's mode, of "other") say? */
static int permission(const struct segment *segment, uint32_t wanted)
{
    const struct credentials *own = &context_current()->credentials;
    const struct linux_ipc_perm *perm = &segment->told.perm;
    uint32_t granted = perm->mode;

    if (own->euid == 0)
        return 0;
    if (own->euid == perm->uid || own->euid == perm->cuid)
        granted >>= 6;
    else if (own->egid == perm->gid || own->egid == perm->cgid)
        granted >>= 3;
    return wanted & ~granted & 7 ? -EACCES : 0;
}

static int owner(const struct segment *segment)
{
    uint32_t euid = context_current()->credentials.euid;
    const struct linux_ipc_perm *perm = &segment->told.perm;

    return euid == 0 || euid == perm->uid || euid == perm->cuid ? 0 : -EPERM;
}

void shm_unmapped(struct inode *inode)
{
    struct file *file = NULL;

    mutex_lock(&shm.mutex);
    for (unsigned i = 0; i < SEGMENTS_MAX && !file; i++) {
        struct segment *segment = &shm.segments[i];
        if (!segment->file || segment->file->inode != inode)
            continue;
        segment->told.dtime = now_seconds();
        if (segment->removed && attached(segment) == 0)
            file = free_segment(segment);
        break;
    }
    mutex_unlock(&shm.mutex);
    if (file)
        file_put(file);
}

/* ---- shmget ---------------------------------------------------------------------------------- */

static int create(int32_t key, uint64_t bytes, uint32_t flags)
{
    const struct credentials *own = &context_current()->credentials;
    int error;
    unsigned place = 0;

    while (place < SEGMENTS_MAX && shm.segments[place].file)
        place++;
    if (place == SEGMENTS_MAX)
        return -ENOSPC;
    struct segment *segment = &shm.segments[place];
    struct file *file = shared_memory_create(bytes, &error);
    if (!file)
        return error;
    file->inode->is_segment = true;
    shm.sequence = shm.sequence == SEQUENCE_MAX ? 0 : (uint16_t)(shm.sequence + 1);
    *segment = (struct segment){.file = file};
    segment->told = (struct linux_shmid_ds){
        .perm = {.key = key,
                 .uid = own->euid,
                 .gid = own->egid,
                 .cuid = own->euid,
                 .cgid = own->egid,
                 .mode = flags & 0777,
                 .sequence = shm.sequence},
        .segment_bytes = bytes,
        .ctime = now_seconds(),
        .creator_pid = process_current_id(),
    };
    shm.used++;
    return id_of(segment);
}

static int get_locked(int32_t key, uint64_t bytes, uint32_t flags)
{
    const struct segment *segment = key == IPC_PRIVATE ? NULL : find_key(key);

    if (!segment && key != IPC_PRIVATE && !(flags & IPC_CREAT))
        return -ENOENT;
    if (!segment)
        return bytes == 0 || bytes > INT64_MAX ? -EINVAL : create(key, bytes, flags);
    if ((flags & (IPC_CREAT | IPC_EXCL)) == (IPC_CREAT | IPC_EXCL))
        return -EEXIST;
    if (bytes > segment->told.segment_bytes)
        return -EINVAL;
    uint32_t wanted = (flags | flags >> 3 | flags >> 6) & 7;
    int status = permission(segment, wanted);
    return status < 0 ? status : id_of(segment);
}

SYSCALL(shmget)
{
    if ((uint32_t)args[2] & SHM_HUGETLB)
        return -EINVAL;
    mutex_lock(&shm.mutex);
    int result = get_locked(arg_int(args[0]), args[1], (uint32_t)args[2]);
    mutex_unlock(&shm.mutex);
    return result;
}

/* ---- shmat, shmdt ---------------------------------------------------------------------------- */

/* The segment's file, counted, with everything of the request that comes from the segment. */
static int prepare(int id, uint32_t flags, struct map_request *request)
{
    uint32_t wanted = flags & SHM_RDONLY ? 4 : 6;
    int status = -EINVAL;

    mutex_lock(&shm.mutex);
    struct segment *segment = find_id(id);
    if (segment)
        status = permission(segment, wanted | (flags & SHM_EXEC ? 1 : 0));
    if (status == 0) {
        uint64_t bytes = segment->told.segment_bytes;
        request->file = file_get(segment->file);
        request->bytes = (bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
        segment->told.atime = now_seconds();
        segment->told.last_pid = process_current_id();
    }
    mutex_unlock(&shm.mutex);
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
    mutex_lock(&shm.mutex);
    for (unsigned i = 0; i < SEGMENTS_MAX; i++) {
        if (shm.segments[i].file && shm.segments[i].file->inode == inode)
            shm.segments[i].told.last_pid = process_current_id();
    }
    mutex_unlock(&shm.mutex);
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
    struct linux_shmid_ds told = segment->told;

    told.attached = attached(segment);
    if (segment->removed)
        told.perm.mode |= SHM_DEST;
    return told;
}

/* *file: to be put by the caller, without the mutex. */
static int change(struct segment *segment, int command, const struct linux_shmid_ds *given,
                  struct file **file)
{
    int status = owner(segment);

    if (status < 0 || command == SHM_LOCK || command == SHM_UNLOCK)
        return status; /* nothing is ever swapped out */
    if (command == IPC_SET) {
        segment->told.perm.uid = given->perm.uid;
        segment->told.perm.gid = given->perm.gid;
        segment->told.perm.mode = given->perm.mode & 0777;
        segment->told.ctime = now_seconds();
        return 0;
    }
    segment->removed = true;
    segment->told.perm.key = IPC_PRIVATE;
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
    mutex_lock(&shm.mutex);
    bool by_place = command == SHM_STAT || command == SHM_STAT_ANY;
    struct segment *segment = by_place ? NULL : find_id(id);
    if (by_place && id >= 0 && id < SEGMENTS_MAX && shm.segments[id].file)
        segment = &shm.segments[id];
    bool reads = by_place || command == IPC_STAT;
    long result = segment && by_place ? id_of(segment) : 0;
    if (!segment)
        status = -EINVAL;
    else if (reads)
        status = command == SHM_STAT_ANY ? 0 : permission(segment, 4);
    else
        status = change(segment, command, &given, &file);
    if (status == 0 && reads)
        given = tell(segment);
    mutex_unlock(&shm.mutex);
    if (file)
        file_put(file);
    if (status == 0 && reads && user_write(uaddr(address), &given, sizeof(given)) < 0)
        status = -EFAULT;
    return status < 0 ? status : result;
}

/* The highest place in use, as Linux answers. */
static long system_info(int command, uint64_t address)
{
    const struct linux_shminfo limits = {.bytes_max = INT64_MAX,
                                         .bytes_min = 1,
                                         .segments_max = SEGMENTS_MAX,
                                         .per_process_max = SEGMENTS_MAX,
                                         .pages_max = INT64_MAX};
    struct linux_shm_info use = {0};
    long highest = 0;

    mutex_lock(&shm.mutex);
    for (int i = 0; i < SEGMENTS_MAX; i++) {
        if (!shm.segments[i].file)
            continue;
        const struct inode *inode = shm.segments[i].file->inode;
        use.used_ids++;
        use.pages_total += (inode->size + PAGE_BYTES - 1) / PAGE_BYTES;
        use.pages_resident += inode->pages.page_count;
        highest = i;
    }
    mutex_unlock(&shm.mutex);
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
