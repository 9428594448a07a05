/*
 * proc.c - lookups, directories and links of /proc, driven by the tables of proc_table.c. (Files:
 * proc_file.c)
 *
 * An inode's number says what it stands for (process, descriptor or thread, place in its table), so
 * it is the same at every lookup.
 */
#include "servers/linux/proc.h"

#include "lib/base/fmt.h"
#include "lib/base/string.h"

#define NUMBER_DIGITS_MAX 10
#define COOKIE_MEMBERS    256 /* positions of numbers in a directory start here */

const struct proc_source *proc_source;

static const struct proc_node *node_of(const struct inode *inode) { return &inode->proc; }

static uint64_t number_of(const struct inode *dir, const struct proc_node *node, unsigned place)
{
    uint64_t process = (uint64_t)node->pid << 32 | (uint64_t)(uint32_t)node->number << 12;
    return process | (((dir->number & 0xf) << 8 | place) + 1);
}

static void set_owner(struct inode *inode)
{
    const struct proc_node *node = node_of(inode);
    struct proc_status status;

    inode->uid = inode->gid = 0;
    if (node->pid == 0 || !node->entry->owned)
        return;
    if (proc_source->status(node->pid, 0, &status)) {
        inode->uid = status.credentials.euid;
        inode->gid = status.credentials.egid;
    }
}

static struct inode *make_inode(struct mount *mount, const struct proc_node *node)
{
    struct inode *inode = inode_create(mount, node->entry->mode);

    if (!inode)
        return NULL;
    inode->proc = *node;
    if (S_ISDIR(inode->mode)) {
        inode->ops = &proc_directory_ops;
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
    return strlen(entry->name) == length && memcmp(entry->name, name, length) == 0;
}

/* Fills in what a number in a directory stands for; false: no such number. */
static bool find_member(const struct proc_node *dir, const char *name, unsigned length,
                        struct proc_node *node)
{
    int number = parse_number(name, length);

    if (!dir->entry->member || number < 0 || dir->entry->member_next(dir, number - 1) != number)
        return false;
    node->entry = dir->entry->member;
    if (dir->pid == 0)
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

    while (parent->entry->children[place].name &&
           !name_is(&parent->entry->children[place], name, length))
        place++;
    node.entry = &parent->entry->children[place];
    if (!node.entry->name && !find_member(parent, name, length, &node))
        return -ENOENT;
    struct inode *inode = make_inode(dir->inode->mount, &node);
    if (!inode)
        return -ENOMEM;
    inode->number = number_of(dir->inode, &node, place);
    *found = dentry_create(dir, name, length, inode);
    inode_put(inode);
    return *found ? 0 : -ENOMEM;
}

static void proc_refresh(struct inode *inode)
{
    set_owner(inode);
    time_now_real(&inode->mtime);
    inode->atime = inode->ctime = inode->mtime;
}

/* ---- links ---------------------------------------------------------------------------- */

static int proc_follow(struct inode *inode, struct link_target *target)
{
    const struct proc_node *node = node_of(inode);
    struct text text = {0};

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
        int status = dirent_put(sink, number_of(file->inode, &node, place), file->position + 1,
                                child->mode, child->name, (unsigned)strlen(child->name));
        if (status < 0)
            return status;
        file->position++;
    }
}

static int put_members(struct file *file, struct dirent_sink *sink)
{
    const struct proc_node *dir = node_of(file->inode);
    char name[NUMBER_DIGITS_MAX + 2];

    while (dir->entry->member) {
        int after = (int)(file->position - COOKIE_MEMBERS) - 1;
        int number = dir->entry->member_next(dir, after);
        if (number <= after)
            break;
        struct proc_node node = {.pid = dir->pid ? dir->pid : number,
                                 .number = dir->pid ? number : 0};
        size_t length = fmt_buffer(name, sizeof(name), "%d", number);
        uint64_t next = COOKIE_MEMBERS + (uint64_t)number + 1;
        int status = dirent_put(sink, number_of(file->inode, &node, 0), next,
                                dir->entry->member->mode, name, (unsigned)length);
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

const struct inode_ops proc_directory_ops = {.lookup = proc_lookup, .refresh = proc_refresh};
const struct inode_ops proc_file_inode_ops = {.refresh = proc_refresh};
const struct inode_ops proc_link_ops = {
    .follow = proc_follow, .readlink = proc_readlink, .refresh = proc_refresh};

const struct file_ops proc_directory_file_ops = {
    .read = proc_directory_read,
    .getdents = proc_getdents,
    .seek = proc_directory_seek,
};

struct mount *proc_create(const struct proc_source *source)
{
    struct mount *mount = heap_alloc(sizeof(*mount));
    struct proc_node node = {.entry = &proc_root_entry};

    if (!mount)
        return NULL;
    proc_source = source;
    mount->type = "proc";
    mount->source = "proc";
    mount->magic = PROC_MAGIC;
    mount->nosuid = true;
    struct inode *inode = make_inode(mount, &node);
    if (inode) {
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

void proc_destroy(struct mount *mount) { mount_destroy(mount); }
