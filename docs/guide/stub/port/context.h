/*
 * context.h - the saved registers of a thread.
 */
#pragma once

#include "lib/base/types.h"

struct arch_context {
    uint64_t pc;
    uint64_t sp;
    uint64_t tls;  /* loaded at every entry to user level */
    bool full;     /* all registers are here: it faulted, or was interrupted */
    bool in_guest; /* ... there */
};
