/*
 * process_rows.c - processes and threads from their beginning to their end.
 */
#include <errno.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apps/linux-bench/rows.h"

#define BUSYBOX "/bin/busybox"
#define SHELL   "/bin/sh"

/* A child that does nothing, or executes; it must end with status 0. */
static void run_child(void *context)
{
    char *const *command = context;
    int status;
    pid_t child = fork();

    if (child == 0) {
        if (command)
            execv(command[0], command);
        _exit(command != NULL);
    }
    row_need(child, "fork");
    row_need(waitpid(child, &status, 0), "waitpid");
    if (status != 0) {
        errno = ECHILD;
        row_fail("a child that ends well");
    }
}

void row_fork_exit_wait(const struct row *row, unsigned count)
{
    if (row->bytes)
        row_touch(row_map_small(row->bytes), row->bytes); /* more for the child to have */
    row_measure(row, &(struct measure){.operation = run_child}, count);
}

void row_fork_exec(const struct row *row, unsigned count)
{
    static const char *const command[] = {BUSYBOX, "true", NULL};
    row_measure(row, &(struct measure){.operation = run_child, .context = (void *)command}, count);
}

void row_shell(const struct row *row, unsigned count)
{
    static const char *const command[] = {SHELL, "-c", "/bin/true", NULL};
    row_measure(row, &(struct measure){.operation = run_child, .context = (void *)command}, count);
}

static void *end_at_once(void *context) { return context; }

static void create_join(void *context)
{
    pthread_t thread;

    errno = pthread_create(&thread, NULL, end_at_once, context);
    if (errno)
        row_fail("pthread_create");
    errno = pthread_join(thread, NULL);
    if (errno)
        row_fail("pthread_join");
}

void row_thread(const struct row *row, unsigned count)
{
    row_measure(row, &(struct measure){.operation = create_join}, count);
}
