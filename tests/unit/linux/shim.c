/*
 * shim.c - see shim.h.
 */
#include "tests/unit/linux/shim.h"

#include "servers/linux/kmsg.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#include "servers/linux/anon.h"
#include "servers/linux/clock.h"
#include "servers/linux/pipe.h"
#include "servers/linux/proc.h"
#include "servers/linux/pty.h"
#include "servers/linux/timer.h"
#include "servers/linux/tmpfs.h"
#include "tests/unit/linux/shim_proc.h"

#define PATIENCE_S 10 /* a test with threads that gets nowhere */

struct shim shim;
struct files world;

/* ---- threads -------------------------------------------------------------------------- */

struct thread {
    pthread_mutex_t mutex;
    pthread_cond_t woken;
    bool token;
    struct context context;
    int tid;
    struct lock_list locks;
};

static struct thread main_thread = {
    .mutex = PTHREAD_MUTEX_INITIALIZER, .woken = PTHREAD_COND_INITIALIZER, .tid = 1};
static __thread struct thread *current = &main_thread;
static int others; /* threads beside the main one; atomic */

struct thread *thread_current(void) { return current; }

struct lock_list *lock_list_current(void) { return &current->locks; }

struct context *context_current(void) { return &current->context; }

/* ---- timers: a wheel that turns when time is moved ------------------------------------------ */

struct mutex process_mutex = MUTEX_OF(LOCK_PROCESS);
static struct wheel wheel;

void timer_arm(struct timer *timer, nanos_t deadline_ns)
{
    wheel_remove(&timer->entry);
    timer->deadline_ns = deadline_ns;
    wheel_insert(&wheel, &timer->entry, deadline_ns);
}

void timer_disarm(struct timer *timer) { wheel_remove(&timer->entry); }

void shim_advance(nanos_t to)
{
    struct wheel_entry *entry;

    if (shim.now < to)
        shim.now = to;
    mutex_lock(&process_mutex);
    while (wheel_step(&wheel, shim.now, &entry)) {
        struct timer *timer = entry ? container_of(entry, struct timer, entry) : NULL;
        if (timer)
            timer->fire(timer);
    }
    mutex_unlock(&process_mutex);
}

int64_t clock_real_offset(void) { return INT64_C(1700000000) * (int64_t)NANOS_PER_S; }

/* Alone: nobody will come but a timer, so the wait ends as told in shim.h. */
static int sleep_alone(nanos_t deadline_ns, bool interruptible)
{
    nanos_t next = wheel_next_expiry(&wheel);

    if (interruptible && next <= deadline_ns && next != NANOS_NEVER) {
        pthread_mutex_unlock(&current->mutex);
        shim_advance(next);
        pthread_mutex_lock(&current->mutex);
        return 0;
    }
    if (deadline_ns != NANOS_NEVER) {
        if (shim.now < deadline_ns)
            shim.now = deadline_ns;
        return -ETIMEDOUT;
    }
    if (!interruptible) {
        printf("# a mutex is taken twice\n");
        abort();
    }
    return -EINTR;
}

static int sleep_real(struct thread *self)
{
    struct timespec limit;

    clock_gettime(CLOCK_REALTIME, &limit);
    limit.tv_sec += PATIENCE_S;
    while (!self->token) {
        if (pthread_cond_timedwait(&self->woken, &self->mutex, &limit) != 0) {
            printf("# a thread sleeps for ever\n");
            abort();
        }
    }
    self->token = false;
    return 0;
}

int thread_sleep(nanos_t deadline_ns, bool interruptible)
{
    struct thread *self = current;
    int status = 0;

    if (interruptible && shim.signal_is_pending)
        return -EINTR;
    pthread_mutex_lock(&self->mutex);
    if (self->token)
        self->token = false;
    else if (__atomic_load_n(&others, __ATOMIC_SEQ_CST) == 0)
        status = sleep_alone(deadline_ns, interruptible);
    else
        status = sleep_real(self);
    pthread_mutex_unlock(&self->mutex);
    return status;
}

