/*
 * record_locks.c - fcntl locks between processes: waiting, circles, the end of their owner.
 */
#include "show.h"

static int fd;
static int pipes[2];

static int lock(int command, int kind, off_t start, off_t length)
{
    struct flock range = {.l_type = kind, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
    return fcntl(fd, command, &range);
}

static void show_holder(off_t start, pid_t child)
{
    struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = start, .l_len = 1};
    int status = fcntl(fd, F_GETLK, &range);
    printf("%ld: %d kind %d start %ld length %ld %s\n", (long)start, status, range.l_type,
           (long)range.l_start, (long)range.l_len,
           range.l_type == F_UNLCK ? "nobody"
           : range.l_pid == child  ? "the child"
                                   : "another");
}

static void tell(void) { NEED(write(pipes[1], "x", 1) == 1); }

static void hear(int from)
{
    char byte;
    NEED(read(from, &byte, 1) == 1);
}

int main(void)
{
    int go[2], status;

    alarm(30);
    NEED(pipe(pipes) == 0 && pipe(go) == 0);
    fd = open("file", O_RDWR | O_CREAT, 0644);
    NEED(fd >= 0 && write(fd, "0123456789", 10) == 10);
    pid_t child = fork();
    if (child == 0) {
        NEED(lock(F_SETLK, F_WRLCK, 0, 4) == 0);
        NEED(lock(F_SETLK, F_RDLCK, 6, 0) == 0);
        NEED(lock(F_SETLK, F_UNLCK, 1, 1) == 0);
        tell();
        hear(go[0]);
        tell();
        _exit(lock(F_SETLKW, F_WRLCK, 5, 1) == 0 ? 7 : 8); /* ends the circle: gets it or not */
    }
    hear(pipes[0]);
    for (off_t at = 0; at < 8; at++)
        show_holder(at, child);
    SHOW(lock(F_SETLK, F_RDLCK, 6, 1));
    SHOW(lock(F_SETLK, F_WRLCK, 6, 1));
    SHOW(lock(F_SETLK, F_WRLCK, 1, 1));
    SHOW(lock(F_SETLK, F_WRLCK, 0, 1));
    SHOW(lock(F_SETLK, F_WRLCK, 5, 1));
    NEED(write(go[1], "x", 1) == 1);
    hear(pipes[0]);
    usleep(100000); /* the child waits by now */
    SHOW(lock(F_SETLKW, F_WRLCK, 0, 1));
    SHOW(lock(F_SETLK, F_UNLCK, 5, 1));
    NEED(waitpid(child, &status, 0) == child);
    printf("child ended with %d\n", WEXITSTATUS(status));
    SHOW(lock(F_SETLK, F_WRLCK, 0, 0));
    if ((child = fork()) == 0)
        _exit(lock(F_SETLK, F_RDLCK, 0, 1) == 0 ? 1 : errno == EAGAIN ? 2 : 3);
    waitpid(child, &status, 0);
    printf("fork inherits none: %d\n", WEXITSTATUS(status));
    close(open("file", O_RDONLY));
    if ((child = fork()) == 0)
        _exit(lock(F_SETLK, F_RDLCK, 0, 1) == 0 ? 1 : 2);
    waitpid(child, &status, 0);
    printf("closing any descriptor unlocks: %d\n", WEXITSTATUS(status));
    SHOW(lock(F_OFD_SETLK, F_WRLCK, 0, 0));
    int other = open("file", O_RDWR), first = fd;
    fd = other;
    SHOW(lock(F_OFD_SETLK, F_RDLCK, 0, 1));
    close(first);
    SHOW(lock(F_OFD_SETLK, F_RDLCK, 0, 1));
    return 0;
}
