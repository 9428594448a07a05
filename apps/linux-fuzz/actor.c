/*
 * actor.c - see actor.h.
 *
 * Nothing here relies on the process being whole: its memory, its descriptors and its signal
 * handlers change under it. It may die at any moment, and somebody else starts the next one.
 */
#include "apps/linux-fuzz/actor.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "apps/linux-fuzz/belongings.h"
#include "apps/linux-fuzz/calls.h"
#include "apps/linux-fuzz/owned.h"
#include "apps/linux-fuzz/raw.h"
#include "apps/linux-fuzz/report.h"
#include "apps/linux-fuzz/sequence.h"
#include "apps/linux-fuzz/trap.h"

#define CALL_NUMBERS    470 /* all, and a few beyond */
#define CHILD_CALLS     40
#define SECRET_EVERY    100
#define PROCESSES_MAX   120
#define MEMORY_MAX      (64ull << 20)
#define FILE_MAX        (1ull << 20)
#define STACK_THREAD    (64 * 1024)
#define DISTURBER_BURST 200
#define BEFORE_BYTES    1024   /* of the workspace, to be compared after a call */
#define DISTURBER_SLEEP 200000 /* ns */

static struct {
    struct actor_plan plan;
    uint32_t births; /* of threads and children: each has a stream of its own */
    unsigned weights;
} self;

/* ---- one call -------------------------------------------------------------------------------- */

static uint64_t argument(struct values *values, const struct call *call, unsigned index,
                         unsigned *seen)
{
    enum value_kind kind = call->arguments[index];
    const uint64_t *set = call->set;
    unsigned count = call->count;

    if (kind != V_SET && kind != V_ONE && kind != V_CONST)
        return value_make(values, kind, NULL, 0);
    if (call->second != 0 && *seen == 0)
        count = call->second;
    if (call->second != 0 && *seen != 0) {
        set += call->second;
        count -= call->second;
    }
    ++*seen;
    return value_make(values, kind, set, count);
}

static bool reaches_others(long number)
{
    static const long numbers[] = {
        SYS_kill,
        SYS_tkill,
        SYS_tgkill,
        SYS_rt_sigqueueinfo,
        SYS_prlimit64,
        SYS_setpriority,
        SYS_rt_tgsigqueueinfo,
        SYS_pidfd_send_signal,
        SYS_process_vm_readv,
        SYS_process_vm_writev,
        SYS_ptrace,
        SYS_mount,
        SYS_umount2,
        SYS_reboot,
        SYS_pidfd_getfd,
        SYS_pivot_root,
    };
    for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        if (numbers[i] == number)
            return true;
    return false;
}

static bool makes_ipc(long number)
{
    return number == SYS_shmget || number == SYS_semget || number == SYS_msgget;
}

static bool uses_ipc(long number)
{
    return number == SYS_shmat || number == SYS_shmctl || number == SYS_semop ||
           number == SYS_semtimedop || number == SYS_semctl || number == SYS_msgsnd ||
           number == SYS_msgrcv || number == SYS_msgctl;
}

/* An abstract address without a name. */
#define NAMELESS_BYTES (offsetof(struct sockaddr_un, sun_path) + 1)

/* Families share nothing, so nobody offers anything to all; and root harms only itself. */
static bool allowed(long number, uint64_t a[6])
{
    if (makes_ipc(number) && value_is_root())
        a[0] = IPC_PRIVATE; /* by a key it would get what is another family's */
    if (uses_ipc(number) && !value_is_kept_ipc((int)a[0]) && value_is_root())
        return false;
    if (number == SYS_shmget)
        a[2] &= ~077ull;
    if (number == SYS_msgget)
        a[1] &= ~077ull;
    if (number == SYS_semget)
        a[2] &= ~077ull;
    if ((number == SYS_shmctl && a[1] != IPC_RMID && (uint32_t)a[1] != IPC_STAT) ||
        number == SYS_msgctl || number == SYS_semctl)
        return (uint32_t)a[1] != IPC_SET && (uint32_t)a[2] != IPC_SET;
    if (number == SYS_bind)
        return a[2] != NAMELESS_BYTES; /* anybody could send to it */
    if (number == SYS_sethostname || number == SYS_setdomainname)
        return a[1] < sizeof(uint64_t); /* what root's family writes there, all see */
    if (number == SYS_chroot)
        return !value_is_root(); /* it leads out of a jail that one is in */
    if (number == SYS_exit_group || number == SYS_exit)
        return a[0] % 4 == 0;
    if (number == SYS_rt_sigreturn)
        return a[0] % 8 == 0;
    return !reaches_others(number) || (!value_is_root() && !report->unprotected);
}

