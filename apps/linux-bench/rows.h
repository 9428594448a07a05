/*
 * rows.h - what is measured. Each row runs in a process of its own, whose end is also the end of
 * everything that it made.
 */
#pragma once

#include <stddef.h>

#include "apps/linux-bench/measure.h"

struct row {
    const char *name;
    void (*run)(const struct row *row, unsigned count); /* ends with row_measure, or row_fail */
    unsigned count;                                     /* operations a batch, if nobody says */
    size_t bytes;                                       /* sent, read, written, mapped; by row */
};

/* Measures and reports the row's figure. */
void row_measure(const struct row *row, const struct measure *measure, unsigned count);

/* Reports that @call failed with errno, which may mean that the system does not have it. Ends. */
__attribute__((noreturn)) void row_fail(const char *call);

/* What a call has returned, unless that is -1: row_fail. */
static inline long row_need(long result, const char *call)
{
    if (result == -1)
        row_fail(call);
    return result;
}

/* Forks. The child does @run, and ends as it returns; nobody waits for it. */
void row_start_peer(void (*run)(void *context), void *context);

/* Memory that is not there before it is touched, a page at a time: large pages would make most
 * touches cost nothing. */
volatile char *row_map_small(size_t bytes);

/* Writes to each page. */
void row_touch(volatile char *memory, size_t bytes);

void row_getppid(const struct row *row, unsigned count);
void row_signal_self(const struct row *row, unsigned count);
void row_epoll_ready(const struct row *row, unsigned count);

void row_pipe(const struct row *row, unsigned count);
void row_unix(const struct row *row, unsigned count);
void row_futex_processes(const struct row *row, unsigned count);
void row_futex_threads(const struct row *row, unsigned count);

void row_fork_exit_wait(const struct row *row, unsigned count);
void row_fork_exec(const struct row *row, unsigned count);
void row_shell(const struct row *row, unsigned count);
void row_thread(const struct row *row, unsigned count);

void row_map(const struct row *row, unsigned count);
void row_page_fault(const struct row *row, unsigned count);

void row_pread(const struct row *row, unsigned count);
void row_open_close(const struct row *row, unsigned count);
void row_stat(const struct row *row, unsigned count);
void row_create_unlink(const struct row *row, unsigned count);
void row_write(const struct row *row, unsigned count);
