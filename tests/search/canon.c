/**
 * canon.c - telling states apart.
 *
 * Everything counts, except what is named here:
 *   - times count as distances from now; a time that has come is as good as any other such;
 *   - the wheel counts as its deadlines: which level one waits at depends on when it was armed;
 *   - what a header calls stale (thread.h, sched.h), the links of what is in no list, the contents
 *     of what was already given to user level, and what a Sched consumed in all;
 *   - accessed and dirty;
 *   - memory of no live object, and of Regions: user level may write there anything.
 */
#include <string.h>

#include "kernel/cpu.h"
#include "kernel/notify.h"
#include "kernel/pagetable.h"
#include "kernel/reap.h"
#include "lib/base/bits.h"
#include "lib/base/list_walk.h"
#include "tests/search/box.h"

#define OBJECTS_MAX   256u
#define TIMERS_MAX    64u
#define HASH_MULTIPLY 0x9e3779b97f4a7c15ull

extern uint8_t machine_bss[], machine_bss_end[];
extern uint8_t machine_data[], machine_data_end[];

static uint64_t hash;
static const struct object *objects[OBJECTS_MAX];
static unsigned count_objects;

static inline uint64_t mixed(uint64_t lane, uint64_t word)
{
    lane = (lane ^ word) * HASH_MULTIPLY;
    return lane ^ lane >> 32;
}

static inline void mix(uint64_t word) { hash = mixed(hash, word); }

/* Four words at a time, which do not wait for one another. Without a sanitizer: variables have gaps
 * between them. */
__attribute__((no_sanitize("address", "undefined"))) static void mix_words(const void *start,
                                                                           const void *end)
{
    const uint64_t *word = start;
    const uint64_t *last = end;
    uint64_t lanes[3] = {1, 2, 3};
    for (; last - word >= 4; word += 4) {
        mix(word[0]);
        for (unsigned i = 0; i < 3; i++)
            lanes[i] = mixed(lanes[i], word[i + 1]);
    }
    for (; word < last; word++)
        mix(*word);
    for (unsigned i = 0; i < 3; i++)
        mix(lanes[i]);
}

static uint64_t distance(nanos_t time)
{
    if (time == NANOS_NEVER)
        return NANOS_NEVER;
    return time <= host_now ? 0 : time - host_now;
}

/* ---- variables ---- */

#define CHUNK_WORDS 16

__attribute__((no_sanitize("address", "undefined"))) static bool equal_chunks(const uint64_t *left,
                                                                              const uint64_t *right)
{
    uint64_t difference = 0;
    for (unsigned i = 0; i < CHUNK_WORDS; i++)
        difference |= left[i] ^ right[i];
    return difference == 0;
}

/* Most variables are as they were at the start, which is faster to see than to mix. */
static void mix_between(const void *start, const void *end)
{
    const uint64_t *at = start;
    const uint64_t *last = end;
    if (at >= last)
        return;
    const uint64_t *was = box_at_close(start);
    for (; last - at >= CHUNK_WORDS; at += CHUNK_WORDS, was += CHUNK_WORDS) {
        if (equal_chunks(at, was))
            continue;
        mix((uintptr_t)at);
        mix_words(at, at + CHUNK_WORDS);
    }
    mix_words(at, last);
}

/* [start, end) but for what is left out, which is given in order of address. */
static void mix_variables(void)
{
    struct {
        const void *start;
        const void *end;
    } out[] = {
        {host_ram(HOST_RAM_BASE), (uint8_t *)host_ram(HOST_RAM_BASE) + HOST_RAM_BYTES},
        {&cpu_first, &cpu_first + 1},
        {host_text, &host_text[sizeof host_text]},
        {host_port_writes, (uint8_t *)host_port_writes + sizeof host_port_writes},
        {&host_now, &host_now + 1},
    };
    const uint8_t *at = machine_bss;
    for (unsigned round = 0; round <= ARRAY_LENGTH(out); round++) {
        const uint8_t *next = machine_bss_end;
        const uint8_t *after = machine_bss_end;
        for (unsigned i = 0; i < ARRAY_LENGTH(out); i++)
            if ((const uint8_t *)out[i].start >= at && (const uint8_t *)out[i].start < next) {
                next = out[i].start;
                after = out[i].end;
            }
        mix_between(at, next);
        at = after;
    }
    mix_between(machine_data, &host_timer);
    mix_between(&host_timer + 1, machine_data_end);
    mix(distance(host_timer));
}

/* ---- processor ---- */

static void mix_wheel(const struct wheel *wheel)
{
    const struct wheel_entry *entries[TIMERS_MAX];
    unsigned count = 0;
    for (uint64_t left = wheel->occupied; left != 0; left &= left - 1)
        list_for_each (link, &wheel->levels[bits_lowest(left)]) {
            const struct wheel_entry *entry = container_of(link, struct wheel_entry, link);
            unsigned at = count++;
            for (; at > 0 && entries[at - 1]->deadline > entry->deadline; at--)
                entries[at] = entries[at - 1];
            entries[at] = entry;
        }
    for (unsigned i = 0; i < count; i++) {
        mix((uintptr_t)entries[i]);
        mix(distance(entries[i]->deadline));
    }
    mix(count);
}

