/*
 * fd.c - see fd.h.
 */
#include "servers/linux/fd.h"

#include "lib/base/bits.h"
#include "lib/base/string.h"
#include "servers/linux/record_lock.h"

/* A descriptor ends: the process's record locks on the file do too, whatever else it has open. */
static void descriptor_gone(const struct fd_table *table, struct file *file)
{
    if (UNLIKELY(inode_has_record_locks(file->inode)))
        record_locks_drop(file->inode, table);
}

struct fd_table *fd_table_create(void)
{
    struct fd_table *table = heap_alloc(sizeof(*table));

    if (!table)
        return NULL;
    table->refs = 1;
    mutex_init(&table->mutex, LOCK_FD_TABLE);
    table->capacity = FD_INLINE;
    table->files = table->inline_files;
    table->close_on_exec = &table->inline_close_on_exec;
    return table;
}

/* Files, then the close-on-exec bits, in one piece of heap. */
static struct file **slots_alloc(uint32_t capacity, uint64_t **bits)
{
    struct file **files = heap_alloc(capacity * sizeof(*files) + capacity / 8);

    if (files)
        *bits = (uint64_t *)(void *)(files + capacity);
    return files;
}

static size_t bits_bytes(uint32_t capacity)
{
    return capacity <= 64 ? sizeof(uint64_t) : capacity / 8;
}

/* Caller holds the mutex, or is the only one. */
static int grow(struct fd_table *table, uint32_t wanted)
{
    uint32_t capacity = table->capacity < 64 ? 64 : table->capacity;
    uint64_t *bits;

    while (capacity < wanted)
        capacity *= 2;
    struct file **files = slots_alloc(capacity, &bits);
    if (!files)
        return -ENOMEM;
    memcpy(files, table->files, table->capacity * sizeof(*files));
    memcpy(bits, table->close_on_exec, bits_bytes(table->capacity));
    if (table->files != table->inline_files)
        heap_free(table->files);
    table->files = files;
    table->close_on_exec = bits;
    table->capacity = capacity;
    return 0;
}

struct fd_table *fd_table_clone(struct fd_table *from)
{
    struct fd_table *table = fd_table_create();

    if (!table)
        return NULL;
    mutex_lock(&from->mutex);
    if (from->capacity > table->capacity && grow(table, from->capacity) < 0) {
        mutex_unlock(&from->mutex);
        heap_free(table);
        return NULL;
    }
    for (uint32_t fd = 0; fd < from->capacity; fd++) {
        if (from->files[fd])
            table->files[fd] = file_get(from->files[fd]);
    }
    memcpy(table->close_on_exec, from->close_on_exec, bits_bytes(from->capacity));
    table->lowest_maybe = from->lowest_maybe;
    mutex_unlock(&from->mutex);
    return table;
}

struct fd_table *fd_table_get(struct fd_table *table)
{
    __atomic_fetch_add(&table->refs, 1, __ATOMIC_RELAXED);
    return table;
}

void fd_table_put(struct fd_table *table)
{
    if (__atomic_sub_fetch(&table->refs, 1, __ATOMIC_ACQ_REL) != 0)
        return;
    for (uint32_t fd = 0; fd < table->capacity; fd++) {
        if (table->files[fd]) {
            descriptor_gone(table, table->files[fd]);
            file_put(table->files[fd]);
            call_must_go_on();
        }
    }
    if (table->files != table->inline_files)
        heap_free(table->files);
    heap_free(table);
}

static bool bit_test(const struct fd_table *table, uint32_t fd)
{
    return table->close_on_exec[fd / 64] & BIT(fd % 64);
}

static void bit_set(struct fd_table *table, uint32_t fd, bool value)
{
    if (value)
        table->close_on_exec[fd / 64] |= BIT(fd % 64);
    else
        table->close_on_exec[fd / 64] &= ~BIT(fd % 64);
}

/* Caller holds the mutex. */
static struct file *take_locked(struct fd_table *table, uint32_t fd)
{
    struct file *file = fd < table->capacity ? table->files[fd] : NULL;

    if (!file)
        return NULL;
    table->files[fd] = NULL;
    bit_set(table, fd, false);
    if (fd < table->lowest_maybe)
        table->lowest_maybe = fd;
    return file;
}

void fd_table_close_on_exec(struct fd_table *table)
{
    for (uint32_t fd = 0; fd < table->capacity; fd++) {
        mutex_lock(&table->mutex);
        struct file *file = bit_test(table, fd) ? take_locked(table, fd) : NULL;
        mutex_unlock(&table->mutex);
        if (file) {
            descriptor_gone(table, file);
            file_put(file);
            call_must_go_on();
        }
    }
}

struct file *fd_table_file(struct fd_table *table, int fd)
{
    struct file *file = NULL;

