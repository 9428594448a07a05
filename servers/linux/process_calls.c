/*
 * process_calls.c - who am I, who is my family, how do I end.
 */
#include "servers/linux/process.h"
#include "servers/linux/signal.h"
#include "servers/linux/sys.h"

SYSCALL(getpid)
{
    (void)args;
    return process_current()->id;
}

SYSCALL(gettid)
{
    (void)args;
    return thread_self()->tid;
}

SYSCALL(getppid)
{
    (void)args;
    return process_current()->parent_id;
}

SYSCALL(exit) { process_exit_thread(arg_int(args[0]) << 8 & 0xff00); }

SYSCALL(exit_group)
{
    mutex_lock(&process_mutex);
    process_begin_exit(process_current(), arg_int(args[0]) << 8 & 0xff00);
    mutex_unlock(&process_mutex);
    return 0; /* never seen: the thread ends before it is back in its guest */
}

SYSCALL(set_tid_address)
{
    struct thread *thread = thread_self();
    thread->clear_child_tid = args[0];
    return thread->tid;
}

/* ---- groups and sessions ------------------------------------------------------------------- */

/* A process by number, 0 = the caller, under process_mutex; NULL = no such. */
static struct process *process_or_self(int pid)
{
    return pid == 0 ? process_current() : process_find(pid);
}

/* The rules of setpgid(2). Caller holds process_mutex. */
static int check_set_group(const struct process *target, int group)
{
    const struct process *self = process_current();

    if (!target || (target != self && target->parent != self) || target->state != PROCESS_ALIVE)
        return -ESRCH;
    if (target->parent == self && target != self) {
        if (target->session != self->session)
            return -EPERM;
        if (target->has_executed)
            return -EACCES;
    }
    if (target->session == target->id)
        return -EPERM;
    if (group == target->id)
        return 0;
    list_for_each (link, &process_list) {
        const struct process *member = list_entry(link, struct process, all_link);
        if (member->group == group && member->session == self->session)
            return 0;
    }
    return -EPERM;
}

SYSCALL(setpgid)
{
    int pid = arg_int(args[0]), group = arg_int(args[1]);

    if (group < 0 || pid < 0)
        return -EINVAL;
    mutex_lock(&process_mutex);
    struct process *target = process_or_self(pid);
    if (group == 0 && target)
        group = target->id;
    int error = check_set_group(target, group);
    if (error == 0)
        process_set_group(target, group, target->session);
    mutex_unlock(&process_mutex);
    return error;
}

enum family { FAMILY_GROUP, FAMILY_SESSION };

static long read_family(int pid, enum family which)
{
    mutex_lock(&process_mutex);
    const struct process *process = process_or_self(pid);
    long result = -ESRCH;
    if (process)
        result = which == FAMILY_GROUP ? process->group : process->session;
    mutex_unlock(&process_mutex);
    return result;
}

SYSCALL(getpgid) { return read_family(arg_int(args[0]), FAMILY_GROUP); }

SYSCALL(getsid) { return read_family(arg_int(args[0]), FAMILY_SESSION); }

SYSCALL(getpgrp)
{
    (void)args;
    return process_current_group();
}

SYSCALL(setsid)
{
    struct process *self = process_current();
    long result = self->id;
    (void)args;

    mutex_lock(&process_mutex);
    const struct id *id = id_find(self->id);
    if (self->group == self->id || id->group_members != 0) {
        result = -EPERM;
    } else {
        process_set_group(self, self->id, self->id);
        self->has_terminal = false;
    }
    mutex_unlock(&process_mutex);
    return result;
}
