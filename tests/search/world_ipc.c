/**
 * world_ipc.c - three threads and one Endpoint: calls, replies, deadlines, faults, suspension and
 * death; and two threads, Notifications, an interrupt line.
 */
#include <corm/object.h>
#include <corm/operations.h>
#include <corm/syscall.h>

#include "abi/bootinfo.h"
#include "abi/fault.h"
#include "tests/search/box.h"
#include "tests/search/search.h"

#define SOON_NS NANOS_PER_MS

/* init's slots. */
enum { TABLE = 20, THREAD_A, THREAD_B, THREAD_C, ENDPOINT, NOTIFICATION, HANDLER, LINE, SIGNALS };

/* Slots of the threads' Table. */
enum { SELF = 1, S_ENDPOINT, S_BADGED, S_A, S_B, S_C, S_FREE };
enum { S_SIGNAL = 4, S_NOTIFICATION = 5, S_THREAD = 6, S_OTHER = 7, S_LINE = 8, S_SIGNAL_LINE = 9 };

static void call_ways(const char *name, unsigned index, unsigned op, uint64_t tag)
{
    static const nanos_t deadlines[] = {DEADLINE_POLL, SOON_NS};
    for (int slow = 0; slow <= 1; slow++)
        world_act(&(struct action){
            .name = name, .slow = slow != 0, .handle = HANDLE(index, op), .tag = tag});
    for (unsigned i = 0; i < ARRAY_LENGTH(deadlines); i++)
        world_act(&(struct action){.name = name,
                                   .handle = HANDLE(index, ENDPOINT_OP_CALL_DEADLINE),
                                   .tag = tag,
                                   .deadline = deadlines[i]});
}

static void receive_ways(const char *name, unsigned index, uint64_t tag)
{
    static const nanos_t deadlines[] = {DEADLINE_POLL, SOON_NS};
    for (int slow = 0; slow <= 1; slow++)
        world_act(&(struct action){.name = name,
                                   .slow = slow != 0,
                                   .handle = HANDLE(index, ENDPOINT_OP_RECEIVE),
                                   .tag = tag});
    for (unsigned i = 0; i < ARRAY_LENGTH(deadlines); i++)
        world_act(&(struct action){.name = name,
                                   .handle = HANDLE(index, ENDPOINT_OP_RECEIVE_DEADLINE),
                                   .tag = tag,
                                   .deadline = deadlines[i]});
}

static void time_ways(void)
{
    world_act(&(struct action){.name = "time", .kind = ACTION_TIME, .words = {SOON_NS}});
    ACT("yield", 0, SYSCALL_YIELD, 0);
    world_restarts();
}

static void thread_ways(unsigned slot)
{
    ACT("suspend", slot, THREAD_OP_SUSPEND);
    ACT("resume", slot, THREAD_OP_RESUME);
    ACT("start", slot, THREAD_OP_START, 0x1000, 0x1000, 0, 0);
    ACT("delete", SELF, TABLE_OP_DELETE, slot);
}

/* ---- calls ---- */

static void furnish_ipc(void)
{
    world_make(BOX_SLOT_MEMORY, OBJECT_TABLE, 4, 0, TABLE);
    world_make(BOX_SLOT_MEMORY, OBJECT_ENDPOINT, 0, 0, ENDPOINT);
    world_give(ENDPOINT, INIT_SLOT_TABLE, HANDLER, ENDPOINT_RIGHT_CALL, 9);
    world_give(TABLE, TABLE, SELF, 0xff, 0);
    world_give(ENDPOINT, TABLE, S_BADGED, ENDPOINT_RIGHT_CALL, 5);
    world_move(ENDPOINT, TABLE, S_ENDPOINT);
    for (uint32_t i = 0; i < 3; i++) {
        world_make(BOX_SLOT_MEMORY, OBJECT_THREAD, 0, 0, THREAD_A + i);
        world_thread(THREAD_A + i, TABLE, 0, i == 0 ? HANDLER : 0, INIT_SLOT_SCHED, 0);
        world_move(THREAD_A + i, TABLE, S_A + i);
    }
    world_rest();
}

