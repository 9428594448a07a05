/**
 * kernel.c - see kernel.h.
 *
 * A port is where a thread waits: a Notification, or an Endpoint together with the Notification
 * that is bound to the one thread that receives there. Each has a lock of its own.
 */
#include "tests/race/kernel.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <corm/kernel_calls.h>

#include "abi/arch/x86_64/guest_frame.h"
#include "abi/component.h"
#include "abi/guest.h"
#include "native/self.h"
#include "tests/race/space.h"

#define SLOTS       (1u << COMPONENT_TABLE_SLOTS_LOG2_OBJECTS)
#define PAGE_BYTES  4096u
#define STACK_BYTES (256u << 10)

struct port {
    pthread_mutex_t mutex;
    pthread_cond_t moved;
    uint64_t bits;
    bool waits; /* its thread does; whoever ends that clears it */
    struct body *caller;
    struct message call;
};

struct object {
    enum object_type type;
    struct port *port; /* Notification; Endpoint: of who receives there, atomic */
    struct space *space;
    struct body *body;
    char *address; /* Region */
    uint64_t bytes;
};

struct body {
    uintptr_t entry;
    void *tls;
    struct port *port; /* its bound Notification */
    struct body *serves;
    struct port answer; /* where it waits for the end of a call */
    uint32_t kicked;    /* atomic */
    struct guest_frame *frame;
    struct space *space;
    jmp_buf start;
    void (*start_over)(void);
};

static struct object slots[SLOTS];
static __thread struct body *self;
__thread void *kernel_tls_base;

NORETURN static void refuse(const char *what, uint64_t number)
{
    printf("# the kernel of the test does not know %s %lu\n", what, (unsigned long)number);
    abort();
}

static struct object *object(uint64_t slot)
{
    if (slot == 0 || slot >= SLOTS)
        refuse("slot", slot);
    return &slots[slot];
}

static void port_init(struct port *port)
{
    pthread_condattr_t clock;

    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_mutex_init(&port->mutex, NULL);
    pthread_cond_init(&port->moved, &clock);
}

static struct port *port_create(void)
{
    struct port *port = calloc(1, sizeof(*port));
    port_init(port);
    return port;
}

/* ---- threads -------------------------------------------------------------------------------- */

static struct body *body_create(void)
{
    struct body *body = calloc(1, sizeof(*body));
    port_init(&body->answer);
    return body;
}

void kernel_begin(cap_t cap)
{
    self = body_create();
    *object(cap) = (struct object){.type = OBJECT_THREAD, .body = self};
    object(SLOT_UNTYPED)->type = OBJECT_UNTYPED;
}

void kernel_place_region(cap_t cap, void *address, uint64_t bytes)
{
    *object(cap) = (struct object){.type = OBJECT_REGION, .address = address, .bytes = bytes};
}

static void *run_body(void *argument)
{
    self = argument;
    kernel_tls_base = self->tls;
    self->start_over = (void (*)(void))self->entry;
    while (setjmp(self->start) >= 0)
        self->start_over();
    return NULL;
}

void self_start_over(uintptr_t top, void (*main)(void))
{
    (void)top;
    self->start_over = main;
    longjmp(self->start, 1);
}

static void start(struct body *body, uintptr_t entry, void *tls)
{
    pthread_attr_t attributes;
    pthread_t handle;

    body->entry = entry;
    body->tls = tls;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    if (pthread_create(&handle, &attributes, run_body, body) != 0)
        refuse("another thread", 0);
    pthread_attr_destroy(&attributes);
}

static status_t thread_call(struct body *body, unsigned op, const uint64_t words[MESSAGE_WORDS])
{
    switch (op) {
    case THREAD_OP_CONFIGURE:
        return OK;
    case THREAD_OP_START:
        start(body, words[0], (void *)words[3]);
        return OK;
    case THREAD_OP_SET_TLS:
        kernel_tls_base = (void *)words[0];
        return OK;
    case THREAD_OP_KICK:
        __atomic_store_n(&body->kicked, 1, __ATOMIC_RELAXED);
        return OK;
    case THREAD_OP_SET_GUEST:
        body->space = object(words[0])->space;
        body->frame = (struct guest_frame *)(void *)(object(words[1])->address + words[2]);
        return OK;
    case THREAD_OP_BIND_NOTIFICATION:
        body->port = object(words[0])->port;
        return OK;
    case THREAD_OP_VECTOR_OUT:
    case THREAD_OP_VECTOR_IN:
        return OK;
    default:
        refuse("operation of threads", op);
    }
}

/* ---- waiting, signalling, calling ---------------------------------------------------------------
 */

static struct timespec time_of(nanos_t at)
{
    return (struct timespec){(time_t)(at / NANOS_PER_S), (long)(at % NANOS_PER_S)};
}

