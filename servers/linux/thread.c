/*
 * thread.c - making, pooling, sleeping and waking of server threads; see thread.h.
 *
 * Sleeping: `sleep_state` decides whether a wake needs the kernel. A waker sets TOKEN and signals
 * the Notification only if it replaced WAITS; a sleeper that finds TOKEN returns at once. A signal
 * that arrives late (the sleeper timed out meanwhile) makes a later sleep end early, which
 * thread_sleep allows.
 *
 * Lock: `pool.spin` for the list of free threads and the counts.
 */
#include <corm/kernel_calls.h>

#include "lib/base/string.h"
#include "servers/linux/memory.h"
#include "servers/linux/objects.h"
#include "servers/linux/thread.h"

#define STACK_TOP_RESERVE 16

static struct {
    struct spin spin;
    struct thread *free;
    uint32_t running;
    uint32_t made;
} pool;

static struct thread first_thread;

struct thread *thread_current(void) { return thread_self(); }

struct context *context_current(void) { return &thread_self()->context; }

void thread_yield(void) { ipc_yield(); }

void thread_wake(struct thread *thread)
{
    if (__atomic_exchange_n(&thread->sleep_state, SLEEP_TOKEN, __ATOMIC_ACQ_REL) == SLEEP_WAITS)
        ipc_signal(thread->wake_signal);
}

