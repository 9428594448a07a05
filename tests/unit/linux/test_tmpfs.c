/*
 * test_tmpfs.c - contents, holes, sizes, attributes, reading directories, running out of space.
 */
#include <stdio.h>
#include <stdlib.h>

#include "servers/linux/tmpfs.h"
#include "tests/unit/linux/shim.h"

static struct linux_stat fstat_of(int fd)
{
    struct linux_stat stat;

    CHECK_EQUAL(call(fstat, fd, GUEST_BUFFER), 0);
    memcpy(&stat, (void *)GUEST_BUFFER, sizeof(stat));
    return stat;
}

TEST("what is written is read back, across pages and at any offset")
{
    world_begin();
    int fd = do_open("/f", O_RDWR | O_CREAT, 0644);
    uint8_t *data = guest(0x200000), *back = guest(0x400000);
    for (unsigned i = 0; i < 100000; i++)
        data[i] = (uint8_t)(i * 31 + i / 4096);
    CHECK_EQUAL(call(write, fd, data, 100000), 100000);
    CHECK_EQUAL(call(pread64, fd, back, 200000, 0), 100000);
    CHECK(memcmp(data, back, 100000) == 0);
    CHECK_EQUAL(call(pwrite64, fd, data, 5000, 4000), 5000);
    CHECK_EQUAL(call(pread64, fd, back, 5000, 4000), 5000);
    CHECK(memcmp(data, back, 5000) == 0);
    CHECK_EQUAL(call(pread64, fd, back, 10, 100000), 0);
    CHECK_EQUAL(call(pread64, fd, back, 10, -1), -EINVAL);
    CHECK_EQUAL(fstat_of(fd).st_size, 100000);
    CHECK_EQUAL(fstat_of(fd).st_blocks, 25 * 8);
    world_end();
}

TEST("a hole reads as zeros, takes no space and is found by SEEK_HOLE and SEEK_DATA")
{
    world_begin();
    int fd = do_open("/f", O_RDWR | O_CREAT, 0644);
    uint64_t far = UINT64_C(5) << 40;
    CHECK_EQUAL(call(pwrite64, fd, guest_text("x"), 1, far), 1);
    CHECK_EQUAL(call(pwrite64, fd, guest_text("y"), 1, 8192), 1);
    CHECK_EQUAL(fstat_of(fd).st_size, far + 1);
    CHECK_EQUAL(fstat_of(fd).st_blocks, 16);
    memset((void *)GUEST_BUFFER, 1, 100);
    CHECK_EQUAL(call(pread64, fd, GUEST_BUFFER, 100, 1 << 20), 100);
    for (int i = 0; i < 100; i++)
        CHECK_EQUAL(((uint8_t *)GUEST_BUFFER)[i], 0);
    CHECK_EQUAL(call(lseek, fd, 0, SEEK_DATA), 8192);
    CHECK_EQUAL(call(lseek, fd, 8200, SEEK_DATA), 8200);
    CHECK_EQUAL(call(lseek, fd, 8200, SEEK_HOLE), 12288);
    CHECK_EQUAL(call(lseek, fd, 20000, SEEK_DATA), far);
    CHECK_EQUAL(call(lseek, fd, far, SEEK_HOLE), far + 1);
    CHECK_EQUAL(call(lseek, fd, far + 1, SEEK_DATA), -ENXIO);
    CHECK_EQUAL(call(pwrite64, fd, GUEST_BUFFER, 1, INT64_MAX), -EFBIG);
    CHECK_EQUAL(call(ftruncate, fd, INT64_MAX), 0);
    CHECK_EQUAL(fstat_of(fd).st_size, INT64_MAX);
    world_end();
}

