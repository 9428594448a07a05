/*
 * cpu_timer.c - see cpu_timer.h.
 */
#include "servers/linux/cpu_timer.h"

#include "servers/linux/clock.h"
#include "servers/linux/process.h"
#include "servers/linux/signal.h"

/* A number below 0 says whose clock it is: ~id in the upper 29 bits, then these
   (include/linux/posix-timers.h calls them CPUCLOCK_). */
#define NUMBER_ID_SHIFT  3
#define NUMBER_OF_THREAD 4u
#define NUMBER_KIND      3u

enum number_kind { KIND_ALL, KIND_USER, KIND_EXACT };

static unsigned armed_count; /* of all processes: mostly there is nothing to look at */

/* ---- clocks ------------------------------------------------------------------------------- */

bool clock_is_of_cpu(uint64_t number)
{
    return number == CLOCK_PROCESS_CPUTIME_ID || number == CLOCK_THREAD_CPUTIME_ID ||
           (int32_t)(uint32_t)number < 0;
}

static int find_thread(int id, struct cpu_clock *clock)
{
    struct process *self = process_current();
    const struct thread *thread = id == 0 ? thread_self() : thread_find(id);

    if (!thread || thread->process != self)
        return -EINVAL;
    clock->process = self;
    clock->thread_id = thread->tid;
    return 0;
}

static int find_process(int id, struct cpu_clock *clock)
{
    clock->process = id == 0 ? process_current() : process_find(id);
    clock->thread_id = 0;
    return clock->process ? 0 : -EINVAL;
}

int cpu_clock_find(uint64_t number, struct cpu_clock *clock)
{
    const uint32_t bits = (uint32_t)number;

    clock->user_only = false;
    if (number == CLOCK_PROCESS_CPUTIME_ID)
        return find_process(0, clock);
    if (number == CLOCK_THREAD_CPUTIME_ID)
        return find_thread(0, clock);
    const int id = ~((int32_t)bits >> NUMBER_ID_SHIFT);
    const enum number_kind kind = bits & NUMBER_KIND;
    if (!clock_is_of_cpu(number) || kind > KIND_EXACT)
        return -EINVAL;
    clock->user_only = kind == KIND_USER;
    return bits & NUMBER_OF_THREAD ? find_thread(id, clock) : find_process(id, clock);
}

static nanos_t time_in(const struct usage *usage, bool user_only)
{
    return user_only ? usage->user_ns : usage->user_ns + usage->system_ns;
}

nanos_t cpu_clock_now(const struct cpu_clock *clock)
{
    struct usage usage;

    if (clock->thread_id == 0) {
        usage = usage_of_process(clock->process);
    } else {
        struct thread *thread = thread_find(clock->thread_id);
        if (!thread || thread->process != clock->process)
            return 0;
        usage = usage_of_thread(thread);
    }
    return time_in(&usage, clock->user_only);
}

/* ---- timers ------------------------------------------------------------------------------- */

void cpu_timer_disarm(struct cpu_timer *timer)
{
    if (!list_linked(&timer->link))
        return;
    list_remove(&timer->link);
    armed_count--;
}

void cpu_timer_arm_again(struct cpu_timer *timer, nanos_t expires_ns)
{
    if (timer->clock.process->state != PROCESS_ALIVE)
        return;
    timer->expires_ns = expires_ns;
    list_push_back(&timer->clock.process->cpu_timers, &timer->link);
    armed_count++;
}

void cpu_timer_arm(struct cpu_timer *timer, nanos_t expires_ns)
{
    cpu_timer_disarm(timer);
    nanos_t now_ns = cpu_clock_now(&timer->clock);
    timer->expires_ns = expires_ns;
    if (now_ns < expires_ns)
        cpu_timer_arm_again(timer, expires_ns);
    else if (timer->clock.process->state == PROCESS_ALIVE)
        timer->fire(timer, now_ns);
}

nanos_t cpu_timer_left(const struct cpu_timer *timer)
{
    if (!list_linked(&timer->link))
        return 0;
    nanos_t now_ns = cpu_clock_now(&timer->clock);
    return timer->expires_ns > now_ns ? timer->expires_ns - now_ns : 1;
}

void cpu_timers_end(struct process *process)
{
    list_for_each_removable (link, &process->cpu_timers)
        cpu_timer_disarm(list_entry(link, struct cpu_timer, link));
}

void cpu_timers_end_thread(struct process *process, int thread_id)
{
    list_for_each_removable (link, &process->cpu_timers) {
        struct cpu_timer *timer = list_entry(link, struct cpu_timer, link);
        if (timer->clock.thread_id == thread_id)
            cpu_timer_disarm(timer);
    }
}

/* First all that are due, then each once: one that is armed again waits for the next look, however
   short its interval is. */
static void look_at(struct process *process)
{
    const struct usage usage = usage_of_process(process);
    struct list due, *link;

    list_init(&due);
    list_for_each_removable (member, &process->cpu_timers) {
        struct cpu_timer *timer = list_entry(member, struct cpu_timer, link);
        nanos_t now_ns = timer->clock.thread_id ? cpu_clock_now(&timer->clock)
                                                : time_in(&usage, timer->clock.user_only);
        if (now_ns < timer->expires_ns)
            continue;
        list_remove(member);
        list_push_back(&due, member);
    }
    while ((link = list_first(&due))) {
        struct cpu_timer *timer = list_entry(link, struct cpu_timer, link);
        cpu_timer_disarm(timer);
        timer->fire(timer, cpu_clock_now(&timer->clock));
    }
}

void cpu_timers_look(void)
{
    if (armed_count == 0)
        return;
    list_for_each (link, &process_list) {
        struct process *process = list_entry(link, struct process, all_link);
        if (!list_empty(&process->cpu_timers))
            look_at(process);
    }
}

/* ---- the limit ---------------------------------------------------------------------------- */

static void send(struct process *process, int signo)
{
    const struct signal_info info = {.signo = signo, .code = SI_KERNEL, .kind = INFO_KILL};
    signal_send_to_process(process, &info);
}

static nanos_t of_seconds(uint64_t seconds)
{
    return seconds > NANOS_NEVER / NANOS_PER_S - 1 ? NANOS_NEVER - 1 : seconds * NANOS_PER_S;
}

void cpu_limit_changed(struct process *process)
{
    const struct rlimit *limit = &process->limits[RLIMIT_CPU];

    cpu_timer_disarm(&process->limit_timer);
    if (limit->soft != RLIM_INFINITY)
        cpu_timer_arm_again(&process->limit_timer, of_seconds(limit->soft));
}

/* A warning a second, and each raises the soft limit by one, until the hard one ends it. */
static void limit_fire(struct cpu_timer *timer, nanos_t now_ns)
{
    struct process *process = timer->clock.process;
    struct rlimit *limit = &process->limits[RLIMIT_CPU];

    if (limit->hard != RLIM_INFINITY && now_ns >= of_seconds(limit->hard)) {
        send(process, SIGKILL);
        return;
    }
    send(process, SIGXCPU);
    limit->soft++;
    cpu_limit_changed(process);
}

void cpu_timers_init(struct process *process)
{
    list_init(&process->cpu_timers);
    process->limit_timer = (struct cpu_timer){.clock = {.process = process}, .fire = limit_fire};
    cpu_limit_changed(process);
}
