/*
 * exec.c - execve: find the program (through scripts), build its memory, become it.
 *
 * Until become() nothing of the caller has changed, so every error can be returned. From then on
 * nothing can fail.
 */
#include "servers/linux/exec.h"

#include "lib/base/fmt.h"
#include "lib/base/string.h"
#include "servers/linux/fd.h"
#include "servers/linux/futex.h"
#include "servers/linux/guest.h"
#include "servers/linux/posix_timer.h"
#include "servers/linux/process.h"
#include "servers/linux/seccomp.h"
#include "servers/linux/signal.h"
#include "servers/linux/sys.h"

#define FD_PATH_BYTES 24 /* /dev/fd/N/ */

/* What execve was asked for: of a guest, or of the server itself for pid 1. */
struct exec_source {
    const char *path;       /* as the program is told */
    struct dentry *program; /* what to execute; NULL: what lies there */
    bool path_ends;         /* the path is of a descriptor that exec closes: for no script */
    uint64_t argv;          /* guest addresses of arrays ... */
    uint64_t envp;
    const char *const *server_argv; /* ... or these */
    const char *const *server_envp;
};

/* ---- scripts ------------------------------------------------------------------------------ */

/* The pieces of a first line: the interpreter, and the rest as one argument (NULL: none). */
static int split_line(char *line, size_t bytes, char **interpreter, char **argument)
{
    size_t end = 2;
    while (end < bytes && line[end] != '\n' && line[end] != 0)
        end++;
    if (end == EXEC_LINE_BYTES - 1)
        return -ENOEXEC; /* the name might be cut off */
    while (end > 2 && (line[end - 1] == ' ' || line[end - 1] == '\t'))
        end--;
    line[end] = 0;
    char *at = line + 2;
    while (*at == ' ' || *at == '\t')
        at++;
    if (*at == 0)
        return -ENOEXEC;
    *interpreter = at;
    while (*at && *at != ' ' && *at != '\t')
        at++;
    *argument = NULL;
    if (*at) {
        *at++ = 0;
        while (*at == ' ' || *at == '\t')
            at++;
        *argument = at;
    }
    return 0;
}

/* Words that scripts put in front of the arguments, last script first. */
struct script_words {
    unsigned count;
    char *words[2 * EXEC_SCRIPTS_MAX];
};

static char *copy_text(const char *text)
{
    size_t bytes = strlen(text) + 1;
    char *copy = heap_alloc(bytes);
    if (copy)
        memcpy(copy, text, bytes);
    return copy;
}

/* In front of what is there: interpreter, argument (if any), and the script's own path. */
static int push_words(struct script_words *words, const char *interpreter, const char *argument)
{
    char *first = copy_text(interpreter);
    char *second = argument ? copy_text(argument) : NULL;
    unsigned more = argument ? 2 : 1;

    if (!first || (argument && !second)) {
        heap_free(first);
        heap_free(second);
        return -ENOMEM;
    }
    for (unsigned i = words->count; i-- > 0;)
        words->words[i + more] = words->words[i];
    words->words[0] = first;
    if (argument)
        words->words[1] = second;
    words->count += more;
    return 0;
}

static void free_words(struct script_words *words)
{
    for (unsigned i = 0; i < words->count; i++)
        heap_free(words->words[i]);
}

/* Opens the program; while it is a script, its interpreter instead. */
static int open_program(struct exec *exec, const struct exec_source *source,
                        struct script_words *words)
{
    char line[EXEC_LINE_BYTES];
    char *interpreter = NULL, *argument;
    int error = 0;

    for (unsigned depth = 0;; depth++) {
        exec->file = interpreter       ? vfs_open_executable(interpreter, &error)
                     : source->program ? vfs_open_executable_entry(source->program, &error)
                                       : vfs_open_executable(source->path, &error);
        if (!exec->file)
            return error;
        exec->unreadable |= inode_permission(exec->file->inode, R_OK) < 0;
        long bytes = file_read_at(exec->file, line, sizeof(line) - 1, 0);
        if (bytes < 0)
            return (int)bytes;
        line[bytes] = 0;
        if (bytes < 2 || line[0] != '#' || line[1] != '!')
            return 0;
        if (depth == EXEC_SCRIPTS_MAX - 1)
            return -ELOOP;
        if (source->path_ends)
            return -ENOENT;
        error = split_line(line, (size_t)bytes, &interpreter, &argument);
        if (error == 0)
            error = push_words(words, interpreter, argument);
        if (error < 0)
            return error;
        file_put_executable(exec->file);
        exec->file = NULL;
        interpreter = words->words[0];
    }
}

/* ---- strings ------------------------------------------------------------------------------ */

