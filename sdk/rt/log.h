/**
 * log.h - lines for the person who runs the machine.
 *
 * Lines go into the component's "log" session and from there to the console; what has been written
 * survives the console's death. Without such a session, or while its ring is full, a debug kernel's
 * own UART takes them; else they are counted as lost, which the next line says.
 */
#pragma once

#include "lib/base/types.h"

#define LOG_LINE_BYTES 160 /* longer lines are cut off */

/** log_line - write "<component>: <text>" and a newline. Any thread; never blocks. */
void log_line(const char *format, ...) PRINTF(1, 2);

/** log_update - the log session or the status page has signalled. Any thread. */
void log_update(void);

/**
 * log_drain - wait until the console has taken every line, but not beyond @deadline_ns.
 * For a program whose lines must not be lost. Returns whether it has. Any thread.
 */
bool log_drain(nanos_t deadline_ns);
