/*
 * ipc.c - see ipc.h.
 */
#include "servers/linux/ipc.h"

#include "servers/linux/may.h"

#define ID_STEP      32768 /* number = sequence * step + place */
#define SEQUENCE_MAX 65535

int64_t ipc_now(void)
{
    struct linux_timespec now;

    time_now_real(&now);
    return now.tv_sec;
}

struct ipc_object *ipc_at(const struct ipc_table *table, int place)
{
    return place >= 0 && place < IPC_OBJECTS_MAX ? table->objects[place] : NULL;
}

struct ipc_object *ipc_find(const struct ipc_table *table, int id)
{
    struct ipc_object *object = id < 0 ? NULL : ipc_at(table, id % ID_STEP);
    return object && ipc_id(object) == id ? object : NULL;
}

static struct ipc_object *find_key(const struct ipc_table *table, int32_t key)
{
    for (unsigned i = 0; i < IPC_OBJECTS_MAX; i++) {
        struct ipc_object *object = table->objects[i];
        if (object && !object->removed && object->perm.key == key)
            return object;
    }
    return NULL;
}

int ipc_highest(const struct ipc_table *table)
{
    int highest = IPC_OBJECTS_MAX - 1;

    while (highest > 0 && !table->objects[highest])
        highest--;
    return highest;
}

static int add(struct ipc_table *table, int32_t key, uint32_t flags, const struct ipc_kind *kind,
               void *request)
{
    const struct credentials *own = credentials_current();
    uint32_t place = 0;
    int error;

    while (place < IPC_OBJECTS_MAX && table->objects[place])
        place++;
    if (place == IPC_OBJECTS_MAX)
        return -ENOSPC;
    struct ipc_object *object = kind->make(request, &error);
    if (!object)
        return error;
    table->sequence = table->sequence == SEQUENCE_MAX ? 0 : (uint16_t)(table->sequence + 1);
    object->place = place;
    object->perm = (struct linux_ipc_perm){.key = key,
                                           .uid = own->euid,
                                           .gid = own->egid,
                                           .cuid = own->euid,
                                           .cgid = own->egid,
                                           .mode = flags & 0777,
                                           .sequence = table->sequence};
    table->objects[place] = object;
    table->used++;
    return ipc_id(object);
}

static int get_locked(struct ipc_table *table, int32_t key, uint32_t flags,
                      const struct ipc_kind *kind, void *request)
{
    const struct ipc_object *object = key == IPC_PRIVATE ? NULL : find_key(table, key);

    if (!object)
        return key != IPC_PRIVATE && !(flags & IPC_CREAT) ? -ENOENT
                                                          : add(table, key, flags, kind, request);
    if ((flags & (IPC_CREAT | IPC_EXCL)) == (IPC_CREAT | IPC_EXCL))
        return -EEXIST;
    int status = kind->accept(object, request);
    if (status == 0)
        status = ipc_permission(object, (flags | flags >> 3 | flags >> 6) & 7);
    return status < 0 ? status : ipc_id(object);
}

int ipc_get(struct ipc_table *table, int32_t key, uint32_t flags, const struct ipc_kind *kind,
            void *request)
{
    mutex_lock(&table->mutex);
    int result = get_locked(table, key, flags, kind, request);
    mutex_unlock(&table->mutex);
    return result;
}

void ipc_remove(struct ipc_table *table, struct ipc_object *object)
{
    ASSERT(table->objects[object->place] == object);
    table->objects[object->place] = NULL;
    table->used--;
}

int ipc_wait(struct ipc_table *table, struct ipc_object *object, struct waitqueue *queue,
             nanos_t deadline_ns)
{
    object->sleepers++;
    int status = wait_on(queue, &table->mutex, deadline_ns);
    object->sleepers--;
    return object->removed ? -EIDRM : status;
}

int ipc_permission(const struct ipc_object *object, uint32_t wanted)
{
    return may_use_ipc(credentials_current(), &object->perm, wanted);
}

int ipc_owner(const struct ipc_object *object)
{
    return may_change_ipc(credentials_current(), &object->perm);
}

void ipc_set(struct ipc_object *object, const struct linux_ipc_perm *given)
{
    object->perm.uid = given->uid;
    object->perm.gid = given->gid;
    object->perm.mode = given->mode & 0777;
}
