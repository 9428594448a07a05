/*
 * test_unnamed.c - files without a name, seals, extended attributes, exchanged names.
 */
#include <stdio.h>

#include "servers/linux/memfd.h"
#include "tests/unit/linux/shim.h"

static int sealed_file(void)
{
    int fd = (int)call(memfd_create, guest_text("name"), 2);
    REQUIRE(fd >= 0);
    REQUIRE(do_write(fd, "0123456789") == 10);
    return fd;
}

TEST("a memfd is a file whose seals hold")
{
    char text[64];
    world_begin();
    int fd = sealed_file();
    CHECK_EQUAL(call(fcntl, fd, F_GET_SEALS), 0);
    CHECK_EQUAL(call(fcntl, fd, F_ADD_SEALS, F_SEAL_GROW), 0);
    CHECK_EQUAL(call(pwrite64, fd, GUEST_BUFFER, 5, 5), 5);
    CHECK_EQUAL(call(pwrite64, fd, GUEST_BUFFER, 5, 6), -EPERM);
    CHECK_EQUAL(call(ftruncate, fd, 11), -EPERM);
    CHECK_EQUAL(call(fallocate, fd, 0, 0, 11), -EPERM);
    CHECK_EQUAL(call(ftruncate, fd, 9), 0);
    CHECK_EQUAL(call(fcntl, fd, F_ADD_SEALS, F_SEAL_SHRINK), 0);
    CHECK_EQUAL(call(ftruncate, fd, 8), -EPERM);
    CHECK_EQUAL(call(fcntl, fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE | F_SEAL_SEAL), 0);
    CHECK_EQUAL(call(pwrite64, fd, GUEST_BUFFER, 1, 0), -EPERM);
    CHECK_EQUAL(call(fallocate, fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4), -EPERM);
    CHECK_EQUAL(call(fcntl, fd, F_ADD_SEALS, F_SEAL_WRITE), -EPERM);
    CHECK_EQUAL(call(fcntl, fd, F_GET_SEALS), 0x17);
    CHECK_EQUAL(call(pread64, fd, GUEST_BUFFER, 20, 0), 9);
    CHECK(call(readlink, guest_text("/proc/self/fd/0"), GUEST_BUFFER, 63) > 0);
    memcpy(text, (void *)GUEST_BUFFER, 21);
    text[21] = 0;
    CHECK_TEXT(text, "/memfd:name (deleted)");
    world_end();
}

TEST("a mapping that may write keeps F_SEAL_WRITE away, and the other way round")
{
    world_begin();
    int fd = sealed_file();
    struct file *file = fd_file(fd);
    memfd_count_mapping(file->inode, 1);
    CHECK_EQUAL(call(fcntl, fd, F_ADD_SEALS, F_SEAL_WRITE), -EBUSY);
    CHECK_EQUAL(memfd_check_map(file->inode, true, true), 0);
    memfd_count_mapping(file->inode, -1);
    CHECK_EQUAL(call(fcntl, fd, F_ADD_SEALS, F_SEAL_WRITE), 0);
    CHECK_EQUAL(memfd_check_map(file->inode, true, true), -EPERM);
    CHECK_EQUAL(memfd_check_map(file->inode, true, false), 0);
    CHECK_EQUAL(memfd_check_map(file->inode, false, true), 0);
    file_put(file);
    CHECK_EQUAL(call(fcntl, do_open("/dev/null", O_RDWR, 0), F_GET_SEALS), -EINVAL);
    fd = (int)call(memfd_create, guest_text(""), 0);
    CHECK_EQUAL(call(fcntl, fd, F_GET_SEALS), F_SEAL_SEAL);
    CHECK_EQUAL(call(fcntl, fd, F_ADD_SEALS, F_SEAL_GROW), -EPERM);
    CHECK_EQUAL(call(memfd_create, guest_text("x"), 4), -EINVAL);
    CHECK_EQUAL(call(memfd_create, GUEST_BAD, 0), -EFAULT);
    for (int i = 0; i < 3; i++) {
        shim.heap_allowed = i;
        CHECK_EQUAL(call(memfd_create, guest_text("x"), 0), -ENOMEM);
    }
    world_end();
}

