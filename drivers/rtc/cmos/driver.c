/**
 * driver.c - the battery-backed clock of a PC: service "clock" (abi/idl/clock.idl).
 *
 * Stateless: every call reads the device, on the caller's time, so a restart has nothing to
 * restore. Non-goals: setting the clock, alarms, fractions of a second.
 */
#include <corm/clock_server.h>
#include <corm/kernel_calls.h>
#include "drivers/rtc/cmos/date.h"
#include "lib/base/string.h"
#include "drivers/rtc/cmos/regs.h"
#include "sdk/ipc/serve.h"
#include "sdk/rt/component.h"
#include "sdk/rt/time.h"

/* An update takes at most 2 ms (MC146818, "update cycle"). */
#define UPDATE_NS (3 * NANOS_PER_MS)

/* Two readings agree unless an update fell between them, which cannot happen twice in a row. */
#define READINGS_MAX 4

struct rtc {
    cap_t ports;
    uint32_t base;
    uint32_t generation;
};

static uint8_t rtc_register(const struct rtc *rtc, uint32_t reg)
{
    uint64_t value = 0;
    status_t status = ioport_out(rtc->ports, rtc->base + PORT_INDEX, 1, reg);
    if (status == OK)
        status = ioport_in(rtc->ports, rtc->base + PORT_DATA, 1, &value);
    ASSERT(status == OK);
    return (uint8_t)value;
}

static struct date_registers rtc_registers(const struct rtc *rtc)
{
    return (struct date_registers){
        .seconds = rtc_register(rtc, REG_SECONDS),
        .minutes = rtc_register(rtc, REG_MINUTES),
        .hours = rtc_register(rtc, REG_HOURS),
        .day = rtc_register(rtc, REG_DAY),
        .month = rtc_register(rtc, REG_MONTH),
        .year = rtc_register(rtc, REG_YEAR),
        .century = rtc_register(rtc, REG_CENTURY),
        .mode = rtc_register(rtc, REG_B),
    };
}

static status_t rtc_await_update(const struct rtc *rtc)
{
    const nanos_t deadline_ns = time_now() + UPDATE_NS;
    while (rtc_register(rtc, REG_A) & A_UPDATING)
        if (time_now() > deadline_ns)
            return IO;
    return OK;
}

/** Read the time registers until two readings agree. */
static status_t rtc_read(const struct rtc *rtc, struct date_registers *date)
{
    struct date_registers last = {0};
    for (unsigned readings = 0; readings < READINGS_MAX; readings++) {
        const status_t status = rtc_await_update(rtc);
        if (status != OK)
            return status;
        *date = rtc_registers(rtc);
        if (readings > 0 && memcmp(&last, date, sizeof(last)) == 0)
            return OK;
        last = *date;
    }
    return IO;
}

static status_t serve_read(void *ctx, uint64_t badge, uint64_t *unix_ns, uint64_t *kernel_ns)
{
    const struct rtc *rtc = ctx;
    struct date_registers date;
    uint64_t unix_s;
    (void)badge;
    if (!(rtc_register(rtc, REG_D) & D_VALID))
        return IO;
    status_t status = rtc_read(rtc, &date);
    if (status != OK)
        return status;
    const nanos_t now = time_now();
    status = date_to_unix(&date, &unix_s);
    if (status != OK)
        return status;
    *unix_ns = unix_s * NANOS_PER_S;
    *kernel_ns = now;
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
    const struct component_device *ports = component_device(info, DEVICE_PORTS);
    if (ports == NULL || ports->size < PORT_COUNT)
        component_exit(1, "the manifest grants no ports");
    rtc = (struct rtc){.ports = ports->slot,
                       .base = (uint32_t)ports->base,
                       .generation = info->generation & 0xffff};
    component_serve(info, &ops, &rtc);
}
