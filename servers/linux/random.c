/*
 * random.c - unpredictable bytes: the processor's into ChaCha20.
 *
 * The processor's numbers are the only source (no device is trusted with more than stirring); a
 * machine without them does not start a world (random_start fails), for a fixed seed would be
 * a lie. Stirred again every RESEED_BYTES. Lock: `source.mutex`.
 */
#include "servers/linux/random.h"

#include "abi/bootinfo.h"
#include "abi/component.h"

#include "lib/base/chacha20.h"
#include "lib/base/string.h"
#include "servers/linux/machine.h"
#include "servers/linux/sys.h"

#define RESEED_BYTES (1u << 20)
#define PIECE_BYTES  256

static struct {
    struct mutex mutex;
    struct random random;
    uint64_t since_reseed;
} source = {.mutex = MUTEX_OF(LOCK_RANDOM)};

static bool hardware_seed(uint8_t seed[CHACHA20_KEY_BYTES])
{
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
    uint8_t seed[CHACHA20_KEY_BYTES];
    if (!(info->features & BOOTINFO_FEATURE_RANDOM) || !hardware_seed(seed))
        return -ENXIO;
    random_init(&source.random, seed);
    return 0;
}

void random_bytes(void *to, size_t bytes)
{
    mutex_lock(&source.mutex);
    if (source.since_reseed >= RESEED_BYTES) {
        uint8_t seed[CHACHA20_KEY_BYTES];
        if (hardware_seed(seed))
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
