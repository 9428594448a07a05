/*
 * process_terminal.c - which processes have their session's controlling terminal (base.h). The
 * terminal itself: tty_job.c. Lock: process_mutex, but for the flag, which is read without.
 */
#include "servers/linux/signal.h"
#include "servers/linux/sys.h"
#include "servers/linux/tty.h"

bool process_has_terminal(void)
{
    return __atomic_load_n(&process_current()->has_terminal, __ATOMIC_RELAXED);
}

void process_set_terminal(bool has)
{
    __atomic_store_n(&process_current()->has_terminal, has, __ATOMIC_RELAXED);
}

void process_clear_terminals(int session)
{
    mutex_lock(&process_mutex);
    list_for_each (link, &process_list) {
        struct process *process = list_entry(link, struct process, all_link);
        if (process->session == session)
            __atomic_store_n(&process->has_terminal, false, __ATOMIC_RELAXED);
    }
    mutex_unlock(&process_mutex);
}

void process_hang_up(int session, int group)
{
    mutex_lock(&process_mutex);
    struct process *leader = process_find(session);
    if (leader && leader->state == PROCESS_ALIVE && leader->session == session) {
        leader->hangup_group = group;
        signal_hang_up(leader);
    }
    mutex_unlock(&process_mutex);
}

int process_hangup_group(void)
{
    mutex_lock(&process_mutex);
    int group = process_current()->hangup_group;
    process_current()->hangup_group = 0;
    mutex_unlock(&process_mutex);
    return group;
}

SYSCALL(vhangup)
{
    (void)args;
    if (!current_has(CAP_SYS_TTY_CONFIG))
        return -EPERM;
    tty_hangup_current();
    return 0;
}
