/**
 * play.c - see play.h.
 */
#include "tests/fuzz/play.h"

#include <corm/syscall.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/fault.h"
#include "abi/guest.h"
#include "kernel/cpu.h"
#include "tests/fuzz/print.h"
#include "tests/fuzz/value.h"
#include "tests/fuzz/world.h"
#include "tests/oracle/oracle.h"
#include "tests/search/box.h"
#include "tests/unit/kernel/machine.h"
#include "tests/invariants/valid.h"

#define RESTARTS_MAX   20000u /* of one system call; its work is bounded by the machine's size */
#define TURNS_MAX      64u
#define TOUCHED_MAX    64u
#define UNTYPED_OFFSET ((2u << 20) + (1u << 16)) /* of what objects are made of in LARGE */
#define UNTYPED_BYTES  (1u << 16)

static const struct thread *sleeper; /* init, until the end */

static struct {
    uint8_t *box;
    struct oracle oracle;
} at_start;

/* The input under way. */
static struct {
    struct oracle oracle;
    const char *wrong;
    bool tell;
    bool full;      /* the oracle is: the end of this input */
    uint64_t lines; /* raised since the last event */
    unsigned events;
    unsigned check_every;
    uint64_t *touched[TOUCHED_MAX]; /* words of memory that user level has written */
    unsigned count_touched;
} now;

static void find_wrong(const char *what)
{
    if (now.wrong == NULL)
        now.wrong = what;
}

/* ---- events ---- */

/* Nobody can run: the machine sleeps until its timer; or the end comes. */
static void sleep_until_timer(void)
{
    uint64_t lines = 0;
    if (host_timer != NANOS_NEVER) {
        host_now = host_now < host_timer ? host_timer : host_now;
    } else {
        if (host_irq_masked(WORLD_LINE_END))
            play_check_failed("the machine sleeps for ever");
        host_irq_raise(WORLD_LINE_END);
        lines = 1ull << WORLD_LINE_END;
    }
    oracle_slept(&now.oracle, lines);
}

/* An interrupt waits already: the machine does not sleep at all. */
static void sleep_for_no_time(void) { oracle_slept(&now.oracle, 0); }

static void check_state(void)
{
    find_wrong(kernel_valid());
    if (now.wrong == NULL)
        find_wrong(oracle_check(&now.oracle));
}

static void happen(struct oracle_event *event, uint8_t window)
{
    if (now.wrong != NULL || now.full)
        return;
    event->lines = now.lines;
    now.lines = 0;
    host_window_countdown = window & 15;
    host_window_every = window >> 4;
    oracle_begin(&now.oracle, event);
    if (now.tell)
        print_event(event, window);
    box_perform(event);
    host_window_countdown = host_window_every = 0;
    const char *reason = oracle_end(&now.oracle);
    now.full = reason != NULL && strcmp(reason, "the oracle is full") == 0;
    if (now.tell)
        print_outcome(event, now.oracle.self_raw);
    if (now.full)
        return;
    find_wrong(reason);
    if (now.wrong == NULL && ++now.events % now.check_every == 0)
        check_state();
}

static void interrupt(uint8_t window)
{
    happen(&(struct oracle_event){.kind = ORACLE_INTERRUPT}, window);
}

static bool over(void) { return now.wrong != NULL || now.full || cpu_first.current == sleeper; }

static void restart(uint8_t window)
{
    struct thread *thread = cpu_first.current;
    struct oracle_event event = {.kind = ORACLE_SYSCALL,
                                 .handle = thread->context.restart_handle,
                                 .registers = thread->context.seen,
                                 .deadline = thread->deadline_ns};
    thread->context.restart_handle = 0;
    happen(&event, window);
}

/* Broken-off system calls are made again before their threads make others. */
static void make_restarts(uint8_t window)
{
    for (unsigned i = 0; now.wrong == NULL && !now.full; i++) {
        if (cpu_first.current->context.restart_handle == 0)
            return;
        if (i == RESTARTS_MAX)
            find_wrong("a system call that is broken off again and again never ends");
        restart(window);
    }
}

static void leave_guest(uint64_t label)
{
    struct oracle_event event = {.kind = ORACLE_GUEST_EXIT, .registers = {.tag = TAG(label, 0)}};
    happen(&event, 0);
}

/* ---- operations ---- */

static uint64_t deadline_of(uint8_t deadline)
{
    static const nanos_t distances[] = {
        1, 100, 5000, 50000, 300000, 800000, 3000000, 900000, 70 * NANOS_PER_MS};
    if (deadline < 2)
        return deadline == 0 ? DEADLINE_NEVER : DEADLINE_POLL;
    return host_now + distances[(deadline - 2u) % ARRAY_LENGTH(distances)];
}

