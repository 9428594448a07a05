/*
 * random.c - unpredictable bytes: the processor's, and the boot's, into ChaCha20.
 *
 * The processor's numbers and the seed that init has from the loader are the only sources (no
 * device is trusted with more than stirring); a machine with neither does not start a world
 * (random_start fails), for a fixed seed would be a lie. Where the processor has numbers, they stir
 * again every RESEED_BYTES. Lock: `source.mutex`.
 */
#include "servers/linux/random.h"

#include "abi/bootinfo.h"
#include "abi/component.h"

#include "lib/base/chacha20.h"
#include "lib/base/string.h"
#include "sdk/rt/component.h"
#include "servers/linux/machine.h"
#include "servers/linux/sys.h"

#define RESEED_BYTES (1u << 20)
#define PIECE_BYTES  256

STATIC_ASSERT(COMPONENT_SEED_BYTES == CHACHA20_KEY_BYTES, "a seed is a key");

static struct {
    struct mutex mutex;
    struct random random;
    bool has_processor; /* constant: its instruction exists */
    uint64_t since_reseed;
} source = {.mutex = MUTEX_OF(LOCK_RANDOM)};

/* False if the processor has no numbers, or none now. */
static bool processor_seed(uint8_t seed[CHACHA20_KEY_BYTES])
{
    if (!source.has_processor)
        return false;
    for (unsigned i = 0; i < CHACHA20_KEY_BYTES; i += sizeof(uint64_t)) {
        uint64_t word;
        if (!machine_random(&word))
            return false;
        memcpy(seed + i, &word, sizeof(word));
    }
    return true;
}

int random_start(const struct component_info *info)
{
    uint8_t of_boot[COMPONENT_SEED_BYTES] = {0}, of_processor[CHACHA20_KEY_BYTES];
    const bool has_boot = component_take_seed(of_boot);
    source.has_processor = (info->features & BOOTINFO_FEATURE_RANDOM) != 0;
    const bool has_processor = processor_seed(of_processor);
    if (!has_boot && !has_processor)
        return -ENXIO;
    random_init(&source.random, of_boot);
    if (has_processor)
        random_stir(&source.random, of_processor, sizeof(of_processor));
    memset(of_boot, 0, sizeof(of_boot));
    memset(of_processor, 0, sizeof(of_processor));
    return 0;
}

void random_bytes(void *to, size_t bytes)
{
    mutex_lock(&source.mutex);
    if (source.since_reseed >= RESEED_BYTES) {
        uint8_t seed[CHACHA20_KEY_BYTES];
        if (processor_seed(seed))
            random_stir(&source.random, seed, sizeof(seed));
        source.since_reseed = 0;
    }
    source.since_reseed += bytes;
    random_read(&source.random, to, bytes);
    mutex_unlock(&source.mutex);
}

SYSCALL(getrandom)
{
    uint8_t piece[PIECE_BYTES];
    size_t left = args[1] > RW_MAX ? RW_MAX : args[1];
    size_t done = 0;

    if (args[2] & ~(uint64_t)(GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE))
        return -EINVAL;
    while (done < left) {
        size_t bytes = left - done < sizeof(piece) ? left - done : sizeof(piece);
        random_bytes(piece, bytes);
        if (user_write(uaddr(args[0] + done), piece, bytes) < 0)
            return done > 0 ? (long)done : -EFAULT;
        done += bytes;
        if (done < left && !call_may_go_on())
            break;
    }
    memset(piece, 0, sizeof(piece));
    return (long)done;
}
