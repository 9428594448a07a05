/**
 * space.h - guest address spaces as the kernel would keep them, and the loads and stores of guests.
 *
 * ThreadSanitizer does not see into space.c: like a processor's page tables it orders nothing that
 * the server does. Each access looks whether the page that it reaches is one that somebody owns.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct space;

struct space *space_create(void);

/** space_set_nodes - room for so many pages; fewer than before empties the whole. */
void space_set_chunks(struct space *space, unsigned chunks);
unsigned space_chunks(const struct space *space);

/** space_put - map the page at @address; false: no room. */
bool space_put(struct space *space, uint64_t address, void *page, unsigned rights);
void space_remove(struct space *space, uint64_t start, uint64_t end);

/** space_copy - what lies in [@low, @high) of the server's memory, without the right to write. */
bool space_copy(struct space *child, struct space *parent, uint64_t start, uint64_t end,
                const void *low, const void *high);

/** space_reach - load or store @bytes, which must not cross a page. false: a fault. */
enum space_access { SPACE_LOAD, SPACE_STORE, SPACE_EXCHANGE, SPACE_ADD };
bool space_reach(struct space *space, uint64_t address, enum space_access access, uint64_t *value,
                 size_t bytes);
