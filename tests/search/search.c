/**
 * search.c - breadth first, states kept as paths.
 */
#include "tests/search/search.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "kernel/space.h"
#include "tests/search/audit.h"
#include "tests/search/box.h"
#include "tests/invariants/valid.h"

#define NODES_MAX       (8u << 20)
#define SEEN_SIZE       (32u << 20) /* a power of two, four times the nodes */
#define PATH_MAX_LENGTH 4096u
#define NO_NODE         UINT32_MAX
#define CHECKPOINT_S    60.0
#define CHANCES_MAX     60u
#define IDLE_MAX        32u

/* For all actions of one state; some milliseconds are usual. */
#define STATE_SECONDS_MAX 60u

/* What leads from one state to the next. */
struct step {
    uint32_t action : 14;
    uint32_t chance : 6; /* struct interruption */
    uint32_t line : 2;
    uint32_t unused : 10;
};

/* One state: how it was reached. */
struct node {
    uint64_t hash;
    uint32_t parent;
    uint32_t depth;
    struct step step;
    uint32_t unused;
};

STATIC_ASSERT(WORLD_ACTIONS_MAX <= 1u << 14, "a step names any action");
STATIC_ASSERT(CHANCES_MAX < 1u << 6, "a step names any chance");

/* A machine, with the oracle that watched it become what it is. */
struct moment {
    uint32_t node;
    uint8_t *box;
    struct oracle oracle;
};

/* What a checkpoint keeps besides the nodes. */
struct progress {
    uint64_t world_hash; /* of the first state and the number of actions */
    uint32_t count_nodes;
    uint32_t next;
    uint64_t transitions;
    double seconds;
    uint32_t closed;
    uint32_t unused;
};

static struct {
    struct node *nodes;
    uint64_t *seen;
    struct progress progress;
    struct moment start;
    struct moment parent;
    struct moment here;
    struct oracle *oracle; /* of the machine */
    /* Steps since the machine was in the state of `here`: each led to that very state. */
    struct step idle[IDLE_MAX];
    unsigned count_idle;
    bool moved; /* the last one did not */
    double resumed_at;
    unsigned count_lines; /* that may interrupt */
    bool failed;
} search;

extern struct oracle *world_oracle;

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* True the first time. */
static bool first_seen(uint64_t hash)
{
    uint64_t key = hash == 0 ? 1 : hash;
    for (uint64_t at = key;; at++) {
        uint64_t *entry = &search.seen[at & (SEEN_SIZE - 1)];
        if (*entry == key)
            return false;
        if (*entry != 0)
            continue;
        *entry = key;
        return true;
    }
}

static void capture(struct moment *moment, uint32_t node)
{
    moment->node = node;
    box_save(moment->box);
    oracle_copy(&moment->oracle, search.oracle);
}

static void return_to(const struct moment *moment)
{
    box_restore(moment->box);
    oracle_copy(search.oracle, &moment->oracle);
}

static uint64_t state_hash(void) { return box_hash() ^ oracle_hash(search.oracle) * 31; }

/* ---- counterexamples ---- */

static enum act_end take(struct step step, const char **reason)
{
    struct interruption where = {.chance = step.chance, .line = step.line};
    return act_perform(&world_actions[step.action], where, search.oracle, reason);
}

static unsigned path_to(uint32_t node, struct step *path)
{
    unsigned length = search.nodes[node].depth;
    for (unsigned i = length; i > 0; i--) {
        path[i - 1] = search.nodes[node].step;
        node = search.nodes[node].parent;
    }
    return length;
}

static void tell(uint32_t node, struct step last, const char *reason)
{
    static struct step path[PATH_MAX_LENGTH];
    char why[256];
    snprintf(why, sizeof why, "%s", reason);
    unsigned length = path_to(node, path);
    for (unsigned i = 0; i < search.count_idle; i++)
        path[length++] = search.idle[i];
    path[length++] = last;
    search.failed = true;
    printf("# %s\n# after these %u actions:\n", why, length);
    return_to(&search.start);
    for (unsigned i = 0; i < length; i++) {
        struct interruption where = {.chance = path[i].chance, .line = path[i].line};
        act_print(&world_actions[path[i].action], where);
        if (take(path[i], &reason) == ACT_DONE)
            act_print_result(search.oracle);
        else
            printf(" -> %s\n", reason == NULL ? "everybody sleeps" : reason);
    }
}

