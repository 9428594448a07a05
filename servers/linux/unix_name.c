/*
 * unix_name.c - addresses of AF_UNIX: socket inodes, and abstract names (a first byte of 0) in a
 * table of their own. Lock: unix_mutex for who is bound to what.
 */
#include "lib/base/fmt.h"
#include "lib/base/string.h"
#include "servers/linux/unix_socket.h"

#define BUCKETS 64

static struct unix_name *buckets[BUCKETS];
static uint32_t next_automatic;

int unix_address_check(const struct linux_sockaddr_un *address, uint32_t length)
{
    if (length <= SOCKADDR_UN_PATH || length > sizeof(*address) || address->family != AF_UNIX)
        return -EINVAL;
    return 0;
}

static bool is_abstract(const struct linux_sockaddr_un *address) { return address->path[0] == 0; }

/* The path with its 0, at most one byte longer than the address has room for. */
static void path_of(const struct linux_sockaddr_un *address, uint32_t length,
                    char path[UNIX_PATH_MAX + 1])
{
    memcpy(path, address->path, length - SOCKADDR_UN_PATH);
    path[length - SOCKADDR_UN_PATH] = 0;
}

static struct unix_name *name_create(const struct linux_sockaddr_un *address, uint32_t length,
                                     struct unix_socket *socket)
{
    struct unix_name *name = heap_alloc(sizeof(*name));

    if (!name)
        return NULL;
    name->refs = 1;
    name->type = socket->type;
    name->length = length;
    memcpy(&name->address, address, length);
    name->socket = socket;
    return name;
}

struct unix_name *unix_name_get(struct unix_name *name)
{
    if (name)
        __atomic_fetch_add(&name->refs, 1, __ATOMIC_RELAXED);
    return name;
}

void unix_name_put(struct unix_name *name)
{
    if (!name || __atomic_sub_fetch(&name->refs, 1, __ATOMIC_ACQ_REL) != 0)
        return;
    if (name->inode)
        inode_put(name->inode);
    heap_free(name);
}

/* ---- the table of abstract names --------------------------------------------------------- */

static struct unix_name **bucket_of(const struct linux_sockaddr_un *address, uint32_t length)
{
    uint32_t hash = 0;

    for (uint32_t i = SOCKADDR_UN_PATH; i < length; i++)
        hash = hash * 31 + ((const uint8_t *)address)[i];
    return &buckets[hash % BUCKETS];
}

static struct unix_name *find_abstract(const struct linux_sockaddr_un *address, uint32_t length,
                                       int type)
{
    struct unix_name *name = *bucket_of(address, length);

    while (name && (name->type != type || name->length != length ||
                    memcmp(&name->address, address, length) != 0))
        name = name->next;
    return name;
}

static void insert_abstract(struct unix_name *name)
{
    struct unix_name **bucket = bucket_of(&name->address, name->length);

    name->next = *bucket;
    *bucket = name;
}

void unix_name_release(struct unix_name *name)
{
    name->socket = NULL;
    if (name->inode) {
        name->inode->private = NULL;
        return;
    }
    struct unix_name **link = bucket_of(&name->address, name->length);
    while (*link != name)
        link = &(*link)->next;
    *link = name->next;
}

/* ---- bind ---------------------------------------------------------------------------------- */

/* The name becomes the socket's, whose reference it is. Caller holds unix_mutex. */
static void give_name(struct unix_socket *socket, struct unix_name *name)
{
    socket->name = name;
    socket->owns_name = true;
    if (socket->in)
        socket->in->name = unix_name_get(name);
}

static int bind_abstract(struct unix_socket *socket, const struct linux_sockaddr_un *address,
                         uint32_t length)
{
    struct unix_name *name = name_create(address, length, socket);
    int status = 0;

    if (!name)
        return -ENOMEM;
    mutex_lock(&unix_mutex);
    if (socket->name)
        status = -EINVAL;
    else if (find_abstract(address, length, socket->type))
        status = -EADDRINUSE;
    if (status == 0) {
        insert_abstract(name);
        give_name(socket, name);
    }
    mutex_unlock(&unix_mutex);
    if (status < 0)
        unix_name_put(name);
    return status;
}

