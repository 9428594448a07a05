/**
 * space.c - see space.h. Built without ThreadSanitizer.
 */
#include "tests/race/space.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include "servers/linux/memory.h"
#include "servers/linux/vma.h"

#define PAGES_A_CHUNK 96
#define ENTRIES       8192 /* a power of two, larger than what chunks can ever hold */

struct entry {
    uint64_t address; /* 0: never used; 1: was used */
    char *page;
    unsigned rights;
};
#define REMOVED 1

struct space {
    uint32_t held;
    unsigned chunks;
    unsigned used;
    unsigned occupied; /* with those that were removed */
    struct entry entries[ENTRIES];
};

struct space *space_create(void) { return calloc(1, sizeof(struct space)); }

static void lock(struct space *space)
{
    while (__atomic_exchange_n(&space->held, 1, __ATOMIC_ACQUIRE))
        sched_yield();
}

static void unlock(struct space *space) { __atomic_store_n(&space->held, 0, __ATOMIC_RELEASE); }

static struct entry *find(struct space *space, uint64_t address)
{
    unsigned at = (unsigned)((address >> PAGE_SHIFT) * 0x9e3779b97f4a7c15ull >> 51);
    for (;; at++) {
        struct entry *entry = &space->entries[at % ENTRIES];
        if (entry->address == address)
            return entry;
        if (entry->address == 0)
            return NULL;
    }
}

static void drop(struct space *space, struct entry *entry)
{
    entry->address = REMOVED;
    space->used--;
}

static void empty(struct space *space)
{
    for (unsigned i = 0; i < ENTRIES; i++)
        space->entries[i] = (struct entry){0};
    space->used = space->occupied = 0;
}

/* Gets rid of the marks of what was removed, which searches must pass. */
static void tidy(struct space *space)
{
    struct entry *old = malloc(sizeof(space->entries));
    unsigned count = 0;

    for (unsigned i = 0; i < ENTRIES; i++)
        if (space->entries[i].address > REMOVED)
            old[count++] = space->entries[i];
    empty(space);
    for (unsigned i = 0; i < count; i++) {
        unsigned at = (unsigned)((old[i].address >> PAGE_SHIFT) * 0x9e3779b97f4a7c15ull >> 51);
        while (space->entries[at % ENTRIES].address != 0)
            at++;
        space->entries[at % ENTRIES] = old[i];
    }
    space->used = space->occupied = count;
    free(old);
}

void space_set_chunks(struct space *space, unsigned chunks)
{
    lock(space);
    if (chunks < space->chunks)
        empty(space);
    space->chunks = chunks;
    unlock(space);
}

unsigned space_chunks(const struct space *space) { return space->chunks; }

static bool put_locked(struct space *space, uint64_t address, void *page, unsigned rights)
{
    struct entry *entry = find(space, address);
    if (!entry) {
        if (space->used >= space->chunks * PAGES_A_CHUNK)
            return false;
        if (space->occupied >= ENTRIES / 2)
            tidy(space);
        unsigned at = (unsigned)((address >> PAGE_SHIFT) * 0x9e3779b97f4a7c15ull >> 51);
        while (space->entries[at % ENTRIES].address > REMOVED)
            at++;
        entry = &space->entries[at % ENTRIES];
        space->occupied += entry->address == 0;
        space->used++;
    }
    *entry = (struct entry){address, page, rights};
    return true;
}

bool space_put(struct space *space, uint64_t address, void *page, unsigned rights)
{
    lock(space);
    bool room = put_locked(space, address, page, rights);
    unlock(space);
    return room;
}

void space_remove(struct space *space, uint64_t start, uint64_t end)
{
    lock(space);
    if ((end - start) >> PAGE_SHIFT < ENTRIES / 8) {
        for (uint64_t at = start; at < end; at += PAGE_BYTES) {
            struct entry *entry = find(space, at);
            if (entry)
                drop(space, entry);
        }
    } else {
        for (unsigned i = 0; i < ENTRIES; i++)
            if (space->entries[i].address >= start && space->entries[i].address < end)
                drop(space, &space->entries[i]);
    }
    unlock(space);
}

bool space_copy(struct space *child, struct space *parent, uint64_t start, uint64_t end,
                const void *low, const void *high)
{
    bool room = true;

    lock(parent < child ? parent : child);
    lock(parent < child ? child : parent);
    for (unsigned i = 0; i < ENTRIES && room; i++) {
        struct entry *entry = &parent->entries[i];
        if (entry->address < start || entry->address >= end || (const void *)entry->page < low ||
            (const void *)entry->page >= high)
            continue;
        entry->rights &= ~(unsigned)PROT_WRITE;
        room = put_locked(child, entry->address, entry->page, entry->rights);
    }
    unlock(child);
    unlock(parent);
    return room;
}

static void broken(uint64_t address, const struct page *page)
{
    printf("# a guest reaches a page at %#lx that nobody owns: flags %#x\n", (unsigned long)address,
           page->flags);
    abort();
}

static void access_word(char *at, enum space_access access, uint64_t *value, size_t bytes)
{
    uint32_t *word = (uint32_t *)(void *)at;
    uint64_t *wide = (uint64_t *)(void *)at;

    switch (access) {
    case SPACE_LOAD:
        *value = bytes == 8 ? __atomic_load_n(wide, __ATOMIC_SEQ_CST)
                            : __atomic_load_n(word, __ATOMIC_SEQ_CST);
        break;
    case SPACE_STORE:
        if (bytes == 8)
            __atomic_store_n(wide, *value, __ATOMIC_SEQ_CST);
        else
            __atomic_store_n(word, (uint32_t)*value, __ATOMIC_SEQ_CST);
        break;
    case SPACE_EXCHANGE:
        *value = __atomic_exchange_n(word, (uint32_t)*value, __ATOMIC_SEQ_CST);
        break;
    case SPACE_ADD:
        *value = __atomic_fetch_add(word, (uint32_t)*value, __ATOMIC_SEQ_CST);
        break;
    }
}

bool space_reach(struct space *space, uint64_t address, enum space_access access, uint64_t *value,
                 size_t bytes)
{
    const unsigned need = access == SPACE_LOAD ? PROT_READ : PROT_WRITE;
    const uint64_t within = address % PAGE_BYTES;

    lock(space);
    const struct entry *entry = find(space, address - within);
    bool there = entry && entry->rights & need;
    if (there) {
        const struct page *page = page_at(entry->page);
        if (__atomic_load_n(&page->refs, __ATOMIC_ACQUIRE) == 0 ||
            page->flags & (PAGE_SLAB | PAGE_BIG | PAGE_RUN_FREE | PAGE_QUICK_FREE))
            broken(address, page);
        access_word(entry->page + within, access, value, bytes);
    }
    unlock(space);
    return there;
}
