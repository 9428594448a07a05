/*
 * wait.c - a plugin for QEMU that counts for how many instructions of the kernel lock's holders the
 * other processors wait for it.
 *
 *     -plugin wait.so,out=FILE,take=PLACES,release=PLACES,wait=ADDRESS,waited=PLACES,
 *             kernel=ADDRESS,skip=ADDRESS+ADDRESS
 *
 * PLACES are instructions, ADDRESS+ADDRESS...: those that try to take the lock, and those that
 * release it. A wait is from `wait` to one of `waited`, which ends with the lock taken. FILE is
 * struct counts, little-endian, true at every moment.
 *
 * A section is what a processor runs from taking the lock to releasing it. Of each, the waiting
 * ones count what comes after they began to wait. Instructions below `kernel` are not counted, and
 * none between the two of `skip`, where a holder turns round and round until others have seen its
 * interrupt: how often, the host decides.
 *
 * A processor that the host does not run cannot say that it wants the lock, and others take it time
 * and again: as no processor of a real machine stands still, whoever takes the lock lets the
 * waiting ones run some instructions first. Where the host does not, the wait is put down as
 * disturbed and not measured.
 */
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>

#include "options.h"
#include "plugin.h"

enum {
    PROCESSORS_MAX = 32,
    STEPS = 24,       /* instructions in which who begins to wait has said so */
    PATIENCE = 10000, /* times that the host is asked to run somebody else */
};

struct counts {
    uint64_t disturbed;       /* waits */
    uint64_t waits;           /* the others: in them */
    uint64_t insn;            /* of holders, in all together */
    uint64_t longest_wait;    /* instructions of holders */
    uint64_t longest_section; /* of one holder, from when somebody waited */
    uint64_t most_sections;   /* in one wait */
};

/* A processor changes its own `insn` alone; the rest belongs to who has the mutex. */
static struct processor {
    uint64_t insn;     /* that it ran in the kernel */
    uint64_t taken_at; /* its `insn` when it last may have taken the lock */
    bool waits;
    bool disturbed;                    /* this wait */
    uint64_t seen_at;                  /* its `insn` when somebody else tried to take the lock */
    uint64_t waited_insn;              /* in this wait, of holders */
    uint64_t sections;                 /* likewise */
    uint64_t began_at[PROCESSORS_MAX]; /* `insn` of each when this wait began */
} processors[PROCESSORS_MAX];

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct places take, release, wait, waited, kernel, skip;
static struct counts *counts;

static void at_least(uint64_t *most, uint64_t value)
{
    if (*most < value)
        *most = value;
}

static uint64_t ran(unsigned processor)
{
    return __atomic_load_n(&processors[processor].insn, __ATOMIC_RELAXED);
}

static void on_insn(unsigned processor, void *data)
{
    (void)data;
    __atomic_store_n(&processors[processor].insn, ran(processor) + 1, __ATOMIC_RELAXED);
}

/* Has the host run all that wait since the lock was last tried? */
static bool all_ran(void)
{
    bool all = true;
    pthread_mutex_lock(&mutex);
    for (unsigned i = 0; i < PROCESSORS_MAX; i++)
        if (processors[i].waits && ran(i) - processors[i].seen_at < STEPS)
            all = false;
    pthread_mutex_unlock(&mutex);
    return all;
}

static void on_take(unsigned processor, void *data)
{
    unsigned tries = 0;
    (void)data;
    while (!all_ran() && tries < PATIENCE) {
        tries++;
        sched_yield();
    }
    pthread_mutex_lock(&mutex);
    for (unsigned i = 0; i < PROCESSORS_MAX; i++) {
        processors[i].disturbed = processors[i].disturbed || tries == PATIENCE;
        processors[i].seen_at = ran(i);
    }
    processors[processor].taken_at = ran(processor);
    pthread_mutex_unlock(&mutex);
}

static void on_wait(unsigned processor, void *data)
{
    struct processor *own = &processors[processor];
    (void)data;
    pthread_mutex_lock(&mutex);
    own->waits = true;
    own->disturbed = false;
    own->seen_at = ran(processor);
    own->waited_insn = own->sections = 0;
    for (unsigned i = 0; i < PROCESSORS_MAX; i++)
        own->began_at[i] = ran(i);
    pthread_mutex_unlock(&mutex);
}

static void on_waited(unsigned processor, void *data)
{
    struct processor *own = &processors[processor];
    (void)data;
    pthread_mutex_lock(&mutex);
    own->taken_at = ran(processor);
    own->waits = false;
    if (own->disturbed) {
        counts->disturbed++;
    } else {
        counts->waits++;
        counts->insn += own->waited_insn;
        at_least(&counts->longest_wait, own->waited_insn);
        at_least(&counts->most_sections, own->sections);
    }
    pthread_mutex_unlock(&mutex);
}

static void on_release(unsigned processor, void *data)
{
    (void)data;
    pthread_mutex_lock(&mutex);
    for (unsigned i = 0; i < PROCESSORS_MAX; i++) {
        struct processor *other = &processors[i];
        if (!other->waits)
            continue;
        uint64_t from = processors[processor].taken_at;
        at_least(&from, other->began_at[processor]);
        uint64_t section = ran(processor) - from;
        other->waited_insn += section;
        other->sections++;
        at_least(&counts->longest_section, section);
    }
    pthread_mutex_unlock(&mutex);
}

static void on_translate(plugin_id id, struct qemu_plugin_tb *tb)
{
    static const struct {
        const struct places *places;
        void (*callback)(unsigned, void *);
    } events[] = {{&take, on_take}, {&release, on_release}, {&wait, on_wait}, {&waited, on_waited}};

    (void)id;
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        uint64_t address = qemu_plugin_insn_vaddr(insn);
        if (address < kernel.at[0])
            continue;
        if (address < skip.at[0] || address >= skip.at[1])
            qemu_plugin_register_vcpu_insn_exec_cb(insn, on_insn, NO_REGISTERS, NULL);
        for (size_t e = 0; e < sizeof(events) / sizeof(events[0]); e++)
            if (is_place(events[e].places, address))
                qemu_plugin_register_vcpu_insn_exec_cb(insn, events[e].callback, NO_REGISTERS,
                                                       NULL);
    }
}

int qemu_plugin_install(plugin_id id, const struct qemu_info *info, int argc, char **argv)
{
    static const struct {
        const char *name;
        struct places *places;
    } options[] = {{"take", &take},     {"release", &release}, {"wait", &wait},
                   {"waited", &waited}, {"kernel", &kernel},   {"skip", &skip}};
    bool good = true;

    (void)info;
    for (int i = 0; i < argc; i++) {
        const char *text = option(argv[i], "out");
        bool known = text != NULL;
        if (known)
            counts = open_counts(text, sizeof(*counts));
        for (size_t o = 0; o < sizeof(options) / sizeof(options[0]); o++)
            if ((text = option(argv[i], options[o].name)) != NULL)
                known = read_places(text, options[o].places);
        good = good && known;
    }
    if (!good || counts == NULL || take.count == 0 || release.count == 0 || wait.count != 1 ||
        waited.count == 0 || kernel.count != 1 || skip.count != 2) {
        fprintf(stderr, "wait.so: out=FILE, take=, release=, wait=, waited=, kernel= and skip= are "
                        "needed\n");
        return -1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
    return 0;
}
