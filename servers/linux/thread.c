/*
 * thread.c - making and pooling of server threads; see thread.h. sleep.c has sleeping and waking.
 *
 * Locks: `pool.making` around making one; inside it `pool.spin` for the lists of free threads and
 * of all, and the counts.
 */
#include <corm/kernel_calls.h>

#include "lib/base/string.h"
#include "servers/linux/memory.h"
#include "servers/linux/objects.h"
#include "servers/linux/processors.h"
#include "servers/linux/thread.h"
#include "servers/linux/thread_table.h"

#define STACK_TOP_RESERVE 16

static struct {
    struct mutex making;
    struct spin spin;
    struct thread *free;
    struct thread *all;     /* that run guests; read without the lock */
    struct thread *natives; /* made before any of those */
    uint64_t running;       /* tally */
    uint64_t made;          /* tally */
} pool = {.making = MUTEX_OF(LOCK_MAKING)};

static struct thread first_thread;

struct thread *thread_current(void) { return thread_self(); }

struct context *context_current(void) { return &thread_self()->context; }

struct lock_list *lock_list_current(void) { return &thread_self()->locks; }

void thread_yield(void) { ipc_yield(); }

struct thread *thread_first(void) { return __atomic_load_n(&pool.all, __ATOMIC_ACQUIRE); }

struct thread *thread_first_native(void) { return pool.natives; }

/* The stack and the identity that every server thread needs. Kernel objects that were made are kept
   if the rest fails: they are never given back. */
static bool give_body(struct thread *thread, bool with_vector_state)
{
    struct page *stack = page_run_alloc(THREAD_STACK_ORDER);
    if (!stack)
        return false;
    thread->cap = objects_make_thread(with_vector_state);
    if (thread->cap == CAP_NONE) {
        page_run_free(stack, THREAD_STACK_ORDER);
        return false;
    }
    thread->self = thread;
    thread->stack = page_data(stack);
    thread->stack[0] = THREAD_STACK_MAGIC;
    return true;
}

static bool give_notification(struct thread *thread)
{
    struct objects_notification made = objects_make_notification();
    thread->notification = made.receive;
    thread->wake_signal = made.signal;
    return made.receive != CAP_NONE;
}

static bool give_gate(struct thread *thread)
{
    struct objects_gate made = objects_make_gate(thread->cap);
    thread->gate = made.endpoint;
    thread->wake_signal = made.signal;
    return made.endpoint != CAP_NONE;
}

static void drop_body(struct thread *thread)
{
    if (thread->stack)
        page_run_free(page_at(thread->stack), THREAD_STACK_ORDER);
    if (thread->frame_page)
        page_put(thread->frame_page);
    heap_free(thread);
}

static void start_kernel_thread(struct thread *thread, cap_t table, void (*entry)(void))
{
    uintptr_t top = (uintptr_t)thread->stack + THREAD_STACK_BYTES - STACK_TOP_RESERVE;
    status_t status = thread_configure(thread->cap, table, SLOT_SPACE, SLOT_FAULT);
    ASSERT(status == OK);
    status = sched_bind(processor_sched(thread->processor), thread->cap);
    ASSERT(status == OK);
    processor_count_awake(thread->processor, 1);
    /* The stack pointer as after a call: 8 below a multiple of 16. */
    status =
        thread_start(thread->cap, (uintptr_t)entry, top - sizeof(uint64_t), 0, (uintptr_t)thread);
    ASSERT(status == OK);
}

struct thread *thread_create_native(void (*main)(void))
{
    struct thread *thread = heap_alloc(sizeof(*thread));
    if (!thread)
        return NULL;
    if (!give_body(thread, false) || !give_notification(thread)) {
        drop_body(thread);
        return NULL;
    }
    thread->context = first_thread.context;
    thread->next_native = pool.natives;
    pool.natives = thread;
    start_kernel_thread(thread, SLOT_TABLE, main);
    return thread;
}

/* First code of a pooled thread, and where each life begins and ends. */
static void pooled_main(void)
{
    struct thread *self = thread_self();

    while (!__atomic_load_n(&self->started, __ATOMIC_ACQUIRE))
        thread_rest(self);
    __atomic_store_n(&self->runs_since_ns, time_now_monotonic(), __ATOMIC_SEQ_CST);
    usage_begin();
    guest_run(self);
}

static void grow_table_main(void)
{
    thread_table_take_over();
    pooled_main();
}

/* Where slots run short, the new thread begins in a larger Table, and brings all others there. */
static void start_pooled(struct thread *thread)
{
    cap_t larger = objects_slots_short() ? thread_table_make() : CAP_NONE;

    start_kernel_thread(thread, larger != CAP_NONE ? larger : SLOT_TABLE,
                        larger != CAP_NONE ? grow_table_main : pooled_main);
    if (larger != CAP_NONE)
        thread_table_await();
}

