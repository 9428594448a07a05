/**
 * world.c - furnishing a world: init builds it with system calls, as it does at every boot.
 */
#include "tests/search/search.h"

#include <corm/object.h>
#include <corm/operations.h>
#include <corm/status.h>
#include <stdlib.h>

#include "kernel/cpu.h"
#include "tests/search/box.h"

#define START 0x1000ull

struct action world_actions[WORLD_ACTIONS_MAX];
unsigned world_count_actions;
struct oracle *world_oracle;

static void stop(const char *what, const char *reason)
{
    printf("Bail out! %s: %s\n", what, reason == NULL ? "refused" : reason);
    exit(1);
}

void world_call(uint64_t handle, const uint64_t *words)
{
    struct action action = {.kind = ACTION_CALL, .handle = handle, .deadline = DEADLINE_NEVER};
    const struct thread *caller = cpu_first.current;
    const char *reason = NULL;
    for (unsigned i = 0; i < MESSAGE_WORDS; i++)
        action.words[i] = words[i];
    enum act_end end = act_perform(&action, (struct interruption){0, 0}, world_oracle, &reason);
    uint64_t status = caller->context.in_syscall ? caller->result : caller->context.seen_result;
    if (end != ACT_DONE || status != OK)
        stop("the world cannot be furnished", reason);
    reason = oracle_check(world_oracle);
    if (reason != NULL)
        stop("the world cannot be furnished", reason);
}

void world_make(uint32_t from, unsigned type, uint64_t size_log2, uint64_t flags, uint32_t index)
{
    CALL(from, UNTYPED_OP_RETYPE, type, size_log2, flags, INIT_SLOT_TABLE, index);
}

void world_give(uint32_t source, uint32_t table, uint32_t index, uint64_t rights, uint64_t badge)
{
    CALL(INIT_SLOT_TABLE, TABLE_OP_MINT, source, table, index, rights, badge);
}

void world_move(uint32_t source, uint32_t table, uint32_t index)
{
    CALL(INIT_SLOT_TABLE, TABLE_OP_MOVE, source, table, index);
}

void world_thread(uint32_t index, uint32_t table, uint32_t space, uint32_t fault, uint32_t sched,
                  uint64_t floor)
{
    CALL(index, THREAD_OP_CONFIGURE, table, space, fault);
    CALL(sched, SCHED_OP_BIND, index);
    CALL(index, THREAD_OP_SET_FLOOR, INIT_SLOT_SCHED, floor);
    CALL(index, THREAD_OP_START, START, START, 0, 0);
}

void world_rest(void) { CALL(INIT_SLOT_THREAD, THREAD_OP_SUSPEND); }

void world_act(const struct action *action)
{
    if (world_count_actions == WORLD_ACTIONS_MAX)
        stop("the world", "has more actions than there may be");
    world_actions[world_count_actions++] = *action;
}

void world_restarts(void)
{
    world_act(&(struct action){.name = "restart", .kind = ACTION_RESTART});
    world_act(&(struct action){.name = "the turn is over", .kind = ACTION_TURN});
}
