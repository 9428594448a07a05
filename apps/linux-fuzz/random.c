/*
 * random.c - splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
 */
#include "apps/linux-fuzz/random.h"

#define GAMMA 0x9e3779b97f4a7c15ull

uint64_t random_next(struct random *random)
{
    uint64_t z = random->state += GAMMA;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return z ^ z >> 31;
}

struct random random_stream(uint64_t seed, uint64_t major, uint64_t minor)
{
    struct random random = {seed};
    random.state = random_next(&random) ^ major;
    random.state = random_next(&random) ^ minor;
    return random;
}

uint64_t random_below(struct random *random, uint64_t limit) { return random_next(random) % limit; }

bool random_percent(struct random *random, unsigned percent)
{
    return random_below(random, 100) < percent;
}

uint64_t random_number(struct random *random)
{
    static const uint64_t edges[] = {
        0,          1,          2,          7,           8,          16,
        255,        256,        511,        512,         1024,       4095,
        4096,       4097,       8192,       65535,       65536,      1u << 20,
        0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, 1ull << 47, (1ull << 47) - 4096,
        INT64_MAX,  1ull << 63, UINT64_MAX, -4096ull,    -2ull,      -100ull,
    };
    switch (random_below(random, 8)) {
    case 0:
    case 1:
        return RANDOM_PICK(random, edges);
    case 2:
        return RANDOM_PICK(random, edges) + random_below(random, 17) - 8;
    case 3:
        return 1ull << random_below(random, 64);
    case 4:
        return random_next(random);
    case 5:
        return random_below(random, 70000);
    default:
        return random_below(random, 64);
    }
}
