/*
 * exec_strings.h - the arguments and the environment of a program that is about to start.
 *
 * They are gathered in pages that later become the top of its stack as they are: 0-terminated
 * strings one after the other, the arguments first. Strings that a script's first line puts in
 * front are kept apart until then.
 */
#pragma once

#include "servers/linux/base.h"

#define STRINGS_PAGES_MAX 513 /* 2 MiB, as a stack limit of 8 MiB gives on Linux, and one more */
#define STRING_MAX        (32 * PAGE_BYTES)

struct exec_strings {
    struct page *pages[STRINGS_PAGES_MAX];
    size_t bytes;
    unsigned argument_count;
    unsigned environment_count;
};

/* All return 0, -E2BIG, -ENOMEM or -EFAULT. */
MUST_USE int strings_add(struct exec_strings *strings, const char *text);
MUST_USE int strings_add_user(struct exec_strings *strings, uint64_t address);

/* Adds the strings of a guest's NULL-terminated array, but for the first `skip`; *count grows by
   how many. */
MUST_USE int strings_add_array(struct exec_strings *strings, uint64_t address, unsigned skip,
                               unsigned *count);

/* Length with the 0 of the string at `offset`. */
size_t strings_length(const struct exec_strings *strings, size_t offset);

void strings_free(struct exec_strings *strings);