/* Caller holds the port's mutex. false: the deadline has passed. */
static bool wait_at(struct port *port, nanos_t deadline_ns)
{
    const struct timespec limit = time_of(deadline_ns);

    port->waits = true;
    while (port->waits) {
        if (deadline_ns == DEADLINE_NEVER)
            pthread_cond_wait(&port->moved, &port->mutex);
        else if (pthread_cond_timedwait(&port->moved, &port->mutex, &limit) != 0 && port->waits) {
            port->waits = false;
            return false;
        }
    }
    return true;
}

static void end_wait(struct port *port)
{
    port->waits = false;
    pthread_cond_signal(&port->moved);
}

static void answer(const struct message *m)
{
    struct body *caller = self->serves;

    if (!caller)
        return;
    self->serves = NULL;
    pthread_mutex_lock(&caller->answer.mutex);
    caller->answer.call = *m;
    end_wait(&caller->answer);
    pthread_mutex_unlock(&caller->answer.mutex);
}

static uint64_t receive(struct port *port, struct message *m, nanos_t deadline_ns)
{
    uint64_t result = RECEIVED_ERROR | TIMEOUT;

    answer(m);
    pthread_mutex_lock(&port->mutex);
    if (port->bits == 0 && deadline_ns != DEADLINE_POLL)
        wait_at(port, deadline_ns);
    if (port->caller) {
        self->serves = port->caller;
        port->caller = NULL;
        *m = port->call;
        result = 0;
    } else if (port->bits != 0) {
        result = RECEIVED_SIGNAL | port->bits;
        port->bits = 0;
    }
    pthread_mutex_unlock(&port->mutex);
    return result;
}

static status_t signal_port(struct port *port)
{
    pthread_mutex_lock(&port->mutex);
    port->bits |= 1;
    if (port->waits)
        end_wait(port);
    pthread_mutex_unlock(&port->mutex);
    return OK;
}

/* Who receives at an Endpoint is known from its first receive on: always the same thread. */
static uint64_t receive_at(struct object *o, struct message *m, nanos_t deadline_ns)
{
    if (o->type == OBJECT_NOTIFICATION)
        return receive(o->port, m, deadline_ns);
    __atomic_store_n(&o->port, self->port, __ATOMIC_RELEASE);
    return receive(self->port, m, deadline_ns);
}

static status_t call_now(struct object *o, struct message *m)
{
    struct port *port = __atomic_load_n(&o->port, __ATOMIC_ACQUIRE);
    struct port *mine = &self->answer;

    if (!port)
        return TIMEOUT;
    pthread_mutex_lock(&mine->mutex);
    pthread_mutex_lock(&port->mutex);
    bool there = port->waits;
    if (there) {
        port->call = *m;
        port->caller = self;
        mine->waits = true;
        end_wait(port);
    }
    pthread_mutex_unlock(&port->mutex);
    while (mine->waits)
        pthread_cond_wait(&mine->moved, &mine->mutex);
    if (there)
        *m = mine->call;
    pthread_mutex_unlock(&mine->mutex);
    return there ? OK : TIMEOUT;
}

static status_t enter(struct message *m)
{
    if (__atomic_exchange_n(&self->kicked, 0, __ATOMIC_RELAXED))
        *m = (struct message){.tag = TAG(GUEST_EXIT_KICK, 0)};
    else
        guest_step(self->frame, self->space, &self->kicked, m);
    return OK;
}

/* ---- Spaces ---------------------------------------------------------------------------------- */

static status_t map(struct space *space, const struct object *region, uint64_t offset,
                    uint64_t address, uint64_t bytes, uint64_t rights, uint64_t *done)
{
    for (*done = 0; *done < bytes; *done += PAGE_BYTES)
        if (!space_put(space, address + *done, region->address + offset + *done, (unsigned)rights))
            return *done > 0 ? OK : NO_MEMORY;
    return OK;
}

/* Which Region the slots of a guest Space hold: attached by number, the same in all of them. */
static struct object *attached[1u << COMPONENT_SPACE_SLOTS_LOG2];

static status_t map_list(struct space *space, const uint64_t words[MESSAGE_WORDS], uint64_t *done)
{
    const struct object *region = __atomic_load_n(&attached[words[0] & 0xff], __ATOMIC_RELAXED);
    unsigned i;

    for (i = 0; i < 7 && words[1 + i] != 0; i++) {
        uint64_t one;
        status_t status = map(space, region, (words[1 + i] & 0xfffffff) * PAGE_BYTES,
                              (words[1 + i] >> 28) * PAGE_BYTES, PAGE_BYTES, words[0] >> 8, &one);
        if (status != OK && i == 0)
            return status;
        if (status != OK)
            break;
    }
    *done = i;
    return OK;
}

