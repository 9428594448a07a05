/*
 * test_path.c - names: the walk, links, limits, permissions, create, remove, rename.
 */
#include <stdio.h>

#include "tests/unit/linux/shim.h"

TEST("a file is found again by its path, relative and absolute")
{
    world_begin();
    CHECK_EQUAL(do_mkdir("/a"), 0);
    CHECK_EQUAL(do_mkdir("/a/b"), 0);
    CHECK_EQUAL(make_file("/a/b/file", "hello"), 0);
    CHECK_TEXT(read_all("/a/b/file"), "hello");
    CHECK_TEXT(read_all("//a///b/./../b/file"), "hello");
    CHECK_EQUAL(call(chdir, guest_text("/a/b")), 0);
    CHECK_TEXT(read_all("file"), "hello");
    CHECK_TEXT(read_all("../b/file"), "hello");
    CHECK_TEXT(read_all("../../../../a/b/file"), "hello");
    world_end();
}

TEST("a walk through what is no directory or not there says which")
{
    world_begin();
    make_file("/file", "x");
    CHECK_EQUAL(do_access("/file/x"), -ENOTDIR);
    CHECK_EQUAL(do_access("/file/"), -ENOTDIR);
    CHECK_EQUAL(do_access("/none/x"), -ENOENT);
    CHECK_EQUAL(do_access(""), -ENOENT);
    CHECK_EQUAL(do_access("/file/.."), -ENOTDIR);
    CHECK_EQUAL(call(openat, AT_FDCWD, GUEST_BAD, O_RDONLY), -EFAULT);
    CHECK_EQUAL(call(openat, 77, guest_text("file"), O_RDONLY), -EBADF);
    int fd = do_open("/file", O_RDONLY, 0);
    CHECK_EQUAL(call(openat, fd, guest_text("x"), O_RDONLY), -ENOTDIR);
    world_end();
}

TEST("names end at 255 bytes and paths at 4095")
{
    static char name[5000];
    world_begin();
    memset(name, 'n', 255);
    name[255] = 0;
    CHECK_EQUAL(make_file(name, "x"), 0);
    CHECK_TEXT(read_all(name), "x");
    memset(name, 'n', 256);
    name[256] = 0;
    CHECK_EQUAL(make_file(name, "x"), -ENAMETOOLONG);
    memset(name, '/', 4096);
    name[4096] = 0;
    CHECK_EQUAL(do_access(name), -ENAMETOOLONG);
    name[4095] = 0;
    CHECK_EQUAL(do_access(name), 0);
    world_end();
}

TEST("symbolic links are followed in the middle, at the end, and not when told not to")
{
    char text[64];
    world_begin();
    do_mkdir("/d");
    make_file("/d/f", "data");
    CHECK_EQUAL(call(symlink, guest_text("d"), guest_text("/rel")), 0);
    CHECK_EQUAL(call(symlink, guest_text("/d/f"), guest_text("/abs")), 0);
    CHECK_EQUAL(call(symlink, guest_text("rel/../abs"), guest_text("/mixed")), 0);
    CHECK_TEXT(read_all("/rel/f"), "data");
    CHECK_TEXT(read_all("/abs"), "data");
    CHECK_TEXT(read_all("/mixed"), "data");
    CHECK_EQUAL(do_open("/abs", O_RDONLY | O_NOFOLLOW, 0), -ELOOP);
    CHECK_EQUAL(call(readlink, guest_text("/abs"), GUEST_BUFFER, 64), 4);
    memcpy(text, (void *)GUEST_BUFFER, 4);
    text[4] = 0;
    CHECK_TEXT(text, "/d/f");
    CHECK_EQUAL(call(readlink, guest_text("/abs"), GUEST_BUFFER, 2), 2);
    CHECK_EQUAL(call(readlink, guest_text("/d"), GUEST_BUFFER, 64), -EINVAL);
    CHECK_EQUAL(call(readlink, guest_text("/abs"), GUEST_BUFFER, 0), -EINVAL);
    CHECK(S_ISLNK(do_stat("/rel").st_mode));
    CHECK(S_ISDIR(do_stat("/rel/").st_mode));
    CHECK_EQUAL(do_access("/abs/"), -ENOTDIR);
    world_end();
}

