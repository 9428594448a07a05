/*
 * exec_credentials.c - what a program may that somebody executes, and who may look into it then.
 */
#include "servers/linux/exec.h"
#include "servers/linux/exec_grant.h"
#include "servers/linux/process.h"
#include "servers/linux/seccomp.h"

/* ADDR_NO_RANDOMIZE, MMAP_PAGE_ZERO, ADDR_COMPAT_LAYOUT, READ_IMPLIES_EXEC. */
#define PERSONALITY_CLEARED (UINT64_C(0x0040000) | 0x0100000 | 0x0200000 | 0x0400000)

static bool has_thread_in(const struct process *process, const struct fs_context *fs)
{
    list_for_each (link, &process->threads)
        if (list_entry(link, struct thread, process_link)->context.fs == fs)
            return true;
    return false;
}

/* Could another process change the working directory of the program? Other references than those of
   threads come and go (/proc looks at it), so the threads themselves are counted. */
static bool shares_directory(const struct thread *thread)
{
    const struct fs_context *fs = thread->context.fs;
    bool shared = false;

    if (__atomic_load_n(&fs->refs, __ATOMIC_ACQUIRE) == 1)
        return false;
    mutex_lock(&process_mutex);
    list_for_each (link, &process_list) {
        const struct process *process = list_entry(link, struct process, all_link);
        shared |= process != thread->process && has_thread_in(process, fs);
    }
    mutex_unlock(&process_mutex);
    return shared;
}

/* The bits of a script's interpreter count, those of the script do not. */
int exec_prepare_credentials(struct exec *exec)
{
    struct thread *thread = thread_self();
    const struct credentials *own = &thread->context.credentials;
    struct exec_grant grant;

    exec_grant_of(exec->file->inode, &grant);
    exec->filters = seccomp_filters(thread);
    exec->credentials = *own;
    exec->credentials.no_new_privileges |= seccomp_no_new_privileges(thread);
    int status =
        credentials_execute(&exec->credentials, &grant, shares_directory(thread), &exec->secure);
    exec->trusted = (exec->credentials.permitted & ~own->permitted) ||
                    ((grant.sets_uid || grant.sets_gid) && !exec->credentials.no_new_privileges);
    return status;
}

/* Who could look into the caller may not look into a program that has, or shows, more. */
void exec_take_credentials(const struct exec *exec, struct thread *thread)
{
    struct credentials *own = &thread->context.credentials;
    struct process *process = thread->process;
    const bool guarded = credentials_guard(own, &exec->credentials);

    process->dumpable =
        !exec->unreadable && !guarded && own->uid == own->euid && own->gid == own->egid;
    if (guarded || exec->secure)
        process->parent_death_signal = 0;
    if (exec->trusted)
        process->personality &= ~PERSONALITY_CLEARED;
    *own = exec->credentials;
}
