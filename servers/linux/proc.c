/*
 * proc.c - lookups, directories and links of /proc and /sys, driven by tables (proc.h). (Files:
 * proc_file.c)
 *
 * An inode's number says what it stands for (process, descriptor or thread, table entry), so it is
 * the same at every lookup.
 */
#include "servers/linux/proc.h"

#include "lib/base/fmt.h"
#include "lib/base/string.h"

#define NUMBER_DIGITS_MAX 10
#define MEMBER_NAME_MAX   16  /* prefix and number, with its 0 */
#define COOKIE_MEMBERS    256 /* positions of numbers in a directory start here */

const struct proc_source *proc_source;

static const struct proc_node *node_of(const struct inode *inode) { return &inode->proc; }

#define ROOT_NUMBER 1
#define ENTRY_BITS  20 /* of a number; the entries of all tables are closer together than that */
#define NUMBER_BITS 20 /* descriptors and threads */

static uint64_t number_of(const struct proc_node *node)
{
    uint64_t entry = (uintptr_t)node->entry / sizeof(uint64_t) & ((1u << ENTRY_BITS) - 1);
    uint64_t number = (uint64_t)node->pid << NUMBER_BITS | (uint32_t)node->number;
    return number << ENTRY_BITS | entry;
}

static bool exists(const struct proc_entry *entry)
{
    return !entry->exists || entry->exists(entry);
}

static void set_owner(struct inode *inode)
{
    const struct proc_node *node = node_of(inode);
    struct proc_status status;

    inode->uid = 0;
    inode->gid = 0;
    if (node->pid == 0 || !node->entry->owned)
        return;
    /* What everybody may list tells whose the process is, even if it is guarded. */
    if (proc_source->status(node->pid, 0, &status) &&
        (status.dumpable || inode->mode == (S_IFDIR | 0555))) {
        inode->uid = status.credentials.euid;
        inode->gid = status.credentials.egid;
    }
}

static const struct inode_ops sysfs_directory_ops;

static struct inode *make_inode(struct mount *mount, const struct proc_node *node)
{
    struct inode *inode = inode_create(mount, node->entry->mode);

    if (!inode)
        return NULL;
    inode->proc = *node;
    inode->number = number_of(node);
    if (S_ISDIR(inode->mode)) {
        inode->ops = mount->magic == SYSFS_MAGIC ? &sysfs_directory_ops : &proc_directory_ops;
        inode->file_ops = &proc_directory_file_ops;
        inode->nlink = 2;
    } else if (S_ISLNK(inode->mode)) {
        inode->ops = &proc_link_ops;
        inode->size = node->entry->plain_text ? 0 : 64; /* as Linux shows for links that jump */
    } else {
        inode->ops = &proc_file_inode_ops;
        inode->file_ops = &proc_file_ops;
    }
    set_owner(inode);
    return inode;
}

/* Does what is in the directory, or behind the file or link, need the right to look into the
 * process? */
static int check_guard(const struct proc_node *node)
{
    return node->entry->guarded ? proc_source->inspect(node->pid, 0) : 0;
}

/* ---- lookup --------------------------------------------------------------------------- */

static int parse_number(const char *name, unsigned length)
{
    int number = 0;

    if (length == 0 || length >= NUMBER_DIGITS_MAX || (name[0] == '0' && length > 1))
        return -1;
    for (unsigned i = 0; i < length; i++) {
        if (name[i] < '0' || name[i] > '9')
            return -1;
        number = number * 10 + (name[i] - '0');
    }
    return number;
}

static bool name_is(const struct proc_entry *entry, const char *name, unsigned length)
{
    return strlen(entry->name) == length && memcmp(entry->name, name, length) == 0 && exists(entry);
}

/* Bare numbers that do not lie below a process are processes. */
static bool names_processes(const struct proc_node *dir)
{
    return dir->pid == 0 && !dir->entry->member_prefix;
}

/* Fills in what a number in a directory stands for; false: no such number. */
static bool find_member(const struct proc_node *dir, const char *name, unsigned length,
                        struct proc_node *node)
{
    const struct proc_entry *entry = dir->entry;
    const size_t prefix = entry->member_prefix ? strlen(entry->member_prefix) : 0;
    if (length < prefix || (prefix && memcmp(name, entry->member_prefix, prefix) != 0))
        return false;
    int number = parse_number(name + prefix, length - (unsigned)prefix);

