/**
 * log.c - lines for the person who runs the machine.
 *
 * `log.lock` protects everything in `log`; it is held for one copy of a line. Nothing is called
 * under it that blocks.
 */
#include "sdk/rt/log.h"

#include "lib/base/fmt.h"
#include "lib/base/string.h"
#include "sdk/ring/stream_client.h"
#include "sdk/rt/component.h"
#include "sdk/rt/lock.h"
#include "sdk/rt/time.h"

static struct {
    struct lock lock;
    bool opened;    /* tried to */
    bool connected; /* `stream` works */
    uint32_t lost;  /* lines; atomic, for those who did not get the lock */
    struct stream_client stream;
    uint8_t kept[STREAM_LOG_RING];
} log;

static void log_open(void)
{
    const struct component_info *info = component_self();
    struct session session;
    log.opened = true;
    if (session_open(&session, info, "log") == OK &&
        stream_client_create(&log.stream, &session, log.kept, sizeof(log.kept), info->generation) ==
            OK)
        log.connected = true;
}

/** All of the line or nothing of it. */
static bool log_put(const char *line, size_t length)
{
    if (log.connected) {
        if (stream_client_room(&log.stream) < length)
            return false;
        stream_client_write(&log.stream, line, (uint32_t)length);
        stream_client_wake(&log.stream);
        return true;
    }
    for (size_t i = 0; i < length; i++)
        if (debug_write(line[i]) != OK)
            return false;
    return true;
}

PRINTF(2, 0) static size_t log_format(char line[LOG_LINE_BYTES], const char *format, va_list args)
{
    const uint32_t lost = __atomic_load_n(&log.lost, __ATOMIC_RELAXED);
    size_t length = fmt_buffer(line, LOG_LINE_BYTES, "%s: ", component_self()->name);
    if (lost > 0)
        length += fmt_buffer(line + length, LOG_LINE_BYTES - length, "(%u lines lost) ", lost);
    length += fmt_buffer_args(line + length, LOG_LINE_BYTES - length, format, args);
    if (length > LOG_LINE_BYTES - 1)
        length = LOG_LINE_BYTES - 1;
    line[length] = '\n';
    return length + 1;
}

void log_line(const char *format, ...)
{
    char line[LOG_LINE_BYTES];
    va_list args;
    va_start(args, format);
    const size_t length = log_format(line, format, args);
    va_end(args);
    bool put = false;
    if (lock_try(&log.lock)) {
        if (!log.opened)
            log_open();
        put = log_put(line, length);
        lock_release(&log.lock);
    }
    if (put)
        __atomic_store_n(&log.lost, 0, __ATOMIC_RELAXED);
    else
        __atomic_fetch_add(&log.lost, 1, __ATOMIC_RELAXED);
}

void log_update(void)
{
    if (!lock_try(&log.lock))
        return;
    if (log.connected)
        stream_client_update(&log.stream);
    lock_release(&log.lock);
}

/** Has the console taken everything? Also true where it never will: there is none. */
static bool log_empty(void)
{
    bool empty = false;
    if (!lock_try(&log.lock))
        return false;
    empty = !log.connected || stream_client_pending(&log.stream) == 0;
    lock_release(&log.lock);
    return empty;
}

bool log_drain(nanos_t deadline_ns)
{
    while (!log_empty()) {
        if (time_now() >= deadline_ns)
            return false;
        ipc_yield();
    }
    return true;
}