static void keep_pair(const uint64_t a[6], enum value_kind kind)
{
    const uint64_t at = a[3] ? a[3] : a[0];
    int32_t pair[2];

    if (at >= WORKSPACE_AT && at < ARENA_AT + 20 * PAGE) {
        memcpy(pair, (const void *)at, sizeof(pair));
        value_keep_of_kind(kind, pair[0]);
        value_keep_of_kind(kind, pair[1]);
    }
}

static void keep(const struct call *call, const uint64_t a[6], long result)
{
    if (!call || result < 0)
        return;
    switch ((enum call_gives)call->gives) {
    case GIVES_NOTHING:
        break;
    case GIVES_MAP:
        value_keep_map((uint64_t)result);
        break;
    case GIVES_CHILD:
        value_keep_child((int)result);
        break;
    case GIVES_IPC:
        value_keep_ipc((int)result);
        break;
    case GIVES_PAIR:
        keep_pair(a, V_PIPE);
        break;
    case GIVES_SOCKET_PAIR:
        keep_pair(a, V_SOCKET);
        break;
    case GIVES_DESCRIPTOR:
        value_keep_descriptor((int)result);
        break;
    default:
        value_keep_of_kind(V_SOCKET + call->gives - GIVES_SOCKET, (int)result);
        break;
    }
}

static bool makes_thread(long number)
{
    return number == SYS_fork || number == SYS_vfork || number == SYS_clone || number == SYS_clone3;
}

/* A child in the same memory needs a stack, and who shares one with its parent waits for nobody. */
static void mend_clone(struct values *values, long number, uint64_t a[6])
{
    if (number == SYS_clone && a[0] & CLONE_VM)
        a[1] = STACKS_AT + (1 + random_below(&values->random, STACKS)) * STACK_BYTES;
}

/* Sets of signals, any bits of a word: it may look like an address. */
static bool gives_signals(long number)
{
    return number == SYS_rt_sigprocmask || number == SYS_rt_sigpending ||
           number == SYS_rt_sigaction;
}

/* What was just mapped holds nobody's words. Another thread may have unmapped it: so ends this. */
static void check_fresh(long number, const uint64_t a[6], long result)
{
    if (result <= 0)
        return;
    if (number == SYS_mmap && a[2] & PROT_READ && a[3] & MAP_ANONYMOUS && a[1] >= PAGE)
        owned_check((const void *)result, PAGE, "mapped by call", (uint64_t)number);
    if (number == SYS_shmat)
        owned_check((const void *)result, PAGE, "mapped by call", (uint64_t)number);
}

static void one_call(struct values *values)
{
    const struct call *call = NULL;
    uint64_t a[6] = {0};
    unsigned seen = 0;
    long number;
    char before[BEFORE_BYTES] __attribute__((aligned(8)));
    size_t looked_at;

    value_begin(values);
    if (random_percent(&values->random, 97)) {
        call = call_at((unsigned)random_below(&values->random, self.weights));
        number = call->number;
        for (unsigned i = 0; i < 6; i++)
            a[i] = argument(values, call, i, &seen);
    } else {
        number = (long)random_below(&values->random, CALL_NUMBERS);
        for (unsigned i = 0; i < 6; i++)
            a[i] = value_make(values, random_below(&values->random, V_KINDS), a, 1);
    }
    if (!allowed(number, a))
        return;
    report_count(&report->calls);
    mend_clone(values, number, a);
    looked_at = values->used < sizeof(before) ? values->used : sizeof(before);
    memcpy(before, values->workspace, looked_at);
    long result = makes_thread(number) ? raw_clone(number, a) : raw_call(number, a);
    keep(call, a, result);
    owned_check(values->workspace, values->used, "given out by call", (uint64_t)number);
    if (!gives_signals(number))
        owned_check_addresses(values->workspace, before, looked_at, (uint64_t)number);
    check_fresh(number, a, result);
}

/* A program that starts over in fresh memory, and must find nobody's words in it. */
static void execute_in_child(struct random *random)
{
    char seed[24], number[24], family[8];
    const char *arguments[] = {ACTOR_PROGRAM, ACTOR_OPTION, seed, number, family, NULL};

    snprintf(seed, sizeof(seed), "%lu", self.plan.seed);
    snprintf(number, sizeof(number), "%lu", random_below(random, 1u << 30));
    snprintf(family, sizeof(family), "%u", self.plan.family);
    long child = RAW(SYS_fork, 0);
    if (child != 0)
        return;
    RAW(SYS_execve, (uint64_t)ACTOR_PROGRAM, (uint64_t)arguments, 0);
    RAW(SYS_exit_group, 1);
}