static int add_server_array(struct exec_strings *strings, const char *const *array, unsigned skip,
                            unsigned *count)
{
    for (unsigned i = 0; array[i]; i++) {
        if (i < skip)
            continue;
        int error = strings_add(strings, array[i]);
        if (error < 0)
            return error;
        ++*count;
    }
    return 0;
}

/* A script's argv[0] is replaced by the interpreter, its argument, and the script's path. */
static int add_arguments(struct exec_strings *strings, const struct exec_source *source,
                         const struct script_words *words)
{
    unsigned skip = words->count > 0 ? 1 : 0;
    int error = 0;

    for (unsigned i = 0; i < words->count && error == 0; i++, strings->argument_count++)
        error = strings_add(strings, words->words[i]);
    if (words->count > 0 && error == 0) {
        error = strings_add(strings, source->path);
        strings->argument_count++;
    }
    if (error < 0)
        return error;
    if (source->server_argv)
        return add_server_array(strings, source->server_argv, skip, &strings->argument_count);
    error = strings_add_array(strings, source->argv, skip, &strings->argument_count);
    if (error == 0 && strings->argument_count == 0) {
        strings->argument_count = 1; /* an empty argv gets an empty name, as on Linux */
        error = strings_add(strings, "");
    }
    return error;
}

static int gather_strings(struct exec *exec, const struct exec_source *source,
                          const struct script_words *words)
{
    struct exec_strings *strings = exec->strings;
    int error = add_arguments(strings, source, words);

    if (error == 0)
        error = source->server_envp
                    ? add_server_array(strings, source->server_envp, 0, &strings->environment_count)
                    : strings_add_array(strings, source->envp, 0, &strings->environment_count);
    exec->name_offset = strings->bytes;
    return error < 0 ? error : strings_add(strings, source->path);
}

/* ---- becoming the program ------------------------------------------------------------------- */

/* Caller holds process_mutex. */
static void set_name(struct thread *thread, const char *path)
{
    const char *name = path;
    for (const char *at = path; *at; at++)
        if (*at == '/' && at[1])
            name = at + 1;
    memset(thread->name, 0, sizeof(thread->name));
    for (unsigned i = 0; i < sizeof(thread->name) - 1 && name[i]; i++)
        thread->name[i] = name[i];
}

/* Signals that were caught are not any more; what was ignored stays so. Holds process_mutex. */
static void reset_signals(struct thread *thread, struct signal_actions *fresh)
{
    struct process *process = thread->process;

    signal_actions_reset(fresh);
    signal_actions_put(process->actions);
    process->actions = fresh;
    thread->signals.alternate = (struct linux_stack){0};
}

/* The new mm, file and signal actions belong to the process; what it had before is returned. */
static void switch_process(struct exec *exec, const char *path, struct signal_actions *fresh,
                           struct mm **old_mm, struct file **old_file)
{
    struct thread *thread = thread_self();
    struct process *process = thread->process;

    mutex_lock(&process_mutex);
    set_name(thread, path);
    reset_signals(thread, fresh);
    posix_timers_clear(process);
    process->ended.peak_pages = usage_of_process(process).peak_pages;
    *old_mm = process->mm;
    *old_file = process->executable;
    process->mm = mm_get(exec->mm);
    process->executable = exec->file;
    process->exit_signal = process->parent ? SIGCHLD : 0;
    process->has_executed = true;
    process->membarriers = 0;
    exec_take_credentials(exec, thread);
    mutex_unlock(&process_mutex);
    exec->file = NULL;
}

static void become(struct exec *exec, const char *path, struct signal_actions *fresh)
{
    struct thread *thread = thread_self();
    struct mm *thread_mm = thread->mm, *process_mm;
    struct file *old_file;

    if (thread->robust_list != 0)
        futex_exit_robust(thread);
    if (thread->clear_child_tid != 0)
        futex_clear_tid(thread);
    switch_process(exec, path, fresh, &process_mm, &old_file);
    thread->mm = exec->mm;
    exec->mm = NULL;
    process_end_vfork(thread);
    fd_table_close_on_exec(thread->context.files);
    thread->robust_list = 0;
    thread->rseq_area = 0;
    thread->restart.resume = NULL;
    thread->syscall_number = NO_SYSCALL;
    guest_reset(thread, exec->entry, exec->sp);
    if (thread_mm)
        mm_put(thread_mm);
    if (process_mm)
        mm_put(process_mm);
    if (old_file)
        file_put_executable(old_file);
}

