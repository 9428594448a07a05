/*
 * inotify.c - what watches of a directory and of a file tell, in order.
 */
#include "show.h"

#include <poll.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>

static int fd;

static void tell(const char *after)
{
    char space[65536] __attribute__((aligned(8)));
    long bytes = read(fd, space, sizeof(space));
    uint32_t cookie = 0;

    printf("%s:", after);
    for (long at = 0; at < bytes;) {
        struct inotify_event *event = (void *)(space + at);
        printf(" [%d %x %s%s]", event->wd, event->mask, event->len ? event->name : "",
               event->cookie == 0        ? ""
               : event->cookie == cookie ? " same"
                                         : " moved");
        cookie = event->cookie;
        at += (long)sizeof(*event) + event->len;
    }
    printf("\n");
}

#define DO(action)                                                                                 \
    do {                                                                                           \
        NEED((action) >= 0);                                                                       \
        tell(#action);                                                                             \
    } while (0)

int main(void)
{
    char text[16];
    NEED(mkdir("d", 0755) == 0 && mkdir("e", 0755) == 0);
    fd = inotify_init1(IN_NONBLOCK);
    SHOW(inotify_add_watch(fd, "d", IN_ALL_EVENTS));
    SHOW(inotify_add_watch(fd, "e", IN_ALL_EVENTS | IN_ONLYDIR));
    int file = -1;
    DO(file = open("d/f", O_CREAT | O_RDWR, 0644));
    SHOW(inotify_add_watch(fd, "d/f", IN_ALL_EVENTS));
    DO(write(file, "hello", 5));
    DO(pread(file, text, 5, 0));
    DO(ftruncate(file, 2));
    DO(fchmod(file, 0600));
    DO(chmod("d/f", 0640));
    DO(truncate("d/f", 1));
    DO(link("d/f", "e/second"));
    DO(rename("d/f", "e/g"));
    DO(rename("e/g", "e/h"));
    DO(close(file));
    DO(mkdir("d/sub", 0755));
    DO(rename("d/sub", "e/sub"));
    DO(symlink("nowhere", "d/link"));
    DO(unlink("d/link"));
    DO(unlink("e/second"));
    DO(unlink("e/h"));
    DO(rmdir("e/sub"));
    DO(file = open("d/new", O_CREAT | O_WRONLY, 0644));
    DO(write(file, "1", 1));
    DO(close(file));
    DO(file = open("d/new", O_RDONLY | O_TRUNC, 0644));
    DO(close(file));
    DO(file = open("d/new", O_WRONLY | O_TRUNC, 0644));
    DO(close(file));
    DO(inotify_rm_watch(fd, 1));
    DO(rmdir("e"));
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    SHOW(poll(&poll_fd, 1, 0));
    SHOW(inotify_add_watch(fd, "d", IN_CREATE | IN_ONESHOT));
    fflush(stdout);
    if (fork() == 0) {
        usleep(20000);
        _exit(mkdir("d/by-child", 0755));
    }
    SHOW(poll(&poll_fd, 1, 5000));
    wait(NULL);
    int bytes = 0;
    SHOW(ioctl(fd, FIONREAD, &bytes));
    printf("%d\n", bytes);
    tell("the child");
    SHOW(inotify_rm_watch(fd, 77));
    SHOW(inotify_add_watch(fd, "d/new", IN_ONLYDIR | IN_CREATE));
    SHOW(inotify_add_watch(fd, "missing", IN_CREATE));
    SHOW(inotify_add_watch(0, "d", IN_CREATE));
    return 0;
}