/* Waits for the token or the deadline. Returns true for the token, which it takes. */
static bool sleep_for_token(struct thread *self, nanos_t deadline_ns)
{
    uint32_t none = SLEEP_NONE;

    if (!__atomic_compare_exchange_n(&self->sleep_state, &none, SLEEP_WAITS, false,
                                     __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
        __atomic_store_n(&self->sleep_state, SLEEP_NONE, __ATOMIC_RELEASE);
        return true;
    }
    uint64_t received;
    self->consumed_ns += time_now_monotonic() - self->runs_since_ns;
    do
        received = notification_wait(self->notification, deadline_ns);
    while (received & RECEIVED_SIGNAL &&
           __atomic_load_n(&self->sleep_state, __ATOMIC_ACQUIRE) == SLEEP_WAITS);
    self->runs_since_ns = time_now_monotonic();
    return __atomic_exchange_n(&self->sleep_state, SLEEP_NONE, __ATOMIC_ACQ_REL) == SLEEP_TOKEN;
}

int thread_sleep(nanos_t deadline_ns, bool interruptible)
{
    struct thread *self = thread_self();

    if (interruptible && signal_pending())
        return -EINTR;
    if (sleep_for_token(self, deadline_ns))
        return interruptible && signal_pending() ? -EINTR : 0;
    return deadline_ns == NANOS_NEVER ? 0 : -ETIMEDOUT;
}

void thread_interrupt(struct thread *thread, uint32_t work)
{
    __atomic_fetch_or(&thread->work, work, __ATOMIC_SEQ_CST);
    if (thread == thread_self())
        return;
    if (__atomic_load_n(&thread->in_guest, __ATOMIC_SEQ_CST))
        ASSERT(thread_kick(thread->cap) == OK);
    else
        thread_wake(thread);
}

/* The stack, the Notification and the identity that every server thread needs. */
static bool give_body(struct thread *thread)
{
    struct page *stack = page_run_alloc(THREAD_STACK_ORDER);
    if (!stack)
        return false;
    struct objects_notification notification = objects_make_notification();
    thread->notification = notification.receive;
    thread->wake_signal = notification.signal;
    thread->cap = objects_make_thread();
    if (thread->notification == CAP_NONE || thread->cap == CAP_NONE) {
        page_run_free(stack, THREAD_STACK_ORDER);
        return false;
    }
    thread->self = thread;
    thread->stack = stack->data;
    thread->stack[0] = THREAD_STACK_MAGIC;
    return true;
}

static void start_kernel_thread(struct thread *thread, void (*entry)(void))
{
    uintptr_t top = (uintptr_t)thread->stack + THREAD_STACK_BYTES - STACK_TOP_RESERVE;
    status_t status = thread_configure(thread->cap, SLOT_TABLE, SLOT_SPACE, SLOT_FAULT);
    ASSERT(status == OK);
    status = sched_bind(SLOT_SCHED, thread->cap);
    ASSERT(status == OK);
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
    if (!give_body(thread)) {
        heap_free(thread);
        return NULL;
    }
    thread->context = first_thread.context;
    start_kernel_thread(thread, main);
    return thread;
}

/* First code of a pooled thread, and where each life begins and ends. */
static void pooled_main(void)
{
    struct thread *self = thread_self();

    while (!__atomic_load_n(&self->started, __ATOMIC_ACQUIRE))
        thread_sleep(NANOS_NEVER, false);
    self->consumed_ns = 0;
    self->runs_since_ns = time_now_monotonic();
    guest_run(self);
}

static struct thread *make_pooled(void)
{
    struct thread *thread = heap_alloc(sizeof(*thread));
    if (!thread)
        return NULL;
    thread->frame_page = page_alloc();
    if (!thread->frame_page || !give_body(thread)) {
        if (thread->frame_page)
            page_put(thread->frame_page);
        heap_free(thread);
        return NULL;
    }
    thread->frame = thread->frame_page->data;
    start_kernel_thread(thread, pooled_main);
    return thread;
}

/* Everything of the former life; what makes the server thread itself stays. */
static void clear_life(struct thread *thread)
{
    const size_t start = offsetof(struct thread, syscall_number);
    const size_t end = offsetof(struct thread, cap);
    memset((char *)thread + start, 0, end - start);
    thread->work = 0;
    thread->syscall_number = NO_SYSCALL;
    list_init(&thread->signals.pending.entries);
}

static struct thread *take_free(bool *may_make)
{
    spin_lock(&pool.spin);
    struct thread *thread = pool.free;
    if (thread)
        pool.free = thread->next_free;
    *may_make = !thread && pool.made < objects_thread_limit();
    pool.made += *may_make;
    pool.running += thread || *may_make;
    spin_unlock(&pool.spin);
    return thread;
}

struct thread *thread_take(void)
{
    bool may_make;
    struct thread *thread = take_free(&may_make);

    if (!thread && may_make) {
        thread = make_pooled();
        if (!thread) {
            spin_lock(&pool.spin);
            pool.made--;
            pool.running--;
            spin_unlock(&pool.spin);
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
    spin_lock(&pool.spin);
    thread->next_free = pool.free;
    pool.free = thread;
    pool.running--;
    spin_unlock(&pool.spin);
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
    __atomic_store_n(&self->started, 0, __ATOMIC_RELEASE);
    push_free(self);
    __asm__ volatile("movq %0, %%rsp\n\tcall *%1\n\tud2" : : "r"(top), "r"(pooled_main) : "memory");
    __builtin_unreachable();
}

nanos_t thread_consumed(const struct thread *thread)
{
    nanos_t consumed = thread->consumed_ns;
    nanos_t now = time_now_monotonic();
    bool sleeps = __atomic_load_n(&thread->sleep_state, __ATOMIC_RELAXED) == SLEEP_WAITS;

    if (!sleeps && thread->started && now > thread->runs_since_ns)
        consumed += now - thread->runs_since_ns;
    return consumed;
}

struct thread_totals thread_totals_read(void)
{
    return (struct thread_totals){.limit = objects_thread_limit(), .running = pool.running};
}

void thread_adopt_first(void)
{
    first_thread.self = &first_thread;
    first_thread.cap = SLOT_THREAD;
    first_thread.syscall_number = NO_SYSCALL;
    list_init(&first_thread.signals.pending.entries);
    status_t status = thread_set_tls(SLOT_THREAD, (uintptr_t)&first_thread);
    ASSERT(status == OK);
    struct objects_notification notification = objects_make_notification();
    ASSERT(notification.receive != CAP_NONE);
    first_thread.notification = notification.receive;
    first_thread.wake_signal = notification.signal;
}