TEST("a file made by O_TMPFILE has no name until linkat gives it one")
{
    char path[32];
    world_begin();
    do_mkdir("/d");
    int fd = do_open("/d", O_TMPFILE | O_RDWR, 0640);
    CHECK(fd >= 0);
    do_write(fd, "content");
    CHECK_EQUAL(call(rmdir, guest_text("/d")), 0);
    CHECK_EQUAL(call(linkat, fd, guest_text(""), AT_FDCWD, guest_text("/named"), AT_EMPTY_PATH), 0);
    CHECK_TEXT(read_all("/named"), "content");
    CHECK_EQUAL(do_stat("/named").st_mode, S_IFREG | 0640);
    CHECK_EQUAL(do_stat("/named").st_nlink, 1);
    int lost = do_open("/", O_TMPFILE | O_RDWR | O_EXCL, 0600);
    CHECK_EQUAL(call(linkat, lost, guest_text(""), AT_FDCWD, guest_text("/no"), AT_EMPTY_PATH),
                -ENOENT);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", do_open("/", O_TMPFILE | O_WRONLY, 0600));
    CHECK_EQUAL(call(linkat, AT_FDCWD, guest_text(path), AT_FDCWD, guest_text("/from-proc"),
                     AT_SYMLINK_FOLLOW),
                0);
    CHECK_EQUAL(do_open("/", O_TMPFILE | O_RDONLY, 0600), -EINVAL);
    CHECK_EQUAL(do_open("/named", O_TMPFILE | O_RDWR, 0600), -ENOTDIR);
    CHECK_EQUAL(do_open("/proc", O_TMPFILE | O_RDWR, 0600), -EOPNOTSUPP);
    become(5, 5);
    CHECK_EQUAL(do_open("/", O_TMPFILE | O_RDWR, 0600), -EACCES);
    become(0, 0);
    world_end();
}

static long set(const char *path, const char *name, const char *value, int flags)
{
    return call(setxattr, guest_text(path), guest_text(name), guest_text(value), strlen(value),
                flags);
}

static long get(const char *path, const char *name, size_t room)
{
    return call(getxattr, guest_text(path), guest_text(name), GUEST_BUFFER, room);
}

TEST("extended attributes are set, read, listed and removed")
{
    world_begin();
    make_file("/f", "");
    CHECK_EQUAL(get("/f", "user.a", 10), -ENODATA);
    CHECK_EQUAL(set("/f", "user.a", "one", 2), -ENODATA);
    CHECK_EQUAL(set("/f", "user.a", "one", 1), 0);
    CHECK_EQUAL(set("/f", "user.a", "one", 1), -EEXIST);
    CHECK_EQUAL(set("/f", "user.b", "", 0), 0);
    CHECK_EQUAL(set("/f", "user.a", "longer", 0), 0);
    CHECK_EQUAL(get("/f", "user.a", 0), 6);
    CHECK_EQUAL(get("/f", "user.a", 5), -ERANGE);
    CHECK_EQUAL(get("/f", "user.a", 50), 6);
    CHECK(memcmp((void *)GUEST_BUFFER, "longer", 6) == 0);
    CHECK_EQUAL(set("/f", "trusted.t", "x", 0), 0);
    CHECK_EQUAL(call(listxattr, guest_text("/f"), 0, 0), 24);
    become(5, 5);
    CHECK_EQUAL(call(listxattr, guest_text("/f"), GUEST_BUFFER, 100), 14);
    CHECK_EQUAL(set("/f", "user.a", "x", 0), -EACCES);
    CHECK_EQUAL(set("/f", "trusted.t", "x", 0), -EPERM);
    CHECK_EQUAL(get("/f", "trusted.t", 9), -ENODATA);
    become(0, 0);
    CHECK_EQUAL(call(listxattr, guest_text("/f"), GUEST_BUFFER, 10), -ERANGE);
    CHECK_EQUAL(call(removexattr, guest_text("/f"), guest_text("user.a")), 0);
    CHECK_EQUAL(call(removexattr, guest_text("/f"), guest_text("user.a")), -ENODATA);
    CHECK_EQUAL(set("/f", "system.x", "x", 0), -EOPNOTSUPP);
    CHECK_EQUAL(set("/f", "user.", "x", 0), -EOPNOTSUPP);
    CHECK_EQUAL(set("/f", "", "x", 0), -ERANGE);
    CHECK_EQUAL(set("/f", "user.c", "x", 3), -EINVAL);
    CHECK_EQUAL(set("/proc/uptime", "user.c", "x", 0), -EOPNOTSUPP);
    CHECK_EQUAL(call(setxattr, guest_text("/f"), guest_text("user.c"), GUEST_BUFFER, 65537, 0),
                -E2BIG);
    CHECK_EQUAL(call(setxattr, guest_text("/f"), guest_text("user.c"), GUEST_BUFFER, 65000, 0), 0);
    CHECK_EQUAL(call(setxattr, guest_text("/f"), guest_text("user.d"), GUEST_BUFFER, 1000, 0),
                -ENOSPC);
    call(symlink, guest_text("f"), guest_text("/link"));
    CHECK_EQUAL(call(lgetxattr, guest_text("/link"), guest_text("user.c"), 0, 0), -ENODATA);
    CHECK_EQUAL(call(getxattr, guest_text("/link"), guest_text("user.c"), 0, 0), 65000);
    int fd = do_open("/f", O_RDONLY, 0);
    CHECK_EQUAL(call(fsetxattr, fd, guest_text("user.c"), GUEST_BUFFER, 3, 2), 0);
    CHECK_EQUAL(call(fgetxattr, fd, guest_text("user.c"), GUEST_BUFFER, 3), 3);
    CHECK_EQUAL(call(flistxattr, 99, 0, 0), -EBADF);
    world_end();
}