/* ---- steps ---- */

/* Make the machine be in the state of @node: from its parent, which is often at hand. */
static void reach(uint32_t node)
{
    static struct step path[PATH_MAX_LENGTH];
    const char *reason = NULL;
    uint32_t parent = search.nodes[node].parent;
    if (parent == NO_NODE) {
        return_to(&search.start);
        return;
    }
    if (search.parent.node != parent) {
        unsigned length = path_to(parent, path);
        return_to(&search.start);
        for (unsigned i = 0; i < length; i++)
            (void)take(path[i], &reason);
        capture(&search.parent, parent);
    }
    return_to(&search.parent);
    (void)take(search.nodes[node].step, &reason);
}

/* What a processor may have in its TLB: everything that is mapped. */
static void fill_tlb(void)
{
    const struct oracle *o = search.oracle;
    for (int i = 0; i < o->count_mappings; i++) {
        const struct oracle_mapping *m = &o->mappings[i];
        const struct space *space = (const struct space *)o->objects[m->space].raw;
        paddr_t address = 0;
        (void)host_access(space->root, m->vaddr, m->rights, &address);
    }
}

static const char *judge(void)
{
    const char *reason = kernel_valid();
    return reason != NULL ? reason : oracle_check(search.oracle);
}

/* False when a counterexample was found. */
static bool try_step(uint32_t node, struct step step)
{
    const char *reason = NULL;
    search.progress.transitions++;
    fill_tlb();
    audit_before(&world_actions[step.action]);
    enum act_end end = take(step, &reason);
    search.moved = true;
    if (end == ACT_DONE)
        audit_after();
    if (end == ACT_DONE && !host_tlb_coherent())
        reason = "the TLB has what the page table has not";
    if (reason == NULL && end == ACT_DONE) {
        uint64_t hash = state_hash();
        search.moved = hash != search.nodes[node].hash;
        if (!search.moved)
            search.idle[search.count_idle++] = step;
        if (!first_seen(hash))
            return true;
        reason = judge();
        struct node *new = &search.nodes[search.progress.count_nodes++];
        *new = (struct node){
            .hash = hash, .parent = node, .step = step, .depth = search.nodes[node].depth + 1};
    }
    if (reason != NULL)
        tell(node, step, reason);
    return reason == NULL;
}

/* To the state that is expanded, unless the machine is in it still. What led there from itself
 * changed nothing that counts; so that it can be told, it is not much. */
static void go_back(void)
{
    if (!search.moved && search.count_idle < IDLE_MAX)
        return;
    return_to(&search.here);
    search.count_idle = 0;
    search.moved = false;
}

/* Undisturbed, and with an interrupt at each chance that the kernel gives. */
static bool try_action(uint32_t node, unsigned index)
{
    if (!try_step(node, (struct step){.action = index & (WORLD_ACTIONS_MAX - 1)}))
        return false;
    unsigned chances = act_chances();
    if (chances > CHANCES_MAX) {
        tell(node, (struct step){.action = index}, "it can be interrupted too often");
        return false;
    }
    for (unsigned chance = 1; chance <= chances; chance++)
        for (unsigned line = 0; line <= search.count_lines; line++) {
            go_back();
            if (!try_step(node, (struct step){.action = index, .chance = chance, .line = line}))
                return false;
        }
    return true;
}

static bool expand(uint32_t node)
{
    alarm(STATE_SECONDS_MAX);
    search.count_idle = 0;
    reach(node);
    if (state_hash() != search.nodes[node].hash) {
        tell(node, (struct step){0}, "the same path led to another state");
        return false;
    }
    capture(&search.here, node);
    search.count_idle = 0;
    search.moved = false;
    for (unsigned i = 0; i < world_count_actions; i++) {
        go_back();
        if (act_possible(&world_actions[i]) && !try_action(node, i))
            return false;
    }
    return true;
}