TEST("a circle of links, or more than forty, is ELOOP")
{
    char from[16], to[16];
    world_begin();
    call(symlink, guest_text("y"), guest_text("/x"));
    call(symlink, guest_text("x"), guest_text("/y"));
    CHECK_EQUAL(do_access("/x"), -ELOOP);
    call(symlink, guest_text("self/a"), guest_text("/self"));
    CHECK_EQUAL(do_access("/self"), -ELOOP);
    make_file("/l0", "end");
    for (int i = 1; i <= 41; i++) {
        snprintf(from, sizeof(from), "l%d", i - 1);
        snprintf(to, sizeof(to), "/l%d", i);
        call(symlink, guest_text(from), guest_text(to));
    }
    CHECK_TEXT(read_all("/l40"), "end");
    CHECK_EQUAL(do_access("/l41"), -ELOOP);
    world_end();
}

TEST("creating through a dangling link makes its target")
{
    world_begin();
    do_mkdir("/d");
    call(symlink, guest_text("/d/new"), guest_text("/link"));
    CHECK_EQUAL(do_open("/link", O_CREAT | O_EXCL | O_WRONLY, 0644), -EEXIST);
    CHECK_EQUAL(make_file("/link", "made"), 0);
    CHECK_TEXT(read_all("/d/new"), "made");
    CHECK(S_ISLNK(do_stat("/link").st_mode));
    world_end();
}

TEST("mkdir, rmdir and unlink refuse what Linux refuses")
{
    world_begin();
    do_mkdir("/d");
    make_file("/d/f", "x");
    CHECK_EQUAL(do_mkdir("/d"), -EEXIST);
    CHECK_EQUAL(do_mkdir("/d/f"), -EEXIST);
    CHECK_EQUAL(do_mkdir("/"), -EEXIST);
    CHECK_EQUAL(do_mkdir("/d/."), -EEXIST);
    CHECK_EQUAL(do_mkdir("/new/"), 0);
    CHECK_EQUAL(call(rmdir, guest_text("/d")), -ENOTEMPTY);
    CHECK_EQUAL(call(rmdir, guest_text("/d/f")), -ENOTDIR);
    CHECK_EQUAL(call(rmdir, guest_text("/new/.")), -EINVAL);
    CHECK_EQUAL(call(rmdir, guest_text("/new/..")), -ENOTEMPTY);
    CHECK_EQUAL(call(rmdir, guest_text("/")), -EBUSY);
    CHECK_EQUAL(call(rmdir, guest_text("/dev")), -EBUSY);
    CHECK_EQUAL(call(unlink, guest_text("/d")), -EISDIR);
    CHECK_EQUAL(call(unlink, guest_text("/d/f/")), -ENOTDIR);
    CHECK_EQUAL(call(unlink, guest_text("/d/g")), -ENOENT);
    CHECK_EQUAL(call(unlink, guest_text("/d/f")), 0);
    CHECK_EQUAL(call(unlinkat, AT_FDCWD, guest_text("/d"), AT_REMOVEDIR), 0);
    CHECK_EQUAL(do_access("/d"), -ENOENT);
    world_end();
}

TEST("an unlinked file lives until it is closed")
{
    char text[16];
    world_begin();
    int fd = do_open("/f", O_RDWR | O_CREAT, 0600);
    do_write(fd, "alive");
    CHECK_EQUAL(call(unlink, guest_text("/f")), 0);
    CHECK_EQUAL(do_access("/f"), -ENOENT);
    CHECK_EQUAL(call(lseek, fd, 0, SEEK_SET), 0);
    CHECK_EQUAL(do_read(fd, text, 15), 5);
    CHECK_TEXT(text, "alive");
    CHECK_EQUAL(call(fstat, fd, GUEST_BUFFER), 0);
    CHECK_EQUAL(((struct linux_stat *)GUEST_BUFFER)->st_nlink, 0);
    world_end();
}

