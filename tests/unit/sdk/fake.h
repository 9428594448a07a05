/**
 * fake.h - the rest of the world, for the SDK under test: one peer, a clock, a kernel.
 */
#pragma once

#include "abi/message.h"
#include "lib/base/types.h"

struct fake {
    uint32_t generation; /* of the peer */
    bool available;
    nanos_t now_ns;
    uint64_t (*call)(struct message *m); /* an endpoint call; NULL: OK with an empty reply */
    unsigned calls;
};

extern struct fake fake;
