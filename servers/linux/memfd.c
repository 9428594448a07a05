/*
 * memfd.c - see memfd.h. Lock: inode.mutex for the seals; a mapping is counted before it is checked
 * for F_SEAL_WRITE, so that one of the two sees the other.
 */
#include "servers/linux/memfd.h"

#include "lib/base/string.h"
#include "servers/linux/shared_memory.h"
#include "servers/linux/sys.h"

#define MFD_CLOEXEC       0x1
#define MFD_ALLOW_SEALING 0x2
#define NAME_BYTES_MAX    (NAME_MAX - 6) /* behind "memfd:" */
#define SEALS_OF_SIZE     (F_SEAL_SHRINK | F_SEAL_GROW)
#define SEALS_OF_WRITES   (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)
#define SEALS_KNOWN       (F_SEAL_SEAL | SEALS_OF_SIZE | SEALS_OF_WRITES)

int memfd_check_write(const struct inode *inode, uint64_t end)
{
    uint32_t seals = inode->memfd ? inode->memfd->seals : 0;

    if (seals & SEALS_OF_WRITES)
        return -EPERM;
    return (seals & F_SEAL_GROW) && end > inode->size ? -EPERM : 0;
}

int memfd_check_resize(const struct inode *inode, uint64_t size)
{
    uint32_t seals = inode->memfd ? inode->memfd->seals : 0;

    if ((seals & F_SEAL_GROW) && size > inode->size)
        return -EPERM;
    return (seals & F_SEAL_SHRINK) && size < inode->size ? -EPERM : 0;
}

int memfd_check_map(const struct inode *inode, bool shared, bool writes)
{
    if (!inode->memfd || !shared || !writes)
        return 0;
    return __atomic_load_n(&inode->memfd->seals, __ATOMIC_SEQ_CST) & SEALS_OF_WRITES ? -EPERM : 0;
}

void memfd_count_mapping(struct inode *inode, int change)
{
    if (inode->memfd)
        __atomic_fetch_add(&inode->memfd->shared_mappings, (uint32_t)change, __ATOMIC_SEQ_CST);
}

static int add_locked(struct memfd *memfd, uint32_t seals)
{
    if (memfd->seals & F_SEAL_SEAL)
        return -EPERM;
    __atomic_fetch_or(&memfd->seals, seals, __ATOMIC_SEQ_CST);
    if (!(seals & F_SEAL_WRITE) || __atomic_load_n(&memfd->shared_mappings, __ATOMIC_SEQ_CST) == 0)
        return 0;
    __atomic_fetch_and(&memfd->seals, ~seals, __ATOMIC_SEQ_CST);
    return -EBUSY;
}

long memfd_add_seals(struct file *file, uint64_t seals)
{
    struct inode *inode = file->inode;

    if (!file_writable(file))
        return -EPERM;
    if (!inode->memfd || (seals & ~(uint64_t)SEALS_KNOWN))
        return -EINVAL;
    mutex_lock(&inode->mutex);
    uint32_t fresh = (uint32_t)seals & ~inode->memfd->seals;
    int status = add_locked(inode->memfd, fresh);
    mutex_unlock(&inode->mutex);
    return status;
}

long memfd_seals(const struct file *file)
{
    return file->inode->memfd ? (long)file->inode->memfd->seals : -EINVAL;
}

static struct file *create(const char *name, uint32_t seals, int *error)
{
    struct inode *inode = shared_memory_inode(S_IFREG | 0777);
    size_t bytes = strlen(name) + 1;

    *error = -ENOMEM;
    if (!inode)
        return NULL;
    inode->memfd = heap_alloc(sizeof(*inode->memfd) + bytes);
    struct file *file = NULL;
    if (inode->memfd) {
        inode->memfd->seals = seals;
        memcpy(inode->memfd->name, name, bytes);
        *error = inode_claim_write(inode);
        ASSERT(*error == 0); /* nobody else knows it */
        file = file_create(inode, NULL, O_RDWR | O_LARGEFILE, inode->file_ops, NULL, error);
        if (!file)
            inode_release_write(inode);
    }
    inode_put(inode);
    return file;
}

SYSCALL(memfd_create)
{
    char name[NAME_BYTES_MAX + 1];
    int error;

    if ((uint32_t)args[1] & ~(uint32_t)(MFD_CLOEXEC | MFD_ALLOW_SEALING))
        return -EINVAL;
    long length = user_read_string(name, uaddr(args[0]), sizeof(name));
    if (length < 0)
        return length == -ENAMETOOLONG ? -EINVAL : length;
    struct file *file = create(name, args[1] & MFD_ALLOW_SEALING ? 0 : F_SEAL_SEAL, &error);
    return file ? fd_install_or_put(file, args[1] & MFD_CLOEXEC) : error;
}
