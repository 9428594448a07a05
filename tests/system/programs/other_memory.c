/*
 * other_memory.c - another process's memory and descriptors; membarrier; what is seldom used.
 */
#include "show.h"

#include <linux/membarrier.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#define BYTES 10000

static char shown[BYTES], *hole;

static void memory(pid_t child)
{
    SECTION("process_vm_readv and process_vm_writev");
    static char back[BYTES];
    struct iovec own[2] = {{back, 100}, {back + 100, BYTES - 100}};
    struct iovec other[2] = {{shown, 5000}, {shown + 5000, BYTES - 5000}};
    SHOW(process_vm_readv(child, own, 2, other, 2, 0));
    SHOW(strcmp(back, "the child's") == 0 && back[BYTES - 1] == 'z');
    strcpy(back, "written from outside");
    SHOW(process_vm_writev(child, own, 1, other, 1, 0));
    struct iovec bad = {(void *)8, 10}, partly = {hole, 8192};
    SHOW(process_vm_readv(child, own, 1, &bad, 1, 0));
    SHOW(process_vm_readv(child, own, 2, &partly, 1, 0));
    SHOW(process_vm_readv(child, &bad, 1, other, 1, 0));
    SHOW(process_vm_readv(child, own, 2, other, 2, 1));
    SHOW(process_vm_readv(child, own, 2000, other, 2, 0));
    SHOW(process_vm_readv(child, own, 0, other, 2, 0));
    SHOW(process_vm_readv(child, own, 1, other, 0, 0));
    SHOW(process_vm_readv(1 << 22, own, 1, other, 1, 0));
}

static void descriptors(pid_t child, int fd)
{
    SECTION("pidfd_getfd");
    char text[16] = "";
    int pidfd = (int)syscall(SYS_pidfd_open, child, 0);
    NEED(pidfd >= 0);
    int taken = (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);
    SHOW(taken >= 0);
    SHOW(fcntl(taken, F_GETFD));
    SHOW(pread(taken, text, 15, 0));
    printf("%s\n", text);
    SHOW(syscall(SYS_pidfd_getfd, pidfd, 1000, 0));
    SHOW(syscall(SYS_pidfd_getfd, pidfd, fd, 1));
    SHOW(syscall(SYS_pidfd_getfd, fd, fd, 0));
}

static void barriers(void)
{
    SECTION("membarrier");
    long all = syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0);
    SHOW((all & 0x7f) == 0x7f);
    SHOW(syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0));
    SHOW(syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0));
    SHOW(syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0));
    SHOW(syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0));
    SHOW(syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE, 0, 0));
    SHOW(syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL_EXPEDITED, 0, 0));
    SHOW(syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 2, 0));
    SHOW(syscall(SYS_membarrier, 3, 0, 0));
}

static void seldom(void)
{
    SECTION("seldom used");
    char *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    SHOW(syscall(SYS_pkey_mprotect, page, 4096, PROT_READ | PROT_WRITE, -1));
    page[0] = 1;
    SHOW(syscall(SYS_mlock2, page, 4096, 1));
    SHOW(syscall(SYS_mlock2, page, 4096, 2));
}

int main(void)
{
    int said[2], go[2];
    char byte;
    NEED(pipe(said) == 0 && pipe(go) == 0);
    hole = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        strcpy(shown, "the child's");
        shown[BYTES - 1] = 'z';
        munmap(hole + 4096, 4096);
        int file = open("file", O_RDWR | O_CREAT, 0600);
        NEED(write(file, "of the child", 12) == 12 && dup2(file, 50) == 50);
        NEED(write(said[1], "x", 1) == 1 && read(go[0], &byte, 1) == 1);
        _exit(strcmp(shown, "written from outside") == 0 ? 3 : 4);
    }
    NEED(read(said[0], &byte, 1) == 1);
    memory(child);
    descriptors(child, 50);
    NEED(write(go[1], "x", 1) == 1);
    int status;
    NEED(waitpid(child, &status, 0) == child);
    printf("child %d\n", WEXITSTATUS(status));
    barriers();
    seldom();
    return 0;
}
