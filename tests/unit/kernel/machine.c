/**
 * machine.c - see machine.h.
 */
#include "tests/unit/kernel/machine.h"

#include <stdio.h>
#include <string.h>

#include <corm/syscall.h>

#include "boot/boot.h"
#include "kernel/boot.h"
#include "kernel/pagetable.h"
#include "tests/unit/boot/bundle.h"
#include "tests/invariants/valid.h"

#define BUNDLE_BASE (HOST_RAM_BASE + 0x100000)
#define RAM_DIRTY_BYTES                                                                            \
    (6u << 20) /* what was there before; what is taken comes from the lowest                       \
                */
#define FIRST_SLOT     200u
#define RESTARTS_MAX   100000u
#define RUN_YIELDS_MAX 1000u

struct thread *init_thread;
uint64_t results[MESSAGE_WORDS];

static struct slot *init_slots;
static struct object *init_table;
static struct sched *init_sched;
static uint32_t next_slot = FIRST_SLOT;

/* --- boot --- */

const uint64_t boot_reach = HOST_RAM_BASE + HOST_RAM_BYTES;

void *boot_memory(paddr_t address) { return host_ram(address); }

void boot_code_written(const void *code, uint64_t bytes)
{
    (void)code;
    (void)bytes;
}

void boot_put(char character) { arch_debug_write(character); }

void boot_stop(void) { arch_reset(); }

/* What the boot stage hands over for a good bundle. */
static const struct boot_handover *prepare(void)
{
    static struct machine machine = {
        .ram = {1, {{HOST_RAM_BASE, HOST_RAM_BYTES}}},
        .device = {1, {{HOST_DEVICE_BASE, HOST_DEVICE_BYTES}}},
        .bundle = {BUNDLE_BASE, GOOD_BUNDLE_BYTES},
        .count_processors = 1,
        .interrupt_lines = HOST_IRQ_LINES,
        .count_ports = 0x10000,
        .clock_multiplier = 1ull << 32,
        .command_line = "unit test",
    };
    static struct ranges free_ram;
    good_bundle(host_ram(BUNDLE_BASE));
    memory_init(&free_ram, &machine);
    return boot_prepare(&machine, &free_ram, sizeof(struct init_objects));
}

static void check_valid(void)
{
    const char *reason = kernel_valid();
    if (reason != NULL)
        printf("# kernel_valid: %s\n", reason);
    REQUIRE(reason == NULL);
}

/* Take MEMORY_SLOT out of the first piece of free memory that is large enough. */
static void reserve_memory(void)
{
    const struct bootinfo *info = init_bootinfo();
    for (uint32_t i = 0; i < info->count_memory; i++) {
        if (info->memory[i].kind != BOOTINFO_MEMORY_FREE || info->memory[i].size_log2 < MEMORY_LOG2)
            continue;
        REQUIRE(INVOKE(INIT_SLOT_FIRST_UNTYPED + i, UNTYPED_OP_RETYPE, OBJECT_UNTYPED, MEMORY_LOG2,
                       0, INIT_SLOT_TABLE, MEMORY_SLOT) == OK);
        return;
    }
    REQUIRE(false);
}

void boot(void)
{
    memset(host_ram(HOST_RAM_BASE), 0xa5, RAM_DIRTY_BYTES);
    kernel_boot(prepare());
    init_thread = running();
    REQUIRE(init_thread != NULL);
    init_table = init_thread->bindings[BINDING_TABLE].object;
    init_slots = ((struct table *)init_table)->slots;
    init_sched = init_thread->home;
    check_valid();
    reserve_memory();
}

struct object *init_table_object(void) { return init_table; }

struct sched *init_sched_object(void) { return init_sched; }

const struct bootinfo *init_bootinfo(void)
{
    paddr_t address = 0;
    uint64_t argument = init_thread->context.argument;
    REQUIRE(host_access(init_thread->root, argument, REGION_RIGHT_READ, &address));
    return host_ram(address);
}

/* --- system calls --- */

/* Make broken-off system calls of whoever runs again, until one runs that has none. */
static void make_restarts(void)
{
    check_valid();
    for (unsigned i = 0; running() != NULL && running()->context.restart_handle != 0; i++) {
        uint64_t handle = running()->context.restart_handle;
        struct message registers = running()->context.seen;
        REQUIRE(i < RESTARTS_MAX);
        running()->context.restart_handle = 0;
        host_syscall(handle, &registers, running()->deadline_ns);
        check_valid();
    }
}

void trap(uint64_t handle, uint64_t tag, const uint64_t *words, nanos_t deadline_ns)
{
    struct message registers = {.tag = tag};
    memcpy(registers.words, words, sizeof registers.words);
    host_syscall(handle, &registers, deadline_ns);
    make_restarts();
}

uint64_t invoke(uint64_t handle, const uint64_t *words)
{
    struct thread *thread = running();
    trap(handle, TAG(0, MESSAGE_WORDS), words, DEADLINE_NEVER);
    REQUIRE(running() == thread);
    memcpy(results, thread->context.seen.words, sizeof results);
    return thread->context.seen_result;
}

void fault(uint32_t label, uint64_t address)
{
    struct message message = {.tag = TAG(label, 4), .words = {address}};
    host_fault(&message);
    make_restarts();
}

void interrupts(void)
{
    host_interrupt();
    make_restarts();
}

void elapse(nanos_t duration_ns)
{
    nanos_t end = host_now + duration_ns;
    while (host_timer <= end) {
        host_now = host_timer > host_now ? host_timer : host_now;
        interrupts();
    }
    if (host_now < end) /* an idle machine may have slept for longer */
        host_now = end;
}

