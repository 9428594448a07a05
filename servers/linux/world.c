/*
 * world.c - the options of a world and its end.
 */
#include "servers/linux/world.h"

#include "abi/world.h"

#include "lib/base/string.h"
#include "sdk/rt/component.h"
#include "sdk/rt/log.h"
#include "servers/linux/world_line.h"

#define WORLD_INIT     "/sbin/init"
#define STRINGS_MAX    4096
#define LOG_WAIT       (500 * NANOS_PER_MS)
#define ROWS_DEFAULT   24
#define COLUMN_DEFAULT 80

/* Pointers to `count` consecutive strings behind `fixed` words; NULL when they do not fit. */
static const char **take_strings(const char **at, const char *end, unsigned count, unsigned fixed)
{
    const char **list = heap_alloc((count + fixed + 1) * sizeof(*list));
    if (!list)
        return NULL;
    for (unsigned i = 0; i < count; i++) {
        const char *text = *at;
        while (*at < end && **at)
            ++*at;
        if (*at == end)
            return NULL;
        ++*at;
        list[fixed + i] = text;
    }
    return list;
}

const char *world_read(struct world *world, const struct component_info *info)
{
    const struct world_options *options = (const struct world_options *)info->world_address;

    if (!options || info->world_bytes < sizeof(*options) || options->magic != WORLD_MAGIC)
        return "no world options";
    uint32_t bytes = options->string_bytes;
    if (bytes > info->world_bytes - sizeof(*options) || options->mode > WORLD_COMMAND ||
        options->argument_count > STRINGS_MAX || options->environment_count > STRINGS_MAX)
        return "bad world options";
    const char *at = options->strings;
    const char *end = options->strings + bytes;
    *world = (struct world){.mode = options->mode,
                            .rows = options->rows ? options->rows : ROWS_DEFAULT,
                            .columns = options->columns ? options->columns : COLUMN_DEFAULT};
    world->argv = take_strings(&at, end, options->argument_count, 2);
    world->envp = world->argv ? take_strings(&at, end, options->environment_count, 0) : NULL;
    if (!world->envp)
        return "bad strings in the world options";
    world->argv[0] = WORLD_INIT;
    world->argv[1] = options->mode == WORLD_COMMAND ? "--command" : "--terminal";
    return NULL;
}

/* 0 to 255, as a shell reports it. */
static uint32_t exit_code(int status)
{
    return status & 0x7f ? 128 + (status & 0x7f) : status >> 8 & 0xff;
}

void world_end(int status)
{
    uint32_t code = exit_code(status);

    world_line_finish(code);
    log_line("world ends with status %u", code);
    bool drained = log_drain(time_now_monotonic() + LOG_WAIT);
    component_exit((int)code,
                   drained ? "the world has ended" : "the world has ended; log not read");
}