static long exchange(const char *a, const char *b)
{
    return call(renameat2, AT_FDCWD, guest_text(a), AT_FDCWD, guest_text(b), RENAME_EXCHANGE);
}

TEST("two names change places, whatever they name")
{
    const char *longer = "/d/a-name-that-does-not-fit-into-the-entry-itself";
    world_begin();
    do_mkdir("/d");
    do_mkdir("/e");
    make_file("/e/in", "inside");
    make_file("/f", "file");
    make_file(longer, "long");
    CHECK_EQUAL(exchange("/f", longer), 0);
    CHECK_TEXT(read_all("/f"), "long");
    CHECK_TEXT(read_all(longer), "file");
    CHECK_EQUAL(exchange("/e", longer), 0);
    CHECK_TEXT(read_all("/e"), "file");
    CHECK_EQUAL(do_stat("/").st_nlink, 2 + 5); /* dev, proc, sys, tmp, d */
    CHECK_EQUAL(do_stat("/d").st_nlink, 3);
    CHECK_EQUAL(exchange("/f", "/none"), -ENOENT);
    CHECK_EQUAL(exchange("/d", longer), -EINVAL);
    CHECK_EQUAL(exchange("/f", "/f"), 0);
    CHECK_EQUAL(call(renameat2, AT_FDCWD, guest_text("/f"), AT_FDCWD, guest_text("/e"), 3),
                -EINVAL);
    CHECK_EQUAL(call(chdir, guest_text(longer)), 0);
    CHECK_EQUAL(call(getcwd, GUEST_BUFFER, 100), (long)strlen(longer) + 1);
    CHECK_TEXT(read_all("in"), "inside");
    call(chdir, guest_text("/"));
    world_end();
}

TEST("a range of zeros keeps its pages, and RWF_APPEND writes at the end")
{
    char text[32];
    world_begin();
    make_file("/f", "0123456789");
    int fd = do_open("/f", O_RDWR, 0);
    CHECK_EQUAL(call(fallocate, fd, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, 2, 3), 0);
    CHECK_EQUAL(do_read(fd, text, 20), 10);
    CHECK(memcmp(text,
                 "01\0\0\0"
                 "56789",
                 10) == 0);
    CHECK_EQUAL(call(fallocate, fd, FALLOC_FL_ZERO_RANGE, 8, 10000), 0);
    CHECK_EQUAL(do_stat("/f").st_size, 10008);
    CHECK_EQUAL(call(ftruncate, fd, 5), 0);
    *(struct linux_iovec *)GUEST_BUFFER = (struct linux_iovec){guest_text("end"), 3};
    CHECK_EQUAL(call(pwritev2, fd, GUEST_BUFFER, 1, 0, 0, RWF_APPEND), 3);
    CHECK_EQUAL(do_stat("/f").st_size, 8);
    CHECK_EQUAL(call(lseek, fd, 0, SEEK_CUR), 10);
    *(struct linux_iovec *)GUEST_BUFFER = (struct linux_iovec){guest_text("end"), 3};
    CHECK_EQUAL(call(pwritev2, fd, GUEST_BUFFER, 1, -1, 0, RWF_APPEND), 3);
    CHECK_EQUAL(call(lseek, fd, 0, SEEK_CUR), 11);
    world_end();
}
