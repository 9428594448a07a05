/*
 * splicing.c - splice, tee and vmsplice between pipes, files, sockets and memory.
 */
#include "show.h"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/uio.h>

#define BYTES 10000

static int pipe_one[2], pipe_two[2];

static void fill(int fd, const char *text) { NEED(write(fd, text, strlen(text)) > 0); }

static void show_read(int fd, size_t bytes)
{
    char text[64] = "";
    ssize_t done = read(fd, text, bytes < sizeof(text) - 1 ? bytes : sizeof(text) - 1);
    printf("read %zd: %s\n", done, done > 0 ? text : "");
}

static void files(void)
{
    SECTION("a file into a pipe, and a pipe into a file");
    int file = open("file", O_RDWR | O_CREAT | O_TRUNC, 0600);
    fill(file, "0123456789abcdefghij");
    off_t at = 5;
    SHOW(splice(file, &at, pipe_one[1], NULL, 6, 0));
    printf("at %ld\n", (long)at);
    show_read(pipe_one[0], 64);
    SHOW(lseek(file, 15, SEEK_SET));
    SHOW(splice(file, NULL, pipe_one[1], NULL, 100, SPLICE_F_MOVE));
    SHOW(lseek(file, 0, SEEK_CUR));
    SHOW(splice(file, NULL, pipe_one[1], NULL, 100, 0));
    at = 2;
    SHOW(splice(pipe_one[0], NULL, file, &at, 3, 0));
    printf("at %ld\n", (long)at);
    SHOW(splice(pipe_one[0], NULL, file, NULL, 100, 0));
    SHOW(lseek(file, 0, SEEK_SET));
    show_read(file, 64);
    SHOW(fcntl(file, F_SETFL, O_APPEND));
    fill(pipe_one[1], "more");
    at = 0;
    SHOW(splice(pipe_one[0], NULL, file, &at, 4, 0));
    show_read(pipe_one[0], 64);
    close(file);
}

static void much(void)
{
    SECTION("more than a page");
    static char data[BYTES], back[BYTES];
    for (unsigned i = 0; i < BYTES; i++)
        data[i] = (char)(i * 7);
    int file = open("much", O_RDWR | O_CREAT | O_TRUNC, 0600);
    int copy = open("copy", O_RDWR | O_CREAT | O_TRUNC, 0600);
    NEED(write(file, data, BYTES) == BYTES);
    off_t at = 0;
    SHOW(splice(file, &at, pipe_one[1], NULL, BYTES, 0));
    SHOW(splice(pipe_one[0], NULL, pipe_two[1], NULL, 5000, 0));
    SHOW(splice(pipe_two[0], NULL, copy, NULL, BYTES, 0));
    SHOW(splice(pipe_one[0], NULL, copy, NULL, BYTES, 0));
    SHOW(pread(copy, back, BYTES, 0));
    SHOW(memcmp(data, back, BYTES));
    close(file);
    close(copy);
}

static void pipes(void)
{
    SECTION("between pipes");
    fill(pipe_one[1], "hello world");
    SHOW(tee(pipe_one[0], pipe_two[1], 5, 0));
    show_read(pipe_two[0], 64);
    SHOW(tee(pipe_one[0], pipe_two[1], 100, 0));
    SHOW(splice(pipe_one[0], NULL, pipe_two[1], NULL, 100, 0));
    show_read(pipe_two[0], 64);
    SHOW(tee(pipe_one[0], pipe_two[1], 100, SPLICE_F_NONBLOCK));
    SHOW(splice(pipe_one[0], NULL, pipe_two[1], NULL, 1, SPLICE_F_NONBLOCK));
    SHOW(splice(pipe_one[0], NULL, pipe_one[1], NULL, 1, 0));
    SHOW(tee(pipe_one[0], pipe_one[1], 1, 0));
    SHOW(tee(pipe_one[0], 1000, 1, 0));
    SHOW(tee(pipe_one[1], pipe_two[1], 1, 0));
    SHOW(tee(pipe_one[0], pipe_two[1], 0, 0));
}

static void memory(void)
{
    SECTION("memory");
    char first[] = "abc", second[] = "defgh", back[8] = "";
    struct iovec out[2] = {{first, 3}, {second, 5}};
    struct iovec in = {back, 7};
    SHOW(vmsplice(pipe_one[1], out, 2, 0));
    SHOW(vmsplice(pipe_one[0], &in, 1, 0));
    printf("%s\n", back);
    show_read(pipe_one[0], 64);
    SHOW(vmsplice(pipe_one[0], &in, 1, SPLICE_F_NONBLOCK));
    int file = open("file", O_RDWR);
    SHOW(vmsplice(file, &in, 1, 0));
    close(file);
    SHOW(vmsplice(pipe_one[1], out, 2, 64));
    SHOW(vmsplice(pipe_one[1], out, 0, 0));
    SHOW(vmsplice(pipe_one[1], (void *)8, 1, 0));
}