void thread_wake(struct thread *thread)
{
    pthread_mutex_lock(&thread->mutex);
    thread->token = true;
    pthread_cond_signal(&thread->woken);
    pthread_mutex_unlock(&thread->mutex);
}

void thread_yield(void) { sched_yield(); }

struct start {
    struct thread thread;
    pthread_t handle;
    void (*run)(void *argument);
    void *argument;
};

static void *run_thread(void *argument)
{
    struct start *start = argument;

    current = &start->thread;
    start->run(start->argument);
    fd_table_put(current->context.files);
    fs_context_put(current->context.fs);
    return NULL;
}

struct start *thread_start(void (*run)(void *argument), void *argument)
{
    struct start *start = calloc(1, sizeof(*start));

    pthread_mutex_init(&start->thread.mutex, NULL);
    pthread_cond_init(&start->thread.woken, NULL);
    start->thread.context = main_thread.context;
    fd_table_get(start->thread.context.files);
    fs_context_get(start->thread.context.fs);
    start->thread.tid = 2;
    start->run = run;
    start->argument = argument;
    __atomic_add_fetch(&others, 1, __ATOMIC_SEQ_CST);
    pthread_create(&start->handle, NULL, run_thread, start);
    return start;
}

void thread_join(struct start *start)
{
    pthread_join(start->handle, NULL);
    __atomic_sub_fetch(&others, 1, __ATOMIC_SEQ_CST);
    free(start);
}

/* ---- guest memory ------------------------------------------------------------------------ */