static void many_calls(uint64_t births, unsigned count)
{
    struct values values = {
        .random = random_stream(self.plan.seed, self.plan.number << 20 | births, self.plan.family),
        .workspace = (char *)WORKSPACE_AT + births % WORKSPACE_THREADS * WORKSPACE_BYTES};

    for (unsigned i = 0; i < count; i++) {
        one_call(&values);
        if (i % SECRET_EVERY == SECRET_EVERY - 1) {
            owned_check_secret();
            owned_check(values.workspace, WORKSPACE_BYTES, "workspace", births);
        }
        if (random_percent(&values.random, 1))
            trap_in_child(&values.random);
        else if (random_percent(&values.random, 1))
            sequence_in_child(&values.random);
        else if (random_percent(&values.random, 1))
            execute_in_child(&values.random);
    }
}

/* Where clone's children come out, on some stack, with some TLS. */
__attribute__((noreturn)) void actor_child(void);
void actor_child(void)
{
    report_count(&report->children);
    uint32_t births = __atomic_add_fetch(&self.births, 1, __ATOMIC_RELAXED);
    many_calls(births + (uint64_t)RAW(SYS_gettid, 0) * 64, CHILD_CALLS);
    for (;;)
        RAW(SYS_exit, births);
}

/* ---- threads -----------------------------------------------------------------------------------
 */

static void *actor_thread(void *context)
{
    (void)context;
    many_calls(__atomic_add_fetch(&self.births, 1, __ATOMIC_RELAXED), UINT32_MAX);
    return NULL;
}

/* Writes over the arguments of all threads while they are used. */
static void *disturber(void *context)
{
    struct random random = random_stream(self.plan.seed, self.plan.number, 77);
    const uint64_t pause[2] = {0, DISTURBER_SLEEP};
    uint64_t *words = (uint64_t *)WORKSPACE_AT;

    (void)context;
    for (;;) {
        for (unsigned i = 0; i < DISTURBER_BURST; i++) {
            uint64_t thread = random_below(&random, self.plan.threads + 1);
            uint64_t word = thread * WORKSPACE_BYTES / 8 + random_below(&random, 64);
            words[word] = random_percent(&random, 50) ? random_number(&random)
                                                      : words[word ^ 1] + random_below(&random, 3);
        }
        RAW(SYS_nanosleep, (uint64_t)pause, 0);
    }
    return NULL;
}

static void start_thread(void *(*run)(void *context))
{
    pthread_attr_t attributes;
    pthread_t thread;

    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_THREAD);
    if (pthread_create(&thread, &attributes, run, NULL) == 0)
        pthread_detach(thread);
}

/* ---- becoming an actor
 * --------------------------------------------------------------------------- */

static void take_limit(int resource, uint64_t most)
{
    const struct rlimit limit = {most, most};
    setrlimit((__rlimit_resource_t)resource, &limit);
}

/* Returns false if it cannot: then nothing may be tried. */
static bool leave_root(uint16_t family)
{
    char folder[32];
    unsigned user = ACTOR_USER_FIRST + family;

    snprintf(folder, sizeof(folder), "/tmp/%u", family);
    if (chdir(family == ACTOR_ROOT ? "/" : folder) < 0) /* root's is in its jail */
        return false;
    return family == ACTOR_ROOT || geteuid() == user ||
           (setgroups(0, NULL) == 0 && setresgid(user, user, user) == 0 &&
            setresuid(user, user, user) == 0);
}

static void start_with_nothing_open(void)
{
    for (int i = 0; i < 64; i++)
        close(i);
    for (int i = 0; i < 3; i++)
        if (open("/dev/null", O_RDWR) < 0)
            return;
}

void actor_run(const struct actor_plan *plan)
{
    self.plan = *plan;
    self.weights = call_weights();
    owned_by = plan->family;
    start_with_nothing_open();
    take_limit(RLIMIT_NPROC, PROCESSES_MAX);
    take_limit(RLIMIT_AS, MEMORY_MAX);
    take_limit(RLIMIT_FSIZE, FILE_MAX);
    if (!leave_root(plan->family) || !owned_make_secret() || !value_make_arena())
        _exit(1);
    trap_install(plan->seed + plan->number);
    belongings_open();
    for (unsigned i = 1; i < plan->threads; i++)
        start_thread(actor_thread);
    if (plan->disturbed)
        start_thread(disturber);
    many_calls(0, plan->calls);
    owned_check_secret();
    _exit(0);
}

/* ---- by way of execve --------------------------------------------------------------------------
 */

void actor_run_again(char **arguments)
{
    struct actor_plan plan = {.threads = 1, .calls = CHILD_CALLS};

    if (!arguments[0] || !arguments[1] || !arguments[2] || !report_attach())
        _exit(1);
    plan.seed = strtoull(arguments[0], NULL, 10);
    plan.number = strtoull(arguments[1], NULL, 10);
    plan.family = (uint16_t)strtoul(arguments[2], NULL, 10);
    report_count(&report->execs);
    actor_run(&plan);
}