/* Our own table and actions, if they are shared with another process. */
static int unshare(struct signal_actions **fresh)
{
    struct thread *thread = thread_self();
    struct fd_table *files = thread->context.files;

    if (__atomic_load_n(&files->refs, __ATOMIC_ACQUIRE) > 1) {
        struct fd_table *own = fd_table_clone(files);
        if (!own)
            return -ENOMEM;
        thread->context.files = own;
        fd_table_put(files);
    }
    *fresh = signal_actions_create(thread->process->actions);
    return *fresh ? 0 : -ENOMEM;
}

static int build(struct exec *exec, const struct exec_source *source)
{
    struct script_words words = {0};
    int error = open_program(exec, source, &words);

    if (error == 0)
        error = exec_open_image(exec->file, &exec->image);
    if (error == 0)
        error = exec_open_interpreter(exec);
    if (error == 0)
        error = gather_strings(exec, source, &words);
    if (error == 0)
        error = exec_prepare_credentials(exec);
    free_words(&words);
    if (error < 0)
        return error;
    exec->mm = mm_create();
    if (!exec->mm)
        return -ENOMEM;
    exec_place(exec);
    error = exec_map_images(exec);
    return error < 0 ? error : exec_build_stack(exec);
}

static void release(struct exec *exec)
{
    if (exec->strings)
        strings_free(exec->strings);
    if (exec->mm)
        mm_put(exec->mm);
    if (exec->interpreter)
        file_put_executable(exec->interpreter);
    if (exec->file)
        file_put_executable(exec->file);
    heap_free(exec);
}

static int try_to_execute(const struct exec_source *source, bool *filtered)
{
    struct signal_actions *fresh = NULL;
    struct exec *exec = heap_alloc(sizeof(*exec));
    if (!exec)
        return -ENOMEM;
    exec->strings = heap_alloc(sizeof(*exec->strings));
    int error = exec->strings ? build(exec, source) : -ENOMEM;
    if (error == 0)
        error = process_become_only_thread();
    *filtered = error == 0 && seccomp_filters(thread_self()) != exec->filters;
    if (*filtered)
        error = -EAGAIN;
    if (error == 0)
        error = unshare(&fresh);
    if (error == 0)
        become(exec, source->path, fresh);
    release(exec);
    return error;
}

/* Another thread may put a filter on us while it ends: what the program may become is found out
   again then, now that nobody else is left to do so. */
static int execute(const struct exec_source *source)
{
    bool filtered;
    int error;

    do
        error = try_to_execute(source, &filtered);
    while (filtered);
    return error;
}

static int execute_and_enter(const struct exec_source *source)
{
    int error = execute(source);
    if (error < 0)
        return error;
    struct thread *thread = thread_self();
    guest_bind_space(thread);
    if (guest_vector_in(thread) < 0)
        process_exit_thread(SIGKILL);
    return 0;
}

SYSCALL(execve)
{
    struct user_path path;
    int error = user_path_read(&path, args[0]);
    if (error < 0)
        return error;
    const struct exec_source source = {.path = path.text, .argv = args[1], .envp = args[2]};
    error = execute_and_enter(&source);
    user_path_end(&path);
    return error;
}

/* What is executed through a descriptor is told to be below /dev/fd, as on Linux. */
static int execute_at(int dirfd, const char *path, const uint64_t args[6], struct dentry *program)
{
    struct fd_table *files = context_current()->files;
    bool beside = dirfd == AT_FDCWD || path[0] == '/';
    char *told = heap_alloc(PATH_MAX + FD_PATH_BYTES);
    if (!told)
        return -ENOMEM;
    if (beside)
        fmt_buffer(told, PATH_MAX, "%s", path);
    else
        fmt_buffer(told, PATH_MAX + FD_PATH_BYTES, "/dev/fd/%d%s%s", dirfd, path[0] ? "/" : "",
                   path);
    const struct exec_source source = {
        .path = told,
        .program = program,
        .path_ends = !beside && fd_table_closes_on_exec(files, dirfd),
        .argv = args[2],
        .envp = args[3],
    };
    int error = execute_and_enter(&source);
    heap_free(told);
    return error;
}

SYSCALL(execveat)
{
    int dirfd = arg_int(args[0]), flags = arg_int(args[4]);
    struct dentry *dentry;
    struct inode *inode;
    struct user_path path;

    if (flags & ~(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW))
        return -EINVAL;
    int error = user_path_read(&path, args[1]);
    if (error < 0)
        return error;
    error = at_place(dirfd, args[1], flags, &dentry, &inode);
    if (error == 0) {
        error = dentry ? execute_at(dirfd, path.text, args, dentry) : -EACCES;
        at_place_end(dentry, inode, 0);
    }
    user_path_end(&path);
    return error;
}

int exec_first(const char *path, const char *const argv[], const char *const envp[])
{
    const struct exec_source source = {.path = path, .server_argv = argv, .server_envp = envp};
    return execute(&source);
}