static struct thread *make_pooled_locked(void)
{
    struct thread *thread = heap_alloc(sizeof(*thread));
    if (!thread)
        return NULL;
    thread->frame_page = page_alloc();
    if (!thread->frame_page || !give_body(thread, true) || !give_gate(thread)) {
        drop_body(thread);
        return NULL;
    }
    thread->frame = page_data(thread->frame_page);
    thread->processor = thread->counted_on = processor_choose(processors_all());
    start_pooled(thread);
    spin_lock(&pool.spin, LOCK_LEAF);
    thread->next_made = pool.all;
    __atomic_store_n(&pool.all, thread, __ATOMIC_RELEASE);
    spin_unlock(&pool.spin, LOCK_LEAF);
    return thread;
}

/* Everything of the former life; what makes the server thread itself stays. */
static void clear_life(struct thread *thread)
{
    const size_t start = offsetof(struct thread, syscall_number);
    const size_t end = offsetof(struct thread, cap);
    memset((char *)thread + start, 0, end - start);
    __atomic_store_n(&thread->work, 0, __ATOMIC_RELAXED);
    thread->runs_since_ns = NANOS_NEVER;
    thread->syscall_number = NO_SYSCALL;
    list_init(&thread->signals.pending.entries);
}

static struct thread *take_free(bool *may_make)
{
    spin_lock(&pool.spin, LOCK_LEAF);
    struct thread *thread = pool.free;
    if (thread)
        pool.free = thread->next_free;
    *may_make = !thread && pool.made < objects_thread_limit();
    tally_add(&pool.made, *may_make);
    tally_add(&pool.running, thread || *may_make);
    spin_unlock(&pool.spin, LOCK_LEAF);
    return thread;
}

struct thread *thread_take(void)
{
    bool may_make;
    struct thread *thread = take_free(&may_make);

    if (!thread && may_make) {
        mutex_lock(&pool.making);
        thread = make_pooled_locked();
        mutex_unlock(&pool.making);
        if (!thread) {
            spin_lock(&pool.spin, LOCK_LEAF);
            tally_sub(&pool.made, 1);
            tally_sub(&pool.running, 1);
            spin_unlock(&pool.spin, LOCK_LEAF);
        }
    }
    if (!thread)
        return NULL;
    clear_life(thread);
    thread->start_ns = time_now_monotonic();
    return thread;
}

static void push_free(struct thread *thread)
{
    spin_lock(&pool.spin, LOCK_LEAF);
    thread->next_free = pool.free;
    pool.free = thread;
    tally_sub(&pool.running, 1);
    spin_unlock(&pool.spin, LOCK_LEAF);
}

void thread_give_home(struct thread *thread, uint32_t processor)
{
    if (processor != thread_processor(thread) &&
        __atomic_load_n(&thread->sleep_state, __ATOMIC_ACQUIRE) == SLEEP_WAITS &&
        sched_bind(processor_sched(processor), thread->cap) == OK)
        thread_set_processor(thread, processor);
}

void thread_untake(struct thread *thread) { push_free(thread); }

void thread_launch(struct thread *thread)
{
    __atomic_store_n(&thread->started, 1, __ATOMIC_RELEASE);
    thread_wake(thread);
}

/*
 * A thread on the free list may be taken while it still runs here; that only sets `started`, which
 * pooled_main looks at. The stack starts over.
 */
void thread_finish(void)
{
    struct thread *self = thread_self();
    uintptr_t top = (uintptr_t)self->stack + THREAD_STACK_BYTES - STACK_TOP_RESERVE;

    ASSERT(self->stack[0] == THREAD_STACK_MAGIC);
    lock_require_none();
    thread_end_account(self);
    __atomic_store_n(&self->started, 0, __ATOMIC_RELEASE);
    push_free(self);
    self_start_over(top, pooled_main);
}

struct thread_totals thread_totals_read(void)
{
    return (struct thread_totals){.limit = objects_thread_limit(),
                                  .running = (uint32_t)tally_read(&pool.running),
                                  .made = (uint32_t)tally_read(&pool.made)};
}

void thread_adopt_first(void)
{
    first_thread.self = &first_thread;
    pool.natives = &first_thread;
    first_thread.cap = SLOT_THREAD;
    first_thread.syscall_number = NO_SYSCALL;
    list_init(&first_thread.signals.pending.entries);
    status_t status = thread_set_tls(SLOT_THREAD, (uintptr_t)&first_thread);
    ASSERT(status == OK);
}

void thread_first_may_sleep(void)
{
    bool made = give_notification(&first_thread);
    ASSERT(made);
}