TEST("hard links share one file, and directories have none")
{
    world_begin();
    make_file("/a", "one");
    CHECK_EQUAL(call(link, guest_text("/a"), guest_text("/b")), 0);
    CHECK_EQUAL(do_stat("/a").st_nlink, 2);
    CHECK_EQUAL(do_stat("/a").st_ino, do_stat("/b").st_ino);
    CHECK_EQUAL(call(link, guest_text("/a"), guest_text("/b")), -EEXIST);
    CHECK_EQUAL(call(link, guest_text("/tmp"), guest_text("/c")), -EPERM);
    CHECK_EQUAL(call(link, guest_text("/none"), guest_text("/c")), -ENOENT);
    CHECK_EQUAL(call(link, guest_text("/a"), guest_text("/dev/a")), -EXDEV);
    call(unlink, guest_text("/a"));
    CHECK_TEXT(read_all("/b"), "one");
    CHECK_EQUAL(do_stat("/b").st_nlink, 1);
    world_end();
}

TEST("directories count their subdirectories as links")
{
    world_begin();
    do_mkdir("/d");
    CHECK_EQUAL(do_stat("/d").st_nlink, 2);
    do_mkdir("/d/e");
    CHECK_EQUAL(do_stat("/d").st_nlink, 3);
    call(rename, guest_text("/d/e"), guest_text("/e"));
    CHECK_EQUAL(do_stat("/d").st_nlink, 2);
    world_end();
}

TEST("rename replaces files and empty directories, atomically by name")
{
    world_begin();
    make_file("/a", "A");
    make_file("/b", "B");
    CHECK_EQUAL(call(rename, guest_text("/a"), guest_text("/b")), 0);
    CHECK_TEXT(read_all("/b"), "A");
    CHECK_EQUAL(do_access("/a"), -ENOENT);
    do_mkdir("/d");
    do_mkdir("/e");
    make_file("/d/f", "x");
    CHECK_EQUAL(call(rename, guest_text("/d"), guest_text("/e")), 0);
    CHECK_TEXT(read_all("/e/f"), "x");
    do_mkdir("/g");
    CHECK_EQUAL(call(rename, guest_text("/g"), guest_text("/e")), -ENOTEMPTY);
    CHECK_EQUAL(call(rename, guest_text("/b"), guest_text("/e")), -EISDIR);
    CHECK_EQUAL(call(rename, guest_text("/g"), guest_text("/b")), -ENOTDIR);
    CHECK_EQUAL(call(rename, guest_text("/b"), guest_text("/b")), 0);
    CHECK_EQUAL(call(rename, guest_text("/none"), guest_text("/b")), -ENOENT);
    CHECK_EQUAL(call(rename, guest_text("/b"), guest_text("/dev/b")), -EXDEV);
    CHECK_EQUAL(call(rename, guest_text("/b"), guest_text("/x/")), -ENOTDIR);
    CHECK_EQUAL(call(rename, guest_text("/g"), guest_text("/h/")), 0);
    CHECK_EQUAL(call(rename, guest_text("/."), guest_text("/x")), -EBUSY);
    CHECK_EQUAL(
        call(renameat2, AT_FDCWD, guest_text("/b"), AT_FDCWD, guest_text("/h"), RENAME_NOREPLACE),
        -EEXIST);
    world_end();
}

TEST("a directory cannot become its own descendant")
{
    world_begin();
    do_mkdir("/a");
    do_mkdir("/a/b");
    do_mkdir("/a/b/c");
    CHECK_EQUAL(call(rename, guest_text("/a"), guest_text("/a/b/c/d")), -EINVAL);
    CHECK_EQUAL(call(rename, guest_text("/a/b"), guest_text("/a/b/x")), -EINVAL);
    CHECK_EQUAL(call(rename, guest_text("/a/b/c"), guest_text("/a")), -ENOTEMPTY);
    world_end();
}