static void map_guest(void)
{
    static bool mapped;

    if (mapped)
        return;
    void *at = mmap((void *)GUEST_START, GUEST_BYTES, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    if (at != (void *)GUEST_START)
        abort();
    mapped = true;
}

static bool guest_range(uaddr_t at, size_t bytes)
{
    return bytes == 0 || (at.raw >= GUEST_START && bytes <= GUEST_BYTES &&
                          at.raw - GUEST_START <= GUEST_BYTES - bytes);
}

int user_read(void *to, uaddr_t from, size_t bytes)
{
    if (!guest_range(from, bytes))
        return -EFAULT;
    if (bytes > 0)
        memcpy(to, (const void *)from.raw, bytes);
    return 0;
}

int user_write(uaddr_t to, const void *from, size_t bytes)
{
    if (!guest_range(to, bytes))
        return -EFAULT;
    if (bytes > 0)
        memcpy((void *)to.raw, from, bytes);
    return 0;
}

int user_clear(uaddr_t to, size_t bytes)
{
    if (!guest_range(to, bytes))
        return -EFAULT;
    if (bytes > 0)
        memset((void *)to.raw, 0, bytes);
    return 0;
}

long user_read_string(char *to, uaddr_t from, size_t capacity)
{
    for (size_t i = 0; i < capacity; i++) {
        if (user_read(to + i, uaddr(from.raw + i), 1) < 0)
            return -EFAULT;
        if (to[i] == 0)
            return (long)i;
    }
    return -ENAMETOOLONG;
}

void *guest(uint64_t offset) { return (void *)(GUEST_START + offset); }

uint64_t guest_text(const char *text)
{
    static uint64_t at;
    size_t bytes = strlen(text) + 1;

    if (at + bytes > 0x100000)
        at = 0;
    memcpy(guest(at), text, bytes);
    uint64_t address = GUEST_START + at;
    at += (bytes + 15) & ~(size_t)15;
    return address;
}

/* ---- the process ---------------------------------------------------------------------- */

int process_current_id(void) { return shim.pid; }

int thread_current_id(void) { return current->tid; }

int process_current_group(void) { return shim.group; }

int process_current_session(void) { return shim.session; }

int process_group_session(int group)
{
    return group >= 1 && group < 100 ? shim.session : group == 100 ? 99 : -ESRCH;
}

bool process_group_orphaned(int group)
{
    (void)group;
    return shim.orphaned;
}

bool process_has_terminal(void) { return shim.has_terminal; }

void process_set_terminal(bool has) { shim.has_terminal = has; }

void process_clear_terminals(int session)
{
    if (session == shim.session)
        shim.has_terminal = false;
}

void process_hang_up(int session, int group)
{
    shim.hangup_group = group;
    signal_send_process(session, SIGHUP);
    signal_send_process(session, SIGCONT);
}

int process_hangup_group(void) { return shim.hangup_group; }

uint64_t process_limit(int resource) { return shim.limits[resource]; }

void credentials_commit(const struct credentials *fresh)
{
    struct credentials *own = &current->context.credentials;
    struct group_list *old_groups = own->groups;

    shim.guarded += credentials_guard(own, fresh);
    *own = *fresh;
    if (fresh->groups != old_groups)
        groups_put(old_groups);
}

int credentials_of_thread(int tid, struct credentials *whose)
{
    if (tid != 0 && tid != current->tid)
        return -ESRCH;
    *whose = current->context.credentials;
    whose->groups = NULL;
    return 0;
}

bool signal_pending(void) { return shim.signal_is_pending; }

bool call_may_go_on(void) { return !shim.signal_is_pending; }

bool call_must_go_on(void) { return true; }

void signal_send_current(int signo)
{
    shim.last_signal = signo;
    shim.signals_sent++;
}

void signal_send_group(int group, int signo)
{
    shim.last_signal_group = group;
    signal_send_current(signo);
}

void signal_hang_up_group(int group)
{
    signal_send_group(group, SIGHUP);
    signal_send_group(group, SIGCONT);
}

void signal_send_process(int pid, int signo)
{
    shim.last_signal_process = pid;
    signal_send_current(signo);
}

bool signal_blocked_or_ignored(int signo)
{
    (void)signo;
    return shim.signal_ignored;
}

long call_resume_later(const struct restart_block *block)
{
    shim.resumed = *block;
    return -ERESTART_RESTARTBLOCK;
}

void signal_wait_mask_begin(uint64_t mask) { (void)mask; }

void signal_wait_mask_end(bool interrupted) { (void)interrupted; }

nanos_t time_now_monotonic(void) { return __atomic_add_fetch(&shim.now, 1, __ATOMIC_RELAXED); }

void time_now_real(struct linux_timespec *now)
{
    nanos_t at = time_now_monotonic();
    now->tv_sec = (int64_t)(1700000000 + at / NANOS_PER_S);
    now->tv_nsec = (int64_t)(at % NANOS_PER_S);
}

void random_bytes(void *to, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        ((uint8_t *)to)[i] = (uint8_t)unit_random();
}

void mm_unmap_file_range(struct inode *inode, uint64_t first_page, uint64_t page_count,
                         bool truncated)
{
    (void)inode, (void)first_page, (void)page_count, (void)truncated;
    shim.unmapped_calls++;
}

/* ---- worlds ---------------------------------------------------------------------------- */

/* "070701", thirteen numbers, TRAILER!!! */
static const char *empty_archive(size_t *bytes)
{
    static char archive[128];

    *bytes = 124;
    snprintf(archive, sizeof(archive),
             "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%s", 0, 0, 0, 0, 1, 0, 0, 0,
             0, 0, 0, 11, 0, "TRAILER!!!");
    return archive;
}

static void reset(void)
{
    shim = (struct shim){.pages_allowed = -1, .heap_allowed = -1};
    shim.now = 1000000000;
    wheel_init(&wheel, shim.now);
    shim.pid = shim.group = shim.session = 1;
    for (int i = 0; i < RLIM_NLIMITS; i++)
        shim.limits[i] = RLIM_INFINITY;
    shim.limits[RLIMIT_NOFILE] = 1024;
    main_thread.token = false;
    main_thread.context = (struct context){.credentials = credentials_of_root};
    map_guest();
}

void world_begin_with(const void *archive, size_t bytes)
{
    reset();
    shim.boot_start = archive;
    shim.boot_bytes = bytes;
    const char *reason = files_start(&world, archive, bytes, &shim_proc_source);
    if (reason)
        printf("# refused: %s\n", reason);
    REQUIRE(reason == NULL);
    main_thread.context.fs = fs_context_create(world.root);
    main_thread.context.files = fd_table_create();
}

void world_begin(void)
{
    size_t bytes;
    const char *archive = empty_archive(&bytes);

    world_begin_with(archive, bytes);
}

/* What is mounted stays so for ever: undoes the two references that keep it there. */
static void unmount_below(struct dentry *root)
{
    for (struct list *link = list_first(&root->inode->directory.entries); link;
         link = list_next(&root->inode->directory.entries, link)) {
        struct dentry *entry =
            container_of(list_entry(link, struct dir_node, link), struct dentry, node);
        if (entry->mounted) {
            entry->mounted = NULL;
            dentry_put(entry);
        }
    }
}

void world_end(void)
{
    fd_table_put(main_thread.context.files);
    fs_context_put(main_thread.context.fs);
    credentials_drop(&main_thread.context.credentials);
    main_thread.context = (struct context){0};
    shim.heap_allowed = shim.pages_allowed = -1;
    unmount_below(world.dev_mount->root);
    unmount_below(world.root);
    devpts_destroy(world.pts_mount);
    proc_destroy(world.proc_mount);
    proc_destroy(world.sysfs_mount);
    tmpfs_destroy(world.dev_mount);
    CHECK_EQUAL(world.root_mount->root->refs, 2 + world.root->inode->directory.entry_count);
    dentry_put(world.root);
    tmpfs_destroy(world.root_mount);
    anon_end();
    kmsg_drop();
    CHECK_EQUAL(shim.pages, 0);
    CHECK_EQUAL(shim.boot_pages, 0);
    CHECK_EQUAL(shim.heap_objects, 0);
}

/* ---- shorthands ------------------------------------------------------------------------ */

int do_open(const char *path, uint32_t flags, uint32_t mode)
{
    return (int)call(openat, AT_FDCWD, guest_text(path), flags, mode);
}

long do_write(int fd, const char *text) { return call(write, fd, guest_text(text), strlen(text)); }

long do_read(int fd, char *to, size_t bytes)
{
    long count = call(read, fd, GUEST_BUFFER, bytes);
    if (count >= 0) {
        memcpy(to, (void *)GUEST_BUFFER, (size_t)count);
        to[count] = 0;
    }
    return count;
}

const char *read_all(const char *path)
{
    static char text[65537];
    int fd = do_open(path, O_RDONLY, 0);

    text[0] = 0;
    if (fd < 0)
        return text;
    do_read(fd, text, sizeof(text) - 1);
    call(close, fd);
    return text;
}

int make_file(const char *path, const char *text)
{
    int fd = do_open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (fd < 0)
        return fd;
    long written = do_write(fd, text);
    call(close, fd);
    return written == (long)strlen(text) ? 0 : -EIO;
}

int do_mkdir(const char *path) { return (int)call(mkdir, guest_text(path), 0755); }

struct linux_stat do_stat(const char *path)
{
    struct linux_stat stat = {0};

    if (call(newfstatat, AT_FDCWD, guest_text(path), GUEST_BUFFER, AT_SYMLINK_NOFOLLOW) == 0)
        memcpy(&stat, (void *)GUEST_BUFFER, sizeof(stat));
    return stat;
}

long do_access(const char *path) { return call(access, guest_text(path), F_OK); }

void become(uint32_t uid, uint32_t gid)
{
    struct credentials *own = &main_thread.context.credentials;

    credentials_drop(own);
    *own = credentials_of_root;
    CHECK_EQUAL(call(setresgid, gid, gid, gid), 0);
    CHECK_EQUAL(call(setresuid, uid, uid, uid), 0);
}

void become_with(const struct credentials *whom)
{
    struct credentials *own = &main_thread.context.credentials;

    credentials_drop(own);
    credentials_copy(own, whom);
}
