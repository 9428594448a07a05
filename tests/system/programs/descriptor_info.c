/*
 * descriptor_info.c - what /proc/self/fdinfo tells of descriptors that are no files. Numbers that
 * differ between two runs are left out, and lines that only newer systems have.
 */
#include "show.h"

#include <signal.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>

static const char *const known[] = {"eventfd-count:", "tfd:",           "sigmask:",     "clockid:",
                                    "ticks:",         "settime flags:", "it_interval:", "inotify"};

static bool is_known(const char *line)
{
    for (unsigned i = 0; i < sizeof(known) / sizeof(*known); i++)
        if (strncmp(line, known[i], strlen(known[i])) == 0)
            return true;
    return false;
}

/* A word of its own that begins so, and all behind it in the same word. */
static void remove_word(char *line, const char *start)
{
    char *at = strstr(line, start);
    if (at)
        memmove(at, at + strcspn(at, " \n"), strlen(at + strcspn(at, " \n")) + 1);
}

static FILE *open_info(int fd)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
    FILE *file = fopen(path, "r");
    NEED(file);
    return file;
}

static void info(const char *what, int fd)
{
    char line[512];

    printf("-- %s\n", what);
    FILE *file = open_info(fd);
    while (fgets(line, sizeof(line), file)) {
        if (!is_known(line))
            continue;
        remove_word(line, "ino:");
        remove_word(line, "sdev:");
        remove_word(line, "fhandle-bytes:");
        remove_word(line, "fhandle-type:");
        remove_word(line, "f_handle:");
        line[strcspn(line, "\n")] = 0;
        for (size_t end = strlen(line); end > 0 && line[end - 1] == ' '; end--)
            line[end - 1] = 0;
        printf("%s|\n", line);
    }
    fclose(file);
}

/* The number in a line, or -2. */
static int number_in(int fd, const char *key)
{
    char line[512];
    int number = -2;
    FILE *file = open_info(fd);

    while (fgets(line, sizeof(line), file))
        if (strncmp(line, key, strlen(key)) == 0)
            number = atoi(line + strlen(key));
    fclose(file);
    return number;
}

static void processes(void)
{
    char self[32] = "";

    SECTION("pidfd");
    NEED(readlink("/proc/self", self, sizeof(self) - 1) > 0);
    int own = (int)syscall(SYS_pidfd_open, getpid(), 0);
    SHOW(number_in(own, "Pid:\t") == atoi(self));
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    int other = (int)syscall(SYS_pidfd_open, child, 0);
    NEED(waitpid(child, NULL, 0) == child);
    SHOW(number_in(other, "Pid:\t"));
    SHOW(number_in(other, "NSpid:\t"));
}

int main(void)
{
    const uint64_t five = 5;
    sigset_t set;

    int event = eventfd(18, 0), other = eventfd(0, EFD_SEMAPHORE);
    NEED(write(event, &five, 8) == 8);
    info("eventfd", event);
    info("eventfd of 0", other);
    SHOW(number_in(event, "eventfd-id:") < number_in(other, "eventfd-id:"));
    int epoll = epoll_create1(0);
    info("epoll of nothing", epoll);
    struct epoll_event watch = {.events = EPOLLIN | EPOLLET, .data.u64 = 0x1234567890};
    NEED(epoll_ctl(epoll, EPOLL_CTL_ADD, event, &watch) == 0);
    info("epoll", epoll);
    sigemptyset(&set);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGRTMAX);
    info("signalfd", signalfd(-1, &set, 0));
    int timer = timerfd_create(CLOCK_BOOTTIME, 0);
    info("timerfd", timer);
    struct itimerspec spec = {.it_value = {0, 1}, .it_interval = {1000000000, 5}};
    NEED(timerfd_settime(timer, TFD_TIMER_ABSTIME, &spec, NULL) == 0);
    info("timerfd that has expired", timer);
    int watches = inotify_init1(0);
    info("inotify of nothing", watches);
    NEED(inotify_add_watch(watches, ".", IN_CREATE | IN_ONESHOT) == 1);
    NEED(inotify_add_watch(watches, "/", IN_DELETE_SELF | IN_MOVE) == 2);
    info("inotify", watches);
    processes();
    return 0;
}
