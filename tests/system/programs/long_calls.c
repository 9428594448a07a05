/*
 * Who wakes another goes on while that one makes a system call that takes long.
 */
#include "show.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define MUCH   0x7ffff000ul
#define PIECE  (2ul << 20)
#define PIECES 1024

static volatile int *ended;

static void copy_random(void)
{
    int from = open("/dev/urandom", O_RDONLY), to = open("/dev/null", O_WRONLY);

    NEED(sendfile(to, from, NULL, MUCH) == MUCH);
}

static void get_random(void)
{
    size_t bytes = 64 << 20;
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    NEED(getrandom(memory, bytes, 0) == (ssize_t)bytes);
}

/* The same 2 MiB, as often as one call takes a piece of memory: nearly 2 GiB. */
static struct iovec pieces[PIECES];

static void make_pieces(void)
{
    void *memory = mmap(NULL, PIECE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    NEED(memory != MAP_FAILED);
    for (unsigned i = 0; i < PIECES; i++)
        pieces[i] = (struct iovec){memory, PIECE};
}

static void read_zeros(void)
{
    int zero = open("/dev/zero", O_RDONLY);

    make_pieces();
    NEED(readv(zero, pieces, PIECES) == MUCH);
}

static void read_hole(void)
{
    int file = memfd_create("hole", 0);

    make_pieces();
    NEED(ftruncate(file, 1l << 32) == 0);
    NEED(readv(file, pieces, PIECES) == MUCH);
}

static void read_memory(void)
{
    make_pieces();
    NEED(process_vm_readv(getpid(), pieces, PIECES, pieces, PIECES, 0) == MUCH);
}

/* A child that is woken and then makes one call; it is ended in the midst of it. */
static void wake(const char *name, void (*call)(void))
{
    int pipe_ends[2], status;
    char byte = 0;

    SECTION(name);
    NEED(pipe(pipe_ends) == 0);
    *ended = 0;
    pid_t child = fork();
    if (child == 0) {
        NEED(read(pipe_ends[0], &byte, 1) == 1);
        call();
        *ended = 1;
        _exit(1);
    }
    usleep(50000); /* the child sleeps */
    NEED(write(pipe_ends[1], &byte, 1) == 1);
    usleep(10000); /* it is at it */
    SHOW(*ended == 0);
    SHOW(kill(child, SIGKILL));
    NEED(waitpid(child, &status, 0) == child);
    SHOW(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    SHOW(*ended == 0);
}

int main(void)
{
    ended = mmap(NULL, sizeof(*ended), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    NEED(ended != MAP_FAILED);
    wake("sendfile", copy_random);
    wake("getrandom", get_random);
    wake("readv of zeros", read_zeros);
    wake("readv of a hole", read_hole);
    wake("process_vm_readv", read_memory);
    return 0;
}
