/*
 * context.h - of saved registers, what the core itself reads or writes.
 */
#pragma once

#include "lib/base/types.h"

struct guest_frame {
    uint64_t words[512];
};

struct arch_context {
    uint64_t tls;
    bool full;
    bool in_guest;
};
