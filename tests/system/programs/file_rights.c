/*
 * file_rights.c - calls on files, by every kind of user: a row for each call, a column for each of
 * them, in each field what the call gave (or its error).
 *
 * needs root
 */
#include "identities.h"
#include <ftw.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/socket.h>
#include <sys/xattr.h>
#include <utime.h>

/* ---- what everybody finds, made anew for each call ------------------------------------------- */

static void make(const char *path, unsigned uid, unsigned gid, unsigned mode)
{
    int fd = open(path, O_WRONLY | O_CREAT, 0600);

    NEED(fd >= 0 && write(fd, "text", 4) == 4 && close(fd) == 0);
    NEED(chown(path, uid, gid) == 0 && chmod(path, mode) == 0);
}

static void make_folder(const char *path, unsigned uid, unsigned gid, unsigned mode)
{
    NEED(mkdir(path, 0700) == 0 || errno == EEXIST);
    NEED(chown(path, uid, gid) == 0 && chmod(path, mode) == 0);
}

static void make_socket(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

    strcpy(address.sun_path, path);
    NEED(bind(fd, (void *)&address, sizeof(address)) == 0 && chmod(path, 0640) == 0);
    close(fd);
}

/* Folders stay where they belong: on some hosts it takes milliseconds to remove one. */
static int remove_one(const char *path, const struct stat *stat, int kind, struct FTW *where)
{
    static const char *const kept[] = {"./open",   "./shut",       "./closed",
                                       "./sticky", "./own-sticky", "./set-group"};

    (void)stat, (void)kind;
    for (unsigned i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
        if (strcmp(path, kept[i]) == 0)
            return 0;
    return where->level == 0 ? 0 : remove(path);
}

static void furnish(void)
{
    NEED(nftw(".", remove_one, 8, FTW_DEPTH | FTW_PHYS) == 0);
    make("roots", 0, 0, 0600);
    make("worlds", 0, 0, 0666);
    make("users", 1000, 1000, 0644);
    make("groups", 0, 50, 0660);
    make("less", 1000, 50, 0077); /* the owner has less than the rest */
    make("none", 0, 0, 0);
    make("program", 0, 0, 0711);
    make("set", 1000, 50, 06755);
    make("lock", 1000, 50, 02705);
    make_folder("open", 0, 0, 0777);
    make("open/roots", 0, 0, 0600);
    make_folder("shut", 0, 0, 0755);
    make("shut/worlds", 0, 0, 0666);
    make_folder("closed", 0, 0, 0700);
    make("closed/worlds", 0, 0, 0666);
    make_folder("sticky", 0, 0, 01777);
    make("sticky/users", 1000, 1000, 0600);
    make("sticky/others", 1001, 1001, 0600);
    make_folder("own-sticky", 1000, 0, 01777);
    make("own-sticky/others", 1001, 1001, 0666);
    make_folder("set-group", 0, 50, 02777);
    make_folder("users-folder", 1000, 1000, 0755);
    make_folder("sticky/folder", 1001, 1001, 0777);
    NEED(symlink("worlds", "link") == 0 && mkfifo("fifo", 0600) == 0);
    make_socket("socket");
}

static unsigned mode_of(const char *path)
{
    struct stat stat;

    NEED(lstat(path, &stat) == 0);
    return stat.st_mode & 07777;
}

/* ---- the calls ------------------------------------------------------------------------------- */

static long opened(const char *path, int flags, int mode)
{
    int fd = open(path, flags | O_NONBLOCK, mode);

    if (fd < 0)
        return -1;
    close(fd);
    return 0;
}

/* A mode that tells what became of it, if the call was allowed. */
static long then_mode(long result, const char *path)
{
    return result < 0 ? -1 : (long)mode_of(path);
}

static long then_group(long result, const char *path)
{
    struct stat stat;

    if (result < 0 || lstat(path, &stat) < 0)
        return -1;
    return stat.st_gid * 010000l + (stat.st_mode & 07777);
}

static long wrote(const char *path)
{
    int fd = open(path, O_WRONLY);

    if (fd < 0)
        return -1;
    long result = write(fd, "x", 1);
    close(fd);
    return then_mode(result, path);
}

static long access_effective(const char *path, int mode)
{
    return syscall(SYS_faccessat2, AT_FDCWD, path, mode, AT_EACCESS);
}

static long times(const char *path, long atime, long mtime)
{
    const struct timespec given[2] = {{0, atime}, {0, mtime}};

    return utimensat(AT_FDCWD, path, given, 0);
}

static long connected(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

    strcpy(address.sun_path, path);
    long result = connect(fd, (void *)&address, sizeof(address));
    close(fd);
    return result;
}

static long unnamed(const char *folder, unsigned mode)
{
    struct stat stat;
    int fd = open(folder, O_TMPFILE | O_RDWR, mode);

    if (fd < 0 || fstat(fd, &stat) < 0)
        return -1;
    close(fd);
    return stat.st_gid * 010000l + (stat.st_mode & 07777);
}

static long descriptor_mode(void)
{
    int fd = open("worlds", O_RDONLY);

    return fd < 0 ? -1 : fchmod(fd, 0600);
}

static long no_atime(const char *path) { return opened(path, O_RDONLY | O_NOATIME, 0); }

static long bound(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    strcpy(address.sun_path, path);
    long result = bind(fd, (void *)&address, sizeof(address));
    close(fd);
    return result;
}

/* They leave everything as it was. */
#define LOOKS                                                                                      \
    X(opened("roots", O_RDONLY, 0))                                                                \
    X(opened("roots", O_RDWR, 0))                                                                  \
    X(opened("worlds", O_RDWR, 0))                                                                 \
    X(opened("users", O_RDONLY, 0))                                                                \
    X(opened("users", O_WRONLY, 0))                                                                \
    X(opened("groups", O_RDWR, 0))                                                                 \
    X(opened("less", O_RDONLY, 0))                                                                 \
    X(opened("none", O_RDONLY, 0))                                                                 \
    X(opened("fifo", O_RDONLY, 0))                                                                 \
    X(opened("program", O_RDONLY, 0))                                                              \
    X(opened("closed/worlds", O_RDONLY, 0))                                                        \
    X(opened("closed", O_RDONLY | O_DIRECTORY, 0))                                                 \
    X(opened("closed", O_PATH, 0))                                                                 \
    X(opened("closed/worlds", O_PATH, 0))                                                          \
    X(opened("link", O_WRONLY, 0))                                                                 \
    X(no_atime("worlds"))                                                                          \
    X(no_atime("users"))                                                                           \
    X(access("roots", R_OK))                                                                       \
    X(access("users", W_OK))                                                                       \
    X(access("program", X_OK))                                                                     \
    X(access("none", X_OK))                                                                        \
    X(access("closed", X_OK))                                                                      \
    X(access("closed/worlds", F_OK))                                                               \
    X(access("groups", R_OK | W_OK))                                                               \
    X(access_effective("roots", R_OK))                                                             \
    X(access_effective("users", W_OK))                                                             \
    X(access_effective("program", X_OK))                                                           \
    X(access_effective("none", X_OK))                                                              \
    X(access_effective("closed/worlds", F_OK))                                                     \
    X(chdir("closed"))                                                                             \
    X(chdir("shut"))                                                                               \
    X(unnamed("set-group", 02775))                                                                 \
    X(unnamed("shut", 0644))                                                                       \
    X(connected("socket"))                                                                         \
    X(getxattr("users", "security.capability", NULL, 0))                                           \
    X(chroot("closed"))

/* If they are allowed, everything is made anew for the next. */
#define CHANGES                                                                                    \
    X(chroot("shut"))                                                                              \
    X(opened("users", O_RDONLY | O_TRUNC, 0))                                                      \
    X(opened("open/new", O_WRONLY | O_CREAT, 0644))                                                \
    X(opened("shut/new", O_WRONLY | O_CREAT, 0644))                                                \
    X(opened("shut/worlds", O_WRONLY | O_CREAT, 0644))                                             \
    X(opened("shut/worlds", O_WRONLY | O_CREAT | O_EXCL, 0644))                                    \
    X(opened("closed/new", O_WRONLY | O_CREAT, 0644))                                              \
    X(truncate("users", 1))                                                                        \
    X(truncate("roots", 1))                                                                        \
    X(then_mode(truncate("set", 1), "set"))                                                        \
    X(then_mode(chmod("worlds", 0640), "worlds"))                                                  \
    X(then_mode(chmod("users", 06755), "users"))                                                   \
    X(then_mode(chmod("set", 02755), "set"))                                                       \
    X(then_mode(chmod("set", 02745), "set"))                                                       \
    X(descriptor_mode())                                                                           \
    X(then_group(chown("users", -1, -1), "users"))                                                 \
    X(then_group(chown("users", 1000, 1000), "users"))                                             \
    X(then_group(chown("users", 1001, -1), "users"))                                               \
    X(then_group(chown("users", -1, 50), "users"))                                                 \
    X(then_group(chown("users", -1, 0), "users"))                                                  \
    X(then_group(chown("roots", 1000, 1000), "roots"))                                             \
    X(then_group(chown("set", -1, -1), "set"))                                                     \
    X(then_group(chown("set", 1000, 50), "set"))                                                   \
    X(then_group(chown("set", 1000, 1000), "set"))                                                 \
    X(then_group(chown("set-group", -1, 1000), "set-group"))                                       \
    X(lchown("link", 1000, 1000))                                                                  \
    X(wrote("set"))                                                                                \
    X(wrote("worlds"))                                                                             \
    X(utimensat(AT_FDCWD, "worlds", NULL, 0))                                                      \
    X(utimensat(AT_FDCWD, "users", NULL, 0))                                                       \
    X(times("worlds", UTIME_NOW, UTIME_NOW))                                                       \
    X(times("worlds", UTIME_NOW, UTIME_OMIT))                                                      \
    X(times("worlds", 1, 2))                                                                       \
    X(times("users", 1, 2))                                                                        \
    X(times("roots", UTIME_OMIT, UTIME_OMIT))                                                      \
    X(unlink("worlds"))                                                                            \
    X(unlink("open/roots"))                                                                        \
    X(unlink("shut/worlds"))                                                                       \
    X(unlink("shut/missing"))                                                                      \
    X(unlink("sticky/users"))                                                                      \
    X(unlink("sticky/others"))                                                                     \
    X(unlink("own-sticky/others"))                                                                 \
    X(rmdir("sticky/folder"))                                                                      \
    X(rmdir("users-folder"))                                                                       \
    X(mkdir("open/folder", 0777))                                                                  \
    X(mkdir("shut/folder", 0777))                                                                  \
    X(mkdir("shut/worlds", 0777))                                                                  \
    X(then_group(mkdir("set-group/folder", 0775), "set-group/folder"))                             \
    X(then_group(opened("set-group/file", O_CREAT | O_WRONLY, 02775), "set-group/file"))           \
    X(then_group(opened("set-group/lock", O_CREAT | O_WRONLY, 02765), "set-group/lock"))           \
    X(then_group(mkfifo("set-group/fifo", 02775), "set-group/fifo"))                               \
    X(then_group(symlink("x", "set-group/link"), "set-group/link"))                                \
    X(then_group(opened("users-folder/file", O_CREAT | O_WRONLY, 06777), "users-folder/file"))     \
    X(mknod("open/null", S_IFCHR | 0666, makedev(1, 3)))                                           \
    X(mknod("shut/null", S_IFCHR | 0666, makedev(1, 3)))                                           \
    X(mknod("shut/worlds", S_IFCHR | 0666, makedev(1, 3)))                                         \
    X(mknod("open/block", S_IFBLK | 0666, makedev(7, 0)))                                          \
    X(mknod("open/file", S_IFREG | 0666, 0))                                                       \
    X(mkfifo("open/fifo", 0666))                                                                   \
    X(symlink("x", "open/link"))                                                                   \
    X(symlink("x", "shut/link"))                                                                   \
    X(link("worlds", "open/link"))                                                                 \
    X(link("worlds", "shut/link"))                                                                 \
    X(link("users", "shut/link"))                                                                  \
    X(rename("open/roots", "open/other"))                                                          \
    X(rename("open/roots", "shut/other"))                                                          \
    X(rename("shut/worlds", "open/other"))                                                         \
    X(rename("sticky/users", "open/other"))                                                        \
    X(rename("sticky/others", "open/other"))                                                       \
    X(rename("sticky/others", "sticky/more"))                                                      \
    X(rename("open/roots", "sticky/others"))                                                       \
    X(rename("sticky/users", "sticky/others"))                                                     \
    X(rename("sticky/folder", "open/folder"))                                                      \
    X(rename("users-folder", "open/folder"))                                                       \
    X(bound("open/socket"))                                                                        \
    X(bound("shut/socket"))                                                                        \
    X(setxattr("users", "trusted.x", "1", 1, 0))                                                   \
    X(setxattr("users", "security.capability", "\0\0\0\2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20, 0)) \
    X(removexattr("users", "security.capability"))

static int here; /* the folder in which every call begins */

#define X(call) #call,
static const char *const looks[] = {LOOKS};
static const char *const changes[] = {CHANGES};
#undef X

#define X(call)                                                                                    \
    if (row-- == 0)                                                                                \
        return call;

static long change(void *argument)
{
    unsigned row = *(const unsigned *)argument;
    CHANGES
    return -1;
}

static void show_changes(void)
{
    for (unsigned row = 0; row < sizeof(changes) / sizeof(changes[0]); row++) {
        printf("%s:", changes[row]);
        for (unsigned i = 0; i < IDENTITIES; i++) {
            long answer = as(&identities[i], change, &row);
            print_answer(answer);
            if (answer >= 0)
                furnish();
        }
        printf("\n");
    }
}

#undef X
#define X(call)                                                                                    \
    errno = 0;                                                                                     \
    *answer = call;                                                                                \
    *answer = *answer == -1 ? -errno : *answer;                                                    \
    NEED(fchdir(here) == 0);                                                                       \
    answer++;

/* All of them by one user, each into its field. */
static long look(void *argument)
{
    long *answer = argument;
    LOOKS
    return 0;
}

static void show_looks(void)
{
    static const size_t bytes = IDENTITIES * sizeof(looks) / sizeof(looks[0]) * sizeof(long);
    const unsigned rows = sizeof(looks) / sizeof(looks[0]);
    long *answers = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    NEED(answers != MAP_FAILED);
    for (unsigned i = 0; i < IDENTITIES; i++)
        as(&identities[i], look, answers + i * rows);
    for (unsigned row = 0; row < rows; row++) {
        printf("%s:", looks[row]);
        for (unsigned i = 0; i < IDENTITIES; i++)
            print_answer(answers[i * rows + row]);
        printf("\n");
    }
}

int main(void)
{
    start_as_everywhere();
    here = open(".", O_RDONLY | O_DIRECTORY);
    NEED(here >= 0);
    printf("columns:");
    for (unsigned i = 0; i < IDENTITIES; i++)
        printf(" %s", identities[i].name);
    printf("\n");
    furnish();
    show_looks();
    show_changes();
    return 0;
}
