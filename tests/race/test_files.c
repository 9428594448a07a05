/**
 * test_files.c - threads that race for pipes, descriptors, names and the contents of files.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tests/race/guest.h"
#include "tests/race/world.h"
#include "tests/unit/unit.h"

#define BUFFER  (DATA + 0x8000)
#define SCRATCH (DATA + 0x10000)
#define NAMES   6

PROGRAM(quiet)
{
    BEGIN;
    CALL(SYS_getpid);
    CALL(SYS_exit_group, f->rax + 2);
    END;
}

TEST("a world runs one program and ends with its status")
{
    CHECK_EQUAL(world_run(&quiet), 3 << 8);
}

/* ---- one pipe: 0 to read, 1 to write ------------------------------------------------------------
 */

PROGRAM(pipe_writer)
{
    BEGIN;
    for (;;)
        CALL(SYS_write, 1, BUFFER, 1 + cpu_random(cpu, 6000));
    END;
}

PROGRAM(pipe_reader)
{
    BEGIN;
    for (;;) {
        CALL(SYS_poll, DATA, 2, cpu_random(cpu, 3));
        CALL(SYS_read, 0, BUFFER, 1 + cpu_random(cpu, 9000));
    }
    END;
}

/* The same pipe under other numbers, for a moment. */
PROGRAM(pipe_changer)
{
    BEGIN;
    for (;;) {
        CALL(SYS_dup, 1);
        CALL(SYS_close, f->rax);
        CALL(SYS_fcntl, 0, F_SETPIPE_SZ, 4096 << cpu_random(cpu, 5));
        CALL(SYS_dup2, 0, 9);
        CALL(SYS_fcntl, 9, F_SETFL, cpu_random(cpu, 2) * O_NONBLOCK);
        CALL(SYS_ioctl, 0, FIONREAD, SCRATCH);
        CALL(SYS_close, 9);
    }
    END;
}

PROGRAM(pipe_crew)
{
    BEGIN;
    THREAD(pipe_writer, 0);
    THREAD(pipe_writer, 0);
    THREAD(pipe_changer, 0);
    THREAD(pipe_reader, 0);
    BECOME(pipe_reader, 0);
    END;
}

PROGRAM(pipe_init)
{
    BEGIN;
    CALL(SYS_pipe2, DATA, 0);
    /* {fd 0, POLLIN}, {fd 1, POLLOUT}: as struct pollfd */
    ACCESS(cpu_store(cpu, DATA, 0 | (uint64_t)POLLIN << 32, 8));
    ACCESS(cpu_store(cpu, DATA + 8, 1 | (uint64_t)POLLOUT << 32, 8));
    FORK(pipe_crew, 0);
    FORK(pipe_crew, 0);
    END_RACE(7);
    END;
}

TEST("threads of two processes read, write, poll, resize and duplicate one pipe")
{
    CHECK_EQUAL(world_run(&pipe_init), 7 << 8);
}

/* ---- descriptors -------------------------------------------------------------------------------
 */

PROGRAM(fd_user)
{
    BEGIN;
    for (;;) {
        CALL(SYS_read, cpu_random(cpu, 12), BUFFER, 64);
        CALL(SYS_write, cpu_random(cpu, 12), BUFFER, 64);
        CALL(SYS_fcntl, cpu_random(cpu, 12), F_SETFD, cpu_random(cpu, 2));
        CALL(SYS_lseek, cpu_random(cpu, 12), cpu_random(cpu, 100), 0);
        CALL(SYS_fstat, cpu_random(cpu, 12), SCRATCH);
    }
    END;
}

PROGRAM(fd_changer)
{
    BEGIN;
    for (;;) {
        CALL(SYS_open, DATA, O_RDWR | O_CREAT | O_APPEND * cpu_random(cpu, 2), 0644);
        CALL(SYS_dup2, f->rax, cpu_random(cpu, 12));
        CALL(SYS_close, cpu_random(cpu, 12));
        CALL(SYS_eventfd2, 1, EFD_NONBLOCK);
        CALL(SYS_fcntl, cpu_random(cpu, 12), F_DUPFD, cpu_random(cpu, 12));
        CALL(SYS_close_range, 6 + cpu_random(cpu, 6), 12, cpu_random(cpu, 2) << 2);
        CALL(SYS_pipe2, SCRATCH, O_NONBLOCK);
        CALL(SYS_close_range, 10, 100, 0);
    }
    END;
}

PROGRAM(fd_forker)
{
    BEGIN;
    for (;;) {
        CALL(SYS_fork);
        if (RESULT == 0)
            CALL(SYS_exit_group, 0);
        CALL(SYS_wait4, -1, 0, 0, 0);
    }
    END;
}