TEST("truncating frees pages and what grows back is zeros")
{
    char text[16];
    world_begin();
    make_file("/f", "abcdefgh");
    CHECK_EQUAL(call(truncate, guest_text("/f"), 3), 0);
    CHECK_TEXT(read_all("/f"), "abc");
    CHECK_EQUAL(call(truncate, guest_text("/f"), 6), 0);
    int fd = do_open("/f", O_RDWR, 0);
    CHECK_EQUAL(do_read(fd, text, 15), 6);
    CHECK(memcmp(text, "abc\0\0\0", 6) == 0);
    long before = shim.pages;
    CHECK_EQUAL(call(fallocate, fd, 0, 0, 40960), 0);
    CHECK_EQUAL(shim.pages, before + 9);
    CHECK_EQUAL(fstat_of(fd).st_size, 40960);
    CHECK_EQUAL(call(fallocate, fd, 3, 4096, 8192), 0);
    CHECK_EQUAL(shim.pages, before + 7);
    CHECK_EQUAL(call(fallocate, fd, 2, 4096, 8192), -EOPNOTSUPP);
    CHECK_EQUAL(call(fallocate, fd, 0, 0, 0), -EINVAL);
    CHECK_EQUAL(call(ftruncate, fd, 0), 0);
    CHECK_EQUAL(shim.pages, before - 1);
    CHECK_EQUAL(call(ftruncate, fd, -1), -EINVAL);
    CHECK_EQUAL(call(truncate, guest_text("/tmp"), 0), -EISDIR);
    CHECK_EQUAL(call(truncate, guest_text("/dev/null"), 0), -EINVAL);
    world_end();
}

TEST("O_APPEND writes at the end wherever the position is, O_TRUNC empties")
{
    world_begin();
    make_file("/f", "one");
    int fd = do_open("/f", O_WRONLY | O_APPEND, 0);
    CHECK_EQUAL(call(lseek, fd, 0, SEEK_SET), 0);
    do_write(fd, "two");
    CHECK_TEXT(read_all("/f"), "onetwo");
    CHECK_EQUAL(call(fcntl, fd, F_SETFL, 0), 0);
    CHECK_EQUAL(call(lseek, fd, 0, SEEK_SET), 0);
    do_write(fd, "1");
    CHECK_TEXT(read_all("/f"), "1netwo");
    do_open("/f", O_RDONLY | O_TRUNC, 0);
    CHECK_TEXT(read_all("/f"), "");
    world_end();
}

TEST("seeking: all origins, their sums and their limits")
{
    world_begin();
    make_file("/f", "0123456789");
    int fd = do_open("/f", O_RDONLY, 0);
    CHECK_EQUAL(call(lseek, fd, 4, SEEK_SET), 4);
    CHECK_EQUAL(call(lseek, fd, 2, SEEK_CUR), 6);
    CHECK_EQUAL(call(lseek, fd, -1, SEEK_END), 9);
    CHECK_EQUAL(call(lseek, fd, 100, SEEK_END), 110);
    CHECK_EQUAL(call(lseek, fd, -11, SEEK_END), -EINVAL);
    CHECK_EQUAL(call(lseek, fd, INT64_MAX, SEEK_END), -EOVERFLOW);
    CHECK_EQUAL(call(lseek, fd, 0, 9), -EINVAL);
    CHECK_EQUAL(call(lseek, fd, 0, SEEK_CUR), 110);
    CHECK_EQUAL(call(lseek, 99, 0, SEEK_CUR), -EBADF);
    world_end();
}

TEST("vectors move as one, and a bad vector moves nothing")
{
    struct linux_iovec *v = guest(0x300000);
    world_begin();
    int fd = do_open("/f", O_RDWR | O_CREAT, 0644);
    v[0] = (struct linux_iovec){guest_text("ab"), 2};
    v[1] = (struct linux_iovec){0, 0};
    v[2] = (struct linux_iovec){guest_text("cde"), 3};
    CHECK_EQUAL(call(writev, fd, v, 3), 5);
    CHECK_TEXT(read_all("/f"), "abcde");
    for (int i = 0; i < 12; i++)
        v[i] = (struct linux_iovec){GUEST_BUFFER + 10 * (unsigned)i, 1};
    CHECK_EQUAL(call(preadv, fd, v, 12, 1), 4);
    CHECK_EQUAL(*(char *)(GUEST_BUFFER + 30), 'e');
    CHECK_EQUAL(call(writev, fd, v, 1025), -EINVAL);
    v[1].iov_len = UINT64_MAX;
    CHECK_EQUAL(call(writev, fd, v, 2), -EINVAL);
    CHECK_EQUAL(call(writev, fd, GUEST_BAD, 2), -EFAULT);
    CHECK_EQUAL(call(writev, fd, v, 0), 0);
    v[0] = (struct linux_iovec){GUEST_BUFFER, 3};
    v[1] = (struct linux_iovec){GUEST_BAD, 3};
    CHECK_EQUAL(call(pwritev, fd, v, 2, 0), 3);
    CHECK_EQUAL(call(pwritev, fd, v + 1, 1, 0), -EFAULT);
    world_end();
}