/* The server's own Space: memory that comes lies where the host has it already. */
static status_t own_space_call(unsigned op, struct message *m)
{
    uint64_t *words = m->words;

    if (op == SPACE_OP_ATTACH)
        kernel_place_region((cap_t)words[1], (void *)words[2], words[3]);
    else if (op == SPACE_OP_MAP)
        words[0] = words[3];
    return OK;
}

static status_t space_call(struct space *space, unsigned op, struct message *m)
{
    uint64_t *words = m->words;
    const struct object *region;

    switch (op) {
    case SPACE_OP_ATTACH:
        __atomic_store_n(&attached[words[0]], object(words[1]), __ATOMIC_RELAXED);
        return OK;
    case SPACE_OP_DONATE:
        space_set_chunks(space, space_chunks(space) + 1);
        return OK;
    case SPACE_OP_DETACH:
        space_set_chunks(space, space_chunks(space) - 1);
        return OK;
    case SPACE_OP_MAP:
        region = __atomic_load_n(&attached[words[0]], __ATOMIC_RELAXED);
        return map(space, region, words[1], words[2], words[3], words[4], &words[0]);
    case SPACE_OP_MAP_LIST:
        return map_list(space, words, &words[0]);
    case SPACE_OP_UNMAP:
        space_remove(space, words[0], words[0] + words[1]);
        words[0] = words[1];
        return OK;
    case SPACE_OP_CLONE_RANGE:
        region = __atomic_load_n(&attached[words[0]], __ATOMIC_RELAXED);
        words[0] = words[3];
        return space_copy(object(words[1])->space, space, words[2], words[2] + words[3],
                          region->address, region->address + region->bytes)
                   ? OK
                   : NO_MEMORY;
    default:
        refuse("operation of Spaces", op);
    }
}

/* ---- memory and Tables
 * ---------------------------------------------------------------------------- */

static status_t retype(const uint64_t words[MESSAGE_WORDS])
{
    struct object made = {.type = (enum object_type)words[0]};

    if (words[4] >= SLOTS)
        return RANGE;
    switch (made.type) {
    case OBJECT_NOTIFICATION:
        made.port = port_create();
        break;
    case OBJECT_SPACE:
        made.space = space_create();
        break;
    case OBJECT_THREAD:
        made.body = body_create();
        break;
    case OBJECT_ENDPOINT:
    case OBJECT_REGION:
    case OBJECT_TABLE:
    case OBJECT_UNTYPED:
        break;
    default:
        refuse("objects of type", made.type);
    }
    *object(words[4]) = made;
    return OK;
}

static status_t table_call(unsigned op, const uint64_t words[MESSAGE_WORDS])
{
    switch (op) {
    case TABLE_OP_MINT:
        *object(words[2]) = *object(words[0]);
        return OK;
    case TABLE_OP_MOVE: /* to where nobody looks */
        *object(words[0]) = (struct object){0};
        return OK;
    default:
        refuse("operation of Tables", op);
    }
}

static status_t sched_call(unsigned op, uint64_t words[MESSAGE_WORDS])
{
    struct timespec used;

    if (op == SCHED_OP_CONSUMED) {
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
        words[0] = (nanos_t)used.tv_sec * NANOS_PER_S + (nanos_t)used.tv_nsec;
    }
    return OK;
}

static uint64_t invoke(struct object *o, unsigned op, struct message *m, nanos_t deadline_ns)
{
    switch (o->type) {
    case OBJECT_UNTYPED:
        return op == UNTYPED_OP_RESET ? OK : retype(m->words);
    case OBJECT_SPACE:
        return space_call(o->space, op, m);
    case OBJECT_THREAD:
        return thread_call(o->body, op, m->words);
    case OBJECT_ENDPOINT:
    case OBJECT_NOTIFICATION:
        if (handle_receives(op))
            return receive_at(o, m, deadline_ns);
        return o->type == OBJECT_ENDPOINT ? call_now(o, m) : signal_port(o->port);
    default:
        refuse("objects of type", o->type);
    }
}

uint64_t kernel_trap(uint64_t handle, struct message *m, nanos_t deadline_ns)
{
    const unsigned slot = (unsigned)handle >> HANDLE_OP_BITS, op = handle & HANDLE_OP_MASK;

    if (handle == SYSCALL_YIELD) {
        sched_yield();
        return OK;
    }
    if (handle == SYSCALL_ENTER)
        return enter(m);
    if (slot == SLOT_TABLE)
        return table_call(op, m->words);
    if (slot == SLOT_SCHED || (slot >= SLOT_OTHER_SCHEDS && slot < SLOT_FIRST_FREE))
        return sched_call(op, m->words);
    if (slot == SLOT_SPACE)
        return own_space_call(op, m);
    return invoke(object(slot), op, m, deadline_ns);
}
