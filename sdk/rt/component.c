/**
 * component.c - start and end of a native program.
 *
 * `self` is written once, before the program's own code runs. The shared page is written by the
 * event loop (pulse) and by whichever thread ends the component.
 */
#include "sdk/rt/component.h"

#include "lib/base/fmt.h"
#include "lib/base/string.h"
#include "native/trap.h"

static const struct component_info *self;

NORETURN void component_start(const struct component_info *info);

const struct component_info *component_self(void) { return self; }

const struct status_page *component_status(void)
{
    return (const struct status_page *)(uintptr_t)self->status_address;
}

static struct component_shared *shared_page(void)
{
    return (struct component_shared *)(uintptr_t)self->shared_address;
}

/** Request the end of kind @kind; the words are already in place. */
NORETURN static void leave(enum component_exit kind)
{
    __atomic_store_n(&shared_page()->exit_requested, (uint32_t)kind, __ATOMIC_RELEASE);
    trap_undefined();
}

void component_exit(int status, const char *why)
{
    struct component_shared *shared = shared_page();
    fmt_buffer(shared->last_words, sizeof(shared->last_words), "%s", why);
    shared->exit_status = (uint32_t)status;
    leave(EXIT_ORDERLY);
}

void check_failed(const char *file, int line, const char *what)
{
    struct component_shared *shared = shared_page();
    fmt_buffer(shared->last_words, sizeof(shared->last_words), "%s:%d: %s", file, line, what);
    leave(EXIT_CHECK);
}

bool component_take_seed(uint8_t seed[COMPONENT_SEED_BYTES])
{
    struct component_shared *shared = shared_page();
    if (!shared->has_seed)
        return false;
    memcpy(seed, shared->seed, sizeof(shared->seed));
    memset(shared->seed, 0, sizeof(shared->seed));
    shared->has_seed = 0;
    return true;
}

const struct component_device *component_device(const struct component_info *info,
                                                enum device_kind kind)
{
    for (uint32_t i = 0; i < info->count_devices; i++)
        if (info->devices[i].kind == (uint32_t)kind)
            return &info->devices[i];
    return NULL;
}

uint32_t peer_generation(uint32_t index)
{
    ASSERT(index < STATUS_COMPONENTS_MAX);
    return __atomic_load_n(&component_status()->components[index].generation, __ATOMIC_ACQUIRE);
}

bool peer_available(uint32_t index)
{
    ASSERT(index < STATUS_COMPONENTS_MAX);
    const uint32_t state =
        __atomic_load_n(&component_status()->components[index].state, __ATOMIC_ACQUIRE);
    return state == COMPONENT_RUNNING || state == COMPONENT_RESTARTING;
}

void heartbeat_answer(void)
{
    struct component_shared *shared = shared_page();
    const uint32_t ping = __atomic_load_n(&shared->ping, __ATOMIC_ACQUIRE);
    __atomic_store_n(&shared->pulse, ping, __ATOMIC_RELEASE);
}

void component_start(const struct component_info *info)
{
    if (info->magic != COMPONENT_MAGIC)
        trap_undefined();
    self = info;
    component_exit(component_main(info), "main returned");
}
