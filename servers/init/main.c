/**
 * main.c - the first program: builds the system that the manifest describes, then watches over it.
 */
#include "servers/init/init.h"

#include "native/counter.h"
#include "sdk/ipc/invoke.h"
#include "sdk/rt/time.h"

static struct init init;

STATIC_ASSERT(BOOTINFO_SEED_BYTES == CHACHA20_KEY_BYTES, "a seed is a key");

NORETURN void init_main(const struct bootinfo *boot);

nanos_t clock_now(void)
{
    return time_scale(counter_read(), init.boot->clock_multiplier, init.boot->clock_offset_ns);
}

static void find_manifest(void)
{
    struct blob blob;
    must(bundle_find(init.boot, BUNDLE_MANIFEST, "manifest", &blob), "reading", "the manifest");
    must(manifest_check(&blob), "checking", "the manifest");
    init.manifest = blob.data;
    init.count_components = init.manifest->count_components;
    init.count_sessions = init.manifest->count_sessions;
}

/** A thread of a component faulted; the badge of its fault endpoint says which component's. */
static void take_fault(uint64_t badge, const struct message *m)
{
    ASSERT(badge >= 1 && badge <= init.count_components);
    watch_fault(&init, &init.components[badge - 1], m);
}

static void take_signals(uint64_t bits)
{
    if (bits & SIGNALS_CONTROL)
        control_serve(&init);
    if (bits & SIGNALS_LOG)
        report_update();
}

/**
 * Everything that happens reaches init here. The thread whose fault was received no longer exists
 * when the loop comes round, so the empty answer goes nowhere.
 */
NORETURN static void watch(void)
{
    for (;;) {
        struct message m = {.tag = TAG(CANCELLED, 0)};
        const nanos_t due_ns = watch_tick(&init);
        const uint64_t received = ipc_reply_wait_deadline(OWN_FAULTS, &m, due_ns);
        if (received & RECEIVED_SIGNAL)
            take_signals(received & BADGE_MASK);
        else if (!(received & RECEIVED_ERROR))
            take_fault(received, &m);
    }
}

void init_main(const struct bootinfo *boot)
{
    init.boot = boot;
    if (boot->magic != BOOTINFO_MAGIC)
        report_fatal("the kernel's boot information has the wrong magic");
    if (boot->features & BOOTINFO_FEATURE_SEED)
        random_init(&init.random, boot->seed);
    find_manifest();
    memory_init(&init.memory, boot);
    plan_all(&init);
    services_create(&init);
    report_open(&init);
    watch_start(&init);
    watch();
}
