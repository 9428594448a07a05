/**
 * recovery.h - the judge of systems/recovery.toml and systems/world-kills.toml: what init does when
 * components die.
 *
 * It writes TAP into the log and switches the machine off.
 */
#pragma once

#include "abi/component.h"
#include "lib/base/types.h"
#include "sdk/ipc/session.h"

/** judge - one line of TAP. */
void judge(bool passed, const char *sentence, const char *about);

/** component_named - index of a component in the status page; COMPONENTS_NONE if there is none. */
uint32_t component_named(const char *name);
#define COMPONENTS_NONE (~0u)

/** What must be equal before and after. */
struct books {
    uint64_t free_bytes;
    uint64_t free_slots;
    uint64_t count_objects;
    uint64_t free_memory_bytes;
};

/** books_read - a consistent copy of init's numbers. */
struct books books_read(void);

/** judge_books - no byte, slot or object was lost between @before and @after. */
void judge_books(const struct books *before, const struct books *after, const char *about);

/** status_read - a consistent copy of one entry of the status page. */
struct status_entry status_read(uint32_t index);

/** control_ask - have init do it; returns what init answered. */
status_t control_ask(enum control_request request, uint32_t target);

/** generation_await - wait until component @index runs in generation @generation or a later one. */
bool generation_await(uint32_t index, uint32_t generation, nanos_t timeout_ns);

/** wait_until - let others run. */
void wait_until(nanos_t deadline_ns);

/**
 * kill_once - kill component @index and wait until it runs again.
 * Returns how long that took; 0 if it did not return within @timeout_ns.
 */
nanos_t kill_once(uint32_t index, nanos_t timeout_ns);

/** judge_deaths - each way to die is found, named and recovered from. */
void judge_deaths(const struct component_info *info);

/** judge_kills - many kills, and not one byte, slot or object less than before. */
void judge_kills(const struct component_info *info);

/** judge_policies - what the manifest says about restarts is what happens. */
void judge_policies(void);

/** judge_world - the same for a world, at random moments of its life. */
void judge_world(const char *name);
