/*
 * cpio.c - see cpio.h.
 *
 * An entry: a header of 110 characters ("070701" and thirteen numbers of eight hexadecimal digits),
 * the name with its 0, padding to 4, the data, padding to 4. The last entry is "TRAILER!!!".
 * (Linux: Documentation/driver-api/early-userspace/buffer-format.rst.) A name may be followed by
 * more zeros than one: so the archive's maker aligns the data that follows.
 */
#include "servers/linux/cpio.h"

#include "lib/base/bits.h"
#include "lib/base/string.h"
#include "servers/linux/dev.h"
#include "servers/linux/tmpfs.h"

#define HEADER_BYTES   110
#define FIELD_BYTES    8
#define MAGIC          "070701"
#define MAGIC_BYTES    6
#define TRAILER        "TRAILER!!!"
#define NAME_BYTES_MAX (PATH_MAX + PAGE_BYTES) /* with the padding that aligns the data */

enum field {
    FIELD_INODE,
    FIELD_MODE,
    FIELD_UID,
    FIELD_GID,
    FIELD_NLINK,
    FIELD_MTIME,
    FIELD_FILE_BYTES,
    FIELD_DEV_MAJOR,
    FIELD_DEV_MINOR,
    FIELD_RDEV_MAJOR,
    FIELD_RDEV_MINOR,
    FIELD_NAME_BYTES,
    FIELD_CHECK,
    FIELD_COUNT
};

struct entry {
    uint32_t field[FIELD_COUNT];
    const char *name; /* 0-terminated, without leading "./" or "/" */
    const uint8_t *data;
};

struct archive {
    const uint8_t *start;
    size_t bytes;
    size_t at; /* of the next header; at <= bytes */
    struct dentry *root;
    struct cpio_report *report;
    /* The last file with several links, whose data may come with a later name of it. */
    struct inode *linked;
    uint32_t linked_number;
};

static bool read_field(const uint8_t *digits, uint32_t *value)
{
    *value = 0;
    for (unsigned i = 0; i < FIELD_BYTES; i++) {
        uint8_t c = digits[i];
        unsigned digit;
        if (c >= '0' && c <= '9')
            digit = c - '0';
        else if (c >= 'a' && c <= 'f')
            digit = c - 'a' + 10u;
        else if (c >= 'A' && c <= 'F')
            digit = c - 'A' + 10u;
        else
            return false;
        *value = *value << 4 | digit;
    }
    return true;
}

static const char *read_header(const struct archive *archive, struct entry *entry)
{
    const uint8_t *header = archive->start + archive->at;

    if (archive->bytes - archive->at < HEADER_BYTES)
        return "ends without a trailer";
    if (memcmp(header, MAGIC, MAGIC_BYTES) != 0)
        return "an entry has no cpio newc header";
    for (unsigned i = 0; i < FIELD_COUNT; i++) {
        if (!read_field(header + MAGIC_BYTES + i * FIELD_BYTES, &entry->field[i]))
            return "a header has a digit that is none";
    }
    return NULL;
}

static const char *skip_leading(const char *name)
{
    while (name[0] == '/' || (name[0] == '.' && name[1] == '/'))
        name++;
    return name;
}

/* Finds name and data and moves on to the next header. All sums fit: lengths are 32 bits. */
static const char *read_entry(struct archive *archive, struct entry *entry)
{
    const char *reason = read_header(archive, entry);
    uint64_t name_at = archive->at + HEADER_BYTES;

    if (reason)
        return reason;
    uint64_t name_bytes = entry->field[FIELD_NAME_BYTES];
    if (name_bytes == 0 || name_bytes > NAME_BYTES_MAX || name_bytes > archive->bytes - name_at)
        return "a name is longer than it may be";
    entry->name = (const char *)archive->start + name_at;
    if (entry->name[name_bytes - 1] != 0)
        return "a name has no end";
    uint64_t data_at = align_up(name_at + name_bytes, 4);
    uint64_t data_bytes = entry->field[FIELD_FILE_BYTES];
    if (data_at > archive->bytes || data_bytes > archive->bytes - data_at)
        return "a file is longer than the archive";
    entry->name = skip_leading(entry->name);
    entry->data = archive->start + data_at;
    uint64_t next = align_up(data_at + data_bytes, 4);
    archive->at = next < archive->bytes ? next : archive->bytes;
    return NULL;
}