TEST("a bad buffer is EFAULT and leaves the file as it was")
{
    world_begin();
    make_file("/f", "abc");
    int fd = do_open("/f", O_RDWR, 0);
    CHECK_EQUAL(call(write, fd, GUEST_BAD, 2), -EFAULT);
    CHECK_EQUAL(call(read, fd, GUEST_BAD, 2), -EFAULT);
    CHECK_EQUAL(call(pwrite64, fd, GUEST_BAD, 10, 100000), -EFAULT);
    CHECK_TEXT(read_all("/f"), "abc");
    CHECK_EQUAL(call(fstat, fd, GUEST_BAD), -EFAULT);
    world_end();
}

TEST("a full file system says ENOSPC, keeps what fitted and recovers")
{
    world_begin();
    int fd = do_open("/f", O_RDWR | O_CREAT, 0644);
    shim.pages_allowed = 3;
    CHECK_EQUAL(call(write, fd, GUEST_BUFFER, 5 * 4096), 3 * 4096);
    CHECK_EQUAL(call(write, fd, GUEST_BUFFER, 1), -ENOSPC);
    CHECK_EQUAL(fstat_of(fd).st_size, 3 * 4096);
    shim.pages_allowed = -1;
    CHECK_EQUAL(call(write, fd, GUEST_BUFFER, 1), 1);
    world.root_mount->pages_limit = world.root_mount->pages_used;
    CHECK_EQUAL(call(write, fd, GUEST_BUFFER, 4096), 4095);
    CHECK_EQUAL(call(write, fd, GUEST_BUFFER, 1), -ENOSPC);
    CHECK_EQUAL(call(fallocate, fd, 0, 0, 1 << 30), -ENOSPC);
    call(ftruncate, fd, 0);
    CHECK_EQUAL(call(write, fd, GUEST_BUFFER, 4096), 4096);
    world_end();
}

TEST("when memory runs out at any point, creating and renaming fail whole")
{
    world_begin();
    for (long allowed = 0; allowed < 12; allowed++) {
        shim.heap_allowed = allowed;
        int fd = do_open("/a-name-that-is-longer-than-the-inline-one", O_CREAT | O_WRONLY, 0644);
        shim.heap_allowed = -1;
        CHECK(fd >= 0 || fd == -ENOMEM || fd == -ENOSPC);
        call(close, fd);
        do_mkdir("/d");
        make_file("/x", "x");
        shim.heap_allowed = allowed;
        long status = call(rename, guest_text("/x"),
                           guest_text("/d/another-name-that-is-longer-than-inline"));
        shim.heap_allowed = -1;
        CHECK(status == 0 || (status == -ENOSPC && do_access("/x") == 0));
    }
    world_end();
}

TEST("RLIMIT_FSIZE cuts a write short, then signals")
{
    world_begin();
    shim.limits[RLIMIT_FSIZE] = 100;
    int fd = do_open("/f", O_RDWR | O_CREAT, 0644);
    CHECK_EQUAL(call(write, fd, GUEST_BUFFER, 200), 100);
    CHECK_EQUAL(shim.signals_sent, 0);
    CHECK_EQUAL(call(write, fd, GUEST_BUFFER, 1), -EFBIG);
    CHECK_EQUAL(shim.last_signal, SIGXFSZ);
    CHECK_EQUAL(call(ftruncate, fd, 101), -EFBIG);
    CHECK_EQUAL(call(ftruncate, fd, 50), 0);
    world_end();
}

