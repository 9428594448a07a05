/**
 * watch.c - life and death of components.
 *
 * States (abi/component.h): RUNNING; RESTARTING until restart_ns; QUARANTINED and STOPPED until
 * somebody asks for a restart. Only a RUNNING component has anything in its memory.
 */
#include "servers/init/init.h"

#include <corm/kernel_calls.h>
#include <corm/status_name.h>
#include "abi/fault.h"
#include "lib/base/fmt.h"
#include "lib/base/string.h"
#include "sdk/ipc/invoke.h"

/* thread_inspect: what the states mean for a heartbeat (abi/object.def). */
enum { THREAD_READY = 1, THREAD_CALL_QUEUED = 2, THREAD_CALL_SERVED = 3 };

static void set_state(struct init *init, struct component *component, enum component_state state)
{
    status_entry(init, component)->state = state;
}

/** Build and start @component; if that fails, it says so, and it is not tried again: nothing has
 * changed since. */
static status_t revive(struct init *init, struct component *component)
{
    struct status_entry *entry = status_entry(init, component);
    const nanos_t now_ns = clock_now();
    status_begin(init);
    entry->generation++;
    entry->started_ns = now_ns;
    set_state(init, component, COMPONENT_RUNNING);
    status_end(init);
    component->ping_out = false;
    component->ping_ns = now_ns + component->spec->heartbeat_ns;
    const status_t status = build_component(init, component);
    status_begin(init);
    if (status != OK)
        set_state(init, component, COMPONENT_QUARANTINED);
    status_account(init);
    status_end(init);
    if (status != OK)
        report_line("%s cannot be built: %s", component->spec->name, status_name(status));
    return status;
}

/** The start of a component: what does not run now never will. */
static void start_first(struct init *init, struct component *component)
{
    const struct init_device *missing = devices_missing(init, component);
    if (missing == NULL) {
        must(revive(init, component), "building", component->spec->name);
        return;
    }
    if (component->spec->flags & COMPONENT_FLAG_ESSENTIAL)
        report_fatal("%s needs %s, which this machine does not have", component->spec->name,
                     missing->spec->name);
    set_state(init, component, COMPONENT_STOPPED);
    report_line("%s does not start: this machine has no %s", component->spec->name,
                missing->spec->name);
}

/** The device server has ended, well or not: give out what it found. */
static void start_others(struct init *init)
{
    init->started = true;
    if (init->list != NULL)
        devices_take(init);
    for (uint32_t i = 0; i < init->count_components; i++)
        if (&init->components[i] != init->finder)
            start_first(init, &init->components[i]);
}

/** Take a running @component apart. */
static void destroy(struct init *init, struct component *component, enum component_state state,
                    enum component_reason reason, uint64_t detail)
{
    struct status_entry *entry = status_entry(init, component);
    component->cpu_ns = status_cpu(component);
    build_undo(init, component);
    status_begin(init);
    set_state(init, component, state);
    entry->reason = reason;
    entry->reason_detail = detail;
    entry->cpu_ns = component->cpu_ns;
    memcpy(entry->last_words, component->shared->last_words, sizeof(entry->last_words) - 1);
    status_end(init);
}

/** rest-for-one: whoever started after @first starts again with it. */
static void take_along(struct init *init, const struct component *first)
{
    for (uint32_t i = init->count_components - 1; i > first->index; i--) {
        struct component *component = &init->components[i];
        if (status_entry(init, component)->state != COMPONENT_RUNNING)
            continue;
        destroy(init, component, COMPONENT_RESTARTING, REASON_PEER, first->index);
        status_entry(init, component)->restarts++;
        component->restart_ns = first->restart_ns;
    }
}

static const char *reason_name(enum component_reason reason)
{
    static const char *const names[] = {
        [REASON_NONE] = "nothing",         [REASON_FAULT] = "a fault",
        [REASON_EXIT] = "its exit",        [REASON_HEARTBEAT] = "a missed heartbeat",
        [REASON_KILLED] = "a kill",        [REASON_PEER] = "the death of another",
        [REASON_CHECK] = "a failed check", [REASON_OVERRUN] = "a request that took too long",
    };
    return (size_t)reason < ARRAY_LENGTH(names) && names[reason] != NULL ? names[reason] : "?";
}

