/**
 * deaths.c - each way to die is found, named and recovered from, and the call under which it
 * happened is answered all the same.
 */
#include "apps/recovery/recovery.h"

#include <corm/clock_client.h>
#include "lib/base/string.h"
#include "sdk/rt/time.h"

#define RECOVERY_NS (10 * NANOS_PER_S)

static const struct {
    const char *name;
    enum component_reason reason;
} deaths[] = {
    {"nuller", REASON_FAULT},      {"overflower", REASON_FAULT}, {"looper", REASON_HEARTBEAT},
    {"spinner", REASON_HEARTBEAT}, {"mute", REASON_HEARTBEAT},   {"quitter", REASON_EXIT},
    {"checker", REASON_CHECK},     {"caller", REASON_HEARTBEAT}, {"dawdler", REASON_OVERRUN},
};

static void judge_death(const struct component_info *info, const char *name,
                        enum component_reason reason)
{
    struct session session;
    uint64_t generation = 0, kernel_ns;
    const uint32_t index = component_named(name);
    judge(session_open(&session, info, name) == OK && index != COMPONENTS_NONE,
          "the manifest grants a session", name);
    session.timeout_ns = RECOVERY_NS;
    const status_t status = clock_read(&session, &generation, &kernel_ns);
    judge(status == OK, "a call under which the server breaks is answered by the next one", name);
    judge(generation == 2, "the second incarnation answers", name);
    const struct status_entry entry = status_read(index);
    judge(entry.reason == (uint32_t)reason, "the reason is known", name);
    judge(entry.restarts == 1 && entry.state == COMPONENT_RUNNING, "it was restarted once", name);
}

void judge_deaths(const struct component_info *info)
{
    const struct books before = books_read();
    for (size_t i = 0; i < ARRAY_LENGTH(deaths); i++)
        judge_death(info, deaths[i].name, deaths[i].reason);
    const struct status_entry quitter = status_read(component_named("quitter"));
    judge(quitter.reason_detail == 3 && strcmp(quitter.last_words, "meant to end") == 0,
          "exit status and last words are kept", "quitter");
    const struct books after = books_read();
    judge_books(&before, &after, "nine deaths");
}