TEST("reading a directory gives every entry once, also while it changes")
{
    enum { FILES = 3000 };
    static uint8_t seen[FILES];
    char name[32];
    world_begin();
    do_mkdir("/d");
    for (int i = 0; i < FILES; i++) {
        snprintf(name, sizeof(name), "/d/file%d", i);
        make_file(name, "");
    }
    memset(seen, 0, sizeof(seen));
    int fd = do_open("/d", O_RDONLY | O_DIRECTORY, 0);
    long bytes, dots = 0;
    while ((bytes = call(getdents64, fd, GUEST_BUFFER, 1000)) > 0) {
        for (long at = 0; at < bytes;) {
            struct linux_dirent64 *entry = (void *)(GUEST_BUFFER + (uint64_t)at);
            at += entry->d_reclen;
            dots += entry->d_name[0] == '.';
            if (entry->d_name[0] == '.')
                continue;
            CHECK_EQUAL(entry->d_type, DT_REG);
            int i = atoi(entry->d_name + 4);
            seen[i]++;
            snprintf(name, sizeof(name), "/d/%s", entry->d_name);
            call(unlink, guest_text(name));
            snprintf(name, sizeof(name), "/d/new%d", i);
            make_file(name, "");
        }
    }
    CHECK_EQUAL(bytes, 0);
    CHECK_EQUAL(dots, 2);
    for (int i = 0; i < FILES; i++)
        CHECK_EQUAL(seen[i], 1);
    CHECK_EQUAL(call(getdents64, fd, GUEST_BUFFER, 1000), 0);
    CHECK_EQUAL(call(lseek, fd, 0, SEEK_SET), 0);
    CHECK_EQUAL(call(getdents64, fd, GUEST_BUFFER, 10), -EINVAL);
    CHECK(call(getdents64, fd, GUEST_BUFFER, 1000) > 0);
    CHECK_EQUAL(call(lseek, fd, 0, SEEK_END), -EINVAL);
    CHECK_EQUAL(call(getdents64, fd, GUEST_BAD, 1000), -EFAULT);
    world_end();
}

TEST("a position of telldir comes back with lseek")
{
    char first[16], again[16];
    world_begin();
    do_mkdir("/d");
    make_file("/d/a", "");
    make_file("/d/b", "");
    int fd = do_open("/d", O_RDONLY, 0);
    CHECK_EQUAL(call(getdents64, fd, GUEST_BUFFER, 72), 72);
    int64_t at = ((struct linux_dirent64 *)(GUEST_BUFFER + 24))->d_off;
    strcpy(first, ((struct linux_dirent64 *)(GUEST_BUFFER + 48))->d_name);
    call(getdents64, fd, GUEST_BUFFER, 1000);
    CHECK_EQUAL(call(lseek, fd, at, SEEK_SET), at);
    CHECK(call(getdents64, fd, GUEST_BUFFER, 1000) > 0);
    strcpy(again, ((struct linux_dirent64 *)GUEST_BUFFER)->d_name);
    CHECK_TEXT(again, first);
    world_end();
}

