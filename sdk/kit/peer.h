/**
 * peer.h - a second address space that runs this very program.
 *
 * A peer has a private copy of the program's image (code, data as they are now) at the same
 * addresses, the component's information page, so that time_now() works, and one shared page. Its
 * Table is its own and holds what is put into it. It has no log.
 */
#pragma once

#include "sdk/kit/kit.h"

#define PEER_TABLE_SLOTS_LOG2 4
#define PEER_SHARED_ADDRESS   0x3000000000ull /* in the peer */
#define PEER_SHARED_LOG2      12
#define PEER_SPACE_FIRST_FREE 5

struct peer {
    cap_t space;
    cap_t table;
    cap_t shared_region;
    void *shared; /* the shared page, as the component sees it */
    void *stack;  /* as the component sees it */
    uint64_t stack_address;
};

/** peer_make - needs an `objects` grant with room for the image twice. Errors: as kit_make(). */
MUST_USE status_t peer_make(struct kit *kit, struct peer *peer);

/** peer_make_sized - as peer_make(), in a Space of 2^@space_slots_log2 slots. Those from
 * PEER_SPACE_FIRST_FREE on are free. */
MUST_USE status_t peer_make_sized(struct kit *kit, uint32_t space_slots_log2, struct peer *peer);

/** peer_grant - copy capability @source with @rights into slot @index of the peer's Table. */
MUST_USE status_t peer_grant(const struct peer *peer, cap_t source, uint32_t index,
                             uint64_t rights);

/** peer_thread - bind @spec to the peer: Space, Table, stack. The rest is the caller's. */
void peer_thread(const struct peer *peer, struct kit_thread *spec);