/* What the thread last saw stays as it was: to a test, a yield is no system call. */
void yield(void)
{
    struct thread *thread = running();
    struct message seen = thread->context.seen;
    uint64_t result = thread->context.seen_result;
    trap(HANDLE(0, SYSCALL_YIELD), 0, (const uint64_t[MESSAGE_WORDS]){0}, DEADLINE_NEVER);
    thread->context.seen = seen;
    thread->context.seen_result = result;
    thread->context.in_syscall = false;
}

void run(struct thread *thread)
{
    for (unsigned i = 0; running() != thread; i++) {
        REQUIRE(i < RUN_YIELDS_MAX);
        yield();
    }
}

/* --- objects --- */

struct slot *slot_at(uint32_t index)
{
    REQUIRE(index < INIT_SLOTS);
    return &init_slots[index];
}

uint32_t fresh(void)
{
    REQUIRE(next_slot < INIT_SLOTS);
    return next_slot++;
}

uint32_t make_from(uint32_t untyped, enum object_type type, uint64_t size_log2, uint64_t flags)
{
    uint32_t index = fresh();
    REQUIRE(INVOKE(untyped, UNTYPED_OP_RETYPE, type, size_log2, flags, INIT_SLOT_TABLE, index) ==
            OK);
    return index;
}

uint32_t make(enum object_type type, uint64_t size_log2, uint64_t flags)
{
    return make_from(MEMORY_SLOT, type, size_log2, flags);
}

uint32_t mint(uint32_t index, uint64_t rights, uint64_t badge)
{
    uint32_t child = fresh();
    REQUIRE(INVOKE(INIT_SLOT_TABLE, TABLE_OP_MINT, index, INIT_SLOT_TABLE, child, rights, badge) ==
            OK);
    return child;
}

uint64_t split(uint32_t parent, uint32_t child, nanos_t budget_ns, nanos_t period_ns,
               nanos_t slice_ns, uint64_t priority)
{
    return INVOKE(parent, SCHED_OP_SPLIT, child, budget_ns, period_ns, slice_ns, priority);
}

uint32_t make_sched(nanos_t budget_ns, nanos_t period_ns, uint32_t priority)
{
    uint32_t index = make(OBJECT_SCHED, 0, 0);
    REQUIRE(split(INIT_SLOT_SCHED, index, budget_ns, period_ns, NANOS_PER_MS, priority) == OK);
    return index;
}

uint32_t make_space(bool guest)
{
    uint32_t space = make(OBJECT_SPACE, 4, guest);
    uint32_t nodes = make(OBJECT_UNTYPED, 18, 0);
    REQUIRE(INVOKE(space, SPACE_OP_DONATE, 0, nodes) == OK);
    return space;
}

uint32_t spawn(uint32_t sched)
{
    uint32_t index = make(OBJECT_THREAD, 0, 0);
    REQUIRE(INVOKE(index, THREAD_OP_CONFIGURE, INIT_SLOT_TABLE, INIT_SLOT_SPACE, 0) == OK);
    REQUIRE(INVOKE(sched, SCHED_OP_BIND, index) == OK);
    trap(HANDLE(index, THREAD_OP_START), TAG(0, 4),
         (const uint64_t[MESSAGE_WORDS]){INIT_BASE, INIT_BASE, 0, 0}, DEADLINE_NEVER);
    REQUIRE(thread_at(index)->state == THREAD_READY);
    return index;
}

uint32_t spawn_equal(void)
{
    return spawn(make_sched(EQUAL_BUDGET_NS, EQUAL_PERIOD_NS, PRIORITIES - 1));
}

uint32_t spawn_told(uint32_t faults)
{
    uint32_t index = spawn_equal();
    REQUIRE(INVOKE(index, THREAD_OP_SUSPEND) == OK);
    REQUIRE(INVOKE(index, THREAD_OP_CONFIGURE, 0, 0, faults) == OK);
    REQUIRE(INVOKE(index, THREAD_OP_RESUME) == OK);
    return index;
}

uint32_t spawn_server(uint32_t endpoint)
{
    uint32_t index = spawn_equal();
    run(thread_at(index));
    reply_wait(endpoint, 0, 0);
    return index;
}

struct served make_served(void)
{
    struct served served = {.endpoint = make(OBJECT_ENDPOINT, 0, 0)};
    served.client = spawn_equal();
    served.server = spawn_server(served.endpoint);
    run(thread_at(served.client));
    ipc(served.endpoint, 0, 0);
    REQUIRE(running() == thread_at(served.server));
    return served;
}

void del(uint32_t index) { REQUIRE(INVOKE(INIT_SLOT_TABLE, TABLE_OP_DELETE, index) == OK); }

/* --- messages --- */

void ipc(uint32_t index, uint64_t label, uint64_t word)
{
    trap(HANDLE(index, ENDPOINT_OP_CALL), TAG(label, 1), (const uint64_t[MESSAGE_WORDS]){word},
         DEADLINE_NEVER);
}

void ipc_until(uint32_t index, uint64_t label, nanos_t deadline_ns)
{
    trap(HANDLE(index, ENDPOINT_OP_CALL_DEADLINE), TAG(label, 0),
         (const uint64_t[MESSAGE_WORDS]){0}, deadline_ns);
}

void reply_wait(uint32_t index, uint64_t label, uint64_t word)
{
    trap(HANDLE(index, ENDPOINT_OP_RECEIVE), TAG(label, 1), (const uint64_t[MESSAGE_WORDS]){word},
         DEADLINE_NEVER);
}

void receive_until(uint32_t index, nanos_t deadline_ns)
{
    trap(HANDLE(index, ENDPOINT_OP_RECEIVE_DEADLINE), TAG(0, 0), (const uint64_t[MESSAGE_WORDS]){0},
         deadline_ns);
}