TEST("times: written, read, changed, set and left alone")
{
    world_begin();
    make_file("/f", "x");
    struct linux_stat a = do_stat("/f");
    shim.now += NANOS_PER_S;
    read_all("/f");
    struct linux_stat b = do_stat("/f");
    CHECK(b.st_atime_sec > a.st_atime_sec);
    CHECK_EQUAL(b.st_mtime_sec, a.st_mtime_sec);
    shim.now += NANOS_PER_S;
    call(chmod, guest_text("/f"), 0600);
    struct linux_stat c = do_stat("/f");
    CHECK(c.st_ctime_sec > b.st_ctime_sec);
    CHECK_EQUAL(c.st_mtime_sec, a.st_mtime_sec);
    struct linux_timespec times[2] = {{5, 6}, {.tv_nsec = UTIME_OMIT}};
    memcpy(guest(0x300000), times, sizeof(times));
    CHECK_EQUAL(call(utimensat, AT_FDCWD, guest_text("/f"), guest(0x300000), 0), 0);
    struct linux_stat d = do_stat("/f");
    CHECK_EQUAL(d.st_atime_sec, 5);
    CHECK_EQUAL(d.st_atime_nsec, 6);
    CHECK_EQUAL(d.st_mtime_sec, c.st_mtime_sec);
    times[0].tv_nsec = 1000000000;
    memcpy(guest(0x300000), times, sizeof(times));
    CHECK_EQUAL(call(utimensat, AT_FDCWD, guest_text("/f"), guest(0x300000), 0), -EINVAL);
    become(1000, 1000);
    CHECK_EQUAL(call(utimensat, AT_FDCWD, guest_text("/f"), 0, 0), -EACCES);
    become(0, 0);
    world_end();
}

TEST("writing takes set-id bits away from others than root, chown from all")
{
    world_begin();
    make_file("/tmp/f", "x");
    call(chown, guest_text("/tmp/f"), 1000, 1000);
    call(chmod, guest_text("/tmp/f"), 06755);
    become(1000, 1000);
    int fd = do_open("/tmp/f", O_WRONLY, 0);
    do_write(fd, "y");
    CHECK_EQUAL(do_stat("/tmp/f").st_mode, S_IFREG | 0755);
    become(0, 0);
    call(chmod, guest_text("/tmp/f"), 06755);
    do_write(fd, "z");
    CHECK_EQUAL(do_stat("/tmp/f").st_mode, S_IFREG | 06755);
    call(chown, guest_text("/tmp/f"), 0, 0);
    CHECK_EQUAL(do_stat("/tmp/f").st_mode, S_IFREG | 0755);
    world_end();
}

TEST("statx and statfs say what stat says, and refuse unknown flags")
{
    world_begin();
    make_file("/f", "hello");
    CHECK_EQUAL(call(statx, AT_FDCWD, guest_text("/f"), 0, STATX_BASIC_STATS, GUEST_BUFFER), 0);
    struct linux_statx *statx = (void *)GUEST_BUFFER;
    CHECK_EQUAL(statx->stx_size, 5);
    CHECK_EQUAL(statx->stx_mode, S_IFREG | 0644);
    CHECK_EQUAL(call(statx, AT_FDCWD, guest_text("/f"), 0, STATX_RESERVED, GUEST_BUFFER), -EINVAL);
    CHECK_EQUAL(call(statx, AT_FDCWD, guest_text(""), 0, 0, GUEST_BUFFER), -ENOENT);
    int fd = do_open("/f", O_RDONLY, 0);
    CHECK_EQUAL(call(statx, fd, guest_text(""), AT_EMPTY_PATH, 0, GUEST_BUFFER), 0);
    CHECK_EQUAL(call(newfstatat, AT_FDCWD, guest_text("/f"), GUEST_BUFFER, 0x40000000), -EINVAL);
    CHECK_EQUAL(call(statfs, guest_text("/"), GUEST_BUFFER), 0);
    struct linux_statfs *statfs = (void *)GUEST_BUFFER;
    CHECK_EQUAL(statfs->f_type, TMPFS_MAGIC);
    CHECK_EQUAL(statfs->f_bfree + 1, statfs->f_blocks);
    CHECK_EQUAL(call(fstatfs, fd, GUEST_BUFFER), 0);
    CHECK_EQUAL(call(getxattr, guest_text("/none"), guest_text("user.x"), 0, 0), -ENOENT);
    world_end();
}

