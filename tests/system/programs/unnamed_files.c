/*
 * unnamed_files.c - memfd and its seals with mappings, O_TMPFILE, names that change places, zeroed
 * ranges.
 */
#include "show.h"

#include <linux/falloc.h>
#include <sys/mman.h>
#include <sys/uio.h>

static void seals(void)
{
    char link[64];
    SECTION("memfd");
    int fd = memfd_create("hello", MFD_ALLOW_SEALING | MFD_CLOEXEC);
    SHOW(fcntl(fd, F_GETFD));
    SHOW(ftruncate(fd, 8192));
    char *shared = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    NEED(shared != MAP_FAILED);
    memcpy(shared, "through the mapping", 19);
    SHOW(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
    SHOW(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW));
    SHOW(fcntl(fd, F_GET_SEALS));
    SHOW(ftruncate(fd, 4096));
    SHOW(ftruncate(fd, 16384));
    munmap(shared, 8192);
    SHOW(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
    SHOW(write(fd, "x", 1));
    SHOW(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
    char *private = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    NEED(private != MAP_FAILED);
    printf("%.19s\n", private);
    private[0] = 'T';
    SHOW(fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL));
    SHOW(fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL));
    char path[64];
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    long length = readlink(path, link, sizeof(link));
    printf("%.*s\n", (int)length, link);
    int again = open(path, O_RDONLY);
    SHOW(fcntl(again, F_GET_SEALS));
    SHOW(read(again, link, 7));
    fflush(stdout);
    SHOW(fcntl(0, F_GET_SEALS));
    SHOW(memfd_create("x", 0x1000));
}

static void unnamed(void)
{
    struct stat stat_of;
    char path[64];
    SECTION("O_TMPFILE");
    int fd = open(".", O_TMPFILE | O_RDWR, 0640);
    SHOW(fd >= 0);
    SHOW(write(fd, "content", 7));
    SHOW(fstat(fd, &stat_of));
    printf("%o %d\n", stat_of.st_mode, (int)stat_of.st_nlink);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    SHOW(linkat(AT_FDCWD, path, AT_FDCWD, "named", AT_SYMLINK_FOLLOW));
    SHOW(stat("named", &stat_of));
    printf("%ld %d\n", (long)stat_of.st_size, (int)stat_of.st_nlink);
    fd = open(".", O_TMPFILE | O_RDWR | O_EXCL, 0640);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    SHOW(linkat(AT_FDCWD, path, AT_FDCWD, "second", AT_SYMLINK_FOLLOW));
    SHOW(open(".", O_TMPFILE | O_RDONLY, 0600));
    SHOW(open("named", O_TMPFILE | O_RDWR, 0600));
    int deleted = open("gone", O_CREAT | O_RDWR, 0600);
    unlink("gone");
    snprintf(path, sizeof(path), "/proc/self/fd/%d", deleted);
    SHOW(linkat(AT_FDCWD, path, AT_FDCWD, "back", AT_SYMLINK_FOLLOW));
}

static void names(void)
{
    char text[16] = {0};
    SECTION("exchange");
    NEED(mkdir("dir", 0755) == 0 && close(open("dir/inside", O_CREAT | O_WRONLY, 0644)) == 0);
    SHOW(renameat2(AT_FDCWD, "named", AT_FDCWD, "dir", RENAME_EXCHANGE));
    SHOW(access("named/inside", F_OK));
    int fd = open("dir", O_RDONLY);
    SHOW(read(fd, text, 15));
    printf("%s\n", text);
    SHOW(renameat2(AT_FDCWD, "named", AT_FDCWD, "nothing", RENAME_EXCHANGE));
    SHOW(renameat2(AT_FDCWD, "named", AT_FDCWD, "named/inside", RENAME_EXCHANGE));
    SHOW(renameat2(AT_FDCWD, "named/inside", AT_FDCWD, "named", RENAME_EXCHANGE));
    SHOW(renameat2(AT_FDCWD, "named", AT_FDCWD, "dir", RENAME_EXCHANGE | RENAME_NOREPLACE));
}

static void ranges(void)
{
    char text[16];
    struct iovec vector = {"end", 3};
    SECTION("zeroed ranges, appending");
    int fd = open("ranges", O_CREAT | O_RDWR, 0644);
    NEED(write(fd, "0123456789", 10) == 10);
    SHOW(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 2, 3));
    SHOW(pread(fd, text, 16, 0));
    printf("%c%d%c\n", text[1], text[2], text[5]);
    SHOW(pwritev2(fd, &vector, 1, 0, RWF_APPEND));
    SHOW(lseek(fd, 0, SEEK_END));
    SHOW(lseek(fd, 4, SEEK_SET));
    SHOW(pwritev2(fd, &vector, 1, -1, RWF_APPEND));
    SHOW(lseek(fd, 0, SEEK_CUR));
}

int main(void)
{
    umask(022);
    seals();
    unnamed();
    names();
    ranges();
    return 0;
}
