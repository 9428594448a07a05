/**
 * test_process.c - signals, timers and ends that race with each other and with all else.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

#include "tests/race/guest.h"
#include "tests/race/world.h"
#include "tests/unit/unit.h"

#define ACTION  DATA           /* struct kernel_sigaction */
#define SET     (DATA + 0x40)  /* a mask */
#define TIME    (DATA + 0x80)  /* struct itimerspec: 1 ms, 1 ms */
#define TEXT    (DATA + 0x100) /* paths, 64 bytes each */
#define LIMIT   (DATA + 0x300) /* struct rlimit: 100, 100; also four groups */
#define SCRATCH (DATA + 0x1000)

/* ---- signals -------------------------------------------------------------------------------- */

#define SOME_SIGNAL (SIGUSR1 + 2 * cpu_random(cpu, 2))
#define SOME_PID    (2 + cpu_random(cpu, 12))

/* Back to where the signal came: the return address is popped as `ret` would. */
PROGRAM(handler)
{
    BEGIN;
    f->rsp += 8;
    CALL(SYS_rt_sigreturn);
    END;
}

PROGRAM(signaller)
{
    BEGIN;
    for (;;) {
        CALL(SYS_kill, SOME_PID, SOME_SIGNAL);
        CALL(SYS_tkill, SOME_PID, SOME_SIGNAL);
        CALL(SYS_kill, SOME_PID, cpu_random(cpu, 2) ? SIGSTOP : SIGCONT);
        CALL(SYS_kill, SOME_PID, SIGCONT);
        CALL(SYS_kill, 0, SIGRTMIN + 1);
        CALL(SYS_sched_yield);
    }
    END;
}

PROGRAM(masker)
{
    BEGIN;
    for (;;) {
        ACCESS(cpu_store(cpu, SET, cpu_random(cpu, 4096), 8));
        CALL(SYS_rt_sigprocmask, cpu_random(cpu, 3), SET, 0, 8);
        CALL(SYS_rt_sigpending, SCRATCH, 8);
        CALL(SYS_rt_sigtimedwait, SET, 0, TIME, 8);
        CALL(SYS_rt_sigaction, SOME_SIGNAL, ACTION, SCRATCH, 8);
        CALL(SYS_sigaltstack, 0, SCRATCH);
        CALL(SYS_ppoll, 0, 0, TIME, SET, 8);
        CALL(SYS_rt_sigprocmask, SIG_UNBLOCK, SET, 0, 8);
    }
    END;
}

PROGRAM(signal_reader)
{
    BEGIN;
    ACCESS(cpu_store(cpu, SET + 8, 0xffffffffff, 8));
    for (;;) {
        CALL(SYS_signalfd4, -1, SET + 8, 8, O_NONBLOCK);
        f->rbp = f->rax;
        CALL(SYS_read, f->rbp, SCRATCH, 256);
        CALL(SYS_sched_yield);
        CALL(SYS_read, f->rbp, SCRATCH, 256);
        CALL(SYS_close, f->rbp);
    }
    END;
}

PROGRAM(timer_user)
{
    BEGIN;
    for (;;) {
        CALL(SYS_timer_create, CLOCK_MONOTONIC, 0, SCRATCH + 0x100);
        CALL(SYS_timer_settime, cpu_random(cpu, 4), 0, TIME, 0);
        CALL(SYS_timer_gettime, cpu_random(cpu, 4), SCRATCH);
        CALL(SYS_timer_getoverrun, cpu_random(cpu, 4));
        CALL(SYS_setitimer, ITIMER_REAL, TIME, SCRATCH);
        CALL(SYS_getitimer, ITIMER_REAL, SCRATCH);
        CALL(SYS_timer_create, CLOCK_PROCESS_CPUTIME_ID, 0, SCRATCH + 0x100);
        CALL(SYS_setitimer, ITIMER_PROF, TIME, SCRATCH);
        CALL(SYS_getitimer, ITIMER_VIRTUAL, SCRATCH);
        CALL(SYS_timer_delete, cpu_random(cpu, 4));
    }
    END;
}

PROGRAM(short_child)
{
    BEGIN;
    CALL(SYS_sched_yield);
    CALL(SYS_exit_group, 0);
    END;
}

PROGRAM(parent)
{
    BEGIN;
    for (;;) {
        FORK(short_child, 0);
        CALL(SYS_wait4, -1, SCRATCH, cpu_random(cpu, 8) & ~4, 0);
    }
    END;
}

PROGRAM(signal_crew)
{
    BEGIN;
    THREAD(masker, 0);
    THREAD(masker, 0);
    THREAD(signaller, 0);
    THREAD(signal_reader, 0);
    THREAD(timer_user, 0);
    BECOME(parent, 0);
    END;
}

#define HANDLE(signo) CALL(SYS_rt_sigaction, signo, ACTION, 0, 8)

