/**
 * kills.c - many kills, and not one byte, slot or object less than before.
 */
#include "apps/recovery/recovery.h"

#include <corm/clock_client.h>
#include "sdk/rt/log.h"
#include "sdk/rt/time.h"

#define KILLS 200
#define KILLS_OF_HOARDER                                                                           \
    20 /* it has nearly all of the machine's memory, to be cleared each time                       \
        */
#define RECOVERY_NS (3 * NANOS_PER_S)

nanos_t kill_once(uint32_t index, nanos_t timeout_ns)
{
    const nanos_t start_ns = time_now();
    const uint32_t generation = status_read(index).generation;
    if (control_ask(CONTROL_KILL, index) != OK ||
        !generation_await(index, generation + 1, timeout_ns))
        return 0;
    return time_now() - start_ns;
}

static void judge_victim(const char *name, unsigned count_kills)
{
    const uint32_t index = component_named(name);
    nanos_t longest_ns = 0;
    unsigned kills = 0;
    if (index == COMPONENTS_NONE)
        return;
    const struct books before = books_read();
    for (; kills < count_kills; kills++) {
        const nanos_t took_ns = kill_once(index, RECOVERY_NS);
        if (took_ns == 0)
            break;
        if (took_ns > longest_ns)
            longest_ns = took_ns;
    }
    const struct books after = books_read();
    judge(kills == count_kills, "it returns from every kill", name);
    judge_books(&before, &after, name);
    judge(status_read(index).reason == REASON_KILLED, "the reason is known", name);
    log_line("# %s: %u kills, longest recovery %lu us", name, kills, longest_ns / NANOS_PER_US);
}

/** Kill at random moments while calls are made: every call is answered. */
static void judge_under_calls(const struct component_info *info)
{
    struct session session;
    uint64_t generation, kernel_ns;
    unsigned answered = 0;
    const uint32_t index = component_named("victim");
    judge(session_open(&session, info, "victim") == OK, "the manifest grants a session", "victim");
    for (unsigned i = 0; i < KILLS; i++) {
        if (i % 4 == 0 && control_ask(CONTROL_KILL, index) != OK)
            break;
        answered += clock_read(&session, &generation, &kernel_ns) == OK;
    }
    judge(answered == KILLS, "every call is answered while its server is killed", "victim");
}

void judge_kills(const struct component_info *info)
{
    judge(control_ask(CONTROL_KILL, 1000) == NOT_FOUND, "an unknown victim is refused", "1000");
    judge_victim("victim", KILLS);
    judge_under_calls(info);
    /* What has been judged must not be in the hands of a console that dies. */
    const bool drained = log_drain(time_now() + NANOS_PER_S);
    judge_victim("console", KILLS);
    judge(drained, "the console had taken every line before", "console");
    judge_victim("hoarder", KILLS_OF_HOARDER);
}
