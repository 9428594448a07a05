/*
 * main.c - the Linux world: start-up in order, then the event loop.
 *
 * The first thread starts everything and then only serves signals: sessions, status page, ping. It
 * never touches a guest. The world's own threads: one for timers, one for the line to the outside,
 * one per Linux thread. See lock_classes.def for the order of locks.
 */
#include "lib/base/crc32.h"
#include "sdk/ipc/serve.h"
#include "sdk/rt/component.h"
#include "sdk/rt/log.h"
#include "servers/linux/clock.h"
#include "servers/linux/fd.h"
#include "servers/linux/files.h"
#include "servers/linux/machine.h"
#include "servers/linux/memory.h"
#include "servers/linux/objects.h"
#include "servers/linux/proc_view.h"
#include "servers/linux/process.h"
#include "servers/linux/processors.h"
#include "servers/linux/random.h"
#include "servers/linux/spare.h"
#include "servers/linux/timer.h"
#include "servers/linux/vdso.h"
#include "servers/linux/world.h"

#define EXIT_STATUS_BROKEN 125

/* The world cannot start: says why where the machine's owner looks, and ends. */
NORETURN static void give_up(const char *why)
{
    log_line("cannot start: %s", why);
    bool drained = log_drain(time_now_monotonic() + NANOS_PER_S);
    component_exit(EXIT_STATUS_BROKEN, drained ? why : "cannot start, and the log is not read");
}

static void require(const char *why)
{
    if (why)
        give_up(why);
}

static void start_floor(const struct component_info *info)
{
    processors_init(info);
    thread_adopt_first();
    spare_init(info);
    objects_init(info);
    memory_init(info);
    thread_first_may_sleep();
    if (random_start(info) < 0)
        give_up("no random numbers: the loader gave no seed, the processor has none that work");
    if (vdso_init(info) < 0)
        give_up("no memory");
    clock_init(info);
    timers_start();
}

static void start_files(const struct component_info *info)
{
    static struct files files;
    struct context *context = context_current();

    context->credentials = credentials_of_root;
    if (crc32_update(0, (const void *)info->bundle_address, info->bundle_bytes) !=
        info->bundle_crc32)
        give_up("the root in the boot bundle is damaged: its checksum is wrong");
    require(
        files_start(&files, (const void *)info->bundle_address, info->bundle_bytes, &proc_view));
    context->fs = fs_context_create(files.root);
    context->files = fd_table_create();
    if (!context->fs || !context->files)
        give_up("no memory for pid 1");
}

static void session_signalled(void *ctx, uint32_t index)
{
    (void)ctx;
    (void)index;
    log_update();
    world_line_moved();
}

static void status_changed(void *ctx)
{
    (void)ctx;
    log_update();
    world_line_moved();
}

int component_main(const struct component_info *info)
{
    static const struct component_ops ops = {.session = session_signalled,
                                             .status = status_changed};
    static struct world world;

    machine_start(info->address_end);
    start_floor(info);
    require(world_read(&world, info));
    start_files(info);
    require(world_connect(&world, info));
    if (process_start_init(world.argv[0], world.argv, world.envp) < 0)
        give_up("no memory for pid 1");
    component_serve(info, &ops, NULL);
}
