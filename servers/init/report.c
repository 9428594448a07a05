/**
 * report.c - what init says: lines for the console's log, and the last words of a boot that fails.
 *
 * The log is a byte stream like anyone's, in which init never waits: what does not fit is dropped
 * and counted. Debug kernels get every line on their own UART too while there is no console.
 */
#include "servers/init/init.h"

#include <corm/kernel_calls.h>
#include <corm/status_name.h>
#include "lib/base/fmt.h"
#include "sdk/ipc/invoke.h"
#include "sdk/ring/stream_client.h"
#include "sdk/rt/component.h"

#define LINE_BYTES 160

/* `page` is the status page, for peer_generation(), once there is one. */
static struct {
    const struct status_page *page;
    bool connected;
    uint32_t lost; /* lines */
    struct stream_client stream;
    uint8_t kept[STREAM_LOG_RING];
} report;

uint32_t peer_generation(uint32_t index)
{
    ASSERT(report.page != NULL && index < STATUS_COMPONENTS_MAX);
    return report.page->components[index].generation;
}

void report_open(struct init *init)
{
    report.page = init->status;
    for (uint32_t i = 0; i < init->count_sessions; i++) {
        const struct init_session *session = &init->sessions[i];
        if (session->spec->client != MANIFEST_INIT)
            continue;
        const struct component *console = &init->components[session->spec->provider];
        must(mint(part_slot(console, PART_NOTIFICATION), INIT_SLOT_TABLE, OWN_CONSOLE,
                  NOTIFICATION_RIGHT_SIGNAL, BIT(SIGNAL_SESSION + session->provider_index)),
             "connecting the log to", console->spec->name);
        const struct session end = {.signal = OWN_CONSOLE,
                                    .peer = session->spec->provider,
                                    .memory = session->memory,
                                    .memory_bytes = session->spec->region_bytes};
        must(stream_client_create(&report.stream, &end, report.kept, STREAM_LOG_RING, 1),
             "connecting the log to", console->spec->name);
        report.connected = true;
        return;
    }
}

static void put_debug(const char *line)
{
    for (; *line != '\0'; line++)
        if (debug_write(*line) != OK)
            return;
}

void report_line(const char *format, ...)
{
    char line[LINE_BYTES];
    va_list args;
    size_t length = fmt_buffer(line, sizeof(line) - 1, "init: ");
    va_start(args, format);
    length += fmt_buffer_args(line + length, sizeof(line) - 1 - length, format, args);
    va_end(args);
    if (length > sizeof(line) - 2)
        length = sizeof(line) - 2;
    line[length++] = '\n';
    line[length] = '\0';
    if (!report.connected) {
        put_debug(line);
    } else if (stream_client_room(&report.stream) < length) {
        report.lost++;
    } else {
        stream_client_write(&report.stream, line, (uint32_t)length);
        stream_client_wake(&report.stream);
    }
}

void report_update(void)
{
    if (!report.connected)
        return;
    stream_client_update(&report.stream);
    if (report.lost > 0 && stream_client_pending(&report.stream) == 0) {
        const uint32_t lost = report.lost;
        report.lost = 0;
        report_line("%u lines lost", lost);
    }
}

static void put_polled(void *context, char character)
{
    (void)context;
    machine_put(character);
}

void report_fatal(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fmt_sink(put_polled, NULL,
             "\ncorm: %s: init: ", report.page == NULL ? "cannot start" : "panic");
    fmt_sink_args(put_polled, NULL, format, args);
    fmt_sink(put_polled, NULL, "\n");
    va_end(args);
    power_off(true);
}

void must(status_t status, const char *what, const char *whom)
{
    if (status != OK)
        report_fatal("%s %s: %s", what, whom, status_name(status));
}

void check_failed(const char *file, int line, const char *what)
{
    report_fatal("%s:%d: %s", file, line, what);
}