PROGRAM(signal_init)
{
    BEGIN;
    ACCESS(cpu_store(cpu, ACTION, handler.address, 8));
    ACCESS(cpu_store(cpu, ACTION + 8, 0x04000000 | SA_RESTART | SA_SIGINFO, 8));
    ACCESS(cpu_store(cpu, ACTION + 16, handler.address, 8));
    ACCESS(cpu_store(cpu, TIME + 8, 1000000, 8));
    ACCESS(cpu_store(cpu, TIME + 24, 1000000, 8));
    HANDLE(SIGUSR1);
    HANDLE(SIGUSR2);
    HANDLE(SIGALRM);
    HANDLE(SIGCHLD);
    HANDLE(SIGRTMIN + 1);
    FORK(signal_crew, 0);
    FORK(signal_crew, 0);
    END_RACE(8);
    END;
}

TEST("signals and timers meet masks, handlers, waits, stops and ends")
{
    CHECK_EQUAL(world_run(&signal_init), 8 << 8);
}

/* ---- ends
 * ---------------------------------------------------------------------------------------- */

#define PATH_PROGRAM TEXT
#define PATH_STAT    (TEXT + 0x40)
#define PATH_MAPS    (TEXT + 0x80)
#define PATH_PROC    (TEXT + 0xc0)

PROGRAM(executed)
{
    BEGIN;
    CALL(SYS_getrandom, SCRATCH, 8, 0);
    CALL(SYS_exit_group, 1);
    END;
}

PROGRAM(executor)
{
    BEGIN;
    CALL(SYS_sched_yield);
    CALL(SYS_execve, PATH_PROGRAM, 0, 0);
    CALL(SYS_exit, 0);
    END;
}

PROGRAM(ender)
{
    BEGIN;
    CALL(SYS_sched_yield);
    CALL(SYS_exit_group, 2);
    END;
}

PROGRAM(plain)
{
    BEGIN;
    CALL(SYS_sched_yield);
    CALL(SYS_exit, 0);
    END;
}

PROGRAM(orphan)
{
    BEGIN;
    CALL(SYS_setpgid, 0, 0);
    FORK(plain, 0);
    CALL(SYS_exit_group, 0);
    END;
}

/* A process in which everything ends at once. */
PROGRAM(ending)
{
    BEGIN;
    CALL(SYS_setpgid, 0, 0);
    THREAD(plain, 0);
    THREAD(executor, 0);
    FORK(orphan, 0);
    THREAD(ender, 0);
    CALL(SYS_setsid);
    CALL(SYS_prctl, PR_SET_CHILD_SUBREAPER, cpu_random(cpu, 2));
    FORK(plain, 0);
    CALL(SYS_exit, 0);
    END;
}

PROGRAM(vfork_child)
{
    BEGIN;
    CALL(SYS_execve, PATH_PROGRAM, 0, 0);
    CALL(SYS_exit, 0);
    END;
}

PROGRAM(maker)
{
    BEGIN;
    for (;;) {
        FORK(ending, 0);
        CALL(SYS_wait4, -1, SCRATCH, WNOHANG, SCRATCH + 0x100);
        CALL(SYS_vfork);
        if (f->rax == 0)
            BECOME(vfork_child, 0);
        CALL(SYS_waitid, P_ALL, 0, SCRATCH, WEXITED, SCRATCH + 0x100);
        CALL(SYS_wait4, -1, 0, WNOHANG, 0);
        CALL(SYS_wait4, -1, 0, WNOHANG, 0);
        CALL(SYS_getrusage, RUSAGE_CHILDREN, SCRATCH);
        CALL(SYS_setresuid, 0, cpu_random(cpu, 2), 0);
        CALL(SYS_setresuid, 0, 0, 0);
        CALL(SYS_setgroups, cpu_random(cpu, 4), LIMIT);
        CALL(SYS_prctl, PR_SET_NAME, cpu_random(cpu, 2) ? PATH_STAT : PATH_MAPS);
    }
    END;
}