static uint64_t handle_of(const struct op *op)
{
    uint64_t name = value_of(op->name);
    switch ((enum op_kind)op->kind) {
    case OP_CALL:
        return HANDLE(name, op->op & HANDLE_OP_MASK);
    case OP_RECEIVE:
        return HANDLE(name, op->op & HANDLE_OP_MASK);
    case OP_YIELD:
        return SYSCALL_YIELD;
    case OP_ENTER:
        return SYSCALL_ENTER;
    default:
        return name ^ op->op;
    }
}

static void call(const struct op *op)
{
    make_restarts(0);
    if (over())
        return;
    if (cpu_first.current->context.in_guest) {
        leave_guest(GUEST_EXIT_SYSCALL);
        return;
    }
    struct oracle_event event = {.kind = ORACLE_SYSCALL, .handle = handle_of(op)};
    event.deadline = deadline_of(op->deadline);
    event.registers.tag = TAG(op->label, op->count_words) |
                          value_slot(op->send, false) << TAG_SEND_SLOT_SHIFT |
                          value_slot(op->receive, true) << TAG_RECEIVE_SLOT_SHIFT;
    for (unsigned i = 0; i < op->count_words; i++)
        event.registers.words[i] = value_of(op->words[i]);
    happen(&event, op->window);
}

static void break_down(const struct op *op)
{
    make_restarts(0);
    if (over())
        return;
    if (cpu_first.current->context.in_guest) {
        leave_guest(1 + op->op % GUEST_EXIT_TRAP);
        return;
    }
    struct oracle_event event = {.kind = ORACLE_FAULT};
    event.registers = (struct message){.tag = TAG(1 + op->op % FAULT_TRAP, FAULT_WORDS),
                                       .words = {value_of(op->name)}};
    happen(&event, op->window);
}

/* With all timer interrupts that fall in it. */
static void let_time_go(nanos_t until, uint8_t window)
{
    for (unsigned i = 0; i < TURNS_MAX && host_now < until && !over(); i++) {
        nanos_t timer = host_timer > host_now ? host_timer : host_now;
        host_now = timer < until ? timer : until;
        interrupt(window);
    }
}

static void turn_ends(const struct op *op)
{
    nanos_t end = cpu_first.slice_end;
    if (cpu_first.ready_rank == sched_current_rank(&cpu_first) && end > host_now)
        let_time_go(end, op->window);
}

/* Memory is zero again when the next input begins. */
static void touch(uint64_t *word, uint64_t content)
{
    if (now.count_touched == TOUCHED_MAX)
        return;
    now.touched[now.count_touched++] = word;
    *word = content;
}

/* What user level may touch is a Region's memory: writing there harms nobody. */
static void access_memory(const struct op *op)
{
    const struct thread *thread = cpu_first.current;
    uint64_t root = op->op & 8 ? thread->guest_root : thread->root;
    uint8_t rights = (uint8_t)(1u << op->op % 3);
    uint64_t vaddr = value_of(op->name) & ~7ull;
    paddr_t address = 0;
    if (root == 0 || !host_access(root, vaddr, rights, &address))
        return;
    bool device = address - HOST_DEVICE_BASE < HOST_DEVICE_BYTES;
    if (rights == REGION_RIGHT_WRITE && !device)
        touch(host_ram(address), 0x5a5a5a5a5a5a5a5a);
    if (now.tell)
        printf("    memory: 0x%" PRIx64 " is 0x%" PRIx64 "\n", vaddr, address);
}

static void write_frame(const struct op *op)
{
    struct guest_frame *frame = cpu_first.current->frame;
    if (frame != NULL)
        touch(&(&frame->pc)[op->op % 3], value_of(op->name));
}

static void raise_line(const struct op *op)
{
    uint32_t line = (uint32_t)value_of(op->name) % WORLD_LINE_END;
    host_irq_raise(line);
    now.lines |= 1ull << line;
}

static void step(const struct op *op)
{
    switch ((enum op_kind)op->kind) {
    case OP_CALL:
    case OP_RECEIVE:
    case OP_RAW:
    case OP_YIELD:
    case OP_ENTER:
        call(op);
        break;
    case OP_RESTART:
        if (cpu_first.current->context.restart_handle != 0)
            restart(op->window);
        break;
    case OP_FAULT:
        break_down(op);
        break;
    case OP_GUEST_EXIT:
        if (cpu_first.current->context.in_guest)
            leave_guest(op->op % 8);
        break;
    case OP_TIME:
        let_time_go(host_now + value_of(op->name) % (1000 * NANOS_PER_MS), op->window);
        break;
    case OP_TURN:
        turn_ends(op);
        break;
    case OP_RAISE:
        raise_line(op);
        break;
    case OP_INTERRUPT:
        interrupt(op->window);
        break;
    case OP_ACCESS:
        access_memory(op);
        break;
    case OP_FRAME:
        write_frame(op);
        break;
    case OP_FAST:
        host_fast_enabled = op->op & 1;
        break;
    case OP_KINDS:
        break;
    }
}