    if (!entry->member || number < 0 || dir->entry->member_next(dir, number - 1) != number)
        return false;
    node->entry = entry->member;
    if (names_processes(dir))
        node->pid = number;
    else
        node->number = number;
    return true;
}

static int proc_lookup(struct dentry *dir, const char *name, unsigned length, struct dentry **found)
{
    const struct proc_node *parent = node_of(dir->inode);
    struct proc_node node = *parent;
    unsigned place = 0;
    int status = S_ISDIR(parent->entry->mode) ? check_guard(parent) : 0;

    if (status < 0)
        return status;
    while (parent->entry->children[place].name &&
           !name_is(&parent->entry->children[place], name, length))
        place++;
    node.entry = &parent->entry->children[place];
    if (!node.entry->name && !find_member(parent, name, length, &node))
        return -ENOENT;
    struct inode *inode = make_inode(dir->inode->mount, &node);
    if (!inode)
        return -ENOMEM;
    *found = dentry_create(dir, name, length, inode);
    inode_put(inode);
    return *found ? 0 : -ENOMEM;
}

static void proc_refresh(struct inode *inode)
{
    struct linux_timespec now;

    set_owner(inode);
    time_now_real(&now);
    inode_times_write(inode, &(struct inode_times){now, now, now});
}

/* ---- links ---------------------------------------------------------------------------- */

static int proc_follow(struct inode *inode, struct link_target *target)
{
    const struct proc_node *node = node_of(inode);
    struct text text = {0};
    int status = check_guard(node);

    if (status < 0)
        return status;
    target->jump = node->entry->target(node, &text);
    if (!node->entry->plain_text) {
        text_free(&text);
        return target->jump ? 0 : -ENOENT;
    }
    text_append(&text, "", 1);
    target->text = target->text_heap = text.bytes;
    return text.bytes ? 0 : -ENOMEM;
}

static long proc_readlink(struct inode *inode, char *buffer, size_t capacity)
{
    const struct proc_node *node = node_of(inode);
    struct text text = {0};
    int status = check_guard(node);

    if (status < 0)
        return status;
    struct dentry *jump = node->entry->target(node, &text);

    if (jump && text.length == 0)
        proc_append_path(&text, jump);
    if (jump)
        dentry_put(jump);
    long length = text.length > 0 ? (long)text.length : -ENOENT;
    if (length > (long)capacity)
        length = (long)capacity;
    if (length > 0)
        memcpy(buffer, text.bytes, (size_t)length);
    text_free(&text);
    return length;
}

void proc_append_path(struct text *text, struct dentry *dentry)
{
    struct page *page = page_alloc_unzeroed();

    if (!page)
        return;
    long length = dentry_path(dentry, page_data(page), PAGE_BYTES);
    if (length > 0)
        text_append(text, page_data(page), (size_t)length);
    if (length > 0 && dentry->gone)
        text_format(text, " (deleted)");
    page_put(page);
}

/* ---- directories ------------------------------------------------------------------------ */

static int put_children(struct file *file, struct dirent_sink *sink)
{
    const struct proc_entry *children = node_of(file->inode)->entry->children;

    for (;;) {
        unsigned place = (unsigned)file->position - DIR_COOKIE_FIRST;
        const struct proc_entry *child = &children[place];
        if (!child->name) {
            file->position = COOKIE_MEMBERS;
            return 0;
        }
        struct proc_node node = *node_of(file->inode);
        node.entry = child;
        int status = exists(child)
                         ? dirent_put(sink, number_of(&node), file->position + 1, child->mode,
                                      child->name, (unsigned)strlen(child->name))
                         : 0;
        if (status < 0)
            return status;
        file->position++;
    }
}

