/**
 * replay.c - the inputs that are kept, once more: those that once broke the kernel, and the corpus.
 *
 * FUZZ_FOLDER is where they lie. ./corm fuzz makes them; tests/fuzz/show.c tells what is in one.
 */
#include <corm/object_perform.h>
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "tests/fuzz/mutate.h"
#include "tests/fuzz/play.h"
#include "tests/unit/unit.h"

#define BYTES_MAX 65536u

static struct ops ops;
static struct ops again;
static uint8_t data[BYTES_MAX];
static uint8_t copy[BYTES_MAX];

void play_check_failed(const char *text)
{
    printf("# %s\n", text);
    unit_check(false, __FILE__, __LINE__, text);
    unit_abandon();
}

static void replay(const char *folder, const char *name)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *stream = fopen(path, "rb");
    REQUIRE(stream != NULL);
    ops_decode(&ops, data, fread(data, 1, sizeof data, stream));
    fclose(stream);
    printf("# %s\n", name);
    const char *wrong = play(&ops, false);
    if (wrong != NULL)
        printf("# %s: %s\n", path, wrong);
    CHECK(wrong == NULL);
}

static void replay_all(const char *folder)
{
    DIR *listing = opendir(folder);
    REQUIRE(listing != NULL);
    play_init();
    for (struct dirent *entry = readdir(listing); entry != NULL; entry = readdir(listing))
        if (entry->d_name[0] != '.')
            replay(folder, entry->d_name);
    closedir(listing);
}

TEST("no input that once broke the kernel breaks it again") { replay_all(FUZZ_FOLDER "/crashes"); }

TEST("the fuzzer's corpus breaks nothing") { replay_all(FUZZ_FOLDER "/corpus"); }

TEST("what the fuzzer's mutator made stays what it is when it is read and written again")
{
    for (uint64_t seed = 0; seed < 200; seed++) {
        mutate(&ops, seed);
        size_t size = ops_encode(&ops, data, sizeof data);
        ops_decode(&again, data, size);
        CHECK_EQUAL(again.count, ops.count);
        CHECK_EQUAL(ops_encode(&again, copy, sizeof copy), size);
        CHECK(memcmp(copy, data, size) == 0);
    }
}

#define KNOWN(object, number, function, ...) CHECK(mutate_makes(OBJECT_##object, number));

TEST("the fuzzer's mutator makes every operation of the contract") { OBJECT_OPERATIONS(KNOWN) }