/* ---- beginning and end ---- */

static uint8_t init_window;

/* What init does must work: nobody has authority over it. */
void world_call(uint64_t handle, const uint64_t *words)
{
    struct oracle_event event = {
        .kind = ORACLE_SYSCALL, .handle = handle, .deadline = DEADLINE_NEVER};
    memcpy(event.registers.words, words, sizeof event.registers.words);
    happen(&event, init_window);
    make_restarts(init_window);
    if (now.wrong != NULL || now.full)
        return;
    if (cpu_first.current != sleeper)
        find_wrong("somebody else runs instead of init");
    else if (sleeper->context.seen_result != OK)
        find_wrong("a system call of init fails");
}

static void take_back(uint32_t slot, bool reset)
{
    WORLD_CALL(INIT_SLOT_TABLE, TABLE_OP_REVOKE, slot);
    if (reset)
        WORLD_CALL(slot, UNTYPED_OP_RESET, 0);
}

/* init wakes and takes back all that it gave. */
static void end(uint8_t settings)
{
    if (cpu_first.current != sleeper) {
        host_irq_raise(WORLD_LINE_END);
        now.lines |= 1ull << WORLD_LINE_END;
        interrupt(0);
        for (unsigned i = 0; i < TURNS_MAX && !over(); i++)
            let_time_go(host_now + NANOS_PER_MS, 0);
        if (!over())
            find_wrong("init, which has the highest priority, does not run");
    }
    init_window = settings & PLAY_BREAKS ? 0x11 : 0;
    take_back(BOX_SLOT_MEMORY, settings & PLAY_RESET);
    take_back(BOX_SLOT_LARGE, settings & PLAY_RESET);
    take_back(BOX_SLOT_DEVICE, false);
    take_back(INIT_SLOT_IRQ_CONTROL, false);
    take_back(INIT_SLOT_IOPORT, false);
    if (now.wrong != NULL || now.full)
        return;
    check_state();
    const struct sched *time = init_sched_object();
    if (thread_count != 1 || sleeper->caller != &thread_nobody)
        find_wrong("a thread is left over");
    if (time->utilisation != SCHED_UTILISATION_ONE || !list_empty(&time->children))
        find_wrong("time is left over");
    for (uint32_t line = 0; line < HOST_IRQ_LINES; line++)
        if (!host_irq_masked(line))
            find_wrong("an interrupt line is left over");
}

static paddr_t memory_of(uint32_t slot)
{
    return ((const struct table *)init_table_object())->slots[slot].value;
}

static void begin(void)
{
    box_restore(at_start.box);
    memset(host_ram(memory_of(BOX_SLOT_LARGE) + UNTYPED_OFFSET), 0, UNTYPED_BYTES);
    for (unsigned i = 0; i < now.count_touched; i++)
        *now.touched[i] = 0;
    now.count_touched = 0;
    oracle_copy(&now.oracle, &at_start.oracle);
    now.wrong = NULL;
    now.full = false;
    now.lines = 0;
    now.events = 0;
    now.check_every = 1;
    init_window = 0;
}

void play_init(void)
{
    host_idle_hook = sleep_until_timer;
    host_idle_pending_hook = sleep_for_no_time;
    box_boot();
    sleeper = cpu_first.current;
    now.check_every = 1;
    oracle_start(&now.oracle);
    world_furnish(BOX_SLOT_MEMORY, BOX_SLOT_DEVICE, BOX_SLOT_LARGE);
    struct oracle_event sleep = {.kind = ORACLE_SYSCALL, .deadline = DEADLINE_NEVER};
    sleep.handle = HANDLE(WORLD_SLOT_ALARM, NOTIFICATION_OP_RECEIVE);
    happen(&sleep, 0);
    if (now.wrong != NULL || now.full || cpu_first.current == sleeper)
        play_check_failed(now.wrong != NULL ? now.wrong : "the world cannot be furnished");
    at_start.oracle = now.oracle;
    at_start.box = malloc(box_bytes());
    if (at_start.box == NULL)
        play_check_failed("no memory");
    box_save(at_start.box);
}

const char *play(const struct ops *ops, bool tell)
{
    begin();
    now.tell = tell;
    now.check_every = 1u << (ops->settings & PLAY_CHECKS);
    host_fast_enabled = !(ops->settings & PLAY_SLOW);
    for (size_t i = 0; i < ops->count && !over(); i++)
        step(&ops->list[i]);
    if (now.wrong == NULL && !now.full)
        check_state();
    if (tell && now.wrong == NULL)
        printf("    /* init wakes, and takes all back */\n");
    end(ops->settings);
    return now.wrong;
}