PROGRAM(fd_crew)
{
    BEGIN;
    THREAD(fd_user, 0);
    THREAD(fd_user, 0);
    THREAD(fd_changer, 0);
    THREAD(fd_changer, 0);
    BECOME(fd_forker, 0);
    END;
}

PROGRAM(fd_init)
{
    BEGIN;
    ACCESS(cpu_store(cpu, DATA, 0x61, 4)); /* "a" */
    FORK(fd_crew, 0);
    END_RACE(6);
    END;
}

TEST("descriptors are opened, duplicated, closed and copied while others use them")
{
    CHECK_EQUAL(world_run(&fd_init), 6 << 8);
}

/* ---- names in one directory: "a/a" to "a/f"
 * ------------------------------------------------------- */

/* Where the name lies: 16 bytes each. */
#define NAME(index) (DATA + 0x100 + (index)*16)
#define SOME_NAME   NAME(cpu_random(cpu, NAMES))

PROGRAM(name_maker)
{
    BEGIN;
    for (;;) {
        CALL(SYS_open, SOME_NAME, O_RDWR | O_CREAT | O_EXCL * cpu_random(cpu, 2), 0644);
        f->rbp = f->rax;
        CALL(SYS_write, f->rbp, BUFFER, 100);
        CALL(SYS_close, f->rbp);
        CALL(SYS_mkdir, SOME_NAME, 0755);
        CALL(SYS_link, SOME_NAME, SOME_NAME);
        CALL(SYS_symlink, SOME_NAME, SOME_NAME);
        CALL(SYS_mknod, SOME_NAME, S_IFIFO | 0600, 0);
        CALL(SYS_chmod, SOME_NAME, 0700);
        CALL(SYS_utimensat, AT_FDCWD, SOME_NAME, 0, 0);
    }
    END;
}

PROGRAM(name_breaker)
{
    BEGIN;
    for (;;) {
        CALL(SYS_rename, SOME_NAME, SOME_NAME);
        CALL(SYS_unlink, SOME_NAME);
        CALL(SYS_renameat2, AT_FDCWD, SOME_NAME, AT_FDCWD, SOME_NAME, 2 /* exchange */);
        CALL(SYS_rmdir, SOME_NAME);
        CALL(SYS_truncate, SOME_NAME, 10);
    }
    END;
}

PROGRAM(name_reader)
{
    BEGIN;
    for (;;) {
        CALL(SYS_stat, SOME_NAME, SCRATCH);
        CALL(SYS_lstat, SOME_NAME, SCRATCH);
        CALL(SYS_readlink, SOME_NAME, SCRATCH, 100);
        CALL(SYS_access, SOME_NAME, 2);
        CALL(SYS_open, NAME(NAMES), O_RDONLY | O_DIRECTORY, 0);
        f->rbp = f->rax;
        CALL(SYS_getdents64, f->rbp, SCRATCH, 300);
        CALL(SYS_getdents64, f->rbp, SCRATCH, 300);
        CALL(SYS_close, f->rbp);
        CALL(SYS_chdir, SOME_NAME);
        CALL(SYS_getcwd, SCRATCH, 100);
        CALL(SYS_chdir, NAME(NAMES + 1));
        CALL(SYS_getxattr, SOME_NAME, NAME(NAMES), SCRATCH, 10);
    }
    END;
}

PROGRAM(name_watcher)
{
    BEGIN;
    CALL(SYS_inotify_init1, IN_NONBLOCK);
    f->rbp = f->rax;
    for (;;) {
        CALL(SYS_inotify_add_watch, f->rbp, SOME_NAME, IN_ALL_EVENTS);
        f->r12 = f->rax;
        CALL(SYS_inotify_add_watch, f->rbp, NAME(NAMES), IN_ALL_EVENTS);
        CALL(SYS_read, f->rbp, SCRATCH, 1000);
        CALL(SYS_inotify_rm_watch, f->rbp, f->r12);
    }
    END;
}

PROGRAM(name_crew)
{
    BEGIN;
    THREAD(name_maker, 0);
    THREAD(name_breaker, 0);
    THREAD(name_reader, 0);
    BECOME(name_watcher, 0);
    END;
}

PROGRAM(name_init)
{
    BEGIN;
    CALL(SYS_umask, 0);
    for (f->rbx = 0; f->rbx < NAMES; f->rbx++)
        ACCESS(cpu_store(cpu, NAME(f->rbx), 0x612f612f + (f->rbx << 24), 8)); /* "/a/a" + n */
    ACCESS(cpu_store(cpu, NAME(NAMES), 0x612f, 8));                           /* "/a" */
    ACCESS(cpu_store(cpu, NAME(NAMES + 1), 0x2f, 8));                         /* "/" */
    CALL(SYS_mkdir, NAME(NAMES), 0777);
    FORK(name_crew, 0);
    FORK(name_crew, 0);
    END_RACE(9);
    END;
}