/* Walks to the directory of a name, with the rules of an archive: no links, no "..". */
static const char *find_parent(const struct archive *archive, const char **name,
                               struct dentry **parent)
{
    struct dentry *at = dentry_get(archive->root);

    for (;;) {
        unsigned length = 0;
        struct dentry *child;
        while ((*name)[length] != 0 && (*name)[length] != '/')
            length++;
        bool bad = length == 0 || length > NAME_MAX ||
                   (length <= 2 && (*name)[0] == '.' && (*name)[length - 1] == '.');
        if (bad || (*name)[length] == 0) {
            *parent = at;
            if (!bad)
                return NULL;
            dentry_put(at);
            return "a name has a component that is empty, a dot or too long";
        }
        int status = walk_child(at, *name, length, &child);
        dentry_put(at);
        if (status < 0)
            return "a directory is missing before what is in it";
        at = child;
        if (!S_ISDIR(at->inode->mode)) {
            dentry_put(at);
            return "a name goes through something that is no directory";
        }
        *name += length + 1;
    }
}

/* ---- contents ------------------------------------------------------------------------- */

static struct page *page_for(struct archive *archive, const uint8_t *data, size_t bytes)
{
    struct page *page = NULL;

    if (bytes == PAGE_BYTES && is_aligned((uintptr_t)data, PAGE_BYTES))
        page = page_of_boot(data);
    if (page) {
        archive->report->pages_in_place++;
        return page;
    }
    page = bytes == PAGE_BYTES ? page_alloc_unzeroed() : page_alloc();
    if (!page)
        return NULL;
    memcpy(page_data(page), data, bytes);
    archive->report->pages_copied++;
    return page;
}

static const char *fill_file(struct archive *archive, struct inode *inode,
                             const struct entry *entry)
{
    uint64_t bytes = entry->field[FIELD_FILE_BYTES];

    if (bytes > 0 && inode->size > 0)
        return "a file with several names has its data twice";
    for (uint64_t at = 0; at < bytes; at += PAGE_BYTES) {
        size_t piece = bytes - at < PAGE_BYTES ? bytes - at : PAGE_BYTES;
        struct page *page = page_for(archive, entry->data + at, piece);
        if (!page)
            return "there is not enough memory for it";
        if (tmpfs_adopt_page(inode, at >> PAGE_SHIFT, page) < 0) {
            page_put(page);
            return "there is not enough memory for it";
        }
    }
    if (bytes > 0)
        inode->size = bytes;
    return NULL;
}

static void set_attributes(struct inode *inode, const struct entry *entry)
{
    struct linux_timespec time = {.tv_sec = entry->field[FIELD_MTIME]};

    inode->uid = entry->field[FIELD_UID];
    inode->gid = entry->field[FIELD_GID];
    inode->mode = (inode->mode & S_IFMT) | (entry->field[FIELD_MODE] & 07777);
    inode_times_write(inode, &(struct inode_times){time, time, time});
}

/* ---- entries -------------------------------------------------------------------------- */

/* Another name of the file before it. */
static bool is_further_link(const struct archive *archive, const struct entry *entry)
{
    return archive->linked && S_ISREG(entry->field[FIELD_MODE]) && entry->field[FIELD_NLINK] > 1 &&
           archive->linked_number == entry->field[FIELD_INODE];
}

static void remember_link(struct archive *archive, struct inode *inode, const struct entry *entry)
{
    if (!S_ISREG(inode->mode) || entry->field[FIELD_NLINK] < 2)
        return;
    if (archive->linked)
        inode_put(archive->linked);
    archive->linked = inode_get(inode);
    archive->linked_number = entry->field[FIELD_INODE];
}

