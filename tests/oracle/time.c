/**
 * time.c - the model's processor time.
 *
 * Time has a root, and is only divided. What a Sched and all that was split off from it use, it
 * was granted as a share of the processor; budgets are deferrable (docs/decisions/0003), so two of
 * the longest period among them may come at once. So each has a credit of nanoseconds, which grows
 * by the share up to twice the share of that period, and which all use of it or of its parts takes
 * from: a refill that is too large, or dividing and giving back that makes time, overdraws it.
 */
#include "kernel/cpu.h"
#include "tests/oracle/model.h"

/* Rounding: each division of time may make less than a nanosecond. */
#define CREDIT_SLACK_NS 1000

static uint64_t share_ns(uint64_t share, uint64_t duration)
{
    return (uint64_t)((unsigned __int128)share * duration / SCHED_UTILISATION_ONE);
}

static int64_t credit_max(const struct oracle_object *sched)
{
    return (int64_t)(2 * share_ns(sched->granted, sched->longest)) + CREDIT_SLACK_NS;
}

static bool alive(const struct oracle_object *object)
{
    return object->type == OBJECT_SCHED && object->period != 0;
}

void time_passes(struct oracle *o, nanos_t now, const struct sched *used)
{
    uint64_t passed = now - o->now;
    o->now = now;
    if (passed == 0)
        return;
    for (int i = 0; i < o->count_objects; i++) {
        struct oracle_object *sched = &o->objects[i];
        if (!alive(sched))
            continue;
        sched->credit += (int64_t)share_ns(sched->granted, passed);
        if (sched->credit > credit_max(sched))
            sched->credit = credit_max(sched);
    }
    oracle_id user = used == NULL ? ORACLE_NONE : object_find(o, &used->object);
    for (; user != ORACLE_NONE; user = o->objects[user].giver)
        o->objects[user].credit -= (int64_t)passed;
}

struct terms {
    uint64_t budget;
    uint64_t period;
    uint64_t priority;
    uint64_t share; /* rounded up */
};

static struct terms terms_at(const struct oracle *o, unsigned i)
{
    const uint64_t *words = &o->event.registers.words[i];
    struct terms terms = {.budget = words[0], .period = words[1], .priority = words[3]};
    if (terms.period != 0)
        terms.share =
            (uint64_t)(((unsigned __int128)words[0] * SCHED_UTILISATION_ONE + words[1] - 1) /
                       words[1]);
    return terms;
}

/* Two budgets of a longer period may come at once; but only the first time that it is so long. */
static void lengthen(struct oracle_object *sched, uint64_t period)
{
    if (sched->longest >= period)
        return;
    sched->credit -= credit_max(sched);
    sched->longest = period;
    sched->credit += credit_max(sched);
}

static void set_terms(struct oracle *o, oracle_id id, const struct terms *terms)
{
    struct oracle_object *sched = &o->objects[id];
    sched->share = terms->share;
    sched->budget = terms->budget;
    sched->period = terms->period;
    sched->priority = (uint32_t)terms->priority;
    for (oracle_id at = id; at != ORACLE_NONE; at = o->objects[at].giver)
        lengthen(&o->objects[at], terms->period);
}

static void check_terms(struct oracle *o, const struct oracle_object *from,
                        const struct terms *terms)
{
    if (terms->period == 0 || terms->budget > terms->period || terms->share > from->share)
        oracle_wrong(o, "more time was given than there was");
    if (terms->priority > from->priority)
        oracle_wrong(o, "a priority was given above one's own");
}

static void splits(struct oracle *o, oracle_id from)
{
    oracle_id cap = need(o, o->event.registers.words[0], OBJECT_SCHED, SCHED_RIGHT_MANAGE);
    if (cap == ORACLE_NONE)
        return;
    oracle_id child = o->caps[cap].object;
    struct terms terms = terms_at(o, 1);
    check_terms(o, &o->objects[from], &terms);
    if (child == from || o->objects[child].period != 0)
        oracle_wrong(o, "time was given to a Sched that has some");
    o->objects[from].share -= terms.share;
    o->objects[child].giver = from;
    o->objects[child].granted = terms.share;
    set_terms(o, child, &terms);
    o->objects[child].credit = credit_max(&o->objects[child]);
}

static void configures(struct oracle *o, oracle_id id)
{
    struct oracle_object *sched = &o->objects[id];
    struct terms terms = terms_at(o, 0);
    check_terms(o, sched, &terms);
    if (sched->giver == ORACLE_NONE) {
        oracle_wrong(o, "a Sched was changed that was not split off");
        return;
    }
    uint64_t less = sched->share - terms.share;
    o->objects[sched->giver].share += less;
    sched->granted -= less;
    set_terms(o, id, &terms);
}