static int put_members(struct file *file, struct dirent_sink *sink)
{
    const struct proc_node *dir = node_of(file->inode);
    const char *prefix = dir->entry->member_prefix ? dir->entry->member_prefix : "";
    char name[MEMBER_NAME_MAX];

    while (dir->entry->member) {
        int after = (int)(file->position - COOKIE_MEMBERS) - 1;
        int number = dir->entry->member_next(dir, after);
        if (number <= after)
            break;
        struct proc_node node = {.entry = dir->entry->member,
                                 .pid = names_processes(dir) ? number : dir->pid,
                                 .number = names_processes(dir) ? 0 : number};
        size_t length = fmt_buffer(name, sizeof(name), "%s%d", prefix, number);
        uint64_t next = COOKIE_MEMBERS + (uint64_t)number + 1;
        int status = dirent_put(sink, number_of(&node), next, dir->entry->member->mode, name,
                                (unsigned)length);
        if (status < 0)
            return status;
        file->position = next;
    }
    return 0;
}

static int proc_getdents(struct file *file, struct dirent_sink *sink)
{
    static const char *const dots[] = {".", ".."};
    int status = 0;

    while (file->position < DIR_COOKIE_FIRST && status == 0) {
        status = dirent_put(sink, file->inode->number, file->position + 1, S_IFDIR,
                            dots[file->position], (unsigned)file->position + 1);
        file->position += status == 0;
    }
    if (status == 0 && file->position < COOKIE_MEMBERS)
        status = put_children(file, sink);
    return status == 0 ? put_members(file, sink) : status;
}

static int64_t proc_directory_seek(struct file *file, int64_t offset, int whence)
{
    const struct proc_entry *children = node_of(file->inode)->entry->children;
    int64_t count = 0;

    if (whence == SEEK_CUR)
        offset += (int64_t)file->position;
    else if (whence != SEEK_SET)
        return -EINVAL;
    while (children[count].name)
        count++;
    if (offset < 0 || offset > INT32_MAX)
        return -EINVAL;
    if (offset > count + DIR_COOKIE_FIRST && offset < COOKIE_MEMBERS)
        offset = COOKIE_MEMBERS;
    file->position = (uint64_t)offset;
    return offset;
}

static long proc_directory_read(struct file *file, struct iter *to, uint64_t *position)
{
    (void)file, (void)to, (void)position;
    return -EISDIR;
}

static int proc_directory_open(struct file *file) { return check_guard(node_of(file->inode)); }

static bool proc_allows(const struct inode *inode)
{
    const struct proc_node *node = node_of(inode);
    return node->entry->open_to_own && node->pid == process_current_id();
}

const struct inode_ops proc_directory_ops = {
    .lookup = proc_lookup, .refresh = proc_refresh, .allows = proc_allows};
/* /proc says that there is no such name, /sys that nobody may make one. */
static int refuse_create(struct dentry *dir, const char *name, unsigned length, uint32_t mode,
                         uint32_t rdev, const char *symlink_text, struct dentry **created)
{
    (void)dir, (void)name, (void)length, (void)rdev, (void)symlink_text, (void)created;
    return S_ISREG(mode) ? -EACCES : -EPERM;
}

static const struct inode_ops sysfs_directory_ops = {
    .lookup = proc_lookup, .create = refuse_create, .refresh = proc_refresh};
const struct inode_ops proc_file_inode_ops = {.refresh = proc_refresh};
const struct inode_ops proc_link_ops = {
    .follow = proc_follow, .readlink = proc_readlink, .refresh = proc_refresh};

const struct file_ops proc_directory_file_ops = {
    .open = proc_directory_open,
    .read = proc_directory_read,
    .getdents = proc_getdents,
    .seek = proc_directory_seek,
};

static struct mount *make_mount(const struct proc_entry *root, const char *type, uint64_t magic)
{
    struct mount *mount = heap_alloc(sizeof(*mount));
    struct proc_node node = {.entry = root};

    if (!mount)
        return NULL;
    mount->type = type;
    mount->source = type;
    mount->magic = magic;
    mount->nosuid = true;
    struct inode *inode = make_inode(mount, &node);
    if (inode) {
        inode->number = ROOT_NUMBER;
        mount->root = dentry_create_root(inode);
        inode_put(inode);
    }
    if (!mount->root) {
        heap_free(mount);
        return NULL;
    }
    mount_register(mount);
    return mount;
}

struct mount *proc_create(const struct proc_source *source)
{
    proc_source = source;
    return make_mount(&proc_root_entry, "proc", PROC_MAGIC);
}

struct mount *sysfs_create(void) { return make_mount(&sysfs_root_entry, "sysfs", SYSFS_MAGIC); }

void proc_destroy(struct mount *mount) { mount_destroy(mount); }
