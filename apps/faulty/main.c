/**
 * main.c - a service that breaks in one way at its first call, and works from then on.
 *
 * The component's name says how (enum below). It serves the clock's interface; the time that it
 * tells is its generation. For systems/recovery.toml.
 */
#include <corm/clock_server.h>
#include "lib/base/string.h"
#include "sdk/ipc/invoke.h"
#include "sdk/ipc/serve.h"
#include "sdk/ipc/session.h"
#include "sdk/rt/component.h"
#include "sdk/rt/log.h"
#include "sdk/rt/time.h"

NORETURN static void loop(void)
{
    for (;;)
        __asm__ volatile("");
}

NORETURN static void dereference_null(void)
{
    volatile uint32_t *volatile nowhere = NULL;
    *nowhere = 1;
    loop();
}

/** Before the first call: take every signal, the ping too, and do nothing about it. */
NORETURN static void ignore_everything(void)
{
    for (;;)
        notification_wait(SLOT_NOTIFICATION, DEADLINE_NEVER);
}

/** Wait for an answer that never comes: the console serves no calls. */
NORETURN static void call_for_ever(void)
{
    struct session console;
    struct message m = {0};
    if (session_open(&console, component_self(), "log") == OK)
        status_ignore(ipc_call(console.endpoint, &m), "there is no answer");
    loop();
}

NORETURN static void end_badly(void) { component_exit(3, "meant to end"); }

NORETURN static void fail_check(void) { check_failed(__FILE__, __LINE__, "meant to fail"); }

NORETURN static void overflow_stack(void)
{
    volatile uint8_t *below = __builtin_frame_address(0);
    for (;;)
        *(below -= 256) = 1;
}

static const struct {
    const char *name;
    void (*misbehave)(void);
} ways[] = {
    {"looper", loop},       {"nuller", dereference_null}, {"caller", call_for_ever},
    {"quitter", end_badly}, {"checker", fail_check},      {"overflower", overflow_stack},
    {"dawdler", loop}, /* its manifest limits a request */
};

static status_t serve_read(void *ctx, uint64_t badge, uint64_t *unix_ns, uint64_t *kernel_ns)
{
    const struct component_info *info = ctx;
    (void)badge;
    for (size_t i = 0; i < ARRAY_LENGTH(ways) && info->generation == 1; i++)
        if (strcmp(info->name, ways[i].name) == 0)
            ways[i].misbehave();
    *unix_ns = info->generation;
    *kernel_ns = time_now();
    return OK;
}

static void on_call(void *ctx, uint64_t badge, struct message *m)
{
    static const struct clock_ops ops = {.read = serve_read};
    const struct component_info *info = ctx;
    clock_dispatch(&ops, ctx, badge, info->generation & 0xffff, m);
}

int component_main(const struct component_info *info)
{
    static const struct component_ops ops = {.call = on_call};
    if (info->generation == 1 && strcmp(info->name, "spinner") == 0)
        loop();
    if (info->generation == 1 && strcmp(info->name, "mute") == 0)
        ignore_everything();
    component_serve(info, &ops, (void *)(uintptr_t)info);
}
