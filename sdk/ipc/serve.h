/**
 * serve.h - the event loop of a single-threaded component.
 *
 * One receive takes calls of the service, signals of sessions and devices, and the ping of init. A
 * ping is answered after everything else that had arrived with it: a pulse means progress.
 */
#pragma once

#include "abi/component.h"
#include "abi/message.h"
#include "lib/base/types.h"

/** What a component does; a NULL entry means that there is nothing to do. */
struct component_ops {
    /** Answer a call in place; generated NAME_dispatch() functions fit behind this. */
    void (*call)(void *ctx, uint64_t badge, struct message *m);
    /** The peer of session @index has signalled. */
    void (*session)(void *ctx, uint32_t index);
    /** Device @index (an interrupt) has signalled. */
    void (*device)(void *ctx, uint32_t index);
    /** The status page has changed: a peer may have a new generation. */
    void (*status)(void *ctx);
};

/** component_serve - serve for ever. */
NORETURN void component_serve(const struct component_info *info, const struct component_ops *ops,
                              void *ctx);