/* Looks at whoever there is, and kills some. */
PROGRAM(watcher)
{
    BEGIN;
    for (f->rbx = 0;; f->rbx++) {
        ACCESS(cpu_store(cpu, PATH_STAT + 6, 0x2f30 + cpu_random(cpu, 10), 2));
        ACCESS(cpu_store(cpu, PATH_STAT + 8, guest_text(cpu_random(cpu, 2) ? "status" : "io"), 8));
        CALL(SYS_open, cpu_random(cpu, 2) ? PATH_STAT : PATH_MAPS, O_RDONLY);
        f->rbp = f->rax;
        CALL(SYS_read, f->rbp, SCRATCH, 4000);
        CALL(SYS_close, f->rbp);
        CALL(SYS_open, PATH_PROC, O_RDONLY);
        f->rbp = f->rax;
        CALL(SYS_getdents64, f->rbp, SCRATCH, 1000);
        CALL(SYS_close, f->rbp);
        CALL(SYS_kill, -(int64_t)(10 + cpu_random(cpu, 200)), cpu_random(cpu, 2) * SIGKILL);
        CALL(SYS_pidfd_open, 2 + cpu_random(cpu, 200), 0);
        f->rbp = f->rax;
        CALL(SYS_pidfd_send_signal, f->rbp, 0, 0, 0);
        CALL(SYS_close, f->rbp);
        CALL(SYS_getpriority, PRIO_PROCESS, 2 + cpu_random(cpu, 200));
        CALL(SYS_setpriority, PRIO_PROCESS, 0, cpu_random(cpu, 19));
        CALL(SYS_getpgid, 2 + cpu_random(cpu, 200));
        CALL(SYS_prlimit64, 2 + cpu_random(cpu, 200), RLIMIT_NOFILE, 0, SCRATCH);
        CALL(SYS_sched_getaffinity, 2 + cpu_random(cpu, 200), 128, SCRATCH);
        CALL(SYS_setpgid, 2 + cpu_random(cpu, 200), 0);
        CALL(SYS_prlimit64, 0, RLIMIT_NOFILE, LIMIT, SCRATCH);
        CALL(SYS_sched_setscheduler, 2 + cpu_random(cpu, 200), SCHED_OTHER, LIMIT);
        CALL(SYS_prctl, PR_SET_NAME, cpu_random(cpu, 2) ? PATH_STAT : PATH_MAPS);
        CALL(SYS_setgroups, cpu_random(cpu, 4), LIMIT);
        CALL(SYS_setresuid, 0, cpu_random(cpu, 2), 0);
        CALL(SYS_setresuid, 0, 0, 0);
        CALL(SYS_umask, 022);
        CALL(SYS_sysinfo, SCRATCH);
        CALL(SYS_getrusage, RUSAGE_SELF, SCRATCH);
        CALL(SYS_times, SCRATCH);
    }
    END;
}

PROGRAM(end_crew)
{
    BEGIN;
    CALL(SYS_setsid);
    THREAD(watcher, 0);
    THREAD(maker, 0);
    BECOME(maker, 0);
    END;
}

/* A string of up to 8 bytes. */
#define PUT(address, text) ACCESS(cpu_store(cpu, address, guest_text(text), 8))

PROGRAM(end_init)
{
    BEGIN;
    PUT(PATH_PROGRAM, "/other");
    PUT(PATH_STAT, "/proc/s/");
    PUT(PATH_STAT + 8, "stat");
    PUT(PATH_MAPS, "/proc/se");
    PUT(PATH_MAPS + 8, "lf/maps");
    PUT(PATH_PROC, "/proc");
    ACCESS(cpu_store(cpu, LIMIT, 100, 8));
    ACCESS(cpu_store(cpu, LIMIT + 8, 100, 8));
    FORK(end_crew, 0);
    FORK(end_crew, 0);
    END_RACE(6);
    END;
}

TEST("processes and threads fork, execute, end, are killed, watched and waited for at once")
{
    world_add_program("other", &executed);
    CHECK_EQUAL(world_run(&end_init), 6 << 8);
}

/* ---- filters of system calls
 * -------------------------------------------------------------------------------------- */

#define FILTER      (TEXT + 0x100) /* struct sock_fprog */
#define INSTRUCTION (TEXT + 0x140) /* struct sock_filter: return SECCOMP_RET_ALLOW */
#define TO_ALL      1              /* SECCOMP_FILTER_FLAG_TSYNC */

PROGRAM(filtering)
{
    BEGIN;
    for (f->rbp = 0; f->rbp < 4; f->rbp++) {
        CALL(SYS_seccomp, 1, TO_ALL, FILTER);
        THREAD(plain, 0);
        CALL(SYS_prctl, PR_GET_SECCOMP);
        CALL(SYS_getppid);
    }
    CALL(SYS_exit, 0);
    END;
}

/* Threads that come and go while others put filters on all that there are. */
PROGRAM(filtered)
{
    BEGIN;
    CALL(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1);
    THREAD(filtering, 0);
    THREAD(filtering, 0);
    if (cpu_random(cpu, 2))
        THREAD(executor, 0);
    BECOME(filtering, 0);
    END;
}

PROGRAM(filter_crew)
{
    BEGIN;
    CALL(SYS_setsid);
    THREAD(watcher, 0);
    for (;;) {
        FORK(filtered, 0);
        CALL(SYS_wait4, -1, 0, 0, 0);
    }
    END;
}

PROGRAM(filter_init)
{
    BEGIN;
    PUT(PATH_PROGRAM, "/other");
    PUT(PATH_STAT, "/proc/s/");
    PUT(PATH_MAPS, "/proc/se");
    PUT(PATH_MAPS + 8, "lf/maps");
    PUT(PATH_PROC, "/proc");
    ACCESS(cpu_store(cpu, FILTER, 1, 8));
    ACCESS(cpu_store(cpu, FILTER + 8, INSTRUCTION, 8));
    ACCESS(cpu_store(cpu, INSTRUCTION, 0x7fff000000000006, 8));
    ACCESS(cpu_store(cpu, LIMIT, 100, 8));
    ACCESS(cpu_store(cpu, LIMIT + 8, 100, 8));
    FORK(filter_crew, 0);
    FORK(filter_crew, 0);
    END_RACE(7);
    END;
}

TEST("filters of system calls are put on threads that begin, make calls and end")
{
    world_add_program("other", &executed);
    CHECK_EQUAL(world_run(&filter_init), 7 << 8);
}