void sched_perform(struct oracle *o, oracle_id cap, unsigned op)
{
    oracle_id sched = o->caps[cap].object;
    if (op == SCHED_OP_SPLIT)
        splits(o, sched);
    if (op == SCHED_OP_CONFIGURE)
        configures(o, sched);
    if (op != SCHED_OP_BIND)
        return;
    oracle_id thread = need(o, o->event.registers.words[0], OBJECT_THREAD, THREAD_RIGHT_MANAGE);
    if (thread != ORACLE_NONE)
        o->objects[o->caps[thread].object].home = sched;
}

/* Its share goes back; what was split off from it belongs to whom it came from. */
void sched_dies(struct oracle *o, oracle_id id)
{
    struct oracle_object *sched = &o->objects[id];
    if (sched->giver != ORACLE_NONE)
        o->objects[sched->giver].share += sched->share;
    sched->share = sched->granted = 0;
    sched->period = 0;
    for (int i = 0; i < o->count_objects; i++) {
        struct oracle_object *object = &o->objects[i];
        if (object->type == OBJECT_SCHED && object->giver == id)
            object->giver = sched->giver;
        if (object->lent == id)
            object->lent = ORACLE_NONE;
        if (object->held == id)
            object->held = ORACLE_NONE;
        if (object->home == id)
            object->home = ORACLE_NONE;
    }
    sched->giver = ORACLE_NONE;
}

static const char *sched_check(const struct oracle_object *sched)
{
    const struct sched *raw = (const struct sched *)sched->raw;
    WRONG_IF(raw->utilisation != sched->share, "a Sched has another share than it was granted");
    WRONG_IF(raw->left_ns > raw->budget_ns, "a Sched has more left than its budget");
    if (!alive(sched))
        return NULL;
    WRONG_IF(raw->period_ns != sched->period || raw->priority != sched->priority,
             "a Sched has other terms than were granted");
    WRONG_IF(raw->budget_ns > share_ns(sched->share, sched->period),
             "a Sched has a larger budget than its share");
    WRONG_IF(sched->credit < 0, "a Sched and its parts used more time than they were granted");
    return NULL;
}

static const struct sched *sched_in_use(const struct thread *raw)
{
    return cpu_first.current == raw ? cpu_first.sched : raw->sched;
}

/* @thread runs, or would, on its home, on what it was lent, or on what it had already. */
static const char *holder_check(const struct oracle *o, const struct oracle_object *thread)
{
    const struct thread *raw = (const struct thread *)thread->raw;
    const struct sched *used = sched_in_use(raw);
    bool nothing = raw->state == THREAD_RECEIVING || raw->state == THREAD_NEW || used == NULL;
    if (nothing || thread->dying)
        return NULL;
    oracle_id sched = object_find(o, &used->object);
    WRONG_IF(sched == ORACLE_NONE && cpu_first.current == raw, "a thread runs on nobody's time");
    WRONG_IF(sched != ORACLE_NONE && sched != thread->home && sched != thread->lent &&
                 sched != thread->held,
             "a thread runs on time that nobody gave it");
    return NULL;
}

const char *time_check(const struct oracle *o)
{
    uint64_t sum = 0;
    for (int i = 0; i < o->count_objects; i++) {
        const struct oracle_object *object = &o->objects[i];
        if (object->type == OBJECT_SCHED && !object->dying) {
            WRONG_PART(sched_check(object));
            sum += object->share;
        }
        if (object->type != OBJECT_THREAD)
            continue;
        WRONG_PART(holder_check(o, object));
        const struct thread *raw = (const struct thread *)object->raw;
        WRONG_IF((uint32_t)raw->floor != object->floor, "a thread has another floor than was set");
        WRONG_IF(!object->dying && object_find(o, (const struct object *)raw->home) != object->home,
                 "a thread has another home than was given");
    }
    WRONG_IF(sum > SCHED_UTILISATION_ONE, "the parts of all time are more than all time");
    return NULL;
}

uint64_t oracle_hash(const struct oracle *o)
{
    uint64_t hash = 0;
    for (int i = 0; i < o->count_objects; i++) {
        const struct oracle_object *object = &o->objects[i];
        if (object->type == 0)
            continue;
        uint64_t lent = object->lent == ORACLE_NONE ? 0 : o->objects[object->lent].base;
        uint64_t part = object->base * 0x9e3779b97f4a7c15ull ^ lent;
        part = (part ^ (uint64_t)object->credit) * 0xbf58476d1ce4e5b9ull;
        hash += (part ^ part >> 29) * 0x94d049bb133111ebull;
    }
    return hash;
}