    mutex_lock(&table->mutex);
    if ((uint32_t)fd < table->capacity)
        file = table->files[fd];
    if (file)
        file_get(file);
    mutex_unlock(&table->mutex);
    return file;
}

struct file *fd_file_or_path(int fd) { return fd_table_file(context_current()->files, fd); }

struct file *fd_file(int fd)
{
    struct file *file = fd_table_file(context_current()->files, fd);

    if (file && (file->flags & O_PATH)) {
        file_put(file);
        return NULL;
    }
    return file;
}

struct file *fd_file_of(int fd, const struct file_ops *ops, int *error)
{
    struct file *file = fd_file(fd);

    *error = file ? -EINVAL : -EBADF;
    if (!file || file->ops == ops)
        return file;
    file_put(file);
    return NULL;
}

struct fd_use fd_use(int fd)
{
    struct fd_table *table = context_current()->files;

    if (LIKELY(__atomic_load_n(&table->refs, __ATOMIC_ACQUIRE) == 1)) {
        struct file *file = (uint32_t)fd < table->capacity ? table->files[fd] : NULL;
        bool usable = file && !(file->flags & O_PATH);
        return (struct fd_use){.file = usable ? file : NULL};
    }
    struct file *file = fd_file(fd);
    return (struct fd_use){.file = file, .counted = file != NULL};
}

int fd_table_next(struct fd_table *table, int fd)
{
    int found = -1;

    mutex_lock(&table->mutex);
    for (uint32_t at = fd < 0 ? 0 : (uint32_t)fd; at < table->capacity && found < 0; at++) {
        if (table->files[at])
            found = (int)at;
    }
    mutex_unlock(&table->mutex);
    return found;
}

bool fd_table_closes_on_exec(struct fd_table *table, int fd)
{
    mutex_lock(&table->mutex);
    bool marked = (uint32_t)fd < table->capacity && bit_test(table, (uint32_t)fd);
    mutex_unlock(&table->mutex);
    return marked;
}

void fd_table_mark(struct fd_table *table, int fd, bool close_on_exec)
{
    mutex_lock(&table->mutex);
    if ((uint32_t)fd < table->capacity && table->files[fd])
        bit_set(table, (uint32_t)fd, close_on_exec);
    mutex_unlock(&table->mutex);
}

static uint32_t table_limit(void)
{
    uint64_t limit = process_limit(RLIMIT_NOFILE);
    return limit < FD_MAX ? (uint32_t)limit : FD_MAX;
}

/* Caller holds the mutex. */
static int install_locked(struct fd_table *table, struct file *file, uint32_t minimum,
                          bool close_on_exec)
{
    uint32_t fd = minimum > table->lowest_maybe ? minimum : table->lowest_maybe;

    while (fd < table->capacity && table->files[fd])
        fd++;
    if (fd >= table_limit())
        return -EMFILE;
    if (fd >= table->capacity && grow(table, fd + 1) < 0)
        return -ENOMEM;
    table->files[fd] = file;
    bit_set(table, fd, close_on_exec);
    if (minimum <= table->lowest_maybe)
        table->lowest_maybe = fd + 1;
    return (int)fd;
}

int fd_install(struct file *file, int minimum, bool close_on_exec)
{
    struct fd_table *table = context_current()->files;

    if (minimum < 0 || (uint32_t)minimum >= table_limit())
        return minimum == 0 ? -EMFILE : -EINVAL;
    mutex_lock(&table->mutex);
    int fd = install_locked(table, file, (uint32_t)minimum, close_on_exec);
    mutex_unlock(&table->mutex);
    return fd;
}

int fd_install_or_put(struct file *file, bool close_on_exec)
{
    int fd = fd_install(file, 0, close_on_exec);

    if (fd < 0)
        file_put(file);
    return fd;
}

int fd_replace(struct file *file, int fd, bool close_on_exec)
{
    struct fd_table *table = context_current()->files;

    if (fd < 0 || (uint32_t)fd >= table_limit())
        return -EBADF;
    mutex_lock(&table->mutex);
    if ((uint32_t)fd >= table->capacity && grow(table, (uint32_t)fd + 1) < 0) {
        mutex_unlock(&table->mutex);
        return -ENOMEM;
    }
    struct file *old = table->files[fd];
    table->files[fd] = file;
    bit_set(table, (uint32_t)fd, close_on_exec);
    mutex_unlock(&table->mutex);
    if (old) {
        descriptor_gone(table, old);
        file_put(old);
    }
    return fd;
}

struct file *fd_take(int fd) { return fd_table_take(context_current()->files, fd); }

struct file *fd_table_take(struct fd_table *table, int fd)
{
    mutex_lock(&table->mutex);
    struct file *file = take_locked(table, (uint32_t)fd);
    mutex_unlock(&table->mutex);
    if (file)
        descriptor_gone(table, file);
    return file;
}