static void sockets_and_others(void)
{
    SECTION("sockets and others");
    int pair[2], random = open("/dev/urandom", O_RDWR), event = eventfd(1, 0);
    NEED(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    fill(pipe_one[1], "over a socket");
    SHOW(splice(pipe_one[0], NULL, pair[0], NULL, 100, 0));
    SHOW(splice(pair[1], NULL, pipe_one[1], NULL, 100, 0));
    show_read(pipe_one[0], 64);
    off_t at = 0;
    SHOW(splice(random, NULL, pipe_one[1], NULL, 20, 0));
    int null = open("/dev/null", O_WRONLY);
    SHOW(splice(pipe_one[0], NULL, null, NULL, 100, 0));
    SHOW(splice(event, NULL, pipe_one[1], NULL, 8, 0));
    SHOW(splice(pair[1], &at, pipe_one[1], NULL, 8, 0));
    SHOW(splice(pipe_one[0], &at, pair[1], NULL, 8, 0));
    SHOW(splice(random, NULL, null, NULL, 8, 0));
    SHOW(splice(null, NULL, pipe_one[1], NULL, 8, 0));
    SHOW(splice(-1, NULL, pipe_one[1], NULL, 8, 0));
    SHOW(splice(random, NULL, pipe_one[1], NULL, 8, 64));
    SHOW(splice(-1, NULL, -1, NULL, 0, 64));
    SHOW(splice(random, (void *)8, pipe_one[1], NULL, 8, 0));
}

static void send_to(int fd)
{
    int file = open("file", O_RDWR | O_CREAT | O_TRUNC, 0600);
    uint64_t one = 1;
    off_t at = 0;
    NEED(write(file, &one, sizeof(one)) == sizeof(one));
    SHOW(lseek(file, 0, SEEK_SET));
    SHOW(sendfile(fd, file, &at, 8));
    SHOW(sendfile(fd, file, NULL, 8));
    SHOW(lseek(file, 0, SEEK_CUR) + at);
    SHOW(sendfile(fd, file, NULL, 0));
    at = 8;
    SHOW(sendfile(fd, file, &at, 8));
    NEED(write(pipe_one[1], &one, sizeof(one)) == sizeof(one));
    SHOW(splice(pipe_one[0], NULL, fd, NULL, 8, SPLICE_F_NONBLOCK));
    NEED(read(pipe_one[0], &one, sizeof(one)) == sizeof(one));
    close(file);
    close(fd);
}

static void no_bytes(void)
{
    SECTION("what takes no bytes, and what has none");
    send_to(eventfd(0, EFD_NONBLOCK));
    send_to(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK));
    send_to(epoll_create1(0));
    send_to(open("/dev/full", O_WRONLY));
    int file = open("file", O_RDWR), event = eventfd(1, EFD_NONBLOCK), null = open("/dev/null", 0);
    off_t at = 0;
    SHOW(sendfile(file, event, NULL, 8));
    SHOW(sendfile(file, event, &at, 8));
    SHOW(sendfile(file, pipe_one[0], &at, 8));
    SHOW(sendfile(file, null, NULL, 8));
    SHOW(splice(null, NULL, pipe_one[1], NULL, 8, SPLICE_F_NONBLOCK));
    at = -1;
    SHOW(sendfile(1000, file, &at, 8));
    SHOW(sendfile(1000, file, (void *)8, 8));
    SHOW(sendfile(file, 1000, (void *)8, 8));
    close(file);
    close(event);
    close(null);
}

static void ends(void)
{
    SECTION("full, and without peers");
    static char data[65536];
    NEED(write(pipe_two[1], data, sizeof(data)) == sizeof(data));
    fill(pipe_one[1], "x");
    SHOW(splice(pipe_one[0], NULL, pipe_two[1], NULL, 1, SPLICE_F_NONBLOCK));
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        NEED(read(pipe_two[0], data, sizeof(data)) == sizeof(data));
        _exit(0);
    }
    SHOW(splice(pipe_one[0], NULL, pipe_two[1], NULL, 1, 0));
    NEED(waitpid(child, NULL, 0) == child);
    show_read(pipe_two[0], 64);
    signal(SIGPIPE, SIG_IGN);
    fill(pipe_one[1], "y");
    close(pipe_two[0]);
    SHOW(splice(pipe_one[0], NULL, pipe_two[1], NULL, 1, 0));
    SHOW(tee(pipe_one[0], pipe_two[1], 1, 0));
    close(pipe_one[1]);
    int file = open("file", O_WRONLY);
    SHOW(splice(pipe_one[0], NULL, file, NULL, 10, 0));
    SHOW(splice(pipe_one[0], NULL, file, NULL, 10, 0));
}

int main(void)
{
    NEED(pipe(pipe_one) == 0 && pipe(pipe_two) == 0);
    files();
    much();
    pipes();
    memory();
    sockets_and_others();
    no_bytes();
    ends();
    return 0;
}