/* ---- checkpoints ---- */

static void keep(const char *path)
{
    char fresh[512];
    snprintf(fresh, sizeof fresh, "%s.new", path);
    FILE *file = fopen(fresh, "wb");
    size_t count = search.progress.count_nodes;
    bool kept = file != NULL && fwrite(&search.progress, sizeof search.progress, 1, file) == 1 &&
                fwrite(search.nodes, sizeof *search.nodes, count, file) == count;
    if (file == NULL || fclose(file) != 0 || !kept || rename(fresh, path) != 0) {
        perror(path);
        exit(1);
    }
}

/* Go on where the checkpoint was made; if it is of another world, begin anew. */
static void resume(const char *path)
{
    struct progress progress;
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return;
    bool same = fread(&progress, sizeof progress, 1, file) == 1 &&
                progress.world_hash == search.progress.world_hash &&
                progress.count_nodes <= NODES_MAX &&
                fread(search.nodes, sizeof *search.nodes, progress.count_nodes, file) ==
                    progress.count_nodes;
    fclose(file);
    if (!same) {
        printf("# %s is of another world: from the start\n", path);
        search.nodes[0] = (struct node){.hash = search.progress.world_hash, .parent = NO_NODE};
        return;
    }
    search.progress = progress;
    for (uint32_t i = 0; i < progress.count_nodes; i++)
        (void)first_seen(search.nodes[i].hash);
    printf("# %s: going on at %" PRIu64 " transitions\n", path, progress.transitions);
}

/* ---- a whole search ---- */

static void *reserve(size_t bytes)
{
    void *memory = calloc(1, bytes);
    if (memory == NULL) {
        printf("Bail out! no memory\n");
        exit(1);
    }
    return memory;
}

static void begin(const struct world *world)
{
    search.nodes = reserve(sizeof(struct node) * NODES_MAX);
    search.seen = reserve(sizeof(uint64_t) * SEEN_SIZE);
    search.oracle = world_oracle = reserve(sizeof(struct oracle));
    search.count_lines = world->count_lines;
    act_watch();
    box_boot();
    oracle_start(search.oracle);
    world->furnish();
    world->fill();
    box_close();
    search.start.box = reserve(box_bytes());
    search.parent.box = reserve(box_bytes());
    search.here.box = reserve(box_bytes());
    search.parent.node = NO_NODE;
    capture(&search.start, 0);
    uint64_t hash = state_hash();
    search.nodes[0] = (struct node){.hash = hash, .parent = NO_NODE};
    search.progress = (struct progress){.world_hash = hash + world_count_actions, .count_nodes = 1};
    search.nodes[0].hash = hash;
    (void)first_seen(hash);
    const char *reason = judge();
    if (reason != NULL) {
        printf("Bail out! at the start: %s\n", reason);
        exit(1);
    }
}

static void note_time(void)
{
    double now = now_s();
    search.progress.seconds += now - search.resumed_at;
    search.resumed_at = now;
}

struct search_result search_world(const struct world *world, uint64_t transitions,
                                  const char *checkpoint)
{
    struct progress *progress = &search.progress;
    begin(world);
    if (checkpoint != NULL)
        resume(checkpoint);
    search.resumed_at = now_s();
    double kept_at = search.resumed_at;
    while (progress->next < progress->count_nodes && progress->transitions < transitions &&
           progress->count_nodes + world_count_actions < NODES_MAX && !search.failed) {
        if (expand(progress->next))
            progress->next++;
        if (checkpoint == NULL || search.failed || now_s() - kept_at < CHECKPOINT_S)
            continue;
        kept_at = now_s();
        note_time();
        keep(checkpoint);
    }
    note_time();
    progress->closed = progress->next == progress->count_nodes && !search.failed;
    if (checkpoint != NULL && !search.failed)
        keep(checkpoint);
    return (struct search_result){
        .states = progress->count_nodes,
        .transitions = progress->transitions,
        .depth = search.nodes[progress->count_nodes - 1].depth,
        .seconds = progress->seconds,
        .closed = progress->closed != 0,
        .failed = search.failed,
    };
}