static void mix_cpu(const struct cpu *cpu)
{
    struct cpu copy;
    memcpy(&copy, cpu, offsetof(struct cpu, idle));
    copy.charged_at = host_now - cpu->charged_at;
    copy.slice_end = distance(cpu->slice_end);
    copy.timer_set = distance(cpu->timer_set);
    mix_words(&copy.current, &copy.idle);
    for (unsigned i = 0; i < PRIORITIES; i++)
        if (cpu->ready_map.words[i / 64] >> i % 64 & 1)
            mix_words(&cpu->ready[i], &cpu->ready[i + 1]);
    mix_words(&cpu->ready_map, &cpu->ready_map + 1);
    mix_wheel(&cpu->wheel);
}

/* ---- objects ---- */

static void meet(const struct object *object)
{
    if (object == NULL || object->type == OBJECT_IRQ) /* a variable */
        return;
    for (unsigned i = 0; i < count_objects; i++)
        if (objects[i] == object)
            return;
    if (count_objects < OBJECTS_MAX)
        objects[count_objects++] = object;
}

static void settle_timer(struct timer *timer)
{
    bool armed = wheel_entry_active(&timer->entry);
    timer->entry.deadline = armed ? distance(timer->entry.deadline) : 0;
    timer->entry.link = (struct list){0};
}

static void settle_link(struct list *copy, const struct list *link)
{
    if (!list_linked(link))
        *copy = (struct list){0};
}

static void settle_message(struct thread *copy)
{
    bool restarts = copy->context.restart_handle != 0;
    bool waits = copy->state != THREAD_READY && copy->state != THREAD_NEW;
    bool answered = !restarts && copy->state < THREAD_QUEUED;
    if (copy->state != THREAD_QUEUED)
        memset(copy->message.words, 0, sizeof copy->message.words);
    if (!waits || copy->state == THREAD_RECEIVING)
        copy->message.tag = tag_receive_slot(copy->message.tag); /* the slot that it offers */
    if (!restarts)
        copy->deadline_ns = 0;
    if (!copy->context.in_syscall || !answered)
        copy->result = 0;
    if (copy->state != THREAD_QUEUED)
        copy->badge = 0;
    copy->context.seen_result = 0;
    if (!restarts)
        copy->context.seen = (struct message){0};
}

static void mix_thread(const struct thread *thread)
{
    struct thread copy = *thread;
    if (copy.state == THREAD_RECEIVING)
        copy.caller = NULL;
    if (copy.state == THREAD_RECEIVING || cpu_first.current == thread)
        copy.sched = NULL;
    if (copy.state != THREAD_CALLING)
        copy.server = NULL;
    if (copy.state != THREAD_LISTENING)
        copy.wait_notification = NULL;
    settle_link(&copy.wait_link, &thread->wait_link);
    settle_link(&copy.ready_link, &thread->ready_link);
    settle_link(&copy.home_link, &thread->home_link);
    if (copy.state == THREAD_RECEIVING && thread->receives_at->fast == thread)
        copy.wait_link = (struct list){0};
    settle_timer(&copy.deadline);
    settle_timer(&copy.request);
    settle_message(&copy);
    memset(copy.bindings, 0, sizeof copy.bindings); /* they are in the ring */
    mix_words(&copy, &copy + 1);
}

static void mix_sched(const struct sched *sched)
{
    struct sched copy = *sched;
    copy.period_end_ns = distance(copy.period_end_ns);
    copy.consumed_ns = 0;
    settle_timer(&copy.refill);
    settle_link(&copy.sibling, &sched->sibling);
    mix_words(&copy, &copy + 1);
}

static void mix_node(paddr_t node, unsigned level)
{
    const pte_t *entries = host_ram(node);
    mix(node);
    for (unsigned i = 0; i < (level == PTE_ROOT_LEVEL ? PTE_ROOT_USER_ENTRIES : NODE_ENTRIES);
         i++) {
        if (entries[i] == 0)
            continue;
        mix(i);
        mix(pte_clean(entries[i]));
        if (pte_present(entries[i]) && !pte_is_leaf(entries[i], level))
            mix_node(pte_address(entries[i]), level - 1);
    }
}

static void mix_space(const struct space *space)
{
    mix_words(space, space->slots);
    mix_node(space->root, PTE_ROOT_LEVEL);
}

static void mix_object(const struct object *object)
{
    mix((uintptr_t)object);
    switch (object->type) {
    case OBJECT_TABLE:
        mix_words(object, ((const struct table *)object)->slots);
        break;
    case OBJECT_SPACE:
        mix_space((const struct space *)object);
        break;
    case OBJECT_THREAD:
        mix_thread((const struct thread *)object);
        break;
    case OBJECT_SCHED:
        mix_sched((const struct sched *)object);
        break;
    case OBJECT_ENDPOINT:
        mix_words(object, (const struct endpoint *)object + 1);
        break;
    case OBJECT_NOTIFICATION:
        mix_words(object, (const struct notification *)object + 1);
        break;
    default:
        mix_words(object, object + 1);
        break;
    }
}

uint64_t box_hash(void)
{
    hash = HASH_MULTIPLY;
    count_objects = 0;
    mix_variables();
    mix_cpu(&cpu_first);
    for (const struct slot *slot = slot_root.next; slot != &slot_root; slot = slot->next) {
        mix((uintptr_t)slot);
        mix_words(slot, slot + 1);
        meet(slot->object);
    }
    list_for_each (link, &thread_list)
        meet(&container_of(link, struct thread, all_link)->object);
    for (const struct object *object = reap_top; object != NULL; object = object->reap_next)
        meet(object);
    for (unsigned i = 0; i < count_objects; i++)
        mix_object(objects[i]);
    return hash;
}
