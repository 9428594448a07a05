/**
 * main.c - the judge of systems/recovery.toml and systems/world-kills.toml.
 */
#include "apps/recovery/recovery.h"

#include "lib/base/string.h"
#include "sdk/ipc/invoke.h"
#include "sdk/rt/component.h"
#include "sdk/rt/log.h"
#include "sdk/rt/time.h"

#define ANSWER_NS (20 * NANOS_PER_S)
#define LOOK_NS   (1 * NANOS_PER_MS)
#define DRAIN_NS  (5 * NANOS_PER_S) /* for the console to write it all out */

static unsigned count_judged;
static unsigned count_failed;

/** Let others run for a moment; pings are answered meanwhile. */
static void wait_a_moment(void)
{
    notification_wait(SLOT_NOTIFICATION, time_now() + LOOK_NS);
    log_update();
    heartbeat_answer();
}

void judge(bool passed, const char *sentence, const char *about)
{
    count_judged++;
    count_failed += !passed;
    log_drain(time_now() + DRAIN_NS);
    log_line("%sok %u - %s (%s)", passed ? "" : "not ", count_judged, sentence, about);
}

uint32_t component_named(const char *name)
{
    const struct status_page *page = component_status();
    for (uint32_t i = 0; i < page->count_components; i++)
        if (strncmp(page->components[i].name, name, COMPONENT_NAME_BYTES) == 0)
            return i;
    return COMPONENTS_NONE;
}

/** Copy @size bytes of the status page, again and again until init did not write meanwhile. */
static void read_consistent(void *to, const void *from, size_t size)
{
    const struct status_page *page = component_status();
    for (;;) {
        const uint32_t before = __atomic_load_n(&page->sequence, __ATOMIC_ACQUIRE);
        memcpy(to, from, size);
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        if (!(before & 1) && __atomic_load_n(&page->sequence, __ATOMIC_RELAXED) == before)
            return;
        ipc_yield();
    }
}

struct books books_read(void)
{
    struct status_page page;
    read_consistent(&page, component_status(), offsetof(struct status_page, components));
    return (struct books){page.free_bytes, page.free_slots, page.count_objects,
                          page.free_memory_bytes};
}

void judge_books(const struct books *before, const struct books *after, const char *about)
{
    const bool equal = memcmp(before, after, sizeof(*before)) == 0;
    judge(equal, "no byte, slot or object is lost", about);
    if (!equal)
        log_line("# bytes %lu -> %lu, slots %lu -> %lu, objects %lu -> %lu", before->free_bytes,
                 after->free_bytes, before->free_slots, after->free_slots, before->count_objects,
                 after->count_objects);
}

struct status_entry status_read(uint32_t index)
{
    struct status_entry entry;
    read_consistent(&entry, &component_status()->components[index], sizeof(entry));
    return entry;
}

void wait_until(nanos_t deadline_ns)
{
    while (time_now() < deadline_ns)
        wait_a_moment();
}

status_t control_ask(enum control_request request, uint32_t target)
{
    struct control_page *page = (void *)(uintptr_t)component_self()->control_address;
    const uint32_t sequence = page->sequence + 1;
    const nanos_t deadline_ns = time_now() + ANSWER_NS;
    page->request = (uint32_t)request;
    page->target = target;
    __atomic_store_n(&page->sequence, sequence, __ATOMIC_RELEASE);
    ipc_signal(SLOT_CONTROL);
    while (__atomic_load_n(&page->answered, __ATOMIC_ACQUIRE) != sequence) {
        if (time_now() > deadline_ns)
            return TIMEOUT;
        wait_a_moment();
    }
    return (status_t)page->status;
}

bool generation_await(uint32_t index, uint32_t generation, nanos_t timeout_ns)
{
    const nanos_t deadline_ns = time_now() + timeout_ns;
    for (;;) {
        const struct status_entry entry = status_read(index);
        if (entry.state == COMPONENT_RUNNING && entry.generation >= generation)
            return true;
        if (time_now() > deadline_ns)
            return false;
        wait_a_moment();
    }
}

/** Components that end by themselves must have ended before the books are opened. */
static void await_end(const char *name)
{
    const uint32_t index = component_named(name);
    const nanos_t deadline_ns = time_now() + DRAIN_NS;
    while (index != COMPONENTS_NONE && status_read(index).state == COMPONENT_RUNNING &&
           time_now() < deadline_ns)
        wait_a_moment();
}

int component_main(const struct component_info *info)
{
    await_end("hello");
    if (component_named("victim") != COMPONENTS_NONE) {
        judge_deaths(info);
        judge_kills(info);
        judge_policies();
    }
    judge_world("linux");
    log_line("1..%u", count_judged);
    log_drain(time_now() + DRAIN_NS);
    return count_failed == 0 ? (int)control_ask(CONTROL_POWER_OFF, 0) : 1;
}