/** An essential component that will not come back takes the machine along. */
static void give_up(struct init *init, struct component *component)
{
    set_state(init, component, COMPONENT_QUARANTINED);
    if (component == init->finder && !init->started)
        start_others(init);
    if (component->spec->flags & COMPONENT_FLAG_ESSENTIAL)
        report_fatal("%s, without which this system is nothing, died of %s too often: %s",
                     component->spec->name,
                     reason_name((enum component_reason)status_entry(init, component)->reason),
                     status_entry(init, component)->last_words);
    report_line("%s is in quarantine", component->spec->name);
}

void watch_died(struct init *init, struct component *component, enum component_reason reason,
                uint64_t detail)
{
    struct status_entry *entry = status_entry(init, component);
    const nanos_t now_ns = clock_now();
    destroy(init, component, COMPONENT_RESTARTING, reason, detail);
    report_line("%s, generation %u, ended by %s (0x%lx) %s", component->spec->name,
                entry->generation, reason_name(reason), detail, entry->last_words);
    const struct policy_verdict verdict =
        policy_judge(&component->history, component->spec, now_ns);
    if (!verdict.restart) {
        give_up(init, component);
    } else {
        entry->restarts++;
        component->restart_ns = now_ns + verdict.wait_ns;
        if (component->spec->policy == POLICY_REST_FOR_ONE)
            take_along(init, component);
    }
    services_wake(init);
}

void watch_revive(struct init *init, struct component *component)
{
    component->history = (struct policy_history){0};
    component->restart_ns = clock_now();
    status_entry(init, component)->restarts++;
    set_state(init, component, COMPONENT_RESTARTING);
}

/** An orderly end: the machine's, if the component is essential; else it stays away. */
static void ended(struct init *init, struct component *component, uint32_t exit_status)
{
    if (component->spec->flags & COMPONENT_FLAG_ESSENTIAL)
        power_off(false);
    destroy(init, component, COMPONENT_STOPPED, REASON_EXIT, exit_status);
    status_begin(init);
    status_account(init);
    status_end(init);
    report_line("%s has ended: %s", component->spec->name,
                status_entry(init, component)->last_words);
    if (component == init->finder && !init->started)
        start_others(init);
    services_wake(init);
}

/** A fault leaves no last words of the component's own: where it was and what it wanted are they.
 */
static void say_fault(struct component_shared *shared, const struct message *fault)
{
    fmt_buffer(shared->last_words, sizeof(shared->last_words),
               "%s 0x%lx (%lu) at pc 0x%lx, stack 0x%lx",
               tag_label(fault->tag) == FAULT_PAGE ? "page" : "trap", fault->words[0],
               fault->words[1], fault->words[2], fault->words[3]);
}

void watch_fault(struct init *init, struct component *component, const struct message *fault)
{
    struct component_shared *shared = component->shared;
    const uint32_t requested = __atomic_load_n(&shared->exit_requested, __ATOMIC_ACQUIRE);
    const uint32_t exit_status = __atomic_load_n(&shared->exit_status, __ATOMIC_RELAXED);
    if (status_entry(init, component)->state != COMPONENT_RUNNING)
        return;
    if (requested == EXIT_ORDERLY && exit_status == 0)
        ended(init, component, 0);
    else if (requested == EXIT_ORDERLY && component->spec->flags & COMPONENT_FLAG_ESSENTIAL)
        ended(init, component, exit_status);
    else if (requested == EXIT_ORDERLY)
        watch_died(init, component, REASON_EXIT, exit_status);
    else if (requested == EXIT_CHECK)
        watch_died(init, component, REASON_CHECK, 0);
    else if (tag_label(fault->tag) == FAULT_TIMEOUT)
        watch_died(init, component, REASON_OVERRUN, 0);
    else {
        say_fault(shared, fault);
        watch_died(init, component, REASON_FAULT, fault->words[0]);
    }
}

static void ping(struct component *component, nanos_t now_ns)
{
    struct component_shared *shared = component->shared;
    const uint32_t number = __atomic_load_n(&shared->ping, __ATOMIC_RELAXED) + 1;
    component->ping_out = true;
    component->ping_ns = now_ns;
    component->ping_cpu_ns = status_home_cpu(component);
    __atomic_store_n(&shared->ping, number, __ATOMIC_RELEASE);
    wake(component, PART_PING);
}

