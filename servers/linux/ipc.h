/*
 * ipc.h - what the three kinds of System V objects have in common: numbers, keys, owners.
 *
 * A kind has one table. An object begins with a struct ipc_object and belongs to its table from
 * ipc_get to ipc_remove. Lock: the table's mutex, for everything here.
 */
#pragma once

#include "servers/linux/base.h"

#define IPC_OBJECTS_MAX 256

#define IPC_PRIVATE 0
#define IPC_CREAT   01000
#define IPC_EXCL    02000
#define IPC_NOWAIT  04000

#define IPC_RMID 0
#define IPC_SET  1
#define IPC_STAT 2
#define IPC_INFO 3

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

struct ipc_object {
    struct linux_ipc_perm perm;
    uint32_t place;
    uint32_t sleepers; /* who waits for it on the table's mutex: it stays in memory for them */
    bool removed;      /* only its number can be found, or nothing of it (ipc_remove) */
};

struct ipc_table {
    struct mutex mutex;
    uint16_t sequence;
    uint32_t used;
    struct ipc_object *objects[IPC_OBJECTS_MAX];
};

int64_t ipc_now(void); /* seconds, as objects keep them */

static inline int ipc_id(const struct ipc_object *object)
{
    return object->perm.sequence * 32768 + (int)object->place;
}

struct ipc_object *ipc_find(const struct ipc_table *table, int id);

/* As the *_STAT commands name one: by its place. */
struct ipc_object *ipc_at(const struct ipc_table *table, int place);

/* The highest place in use, as the *_INFO commands answer. */
int ipc_highest(const struct ipc_table *table);

/* Two things that a kind does when it is asked for an object: make a new one (NULL and *error; the
   rest of struct ipc_object is filled in by ipc_get), or judge one that is there. */
struct ipc_kind {
    struct ipc_object *(*make)(void *request, int *error);
    int (*accept)(const struct ipc_object *object, void *request);
};

/* msgget and its like: the number, or -ENOENT, -EEXIST, -EACCES, -ENOSPC, or what the kind says. */
MUST_USE int ipc_get(struct ipc_table *table, int32_t key, uint32_t flags,
                     const struct ipc_kind *kind, void *request);

/* Out of the table; the memory is the caller's. */
void ipc_remove(struct ipc_table *table, struct ipc_object *object);

/* Waits for a wake of `queue`, which lies in the object. 0: look again; -EIDRM, -EINTR, -ETIMEDOUT.
   After an error: if ipc_unused, the object is gone for others, and the caller's to free. */
MUST_USE int ipc_wait(struct ipc_table *table, struct ipc_object *object, struct waitqueue *queue,
                      nanos_t deadline_ns);

static inline bool ipc_unused(const struct ipc_object *object)
{
    return object->removed && object->sleepers == 0;
}

/* May the caller do what the bits (as in a file's mode, of "other") say? 0 or -EACCES. */
MUST_USE int ipc_permission(const struct ipc_object *object, uint32_t wanted);
/* 0 or -EPERM: change or remove it. */
MUST_USE int ipc_owner(const struct ipc_object *object);
/* IPC_SET: what of the owner and the mode may be set. */
void ipc_set(struct ipc_object *object, const struct linux_ipc_perm *given);
