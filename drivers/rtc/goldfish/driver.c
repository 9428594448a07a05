/**
 * driver.c - the clock of an emulated machine, "goldfish": service "clock" (abi/idl/clock.idl).
 *
 * Stateless: every call reads the device, on the caller's time, so a restart has nothing to
 * restore. Non-goals: setting the clock, alarms.
 */
#include <corm/clock_server.h>
#include "drivers/rtc/goldfish/regs.h"
#include "sdk/ipc/serve.h"
#include "sdk/rt/component.h"
#include "sdk/rt/time.h"

struct rtc {
    const volatile uint32_t *registers;
    uint32_t generation;
};

static status_t serve_read(void *ctx, uint64_t badge, uint64_t *unix_ns, uint64_t *kernel_ns)
{
    const struct rtc *rtc = ctx;
    (void)badge;
    const uint32_t low = rtc->registers[REG_TIME_LOW / sizeof(uint32_t)];
    *kernel_ns = time_now();
    *unix_ns = (uint64_t)rtc->registers[REG_TIME_HIGH / sizeof(uint32_t)] << 32 | low;
    return OK;
}

static void on_call(void *ctx, uint64_t badge, struct message *m)
{
    static const struct clock_ops ops = {.read = serve_read};
    const struct rtc *rtc = ctx;
    clock_dispatch(&ops, ctx, badge, rtc->generation, m);
}

int component_main(const struct component_info *info)
{
    static struct rtc rtc;
    static const struct component_ops ops = {.call = on_call};
    const struct component_device *registers = component_device(info, DEVICE_MEMORY);
    if (registers == NULL || registers->size < REG_BYTES)
        component_exit(1, "the manifest grants no registers");
    rtc = (struct rtc){.registers = (const volatile uint32_t *)(uintptr_t)registers->base,
                       .generation = info->generation & 0xffff};
    component_serve(info, &ops, &rtc);
}
