/*
 * random.h - numbers that follow from a seed. No state but the struct's, no libc.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct random {
    uint64_t state;
};

/* A stream of its own for each triple. */
struct random random_stream(uint64_t seed, uint64_t major, uint64_t minor);

uint64_t random_next(struct random *random);
uint64_t random_below(struct random *random, uint64_t limit); /* limit > 0 */
bool random_percent(struct random *random, unsigned percent);

/* Mostly small, sometimes anything: what finds the edges of sizes, counts and numbers. */
uint64_t random_number(struct random *random);

#define RANDOM_PICK(random, array)                                                                 \
    ((array)[random_below((random), sizeof(array) / sizeof((array)[0]))])