/* The text of a symbolic link, 0-terminated, from heap; NULL if it is none. */
static char *symlink_text(const struct entry *entry)
{
    size_t bytes = entry->field[FIELD_FILE_BYTES];

    if (bytes == 0 || bytes >= PATH_MAX)
        return NULL;
    char *text = heap_alloc(bytes + 1);
    if (text)
        memcpy(text, entry->data, bytes);
    if (text && strlen(text) == bytes)
        return text;
    heap_free(text);
    return NULL;
}

static const char *make_inode(struct archive *archive, const struct entry *entry,
                              struct dentry *parent, const char *name)
{
    uint32_t mode = entry->field[FIELD_MODE];
    uint32_t rdev = dev_make(entry->field[FIELD_RDEV_MAJOR], entry->field[FIELD_RDEV_MINOR]);
    const struct inode_ops *ops = parent->inode->ops;
    unsigned length = (unsigned)strlen(name);
    struct dentry *created = NULL;
    char *text = S_ISLNK(mode) ? symlink_text(entry) : NULL;

    if (S_ISLNK(mode) && !text)
        return "a symbolic link has no proper text";
    mutex_lock(&parent->inode->mutex);
    int status = is_further_link(archive, entry)
                     ? ops->link(parent, name, length, archive->linked)
                     : ops->create(parent, name, length, mode, rdev, text, &created);
    mutex_unlock(&parent->inode->mutex);
    heap_free(text);
    if (status < 0)
        return "there is not enough memory for it";
    struct inode *inode = created ? created->inode : archive->linked;
    const char *reason = S_ISREG(mode) ? fill_file(archive, inode, entry) : NULL;
    set_attributes(inode, entry);
    if (created) {
        remember_link(archive, inode, entry);
        dentry_put(created);
    }
    return reason;
}

static bool kind_known(uint32_t mode)
{
    return S_ISREG(mode) || S_ISDIR(mode) || S_ISLNK(mode) || S_ISCHR(mode) || S_ISBLK(mode) ||
           S_ISFIFO(mode) || S_ISSOCK(mode);
}

/* A directory may be there already (the root, or listed twice); nothing else may. */
static const char *add_entry(struct archive *archive, const struct entry *entry)
{
    const char *name = entry->name;
    struct dentry *parent, *existing;

    if (!kind_known(entry->field[FIELD_MODE]))
        return "an entry is of no known kind";
    if (name[0] == 0 || (name[0] == '.' && name[1] == 0)) {
        if (!S_ISDIR(entry->field[FIELD_MODE]))
            return "the root is no directory";
        set_attributes(archive->root->inode, entry);
        return NULL;
    }
    const char *reason = find_parent(archive, &name, &parent);
    if (reason)
        return reason;
    if (walk_child(parent, name, (unsigned)strlen(name), &existing) == 0) {
        bool both = S_ISDIR(existing->inode->mode) && S_ISDIR(entry->field[FIELD_MODE]);
        if (both)
            set_attributes(existing->inode, entry);
        else
            reason = "a name stands in it twice";
        dentry_put(existing);
    } else {
        reason = make_inode(archive, entry, parent, name);
    }
    dentry_put(parent);
    return reason;
}

const char *cpio_unpack(const void *start, size_t bytes, struct dentry *root,
                        struct cpio_report *report)
{
    struct archive archive = {.start = start, .bytes = bytes, .root = root, .report = report};
    const char *reason = NULL;

    *report = (struct cpio_report){0};
    for (;;) {
        struct entry entry;
        report->bad_offset = archive.at;
        reason = read_entry(&archive, &entry);
        if (reason || strcmp(entry.name, TRAILER) == 0)
            break;
        reason = add_entry(&archive, &entry);
        if (reason)
            break;
        report->entries++;
    }
    if (archive.linked)
        inode_put(archive.linked);
    return reason;
}
