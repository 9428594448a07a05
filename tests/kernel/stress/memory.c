/**
 * memory.c - pages that are mapped, unmapped, protected; what is there is compared with a model, by
 * what the Space says (harvest) and by touching it. Faults go to a pager, a thread of the worker's
 * own on another processor's time, which lets the worker go on behind the instruction.
 */
#include "tests/kernel/stress/worker.h"

#include "abi/fault.h"
#include "tests/kernel/contract/raw.h"
#include "tests/kernel/stress/poke.h"

#define PAGES_LOG2   4u
#define PAGES        (1u << PAGES_LOG2)
#define WINDOW_PAGES 64u /* as many as harvest tells of */
#define RANGE_PAGES  12u
#define NOTHING      0xffu
#define RIGHT_R      REGION_RIGHT_READ
#define RIGHTS_RW    (REGION_RIGHT_READ | REGION_RIGHT_WRITE)
#define LIST_MAX     7u

/* What is mapped at each page of the window. */
static struct {
    uint8_t page; /* of the worker's own, or NOTHING */
    uint8_t rights;
} model[WINDOW_PAGES];
static uint64_t contents[PAGES];

static uint8_t pager_stack[HELPER_STACK_BYTES] ALIGNED(16);
static struct {
    volatile uint64_t address; /* what is touched */
    volatile uint64_t seen;    /* where the last fault was */
} expected;

/* Of those whose mappings others take away and give back. */
static bool is_lent(uint64_t address)
{
    return address % PAGE == 0 && address - ACTOR_LENT < WORKERS * PAGE;
}

/* Who is stopped in a fault and goes on tries again; at a lent page it may succeed then, and be far
 * on before the pager has looked at the message of the first attempt. */
static void pager(void *unused)
{
    struct message m = {0};
    (void)unused;
    for (;;) {
        const uint64_t received = ipc_reply_wait(ACTOR_ENDPOINT, &m);
        WANT_EQUAL(received, FAULT_BADGE);
        WANT_EQUAL(tag_label(m.tag), FAULT_PAGE);
        if (!is_lent(m.words[0]))
            WANT_EQUAL(m.words[0], expected.address);
        const uint64_t address = m.words[0], pc = m.words[2];
        m = (struct message){.tag = TAG(OK, 1)};
        if (pc == (uint64_t)(uintptr_t)raw_fault_instruction)
            m.words[0] = (uint64_t)(uintptr_t)raw_fault_next;
        else
            m.words[0] = (uint64_t)(uintptr_t)poke_next;
        WANT(m.words[0] != (uint64_t)(uintptr_t)poke_next ||
             pc == (uint64_t)(uintptr_t)poke_instruction);
        expected.seen = address;
    }
}

bool touch(uint64_t address, bool write, uint64_t value)
{
    expected.address = address;
    expected.seen = 0;
    if (write) {
        poke(address, value);
    } else {
        struct registers in = {.RAW_ADDRESS = address}, out;
        raw_fault(&in, &out);
    }
    actor_count();
    return expected.seen == address;
}

static volatile uint64_t *home(uint32_t page)
{
    return (volatile uint64_t *)(ACTOR_HOME + page * PAGE);
}

static uint64_t window(uint32_t at) { return ACTOR_WINDOW + at * PAGE; }

static void map_all(cap_t space_slot, uint64_t vaddr, uint64_t bytes)
{
    for (uint64_t at = 0, done = 0; at < bytes; at += done) {
        DO_OK(space_map(ACTOR_SPACE, space_slot, at, vaddr + at, bytes - at, RIGHTS_RW, &done));
        WANT(done != 0);
    }
}

static void attach_window(void)
{
    DO_OK(space_attach(ACTOR_SPACE, SPACE_WINDOW, SLOT_PART, ACTOR_WINDOW, WINDOW_PAGES * PAGE));
}

static void mint_part(void)
{
    DO_OK(region_mint(SLOT_REGION, 0, PAGES_LOG2 + 12, RIGHTS_RW, ACTOR_TABLE, SLOT_PART));
}

static void model_clear(uint32_t first, uint32_t count)
{
    for (uint32_t i = first; i < first + count; i++)
        model[i].page = NOTHING;
}

void memory_begin(void)
{
    helper_make(SLOT_PAGER, ACTOR_UNTYPED, false);
    helper_start(SLOT_PAGER, pager, pager_stack);
    DO_OK(
        untyped_retype(ACTOR_UNTYPED, OBJECT_REGION, PAGES_LOG2 + 12, 0, ACTOR_TABLE, SLOT_REGION));
    DO_OK(space_attach(ACTOR_SPACE, SPACE_HOME, SLOT_REGION, ACTOR_HOME, PAGES * PAGE));
    map_all(SPACE_HOME, ACTOR_HOME, PAGES * PAGE);
    for (uint32_t i = 0; i < PAGES; i++)
        *home(i) = contents[i] = generator_next(&me.generator);
    mint_part();
    attach_window();
    model_clear(0, WINDOW_PAGES);
}

/* A range of the window, @pages of them at most. */
static uint32_t roll_range(uint32_t *first, uint32_t pages)
{
    const uint32_t count = 1 + roll(pages);
    *first = roll(WINDOW_PAGES - count + 1);
    return count;
}