TEST("sendfile and copy_file_range move between files and report their limits")
{
    uint64_t *offset = guest(0x300000);
    world_begin();
    int in = do_open("/in", O_RDWR | O_CREAT, 0644);
    memset(guest(0x200000), 'q', 10000);
    call(write, in, guest(0x200000), 10000);
    int out = do_open("/out", O_RDWR | O_CREAT, 0644);
    call(lseek, in, 1000, SEEK_SET);
    CHECK_EQUAL(call(sendfile, out, in, 0, 20000), 9000);
    CHECK_EQUAL(call(lseek, in, 0, SEEK_CUR), 10000);
    CHECK_EQUAL(fstat_of(out).st_size, 9000);
    *offset = 9990;
    CHECK_EQUAL(call(sendfile, out, in, offset, 100), 10);
    CHECK_EQUAL(*offset, 10000);
    CHECK_EQUAL(call(sendfile, out, in, offset, 100), 0);
    CHECK_EQUAL(call(copy_file_range, in, offset, out, 0, 100, 0), 0);
    *offset = 0;
    CHECK_EQUAL(call(copy_file_range, in, offset, out, 0, 100, 0), 100);
    CHECK_EQUAL(call(copy_file_range, in, offset, out, 0, 100, 1), -EINVAL);
    *offset = 50;
    CHECK_EQUAL(call(lseek, in, 100, SEEK_SET), 100);
    CHECK_EQUAL(call(copy_file_range, in, offset, in, 0, 100, 0), -EINVAL);
    int zero = do_open("/dev/zero", O_RDONLY, 0);
    CHECK_EQUAL(call(sendfile, out, zero, 0, 5000), 5000);
    CHECK_EQUAL(call(sendfile, out, do_open("/tmp", O_RDONLY, 0), 0, 1), -EINVAL);
    CHECK_EQUAL(call(sendfile, in, 99, 0, 1), -EBADF);
    world_end();
}

TEST("the pages that a file has are given in a run, up to the first hole and the file's end")
{
    struct page *run[128];
    int error;
    world_begin();
    int fd = do_open("/run", O_RDWR | O_CREAT, 0600);
    for (unsigned i = 0; i < 100; i++)
        if (i != 70)
            CHECK_EQUAL(call(pwrite64, fd, guest_text("x"), 1, i * PAGE_BYTES), 1);
    struct file *file = fd_file(fd);
    REQUIRE(file_pages(file, 3, 128, run) == 67);
    for (unsigned i = 0; i < 67; i++) {
        struct page *page = file_page(file, 3 + i, false, &error);
        CHECK(page == run[i]);
        page_put(page);
        page_put(run[i]);
    }
    CHECK_EQUAL(file_pages(file, 70, 128, run), 0);
    REQUIRE(file_pages(file, 71, 5, run) == 5);
    for (unsigned i = 0; i < 5; i++)
        page_put(run[i]);
    REQUIRE(file_pages(file, 98, 128, run) == 2);
    page_put(run[0]);
    page_put(run[1]);
    CHECK_EQUAL(file_pages(file, 100, 128, run), 0);
    CHECK_EQUAL(file_pages(file, UINT64_MAX, 128, run), 0);
    file_put(file);
    world_end(); /* finds a reference that is left */
}

TEST("a mapping's pages are the file's, and it hears of truncation and replacement")
{
    int error;
    world_begin();
    int fd = do_open("/f", O_RDWR | O_CREAT, 0644);
    do_write(fd, "mapped");
    struct file *file = fd_file(fd);
    struct page *page = file_page(file, 0, true, &error);
    REQUIRE(page != NULL);
    memcpy(page_data(page), "MAPPED", 6);
    CHECK_TEXT(read_all("/f"), "MAPPED");
    CHECK(file_page(file, 1, false, &error) == NULL);
    CHECK_EQUAL(error, -EFAULT);
    file->inode->mapping_count = 1;
    uint32_t generation = file->inode->mapping_generation;
    call(ftruncate, fd, 3);
    CHECK_EQUAL(shim.unmapped_calls, 1);
    CHECK(file->inode->mapping_generation != generation);
    memcpy((char *)page_data(page) + 3, "junk", 4);
    call(ftruncate, fd, 10);
    CHECK_TEXT(read_all("/f"), "MAP");
    file->inode->mapping_count = 0;
    page_put(page);
    file_put(file);
    world_end();
}