static bool answered(const struct component *component)
{
    const struct component_shared *shared = component->shared;
    return __atomic_load_n(&shared->pulse, __ATOMIC_ACQUIRE) ==
           __atomic_load_n(&shared->ping, __ATOMIC_RELAXED);
}

static bool excused(const struct component *component, nanos_t now_ns)
{
    uint64_t state, pc, sp;
    const status_t status = thread_inspect(part_slot(component, PART_THREAD), &state, &pc, &sp);
    ASSERT(status == OK);
    const struct policy_silence silence = {
        .silent_ns = now_ns - component->ping_ns,
        .consumed_ns = status_home_cpu(component) - component->ping_cpu_ns,
        .in_call = state == THREAD_CALL_QUEUED || state == THREAD_CALL_SERVED,
        .ready = state == THREAD_READY,
    };
    return policy_excused(component->spec, &silence);
}

/** The heartbeat of a running component; returns when to look again. */
static nanos_t beat(struct init *init, struct component *component, nanos_t now_ns)
{
    const nanos_t interval_ns = component->spec->heartbeat_ns;
    if (interval_ns == 0)
        return NANOS_NEVER;
    if (!component->ping_out) {
        if (now_ns < component->ping_ns)
            return component->ping_ns;
        ping(component, now_ns);
        return now_ns + interval_ns;
    }
    const nanos_t silent_ns = now_ns - component->ping_ns;
    if (silent_ns < interval_ns)
        return component->ping_ns + interval_ns;
    if (answered(component)) {
        status_entry(init, component)->cpu_ns = status_cpu(component);
        ping(component, now_ns);
    } else if (!excused(component, now_ns)) {
        watch_died(init, component, REASON_HEARTBEAT, silent_ns);
        return now_ns;
    }
    return now_ns + interval_ns;
}

nanos_t watch_tick(struct init *init)
{
    nanos_t next_ns = NANOS_NEVER;
    for (uint32_t i = 0; i < init->count_components; i++) {
        struct component *component = &init->components[i];
        const nanos_t now_ns = clock_now();
        nanos_t due_ns = NANOS_NEVER;
        if (status_entry(init, component)->state == COMPONENT_RUNNING)
            due_ns = beat(init, component, now_ns);
        if (status_entry(init, component)->state == COMPONENT_RESTARTING) {
            due_ns = component->restart_ns;
            if (due_ns <= now_ns) {
                status_ignore(revive(init, component), "it is in quarantine, which shows");
                services_wake(init);
                due_ns = clock_now(); /* come back for its heartbeat, and for who came before */
            }
        }
        if (due_ns < next_ns)
            next_ns = due_ns;
    }
    return next_ns;
}

void watch_start(struct init *init)
{
    struct status_page *page = init->status;
    page->count_components = init->count_components;
    page->boot_ns = clock_now();
    page->machine_bytes = init->boot->memory_bytes;
    page->kernel_bytes = init->boot->kernel_bytes;
    page->bundle_bytes = align_up(init->boot->bundle_bytes, PAGE_BYTES) +
                         align_up(init->boot->device_tree_bytes, PAGE_BYTES);
    page->shared_bytes = memory_given_bytes(&init->memory);
    for (uint32_t i = 0; i < init->count_components; i++) {
        struct component *component = &init->components[i];
        struct status_entry *entry = status_entry(init, component);
        memcpy(entry->name, component->spec->name, sizeof(entry->name));
        entry->memory_bytes = BIT(component->memory_log2);
        if (component->objects_log2 > 0)
            entry->memory_bytes += BIT(component->objects_log2);
        for (uint32_t piece = 0; component->takes_rest && piece < init->count_rest; piece++)
            entry->memory_bytes += BIT(init->rest[piece].size_log2);
        page->shared_bytes -= entry->memory_bytes;
        entry->state = COMPONENT_RESTARTING;
        component->restart_ns = NANOS_NEVER;
    }
    if (init->finder != NULL)
        start_first(init, init->finder);
    else
        start_others(init);
}
