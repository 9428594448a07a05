/**
 * main.c - `search [--transitions N] [--checkpoint FILE] [--audit] WORLD`: reports in TAP.
 *
 * Without --transitions the world's short run. --audit: says what was performed, too. Exit status:
 * 0 if it found nothing.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tests/search/audit.h"

static const struct world *const worlds[] = {
    &world_caps,         &world_memory,       &world_mapping,     &world_nodes,
    &world_ipc,          &world_signal,       &world_sched,       &world_division,
    &world_guest,        &world_wide_untyped, &world_wide_region, &world_wide_space,
    &world_wide_table,   &world_wide_thread,  &world_wide_sched,  &world_wide_hardware,
    &world_wide_messages};

static const struct world *find(const char *name)
{
    for (unsigned i = 0; i < ARRAY_LENGTH(worlds); i++)
        if (name != NULL && strcmp(worlds[i]->name, name) == 0)
            return worlds[i];
    printf("usage: search [--transitions N] [--checkpoint FILE] [--audit] WORLD\nworlds:");
    for (unsigned i = 0; i < ARRAY_LENGTH(worlds); i++)
        printf(" %s", worlds[i]->name);
    printf("\n");
    exit(2);
}

int main(int count, char **arguments)
{
    uint64_t transitions = 0;
    const char *checkpoint = NULL;
    const char *name = NULL;
    bool audits = false;
    for (int i = 1; i < count; i++) {
        if (strcmp(arguments[i], "--transitions") == 0 && i + 1 < count)
            transitions = strtoull(arguments[++i], NULL, 0);
        else if (strcmp(arguments[i], "--checkpoint") == 0 && i + 1 < count)
            checkpoint = arguments[++i];
        else if (strcmp(arguments[i], "--audit") == 0)
            audits = true;
        else
            name = arguments[i];
    }
    const struct world *world = find(name);
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("TAP version 13\n1..1\n");
    struct search_result result =
        search_world(world, transitions == 0 ? world->transitions : transitions, checkpoint);
    printf("# %s: %" PRIu64 " states, %" PRIu64 " transitions, depth %u, %.0f s%s\n", world->name,
           result.states, result.transitions, result.depth, result.seconds,
           result.closed ? ", closed" : "");
    if (audits)
        audit_print();
    printf("%s 1 - %s\n", result.failed ? "not ok" : "ok", world->sentence);
    return result.failed;
}
