/**
 * show.c - an input as a list of operations in the form of a unit test, with what came of each; or
 * a smaller one that breaks the kernel as well.
 *
 * Usage: fuzz-show FILE             exit status 1 if something is wrong with the kernel
 *        fuzz-show --minimize FILE OUT
 *
 * The handles and times are those of tests/fuzz/world.c: a unit test that begins with
 * world_furnish() does the same. Broken-off system calls are made again by trap().
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/check.h"
#include "tests/fuzz/play.h"

#define BYTES_MAX     65536u
#define SECONDS_MAX   20u
#define STATUS_BROKEN 1

static struct ops ops;
static struct ops fewer;
static uint8_t data[BYTES_MAX];

void play_check_failed(const char *text)
{
    printf("\n    /* WRONG: %s */\n}\n", text);
    exit(STATUS_BROKEN);
}

void check_failed(const char *file, int line, const char *what)
{
    printf("\n    /* WRONG: ASSERT at %s:%d: %s */\n}\n", file, line, what);
    exit(STATUS_BROKEN);
}

static bool read_input(const char *path)
{
    FILE *stream = fopen(path, "rb");
    if (stream == NULL)
        return false;
    ops_decode(&ops, data, fread(data, 1, sizeof data, stream));
    return fclose(stream) == 0;
}

static void show(const char *path)
{
    printf("TEST(\"%s\")\n{\n    boot();\n", path);
    printf("    world_furnish(MEMORY_SLOT, DEVICE_SLOT, LARGE_SLOT);\n");
    const char *wrong = play(&ops, true);
    if (wrong != NULL)
        play_check_failed(wrong);
    printf("}\n");
}

/* In a process of its own: a sanitizer may end it. */
static bool breaks(const struct ops *tried)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        if (freopen("/dev/null", "w", stdout) == NULL || freopen("/dev/null", "w", stderr) == NULL)
            _exit(0);
        alarm(SECONDS_MAX);
        _exit(play(tried, false) != NULL ? STATUS_BROKEN : 0);
    }
    if (child < 0 || waitpid(child, &status, 0) != child) {
        perror("fuzz-show");
        exit(2);
    }
    return status != 0;
}

/* Without @count operations from @at on. */
static bool breaks_without(size_t at, size_t count)
{
    fewer = ops;
    fewer.count = ops.count - count;
    memmove(&fewer.list[at], &ops.list[at + count], (fewer.count - at) * sizeof ops.list[0]);
    return breaks(&fewer);
}

/* Take operations away, many at once at first, as long as it still breaks. */
static void minimize(void)
{
    for (size_t count = ops.count / 2; count > 0; count /= 2)
        for (size_t at = ops.count; at-- > 0;)
            if (at + count <= ops.count && breaks_without(at, count))
                ops = fewer;
}

static int write_output(const char *path)
{
    FILE *stream = fopen(path, "wb");
    size_t size = ops_encode(&ops, data, sizeof data);
    if (stream == NULL || fwrite(data, 1, size, stream) != size || fclose(stream) != 0) {
        perror(path);
        return 2;
    }
    printf("%zu operations, %zu bytes\n", ops.count, size);
    return 0;
}

int main(int count, char **arguments)
{
    bool minimizes = count == 4 && strcmp(arguments[1], "--minimize") == 0;
    const char *path = minimizes ? arguments[2] : arguments[1];
    if ((count != 2 && !minimizes) || !read_input(path)) {
        fprintf(stderr, "usage: fuzz-show FILE | fuzz-show --minimize FILE OUT\n");
        return 2;
    }
    play_init();
    if (!minimizes) {
        show(path);
        return 0;
    }
    if (!breaks(&ops)) {
        fprintf(stderr, "%s breaks nothing\n", path);
        return STATUS_BROKEN;
    }
    minimize();
    return write_output(arguments[3]);
}
