/*
 * event_descriptors.c - timers, signals and processes as descriptors, alone and under epoll.
 */
#include "show.h"

#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>

#define MS 1000000L

static int epoll;

static int ready(int limit_ms)
{
    struct epoll_event event;
    int count = epoll_wait(epoll, &event, 1, limit_ms);
    return count == 1 ? event.data.fd : -count;
}

static void watch(int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    NEED(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0);
}

static void timers(void)
{
    struct itimerspec spec = {.it_value = {0, 20 * MS}}, told;
    uint64_t ticks = 0;
    SECTION("timers");
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    SHOW(fcntl(fd, F_GETFL));
    watch(fd);
    SHOW(read(fd, &ticks, 8));
    SHOW(timerfd_settime(fd, 0, &spec, NULL));
    SHOW(timerfd_gettime(fd, &told));
    printf("%d\n", told.it_value.tv_nsec > 0 && told.it_value.tv_nsec <= 20 * MS);
    SHOW(ready(5000) == fd);
    SHOW(read(fd, &ticks, 8));
    SHOW(ready(0));
    spec.it_interval.tv_nsec = 10 * MS;
    SHOW(timerfd_settime(fd, 0, &spec, &told));
    SHOW(told.it_value.tv_nsec);
    usleep(60000);
    SHOW(read(fd, &ticks, 8));
    printf("%d\n", ticks >= 3);
    fcntl(fd, F_SETFL, 0);
    SHOW(read(fd, &ticks, 8));
    SHOW(read(fd, &ticks, 4));
    SHOW(write(fd, &ticks, 8));
    clock_gettime(CLOCK_REALTIME, &spec.it_value);
    spec.it_interval.tv_nsec = 0;
    int real = timerfd_create(CLOCK_REALTIME, 0);
    SHOW(timerfd_settime(real, TFD_TIMER_ABSTIME, &spec, NULL));
    SHOW(read(real, &ticks, 8));
    SHOW(ticks);
    SHOW(timerfd_create(77, 0));
    SHOW(timerfd_gettime(0, &told));
    close(real);
    close(fd);
}

static void signals(void)
{
    struct signalfd_siginfo told[4];
    sigset_t set;
    SECTION("signals");
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGCHLD);
    sigaddset(&set, SIGRTMIN);
    sigprocmask(SIG_BLOCK, &set, NULL);
    int fd = signalfd(-1, &set, SFD_NONBLOCK);
    watch(fd);
    SHOW(read(fd, told, sizeof(told)));
    SHOW(ready(0));
    kill(getpid(), SIGUSR1);
    kill(getpid(), SIGUSR1);
    sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = 42});
    SHOW(ready(0) == fd);
    SHOW(read(fd, told, sizeof(told)) / (long)sizeof(told[0]));
    printf("%d %d mine %d; %d %d %d\n", told[0].ssi_signo, told[0].ssi_code,
           told[0].ssi_pid == (uint32_t)getpid(), told[1].ssi_signo == (uint32_t)SIGRTMIN,
           told[1].ssi_code, told[1].ssi_int);
    pid_t child = fork();
    if (child == 0)
        _exit(9);
    SHOW(ready(5000) == fd);
    SHOW(read(fd, told, sizeof(told)) / (long)sizeof(told[0]));
    printf("%d code %d status %d child %d\n", told[0].ssi_signo, told[0].ssi_code,
           told[0].ssi_status, told[0].ssi_pid == (uint32_t)child);
    waitpid(child, NULL, 0);
    sigemptyset(&set);
    SHOW(signalfd(fd, &set, 0) == fd);
    kill(getpid(), SIGUSR1);
    SHOW(ready(0));
    sigaddset(&set, SIGUSR1);
    SHOW(signalfd(fd, &set, 0) == fd);
    SHOW(ready(0) == fd);
    SHOW(read(fd, told, 10));
    SHOW(read(fd, told, 128));
    fcntl(fd, F_SETFL, 0);
    fflush(stdout);
    if ((child = fork()) == 0) {
        usleep(20000);
        kill(getppid(), SIGUSR1);
        _exit(0);
    }
    SHOW(read(fd, told, 128));
    printf("from the child %d\n", told[0].ssi_pid == (uint32_t)child);
    waitpid(child, NULL, 0);
    SHOW(signalfd(0, &set, 0));
    SHOW(syscall(SYS_signalfd4, -1, &set, 4, 0));
    close(fd);
}

static void processes(void)
{
    int go[2];
    siginfo_t info;
    SECTION("processes");
    NEED(pipe(go) == 0);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        char byte;
        close(go[1]);
        _exit(read(go[0], &byte, 1) == 1 ? 5 : 6);
    }
    close(go[0]);
    int fd = (int)syscall(SYS_pidfd_open, child, 0);
    SHOW(fd >= 0);
    SHOW(fcntl(fd, F_GETFD));
    watch(fd);
    SHOW(ready(0));
    SHOW(waitid(P_PIDFD, fd, &info, WEXITED | WNOHANG));
    NEED(write(go[1], "x", 1) == 1);
    SHOW(ready(5000) == fd);
    memset(&info, 0, sizeof(info));
    SHOW(waitid(P_PIDFD, fd, &info, WEXITED));
    printf("%d %d %d\n", info.si_pid == child, info.si_code, info.si_status);
    SHOW(syscall(SYS_pidfd_send_signal, fd, SIGTERM, NULL, 0));
    SHOW(waitid(P_PIDFD, fd, &info, WEXITED));
    SHOW(syscall(SYS_pidfd_open, child, 0));
    SHOW(syscall(SYS_pidfd_open, -1, 0));
    SHOW(syscall(SYS_pidfd_send_signal, 0, 0, NULL, 0));
    close(fd);
    if ((child = fork()) == 0) {
        pause();
        _exit(0);
    }
    fd = (int)syscall(SYS_pidfd_open, child, 0);
    SHOW(syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0));
    SHOW(syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0));
    SHOW(waitid(P_PIDFD, fd, &info, WEXITED));
    printf("%d %d\n", info.si_code, info.si_status);
    close(fd);
    int made = -1;
    struct {
        uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
    } args = {.flags = CLONE_PIDFD, .pidfd = (uintptr_t)&made, .exit_signal = SIGCHLD};
    fflush(stdout);
    child = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
    if (child == 0)
        _exit(fcntl(made, F_GETFD) == -1 ? 11 : 12);
    SHOW(waitid(P_PIDFD, made, &info, WEXITED));
    printf("%d %d\n", info.si_pid == child, info.si_status);
}

int main(void)
{
    alarm(30);
    epoll = epoll_create1(0);
    timers();
    signals();
    processes();
    return 0;
}
