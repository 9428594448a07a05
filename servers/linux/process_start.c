/*
 * process_start.c - pid 1: the first process, made from nothing by the server itself.
 */
#include "servers/linux/exec.h"
#include "servers/linux/process.h"
#include "servers/linux/seccomp.h"
#include "servers/linux/signal.h"

/* What the first thread executes, kept until it has done so. */
static struct {
    const char *path;
    const char *const *argv;
    const char *const *envp;
} first;

static int make_process(struct thread *thread)
{
    struct signal_actions *actions = signal_actions_create(NULL);
    if (!actions)
        return -ENOMEM;
    mutex_lock(&process_mutex);
    thread->tid = id_alloc();
    struct process *process = thread->tid == 1 ? process_create(1, NULL, NULL) : NULL;
    if (process) {
        process->actions = actions;
        process_limits_default(process->limits);
        interval_timers_init(process);
        cpu_timers_init(process);
        process_add_thread(process, thread);
        process_init = process;
    }
    mutex_unlock(&process_mutex);
    if (process)
        return 0;
    signal_actions_put(actions);
    return -ENOMEM;
}

int process_start_init(const char *path, const char *const argv[], const char *const envp[])
{
    struct thread *thread = thread_take();
    if (!thread)
        return -ENOMEM;
    thread->context = *context_current();
    seccomp_begin(thread);
    int error = make_process(thread);
    if (error < 0)
        return error;
    first.path = path;
    first.argv = argv;
    first.envp = envp;
    thread_launch(thread);
    return 0;
}

void process_first_exec(void)
{
    int error = exec_first(first.path, first.argv, first.envp);
    if (error == 0)
        return;
    log_line("cannot execute %s: error %d", first.path, -error);
    process_exit_thread(127 << 8);
}
