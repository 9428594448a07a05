/**
 * fuzz.c - the target of libFuzzer: any list of operations, on a fresh machine.
 *
 * Usage: see `./corm fuzz --help`. What breaks an invariant, the oracle, an ASSERT or a sanitizer
 * ends the program; the input is then a reproducer for tests/fuzz/show.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/check.h"
#include "tests/fuzz/mutate.h"
#include "tests/fuzz/play.h"

/* What libFuzzer calls. */
int LLVMFuzzerInitialize(int *count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t size_max, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *left, size_t left_size, const uint8_t *right,
                                 size_t right_size, uint8_t *out, size_t size_max, unsigned seed);

static struct ops ops;
static struct ops others;
static struct ops crossed;

void play_check_failed(const char *text)
{
    fprintf(stderr, "WRONG: %s\n", text);
    abort(); /* libFuzzer keeps the input */
}

void check_failed(const char *file, int line, const char *what)
{
    fprintf(stderr, "WRONG: ASSERT at %s:%d: %s\n", file, line, what);
    abort();
}

int LLVMFuzzerInitialize(int *count, char ***arguments)
{
    (void)count;
    (void)arguments;
    play_init();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ops_decode(&ops, data, size);
    const char *wrong = play(&ops, false);
    if (wrong != NULL)
        play_check_failed(wrong);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t size_max, unsigned seed)
{
    ops_decode(&ops, data, size);
    mutate(&ops, seed);
    return ops_encode(&ops, data, size_max);
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *left, size_t left_size, const uint8_t *right,
                                 size_t right_size, uint8_t *out, size_t size_max, unsigned seed)
{
    ops_decode(&ops, left, left_size);
    ops_decode(&others, right, right_size);
    cross(&ops, &others, &crossed, seed);
    return ops_encode(&crossed, out, size_max);
}