TEST("names of one directory are made, linked, renamed, removed, listed and watched at once")
{
    CHECK_EQUAL(world_run(&name_init), 9 << 8);
}

/* ---- the contents of one file
 * ------------------------------------------------------------------------ */

#define WINDOW (UINT64_C(0x20000000))
#define SHARED 0 /* a descriptor with one position for all */

PROGRAM(content_user)
{
    BEGIN;
    CALL(SYS_open, DATA, O_RDWR | O_CREAT, 0644);
    f->rbp = f->rax;
    for (;;) {
        CALL(SYS_pwrite64, f->rbp, BUFFER, 1 + cpu_random(cpu, 5000), cpu_random(cpu, 30000));
        CALL(SYS_pread64, f->rbp, SCRATCH, 5000, cpu_random(cpu, 30000));
        CALL(SYS_ftruncate, f->rbp, cpu_random(cpu, 30000));
        CALL(SYS_fallocate, f->rbp, 3 * cpu_random(cpu, 2), cpu_random(cpu, 20000), 9000);
        CALL(SYS_flock, f->rbp, 4 | 1 << cpu_random(cpu, 4));
        CALL(SYS_fcntl, f->rbp, F_SETLK, DATA + 64);
        CALL(SYS_lseek, f->rbp, cpu_random(cpu, 30000), 3 /* SEEK_DATA */);
        CALL(SYS_fstat, f->rbp, SCRATCH);
        CALL(SYS_write, f->rbp, BUFFER, 100);
        CALL(SYS_read, f->rbp, SCRATCH, 100);
        CALL(SYS_fsync, f->rbp);
        CALL(SYS_sendfile, f->rbp, SHARED, 0, cpu_random(cpu, 5000));
        CALL(SYS_sendfile, SHARED, f->rbp, 0, cpu_random(cpu, 5000));
        CALL(SYS_copy_file_range, SHARED, 0, f->rbp, 0, cpu_random(cpu, 5000), 0);
        CALL(SYS_copy_file_range, f->rbp, 0, SHARED, 0, cpu_random(cpu, 5000), 0);
        CALL(SYS_ioctl, SHARED, FIONREAD, SCRATCH);
        CALL(SYS_fcntl, SHARED, F_SETLK, DATA + 128);
        CALL(SYS_lseek, SHARED, cpu_random(cpu, 30000), SEEK_SET);
    }
    END;
}

PROGRAM(content_mapper)
{
    BEGIN;
    CALL(SYS_open, DATA, O_RDWR | O_CREAT, 0644);
    f->rbp = f->rax;
    for (;;) {
        CALL(SYS_mmap, WINDOW, 0x8000, 3, 0x10 | 1 << cpu_random(cpu, 2), f->rbp, 0);
        CALL(SYS_pread64, f->rbp, WINDOW + cpu_random(cpu, 0x7000), 64, 0);
        CALL(SYS_pwrite64, f->rbp, WINDOW + cpu_random(cpu, 0x7000), 64, 4096);
        CALL(SYS_msync, WINDOW, 0x8000, 4);
        CALL(SYS_madvise, WINDOW, 0x8000, 4);
        CALL(SYS_mincore, WINDOW, 0x8000, SCRATCH);
        CALL(SYS_munmap, WINDOW, 0x4000);
    }
    END;
}

/* A lock of the process, and a descriptor that another thread closes. */
PROGRAM(content_locker)
{
    BEGIN;
    for (;;) {
        CALL(SYS_open, DATA, O_RDWR);
        CALL(SYS_dup2, f->rax, 20);
        CALL(SYS_fcntl, 20, F_SETLK, DATA + 64);
        CALL(SYS_close, 20);
        CALL(SYS_close_range, 8, 100, 0);
    }
    END;
}

PROGRAM(content_crew)
{
    BEGIN;
    THREAD(content_user, 0);
    THREAD(content_locker, 0);
    THREAD(content_locker, 0);
    THREAD(content_mapper, 0);
    BECOME(content_user, 0);
    END;
}

PROGRAM(content_init)
{
    BEGIN;
    ACCESS(cpu_store(cpu, DATA, 0x62, 4)); /* "b" */
    ACCESS(cpu_store(cpu, DATA + 64, F_WRLCK, 4));
    ACCESS(cpu_store(cpu, DATA + 80, 100, 4)); /* l_len */
    ACCESS(cpu_store(cpu, DATA + 128, F_WRLCK | SEEK_CUR << 16, 4));
    ACCESS(cpu_store(cpu, DATA + 144, 100, 4));
    CALL(SYS_open, DATA, O_RDWR | O_CREAT, 0644);
    FORK(content_crew, 0);
    FORK(content_crew, 0);
    END_RACE(5);
    END;
}

TEST("one file is read, written, cut, mapped and locked at once")
{
    CHECK_EQUAL(world_run(&content_init), 5 << 8);
}