static uint8_t roll_rights(void) { return roll(3) == 0 ? RIGHT_R : RIGHTS_RW; }

void memory_map(void)
{
    uint32_t first = 0;
    const uint32_t count = roll_range(&first, RANGE_PAGES);
    const uint32_t page = roll(PAGES - count + 1);
    const uint8_t rights = roll_rights();
    for (uint32_t i = 0; i < count;) {
        uint64_t done = 0;
        DO_OK(space_map(ACTOR_SPACE, SPACE_WINDOW, (page + i) * PAGE, window(first + i),
                        (count - i) * PAGE, rights, &done));
        WANT(done != 0 && done % PAGE == 0 && done <= (count - i) * PAGE);
        for (uint64_t end = i + done / PAGE; i < end; i++) {
            model[first + i].page = (uint8_t)(page + i);
            model[first + i].rights = rights;
        }
    }
}

void memory_map_list(void)
{
    uint64_t pairs[LIST_MAX] = {0}, done = 0;
    uint32_t at[LIST_MAX], pages[LIST_MAX];
    const uint32_t count = 1 + roll(LIST_MAX);
    const uint8_t rights = roll_rights();
    for (uint32_t i = 0; i < count; i++) {
        at[i] = roll(WINDOW_PAGES);
        pages[i] = roll(PAGES);
        pairs[i] = window(at[i]) / PAGE << 28 | pages[i];
    }
    DO_OK(space_map_list(ACTOR_SPACE, SPACE_WINDOW | (uint64_t)rights << 8, pairs[0], pairs[1],
                         pairs[2], pairs[3], pairs[4], pairs[5], pairs[6], &done));
    WANT(done != 0 && done <= count);
    for (uint32_t i = 0; i < done; i++) {
        model[at[i]].page = (uint8_t)pages[i];
        model[at[i]].rights = rights;
    }
}

void memory_unmap(void)
{
    uint32_t first = 0;
    const uint32_t count = roll_range(&first, RANGE_PAGES);
    for (uint32_t i = 0; i < count;) {
        uint64_t done = 0;
        DO_OK(space_unmap(ACTOR_SPACE, window(first + i), (count - i) * PAGE, &done));
        WANT(done != 0 && done % PAGE == 0 && done <= (count - i) * PAGE);
        model_clear(first + i, (uint32_t)(done / PAGE));
        i += (uint32_t)(done / PAGE);
    }
}

void memory_protect(void)
{
    uint32_t first = 0;
    const uint32_t count = roll_range(&first, RANGE_PAGES);
    const uint8_t rights = roll_rights();
    for (uint32_t i = 0; i < count;) {
        uint64_t done = 0;
        DO_OK(space_protect(ACTOR_SPACE, SPACE_WINDOW, window(first + i), (count - i) * PAGE,
                            rights, &done));
        WANT(done != 0 && done % PAGE == 0 && done <= (count - i) * PAGE);
        for (uint64_t end = i + done / PAGE; i < end; i++)
            model[first + i].rights = rights;
    }
}

void memory_look(void)
{
    uint64_t present = 0, accessed = 0, dirty = 0, wanted = 0;
    for (uint32_t i = 0; i < WINDOW_PAGES; i++)
        wanted |= model[i].page != NOTHING ? BIT(i) : 0;
    DO_OK(space_harvest(ACTOR_SPACE, ACTOR_WINDOW, &present, &accessed, &dirty));
    WANT_EQUAL(present, wanted);
    WANT_EQUAL((accessed | dirty) & ~present, 0);
}

void memory_touch(void)
{
    const uint32_t at = roll(WINDOW_PAGES), page = model[at].page;
    const bool write = roll(2) == 0;
    const bool allowed =
        page != NOTHING && (!write || (model[at].rights & REGION_RIGHT_WRITE) != 0);
    const uint64_t value = generator_next(&me.generator);
    WANT_EQUAL(touch(window(at), write, value), !allowed);
    if (write && allowed)
        contents[page] = value;
    if (page != NOTHING) {
        WANT_EQUAL(*home(page), contents[page]);
        WANT_EQUAL(*(volatile uint64_t *)window(at), contents[page]);
    }
}

void memory_look_at_contents(void)
{
    for (uint32_t i = 0; i < PAGES; i++)
        WANT_EQUAL(*home(i), contents[i]);
    for (uint32_t i = 0; i < WINDOW_PAGES; i++)
        if (model[i].page != NOTHING)
            WANT_EQUAL(*(volatile uint64_t *)window(i), contents[model[i].page]);
}

/* By the Space's slot; by the capability that it was attached from. */
void memory_detach(void)
{
    if (roll(2) == 0) {
        DO_OK(space_detach(ACTOR_SPACE, SPACE_WINDOW));
    } else if (roll(2) == 0) {
        DO_OK(table_revoke(ACTOR_TABLE, SLOT_PART));
    } else {
        DO_OK(table_delete(ACTOR_TABLE, SLOT_PART));
        mint_part();
    }
    model_clear(0, WINDOW_PAGES);
    memory_look();
    uint64_t done = 0;
    DO(space_map(ACTOR_SPACE, SPACE_WINDOW, 0, ACTOR_WINDOW, PAGE, RIGHTS_RW, &done), EMPTY);
    attach_window();
}