TEST("getcwd follows renames and refuses a removed directory")
{
    world_begin();
    do_mkdir("/a");
    do_mkdir("/a/b");
    call(chdir, guest_text("/a/b"));
    CHECK_EQUAL(call(getcwd, GUEST_BUFFER, 4096), 5);
    CHECK_TEXT((char *)GUEST_BUFFER, "/a/b");
    call(rename, guest_text("/a"), guest_text("/a-much-longer-name-than-fits-inline"));
    CHECK_EQUAL(call(getcwd, GUEST_BUFFER, 4096), 39);
    CHECK_TEXT((char *)GUEST_BUFFER, "/a-much-longer-name-than-fits-inline/b");
    CHECK_EQUAL(call(getcwd, GUEST_BUFFER, 38), -ERANGE);
    CHECK_EQUAL(call(rmdir, guest_text("../b")), 0);
    CHECK_EQUAL(call(getcwd, GUEST_BUFFER, 4096), -ENOENT);
    CHECK_EQUAL(make_file("x", "x"), -ENOENT);
    CHECK_EQUAL(call(chdir, guest_text("..")), 0);
    call(chdir, guest_text("/dev"));
    CHECK_EQUAL(call(getcwd, GUEST_BUFFER, 4096), 5);
    CHECK_TEXT((char *)GUEST_BUFFER, "/dev");
    CHECK_EQUAL(call(chdir, guest_text("..")), 0);
    CHECK_EQUAL(call(getcwd, GUEST_BUFFER, 4096), 2);
    CHECK_TEXT((char *)GUEST_BUFFER, "/");
    world_end();
}

TEST("other users are held to mode bits, the sticky bit and the search bit")
{
    world_begin();
    make_file("/secret", "x");
    call(chmod, guest_text("/secret"), 0600);
    do_mkdir("/closed");
    make_file("/closed/f", "x");
    call(chmod, guest_text("/closed"), 0700);
    make_file("/tmp/roots", "x");
    become(1000, 1000);
    CHECK_EQUAL(do_open("/secret", O_RDONLY, 0), -EACCES);
    CHECK_EQUAL(do_access("/closed/f"), -EACCES);
    CHECK_EQUAL(make_file("/new", "x"), -EACCES);
    CHECK_EQUAL(call(unlink, guest_text("/secret")), -EACCES);
    CHECK_EQUAL(call(unlink, guest_text("/tmp/roots")), -EPERM);
    CHECK_EQUAL(call(rename, guest_text("/tmp/roots"), guest_text("/tmp/mine")), -EPERM);
    CHECK_EQUAL(make_file("/tmp/mine", "x"), 0);
    CHECK_EQUAL(call(chmod, guest_text("/tmp/mine"), 0400), 0);
    CHECK_EQUAL(do_open("/tmp/mine", O_WRONLY, 0), -EACCES);
    CHECK_EQUAL(call(chmod, guest_text("/tmp/roots"), 0777), -EPERM);
    CHECK_EQUAL(call(chown, guest_text("/tmp/mine"), 0, -1), -EPERM);
    CHECK_EQUAL(call(mknod, guest_text("/tmp/dev"), S_IFCHR | 0666, 0x103), -EPERM);
    CHECK_EQUAL(call(chroot, guest_text("/tmp")), -EPERM);
    become(0, 0);
    CHECK_EQUAL(call(unlink, guest_text("/tmp/mine")), 0);
    world_end();
}