static void fill_ipc(void)
{
    uint64_t sends = (uint64_t)S_BADGED << TAG_SEND_SLOT_SHIFT;
    uint64_t offers = (uint64_t)S_FREE << TAG_RECEIVE_SLOT_SHIFT;
    call_ways("call", S_ENDPOINT, ENDPOINT_OP_CALL, TAG(0, 1));
    call_ways("call", S_BADGED, ENDPOINT_OP_CALL, TAG(1, 0));
    receive_ways("reply and wait", S_ENDPOINT, TAG(0, 0));
    world_act(&(struct action){.name = "call with a capability",
                               .handle = HANDLE(S_ENDPOINT, ENDPOINT_OP_CALL),
                               .tag = sends | offers});
    world_act(&(struct action){.name = "reply with a capability",
                               .handle = HANDLE(S_ENDPOINT, ENDPOINT_OP_RECEIVE),
                               .tag = sends | offers});
    world_act(&(struct action){.name = "refuse, and wait",
                               .handle = HANDLE(S_ENDPOINT, ENDPOINT_OP_RECEIVE),
                               .tag = TAG(1, 0)});
    world_act(&(struct action){.name = "reply, and wait nowhere",
                               .handle = HANDLE(S_BADGED, ENDPOINT_OP_RECEIVE)});
    world_act(&(struct action){.name = "fault", .kind = ACTION_FAULT, .tag = FAULT_PAGE});
    for (unsigned slot = S_A; slot <= S_C; slot++)
        thread_ways(slot);
    ACT("limit", S_B, THREAD_OP_LIMIT_REQUEST, SOON_NS / 2);
    ACT("limit", S_B, THREAD_OP_LIMIT_REQUEST, 0);
    ACT("configure", S_B, THREAD_OP_CONFIGURE, 0, 0, S_BADGED);
    ACT("demand", S_ENDPOINT, ENDPOINT_OP_DEMAND_BUDGET, 1000);
    ACT("demand", S_ENDPOINT, ENDPOINT_OP_DEMAND_BUDGET, 0);
    ACT("delete", SELF, TABLE_OP_DELETE, S_ENDPOINT);
    ACT("revoke", SELF, TABLE_OP_REVOKE, S_ENDPOINT);
    ACT("delete", SELF, TABLE_OP_DELETE, S_BADGED);
    ACT("delete", SELF, TABLE_OP_DELETE, S_FREE);
    time_ways();
}

const struct world world_ipc = {
    .name = "ipc",
    .sentence = "every call ends in its answer, its deadline, or the death of who serves it",
    .furnish = furnish_ipc,
    .fill = fill_ipc,
    .transitions = 250000,
};

/* ---- signals ---- */

static void furnish_signal(void)
{
    world_make(BOX_SLOT_MEMORY, OBJECT_TABLE, 4, 0, TABLE);
    world_make(BOX_SLOT_MEMORY, OBJECT_ENDPOINT, 0, 0, ENDPOINT);
    world_make(BOX_SLOT_MEMORY, OBJECT_NOTIFICATION, 0, 0, NOTIFICATION);
    CALL(INIT_SLOT_IRQ_CONTROL, IRQ_CONTROL_OP_ISSUE, 1, 0, 0, INIT_SLOT_TABLE, LINE);
    world_give(TABLE, TABLE, SELF, 0xff, 0);
    world_give(NOTIFICATION, TABLE, S_SIGNAL, NOTIFICATION_RIGHT_SIGNAL, 1);
    world_give(NOTIFICATION, TABLE, S_SIGNAL_LINE, NOTIFICATION_RIGHT_SIGNAL, 4);
    world_move(ENDPOINT, TABLE, S_ENDPOINT);
    world_move(NOTIFICATION, TABLE, S_NOTIFICATION);
    world_move(LINE, TABLE, S_LINE);
    for (uint32_t i = 0; i < 2; i++) {
        world_make(BOX_SLOT_MEMORY, OBJECT_THREAD, 0, 0, THREAD_A + i);
        world_thread(THREAD_A + i, TABLE, 0, 0, INIT_SLOT_SCHED, i * 200);
        world_move(THREAD_A + i, TABLE, S_THREAD + i);
    }
    world_rest();
}

static void fill_signal(void)
{
    receive_ways("wait", S_NOTIFICATION, 0);
    receive_ways("receive", S_ENDPOINT, 0);
    call_ways("call", S_ENDPOINT, ENDPOINT_OP_CALL, TAG(0, 1));
    for (unsigned slot = S_SIGNAL; slot <= S_SIGNAL_LINE; slot += S_SIGNAL_LINE - S_SIGNAL)
        for (int slow = 0; slow <= 1; slow++)
            world_act(&(struct action){.name = "signal",
                                       .slow = slow != 0,
                                       .handle = HANDLE(slot, NOTIFICATION_OP_SIGNAL)});
    ACT("signal without a badge", S_NOTIFICATION, NOTIFICATION_OP_SIGNAL, 0);
    for (unsigned slot = S_THREAD; slot <= S_OTHER; slot++) {
        thread_ways(slot);
        ACT("bind notification", slot, THREAD_OP_BIND_NOTIFICATION, S_NOTIFICATION);
        ACT("bind notification", slot, THREAD_OP_BIND_NOTIFICATION, 0);
    }
    ACT("bind line", S_LINE, IRQ_OP_BIND, S_SIGNAL_LINE);
    ACT("bind line", S_LINE, IRQ_OP_BIND, S_SIGNAL);
    ACT("acknowledge", S_LINE, IRQ_OP_ACK, 0);
    world_act(&(struct action){.name = "line", .kind = ACTION_LINE, .words = {1}});
    for (unsigned slot = S_ENDPOINT; slot <= S_SIGNAL_LINE; slot++) {
        ACT("delete", SELF, TABLE_OP_DELETE, slot);
        ACT("revoke", SELF, TABLE_OP_REVOKE, slot);
    }
    ACT("mint", SELF, TABLE_OP_MINT, S_NOTIFICATION, SELF, S_SIGNAL_LINE, 1, 2);
    time_ways();
}

const struct world world_signal = {
    .name = "signal",
    .count_lines = 2,
    .sentence = "no signal is lost, none is made up, and no interrupt line is open that nobody has",
    .furnish = furnish_signal,
    .fill = fill_signal,
    .transitions = 250000,
};
