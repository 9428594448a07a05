/**
 * search.h - every state that a small world can come to, breadth first.
 *
 * A world is a machine with a few objects and threads, and the actions that are tried in each of
 * its states: system calls of whoever runs, faults, interrupts, time. A state is kept as the path
 * that leads to it, and told apart by a hash (box_hash, oracle_hash).
 *
 * Wherever the kernel lets interrupts in while it performs an action, one comes: the action is done
 * once undisturbed, and once for each such chance, with an interrupt there that means nothing and
 * with each line of the world.
 *
 * After every action: the oracle (tests/oracle) judges what it returned, and the TLB must hold
 * nothing that the page tables do not; for every state not met before: kernel_valid() and
 * oracle_check(). Both depend on nothing but what the hash covers.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "abi/message.h"
#include "lib/base/types.h"

enum action_kind {
    ACTION_CALL = 0,   /* a system call */
    ACTION_RESTART,    /* the running thread makes its broken-off system call again */
    ACTION_FAULT,      /* the running thread faults */
    ACTION_TIME,       /* time goes by, until the timer at most */
    ACTION_TURN,       /* the running thread's turn is over */
    ACTION_LINE,       /* a device interrupts */
    ACTION_GUEST_EXIT, /* the guest of the running thread makes a system call */
};

struct action {
    const char *name;
    enum action_kind kind;
    bool slow; /* not by the fast path, though it could */
    uint8_t count_words;
    uint64_t handle;
    uint64_t tag;
    nanos_t deadline; /* DEADLINE_POLL, DEADLINE_NEVER, or how long from now */
    uint64_t words[MESSAGE_WORDS];
};

struct world {
    const char *name;
    const char *sentence; /* what holds in it */
    void (*furnish)(void);
    void (*fill)(void);   /* calls world_act() for each action */
    uint64_t transitions; /* of the short run */
    uint32_t count_lines; /* interrupt lines that somebody may hold: the first ones */
};

/* Where an action is interrupted. */
struct interruption {
    unsigned chance; /* 1: the first one that the kernel gives; 0: nowhere */
    unsigned line;   /* 1: line 0 ...; 0: no line, it means nothing */
};

extern const struct world world_caps, world_memory, world_mapping, world_nodes, world_ipc,
    world_signal, world_sched, world_division, world_guest, world_wide_untyped, world_wide_region,
    world_wide_space, world_wide_table, world_wide_thread, world_wide_sched, world_wide_hardware,
    world_wide_messages;

/* ---- what a world's furnish() and fill() use: world.c ---- */

/** world_call - init makes a system call, which must succeed. */
void world_call(uint64_t handle, const uint64_t *words);
#define CALL(index, op, ...)                                                                       \
    world_call(HANDLE(index, op), (const uint64_t[MESSAGE_WORDS]){__VA_ARGS__})

/** world_make - retype memory of the Untyped in init's slot @from into its slot @index. */
void world_make(uint32_t from, unsigned type, uint64_t size_log2, uint64_t flags, uint32_t index);

/** world_give - mint init's @source into slot @index of the Table in its slot @table. */
void world_give(uint32_t source, uint32_t table, uint32_t index, uint64_t rights, uint64_t badge);

/** world_move - move init's @source into slot @index of the Table in its slot @table: what lives
 * only in the world's hands can die there. */
void world_move(uint32_t source, uint32_t table, uint32_t index);

/** world_thread - a started thread: Thread in init's slot @index, with a Table, Space (0: none),
 * fault endpoint (0: none), home Sched and floor. */
void world_thread(uint32_t index, uint32_t table, uint32_t space, uint32_t fault, uint32_t sched,
                  uint64_t floor);

/** world_rest - init sleeps for good. */
void world_rest(void);

/** world_act - one more action. */
void world_act(const struct action *action);

/** ACT - a system call. */
#define ACT(text, index, op, ...)                                                                  \
    world_act(&(struct action){.name = text,                                                       \
                               .handle = HANDLE(index, op),                                        \
                               .words = {__VA_ARGS__},                                             \
                               .count_words =                                                      \
                                   sizeof((uint64_t[]){__VA_ARGS__ __VA_OPT__(, ) 0}) / 8 - 1})

/** world_restarts - broken-off system calls are made again. */
void world_restarts(void);

#define WORLD_ACTIONS_MAX 16384u
extern struct action world_actions[];
extern unsigned world_count_actions;

/* ---- search.c ---- */

struct search_result {
    uint64_t states;
    uint64_t transitions;
    unsigned depth;
    double seconds;
    bool closed; /* there is nothing more */
    bool failed;
};

/** search_world - until it is closed or @transitions were made, from @checkpoint (NULL: none) on.
 * A counterexample goes to stdout. */
struct search_result search_world(const struct world *world, uint64_t transitions,
                                  const char *checkpoint);

/* ---- act.c ---- */

/** What came of an action. */
enum act_end { ACT_DONE, ACT_SLEEPS /* for ever: no state follows */, ACT_WRONG };

struct oracle;

/** act_possible - does @action make sense in the machine's state? */
bool act_possible(const struct action *action);

/** act_watch - from now on a crash of the core ends an action, and so does SIGALRM. */
void act_watch(void);

/** act_perform - perform it, watched by @oracle. @reason: what was wrong. */
enum act_end act_perform(const struct action *action, struct interruption where,
                         struct oracle *oracle, const char **reason);

/** act_chances - how many chances of an interruption the last action had. */
unsigned act_chances(void);

/** act_print - as a line of a counterexample, before it is performed. */
void act_print(const struct action *action, struct interruption where);
void act_print_result(const struct oracle *oracle);
