/**
 * world.c - the Linux world is killed again and again, at random moments of whatever it does.
 */
#include "apps/recovery/recovery.h"

#include "sdk/rt/log.h"
#include "sdk/rt/time.h"

#define WORLD_KILLS 200
#define LIFE_MAX_NS (150 * NANOS_PER_MS)
#define RECOVERY_NS (20 * NANOS_PER_S) /* all of its memory is cleared */
#define SETTLING_NS (3 * NANOS_PER_S)

/** A moment of at most LIFE_MAX_NS (xorshift; the seed is the time of the first call). */
static nanos_t random_life(void)
{
    static uint64_t state;
    if (state == 0)
        state = time_now() | 1;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % LIFE_MAX_NS;
}

void judge_world(const char *name)
{
    const uint32_t index = component_named(name);
    nanos_t longest_ns = 0;
    unsigned kills = 0;
    if (index == COMPONENTS_NONE)
        return;
    wait_until(time_now() + SETTLING_NS); /* what ends by itself has ended */
    const struct books before = books_read();
    for (; kills < WORLD_KILLS; kills++) {
        wait_until(time_now() + random_life());
        const nanos_t took_ns = kill_once(index, RECOVERY_NS);
        if (took_ns == 0)
            break;
        if (took_ns > longest_ns)
            longest_ns = took_ns;
    }
    wait_until(time_now() + SETTLING_NS);
    const struct books after = books_read();
    const struct status_entry entry = status_read(index);
    judge(kills == WORLD_KILLS, "it returns from every kill", name);
    judge_books(&before, &after, name);
    judge(entry.restarts == WORLD_KILLS && entry.state == COMPONENT_RUNNING,
          "it died of the kills only, and lives on after the last", name);
    log_line("# %s: %u kills, longest recovery %lu us", name, kills, longest_ns / NANOS_PER_US);
}
