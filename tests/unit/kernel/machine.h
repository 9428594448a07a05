/**
 * machine.h - boots the kernel core on the host port, and plays user level.
 *
 * After boot() init runs. Whoever runs makes system calls with the functions below; after each the
 * invariants of the kernel are checked (kernel_valid). A system call that an interrupt broke off is
 * made again, as the processor would, as soon as its thread runs again.
 *
 * Unless a test says otherwise, capabilities are in init's Table, which all threads share.
 */
#pragma once

#include <corm/object.h>
#include <corm/status.h>

#include <corm/operations.h>

#include "abi/bootinfo.h"
#include "abi/message.h"
#include "kernel/arch/host/host.h"
#include "kernel/cpu.h"
#include "kernel/ipc.h"
#include "kernel/notify.h"
#include "kernel/space.h"
#include "kernel/table.h"
#include "tests/unit/unit.h"

/* --- boot --- */

#define MEMORY_SLOT 100u /* an Untyped of MEMORY_LOG2, all of it free */
#define MEMORY_LOG2 24u

/** boot - from power-on to init. Fails the test if init does not run. */
void boot(void);

extern struct thread *init_thread;
struct object *init_table_object(void);
struct sched *init_sched_object(void);
const struct bootinfo *init_bootinfo(void);

/* --- system calls of the running thread --- */

extern uint64_t results[MESSAGE_WORDS]; /* of the last invoke() */

/** trap - make a system call: any handle, tag and deadline. Somebody else may run afterwards. */
void trap(uint64_t handle, uint64_t tag, const uint64_t *words, nanos_t deadline_ns);

/** invoke - a system call after which the same thread must run again. Returns its result. */
uint64_t invoke(uint64_t handle, const uint64_t *words);

/** INVOKE(slot, OPERATION, arguments...) - one operation of a kernel object. */
#define INVOKE(index, operation, ...)                                                              \
    invoke(HANDLE(index, operation), (const uint64_t[MESSAGE_WORDS]){__VA_ARGS__})

/** fault - the running thread faults. */
void fault(uint32_t label, uint64_t address);

/** interrupts - let pending interrupts interrupt the running thread. */
void interrupts(void);

/** elapse - let time go by, with all timer interrupts that fall in it. */
void elapse(nanos_t duration_ns);

/** yield - the running thread lets others of its priority run. */
void yield(void);

/* On the processor whose turn it is (host_run_on). */
static inline struct thread *running(void) { return cpu_self()->current; }

/** bad_handle - the result of @op on what does not have it. */
static inline uint64_t bad_handle(uint32_t op)
{
    return handle_receives(op) ? RECEIVED_ERROR | BAD_HANDLE : BAD_HANDLE;
}

/** seen_result, seen_word, seen_label - what the last system call of @thread brought it. */
static inline uint64_t seen_result(const struct thread *thread)
{
    return thread->context.seen_result;
}

static inline uint64_t seen_word(const struct thread *thread)
{
    return thread->context.seen.words[0];
}

static inline uint32_t seen_label(const struct thread *thread)
{
    return tag_label(thread->context.seen.tag);
}

/** run - yield until @thread runs; fails the test if it does not come to that. */
void run(struct thread *thread);

/* --- objects --- */

/* How many slots init's Table has. */
#define INIT_SLOTS (1u << INIT_TABLE_SLOTS_LOG2)

struct slot *slot_at(uint32_t index); /* of init's Table */

/** fresh - an empty slot of init's Table that nobody has had before. */
uint32_t fresh(void);

/** make - retype memory of MEMORY_SLOT into an object; its slot. The running thread is init. */
uint32_t make(enum object_type type, uint64_t size_log2, uint64_t flags);

/** make_from - as make(), from another Untyped. */
uint32_t make_from(uint32_t untyped, enum object_type type, uint64_t size_log2, uint64_t flags);

/** mint - a child of @index with @rights and @badge. */
uint32_t mint(uint32_t index, uint64_t rights, uint64_t badge);

/** make_sched - a part of the root's time. */
uint32_t make_sched(nanos_t budget_ns, nanos_t period_ns, uint32_t priority);

/** make_space - a Space with 16 slots, page-table nodes in slot 0. */
uint32_t make_space(bool guest);

#define SPACE_NODES 64u

static inline struct thread *thread_at(uint32_t index)
{
    return (struct thread *)slot_at(index)->object;
}

static inline struct sched *sched_at(uint32_t index)
{
    return (struct sched *)slot_at(index)->object;
}

/** split - give time of the Sched @parent to @child; the status. */
uint64_t split(uint32_t parent, uint32_t child, nanos_t budget_ns, nanos_t period_ns,
               nanos_t slice_ns, uint64_t priority);

/** spawn - a Thread with init's Table and Space on the Sched @sched, started; its slot. */
uint32_t spawn(uint32_t sched);

/** spawn_equal - as spawn(), on a Sched of its own of init's priority. */
#define EQUAL_BUDGET_NS (NANOS_PER_MS / 2)
#define EQUAL_PERIOD_NS (10 * NANOS_PER_MS)
uint32_t spawn_equal(void);

/** spawn_told - as spawn_equal(), whose faults the Endpoint @faults is told of. */
uint32_t spawn_told(uint32_t faults);

/** spawn_server - as spawn_equal(), and it waits at @endpoint. */
uint32_t spawn_server(uint32_t endpoint);

/** make_served - an Endpoint, a server, and a client whose call it works on. The server runs. */
struct served {
    uint32_t endpoint, server, client;
};
struct served make_served(void);

/** del - delete the capability in slot @index of init's Table. */
void del(uint32_t index);

/* --- messages --- */

/** ipc - call @index with one word, without a deadline. Whoever runs then runs. */
void ipc(uint32_t index, uint64_t label, uint64_t word);

/** ipc_until - as ipc(), with a deadline. */
void ipc_until(uint32_t index, uint64_t label, nanos_t deadline_ns);

/** reply_wait - answer with one word, then receive from @index. */
void reply_wait(uint32_t index, uint64_t label, uint64_t word);

/** receive_until - receive with a deadline. */
void receive_until(uint32_t index, nanos_t deadline_ns);