int unix_autobind(struct unix_socket *socket)
{
    struct linux_sockaddr_un address = {.family = AF_UNIX};
    char digits[6];
    int status;

    do {
        uint32_t number = __atomic_fetch_add(&next_automatic, 1, __ATOMIC_RELAXED) & 0xfffff;
        fmt_buffer(digits, sizeof(digits), "%05x", number);
        memcpy(address.path + 1, digits, 5);
        status = bind_abstract(socket, &address, SOCKADDR_UN_PATH + 6);
    } while (status == -EADDRINUSE);
    return status;
}

static int attach_inode(struct unix_socket *socket, struct unix_name *name, struct inode *inode)
{
    mutex_lock(&unix_mutex);
    int status = socket->name ? -EINVAL : 0;
    if (status == 0) {
        name->inode = inode_get(inode);
        inode->private = name;
        give_name(socket, name);
    }
    mutex_unlock(&unix_mutex);
    return status;
}

static int bind_path(struct unix_socket *socket, const struct linux_sockaddr_un *address,
                     uint32_t length)
{
    char path[UNIX_PATH_MAX + 1];
    struct dentry *made;

    path_of(address, length, path);
    length = (uint32_t)(SOCKADDR_UN_PATH + strlen(path) + 1);
    struct linux_sockaddr_un given = *address;
    if (length <= sizeof(given))
        given.path[length - SOCKADDR_UN_PATH - 1] = 0;
    else
        length = sizeof(given); /* a path that fills it has no 0 */
    struct unix_name *name = name_create(&given, length, socket);
    if (!name)
        return -ENOMEM;
    int status =
        vfs_make(NULL, path, S_IFSOCK | (socket->file->inode->mode & 0777), 0, NULL, &made);
    if (status == 0) {
        status = attach_inode(socket, name, made->inode);
        dentry_put(made);
        if (status < 0) { /* another thread bound it meanwhile */
            int ignored = vfs_remove(NULL, path, false);
            (void)ignored;
        }
    }
    if (status < 0)
        unix_name_put(name);
    return status == -EEXIST ? -EADDRINUSE : status;
}

int unix_bind(struct unix_socket *socket, const struct linux_sockaddr_un *address, uint32_t length)
{
    mutex_lock(&unix_mutex);
    bool bound = socket->name != NULL;
    mutex_unlock(&unix_mutex);
    if (length == SOCKADDR_UN_PATH && address->family == AF_UNIX)
        return bound ? 0 : unix_autobind(socket);
    int status = unix_address_check(address, length);
    if (status < 0)
        return status;
    if (bound)
        return -EINVAL;
    return is_abstract(address) ? bind_abstract(socket, address, length)
                                : bind_path(socket, address, length);
}

/* ---- looking up ------------------------------------------------------------------------------ */

int unix_target_open(struct unix_target *target, const struct linux_sockaddr_un *address,
                     uint32_t length, int type)
{
    char path[UNIX_PATH_MAX + 1];
    struct dentry *dentry;

    *target = (struct unix_target){.address = address, .length = length, .type = type};
    int status = unix_address_check(address, length);
    if (status < 0 || is_abstract(address))
        return status;
    path_of(address, length, path);
    status = walk_to(NULL, path, WALK_FOLLOW, &dentry);
    if (status < 0)
        return status;
    status = inode_permission(dentry->inode, W_OK);
    if (status == 0 && !S_ISSOCK(dentry->inode->mode))
        status = -ECONNREFUSED;
    if (status == 0)
        target->inode = inode_get(dentry->inode);
    dentry_put(dentry);
    return status;
}

void unix_target_close(struct unix_target *target)
{
    if (target->inode)
        inode_put(target->inode);
}

struct unix_socket *unix_target_socket(const struct unix_target *target, int *error)
{
    const struct unix_name *name =
        target->inode ? target->inode->private
                      : find_abstract(target->address, target->length, target->type);

    *error = -ECONNREFUSED;
    if (!name || !name->socket)
        return NULL;
    *error = -EPROTOTYPE;
    return name->type == target->type ? name->socket : NULL;
}