TEST("access asks with the real user, faccessat2 with AT_EACCESS with the effective one")
{
    world_begin();
    make_file("/f", "x");
    call(chmod, guest_text("/f"), 0600);
    context_current()->credentials.uid = 1000;
    CHECK_EQUAL(call(access, guest_text("/f"), R_OK), -EACCES);
    CHECK_EQUAL(call(faccessat2, AT_FDCWD, guest_text("/f"), R_OK, AT_EACCESS), 0);
    CHECK_EQUAL(call(access, guest_text("/f"), 8), -EINVAL);
    become(0, 0);
    CHECK_EQUAL(call(access, guest_text("/f"), X_OK), -EACCES);
    CHECK_EQUAL(call(access, guest_text("/f"), R_OK | W_OK), 0);
    world_end();
}

TEST("umask takes bits away, set-group directories pass their group on")
{
    world_begin();
    CHECK_EQUAL(call(umask, 077), 022);
    make_file("/f", "x");
    CHECK_EQUAL(do_stat("/f").st_mode, S_IFREG | 0600);
    CHECK_EQUAL(call(umask, 022), 077);
    do_mkdir("/g");
    call(chown, guest_text("/g"), -1, 42);
    call(chmod, guest_text("/g"), S_ISGID | 0755);
    do_mkdir("/g/sub");
    CHECK_EQUAL(do_stat("/g/sub").st_gid, 42);
    CHECK_EQUAL(do_stat("/g/sub").st_mode, S_IFDIR | S_ISGID | 0755);
    world_end();
}

TEST("open refuses directories for writing and descends only where it may")
{
    world_begin();
    do_mkdir("/d");
    make_file("/f", "x");
    CHECK_EQUAL(do_open("/d", O_WRONLY, 0), -EISDIR);
    CHECK_EQUAL(do_open("/d", O_RDONLY | O_CREAT, 0), -EISDIR);
    CHECK_EQUAL(do_open("/f", O_RDONLY | O_DIRECTORY, 0), -ENOTDIR);
    CHECK_EQUAL(do_open("/new/", O_WRONLY | O_CREAT, 0644), -EISDIR);
    CHECK_EQUAL(do_open("/f", O_WRONLY | O_CREAT | O_EXCL, 0644), -EEXIST);
    int fd = do_open("/d", O_RDONLY | O_DIRECTORY, 0);
    CHECK(fd >= 0);
    CHECK_EQUAL(call(read, fd, GUEST_BUFFER, 1), -EISDIR);
    CHECK_EQUAL(call(write, fd, GUEST_BUFFER, 1), -EBADF);
    CHECK_EQUAL(call(openat, fd, guest_text("new"), O_CREAT | O_WRONLY, 0644), fd + 1);
    CHECK_EQUAL(do_access("/d/new"), 0);
    int path = do_open("/f", O_PATH, 0);
    CHECK_EQUAL(call(read, path, GUEST_BUFFER, 1), -EBADF);
    CHECK_EQUAL(call(fstat, path, GUEST_BUFFER), 0);
    CHECK_EQUAL(call(fcntl, path, F_GETFL) & O_PATH, O_PATH);
    world_end();
}

TEST("a program that runs cannot be written and a file that is written cannot run")
{
    int error;
    world_begin();
    make_file("/prog", "#!");
    call(chmod, guest_text("/prog"), 0755);
    struct file *running = vfs_open_executable("/prog", &error);
    REQUIRE(running != NULL);
    CHECK_EQUAL(do_open("/prog", O_WRONLY, 0), -ETXTBSY);
    CHECK_EQUAL(call(truncate, guest_text("/prog"), 0), -ETXTBSY);
    file_put_executable(running);
    int fd = do_open("/prog", O_WRONLY, 0);
    CHECK(fd >= 0);
    CHECK(vfs_open_executable("/prog", &error) == NULL);
    CHECK_EQUAL(error, -ETXTBSY);
    call(close, fd);
    call(chmod, guest_text("/prog"), 0644);
    CHECK(vfs_open_executable("/prog", &error) == NULL);
    CHECK_EQUAL(error, -EACCES);
    CHECK(vfs_open_executable("/tmp", &error) == NULL);
    CHECK_EQUAL(error, -EACCES);
    world_end();
}
