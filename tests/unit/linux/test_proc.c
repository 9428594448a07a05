/*
 * test_proc.c - /proc: lookups, texts, links, control.
 */
#include <stdio.h>

#include "servers/linux/socket_abi.h"
#include "tests/unit/linux/shim.h"

TEST("/proc lists its files and the processes there are")
{
    char names[1024] = "";
    long bytes;
    world_begin();
    int fd = do_open("/proc", O_RDONLY | O_DIRECTORY, 0);
    while ((bytes = call(getdents64, fd, GUEST_BUFFER, 100)) > 0) {
        for (long at = 0; at < bytes;) {
            struct linux_dirent64 *entry = (void *)(GUEST_BUFFER + (uint64_t)at);
            at += entry->d_reclen;
            strcat(strcat(names, entry->d_name), " ");
        }
    }
    CHECK_TEXT(names, ". .. self thread-self mounts net cmdline corm cpuinfo devices diskstats "
                      "filesystems interrupts loadavg meminfo partitions stat swaps sys tty uptime "
                      "version vmstat 1 7 40 ");
    CHECK_EQUAL(do_access("/proc/7/stat"), 0);
    CHECK_EQUAL(do_access("/proc/8"), -ENOENT);
    CHECK_EQUAL(do_access("/proc/07"), -ENOENT);
    CHECK_EQUAL(do_access("/proc/99999999999999"), -ENOENT);
    CHECK_EQUAL(do_mkdir("/proc/x"), -ENOENT);
    CHECK_EQUAL(make_file("/proc/x", ""), -ENOENT);
    CHECK_EQUAL(call(unlink, guest_text("/proc/stat")), -EPERM);
    CHECK_EQUAL(do_stat("/proc/7/stat").st_ino, do_stat("/proc/7/stat").st_ino);
    CHECK_EQUAL(do_stat("/proc/7").st_uid, 1000);
    CHECK_EQUAL(call(statfs, guest_text("/proc"), GUEST_BUFFER), 0);
    CHECK_EQUAL(((struct linux_statfs *)GUEST_BUFFER)->f_type, PROC_MAGIC);
    world_end();
}

TEST("a process's texts have the form of proc(5)")
{
    int pid, parent, group, session;
    char name[32], state;
    world_begin();
    const char *stat = read_all("/proc/7/stat");
    CHECK_EQUAL(sscanf(stat, "%d (a (b) c) %c %d %d %d", &pid, &state, &parent, &group, &session),
                5);
    CHECK_EQUAL(pid, 7);
    CHECK_EQUAL(state, 'S');
    int fields = 0;
    for (const char *at = strchr(stat, 'S'); *at; at++)
        fields += *at == ' ' || *at == '\n';
    CHECK_EQUAL(fields, 50); /* the 3rd to the 52nd */
    CHECK(strstr(read_all("/proc/7/status"), "Uid:\t1000\t1000\t0\t0\n") != NULL);
    CHECK(strstr(read_all("/proc/40/status"), "State:\tZ (zombie)\n") != NULL);
    CHECK_EQUAL(sscanf(read_all("/proc/1/comm"), "%31s", name), 1);
    CHECK_TEXT(name, "init");
    CHECK(memcmp(read_all("/proc/7/cmdline"), "sh\0-c\0true", 11) == 0);
    CHECK(memcmp(read_all("/proc/7/environ"), "A=1\0B=2", 8) == 0);
    CHECK_TEXT(read_all("/proc/40/cmdline"), "");
    CHECK_TEXT(read_all("/proc/7/statm"), "2 2 1 1 0 1 0\n");
    CHECK(strstr(read_all("/proc/7/limits"),
                 "\nMax core file size        0                    unlimited            bytes     "
                 "\n") != NULL);
    CHECK(strstr(read_all("/proc/7/io"), "rchar: 5\nwchar: 6\nsyscr: 1\nsyscw: 0\n") != NULL);
    CHECK(strstr(read_all("/proc/7/smaps"), "\nPss:                   2 kB\n") != NULL);
    CHECK(strstr(read_all("/proc/7/smaps_rollup"), "\nRss:                   8 kB\n") != NULL);
    CHECK_EQUAL(do_stat("/proc/7/task/9/stat").st_ino == do_stat("/proc/7/task/7/stat").st_ino, 0);
    const char *maps = read_all("/proc/7/maps");
    CHECK(strstr(maps, "00400000-00401000 r-xp 00000000 00:") == maps);
    CHECK(strstr(maps, " /\n00401000-00402000 rw-p 00000000 00:00 0 ") != NULL);
    CHECK(strstr(maps, " [heap]\n") != NULL);
    CHECK_EQUAL(do_access("/proc/7/task/9/stat"), 0);
    CHECK_EQUAL(do_access("/proc/7/task/8"), -ENOENT);
    world_end();
}

TEST("the system's texts have the form of proc(5)")
{
    world_begin();
    CHECK_TEXT(read_all("/proc/uptime"), "12.34 10.00\n");
    CHECK_TEXT(read_all("/proc/loadavg"), "0.05 1.10 0.00 0/0 0\n");
    CHECK(strstr(read_all("/proc/meminfo"), "MemTotal:           4096 kB\n") != NULL);
    CHECK(strstr(read_all("/proc/stat"), "cpu  0 0 0 1000 0") != NULL);
    CHECK_TEXT(
        read_all("/proc/mounts"),
        "tmpfs / tmpfs rw,relatime 0 0\ndevtmpfs /dev devtmpfs rw,nosuid,relatime 0 0\n"
        "devpts /dev/pts devpts rw,nosuid,relatime 0 0\nproc /proc proc rw,nosuid,relatime 0 0\n"
        "sysfs /sys sysfs rw,nosuid,relatime 0 0\n");
    CHECK(strstr(read_all("/proc/self/mountinfo"),
                 " / /dev rw,nosuid,relatime - devtmpfs devtmpfs rw\n") != NULL);
    CHECK_TEXT(read_all("/proc/sys/kernel/pid_max"), "1000\n");
    CHECK_EQUAL(strlen(read_all("/proc/sys/kernel/random/uuid")), 37);
    world_end();
}

TEST("/sys shows what the source says there is, and no more")
{
    world_begin();
    CHECK_TEXT(read_all("/sys/devices/system/cpu/online"), "0-1\n");
    CHECK_TEXT(read_all("/sys/devices/system/cpu/cpu1/topology/core_id"), "1\n");
    CHECK_TEXT(read_all("/sys/devices/system/cpu/cpu1/topology/core_cpus"), "2\n");
    CHECK_TEXT(read_all("/sys/devices/system/cpu/cpu1/topology/package_cpus"), "3\n");
    CHECK_EQUAL(do_access("/sys/devices/system/cpu/cpu2"), -ENOENT);
    CHECK_EQUAL(do_access("/sys/devices/system/cpu/1"), -ENOENT);
    CHECK_EQUAL(do_access("/sys/devices/system/cpu/cpu01"), -ENOENT);
    CHECK_TEXT(read_all("/sys/devices/system/cpu/cpu0/cache/index0/size"), "512K\n");
    CHECK_TEXT(read_all("/sys/devices/system/cpu/cpu0/cache/index0/type"), "Unified\n");
    CHECK_EQUAL(do_access("/sys/devices/system/cpu/cpu0/cache/index1"), -ENOENT);
    CHECK_EQUAL(do_access("/sys/block"), 0);
    CHECK_EQUAL(do_mkdir("/sys/x"), -EPERM);
    CHECK_EQUAL(do_open("/sys/x", O_CREAT | O_WRONLY, 0), -EACCES);
    CHECK_EQUAL(call(statfs, guest_text("/sys"), GUEST_BUFFER), 0);
    CHECK_EQUAL(((struct linux_statfs *)GUEST_BUFFER)->f_type, SYSFS_MAGIC);
    world_end();
}

TEST("what is only for reading says so, each file in Linux's words; what can be set is")
{
    world_begin();
    int fd = do_open("/proc/meminfo", O_WRONLY | O_TRUNC, 0);
    CHECK_EQUAL(do_write(fd, "1"), -EIO);
    CHECK_EQUAL(do_write(do_open("/proc/7/stat", O_RDWR, 0), "1"), -EINVAL);
    CHECK_EQUAL(do_open("/proc/sys/kernel/ostype", O_WRONLY, 0), -EACCES);
    CHECK_EQUAL(do_open("/sys/devices/system/cpu/online", O_RDWR, 0), -EACCES);
    CHECK_EQUAL(do_write(do_open("/proc/sys/kernel/hostname", O_WRONLY, 0), "me\nyou"), 6);
    CHECK_TEXT(shim.last_control, "host me");
    CHECK_EQUAL(do_write(do_open("/proc/7/task/9/comm", O_WRONLY, 0), "a longer name than fits"),
                23);
    CHECK_TEXT(shim.last_control, "7/9 is a longer name t");
    fd = do_open("/proc/7/oom_score_adj", O_RDWR, 0);
    CHECK_EQUAL(do_write(fd, " -17\n"), 5);
    CHECK_TEXT(shim.last_control, "7 by -17");
    CHECK_EQUAL(do_write(fd, "-1001"), -EINVAL);
    CHECK_EQUAL(do_write(fd, "99999999999999999999"), -EINVAL);
    CHECK_EQUAL(do_write(fd, "1x"), -EINVAL);
    CHECK_EQUAL(do_write(fd, "-"), -EINVAL);
    CHECK_EQUAL(call(lseek, fd, 0, SEEK_END), -EINVAL);
    CHECK_EQUAL(call(lseek, fd, -1, SEEK_SET), -EINVAL);
    world_end();
}

TEST("/proc/net/unix lists sockets that are open, by the names that they have")
{
    int32_t *pair = (int32_t *)(GUEST_BUFFER + 512);
    world_begin();
    CHECK_EQUAL(call(socketpair, AF_UNIX, SOCK_STREAM, 0, pair), 0);
    CHECK(strstr(read_all("/proc/net/unix"), ": 00000001 00000000 00000000 0001 03 ") != NULL);
    CHECK_TEXT(read_all("/proc/net/sockstat"), "sockets: used 2\n");
    call(close, pair[0]);
    CHECK_TEXT(read_all("/proc/net/sockstat"), "sockets: used 1\n");
    world_end();
}

TEST("links of /proc jump to what they name, also when its name has gone")
{
    char path[64], text[64];
    world_begin();
    make_file("/file", "by descriptor");
    int fd = do_open("/file", O_RDONLY, 0);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    CHECK_TEXT(read_all(path), "by descriptor");
    long length = call(readlink, guest_text(path), GUEST_BUFFER, 64);
    CHECK_EQUAL(length, 5);
    call(unlink, guest_text("/file"));
    CHECK_TEXT(read_all(path), "by descriptor");
    length = call(readlink, guest_text(path), GUEST_BUFFER, 64);
    memcpy(text, (void *)GUEST_BUFFER, (size_t)length);
    text[length] = 0;
    CHECK_TEXT(text, "/file (deleted)");
    CHECK_EQUAL(call(readlink, guest_text("/proc/self"), GUEST_BUFFER, 64), 1);
    CHECK_EQUAL(do_access("/proc/self/fd/77"), -ENOENT);
    CHECK_EQUAL(do_access("/proc/40/exe"), -ENOENT);
    CHECK_EQUAL(do_access("/proc/self/cwd/tmp"), 0);
    CHECK_EQUAL(do_access("/dev/stdin"), 0);
    int events = (int)call(eventfd2, 0, 0);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", events);
    CHECK_EQUAL(call(readlink, guest_text(path), GUEST_BUFFER, 64), 20);
    CHECK(memcmp((void *)GUEST_BUFFER, "anon_inode:[eventfd]", 20) == 0);
    CHECK_EQUAL(do_open(path, O_RDONLY, 0), -ENXIO);
    world_end();
}

TEST("what is read in pieces is one moment's text")
{
    char text[64];
    world_begin();
    int fd = do_open("/proc/uptime", O_RDONLY, 0);
    CHECK_EQUAL(do_read(fd, text, 3), 3);
    CHECK_TEXT(text, "12.");
    CHECK_EQUAL(do_read(fd, text, 60), 9);
    CHECK_EQUAL(do_read(fd, text, 60), 0);
    CHECK_EQUAL(call(lseek, fd, 0, SEEK_SET), 0);
    CHECK_EQUAL(do_read(fd, text, 60), 12);
    CHECK_EQUAL(call(pread64, fd, GUEST_BUFFER, 10, 6), 6);
    CHECK_EQUAL(call(write, fd, GUEST_BUFFER, 1), -EBADF);
    CHECK_EQUAL(call(read, do_open("/proc/stat", O_RDONLY, 0), GUEST_BAD, 10), -EFAULT);
    world_end();
}

TEST("commands go to the supervisor, and its answer comes back")
{
    world_begin();
    int fd = do_open("/proc/corm/control", O_WRONLY, 0);
    CHECK_EQUAL(do_write(fd, "kill console\n"), 13);
    CHECK_TEXT(shim.last_control, "kill console");
    shim.last_control_status = -EPERM;
    CHECK_EQUAL(do_write(fd, "kill init"), -EPERM);
    CHECK_EQUAL(call(write, fd, GUEST_BUFFER, 1000), -EINVAL);
    CHECK_EQUAL(call(write, fd, GUEST_BAD, 10), -EFAULT);
    CHECK_EQUAL(call(read, fd, GUEST_BUFFER, 1), -EBADF);
    CHECK_EQUAL(call(write, do_open("/proc/stat", O_WRONLY, 0), GUEST_BUFFER, 1), -EIO);
    become(1000, 1000);
    CHECK_EQUAL(do_open("/proc/corm/control", O_WRONLY, 0), -EACCES);
    CHECK_EQUAL(do_open("/proc/1/environ", O_RDONLY, 0), -EACCES);
    become(0, 0);
    world_end();
}

TEST("/proc without memory fails and leaks nothing")
{
    static const char *const paths[] = {"/proc/7/status", "/proc/self/fd/0", "/proc/7/maps",
                                        "/proc/mounts",   "/proc/7/cmdline", "/proc/7/smaps"};
    world_begin();
    do_open("/dev/null", O_RDWR, 0);
    for (size_t i = 0; i < ARRAY_LENGTH(paths); i++) {
        for (long allowed = 0; allowed < 12; allowed++) {
            shim.heap_allowed = allowed;
            read_all(paths[i]);
            call(readlink, guest_text(paths[i]), GUEST_BUFFER, 64);
            shim.heap_allowed = -1;
        }
    }
    world_end();
}

TEST("who may not look into a process sees its name and numbers, and not what it has")
{
    world_begin();
    become(1001, 1001);
    CHECK_EQUAL(do_open("/proc/7/environ", O_RDONLY, 0), -EACCES);
    CHECK_EQUAL(do_open("/proc/7/maps", O_RDONLY, 0), -EACCES);
    CHECK_EQUAL(do_open("/proc/7/fdinfo", O_RDONLY, 0), -EACCES);
    CHECK_EQUAL(do_access("/proc/7/fdinfo/0"), -EACCES);
    CHECK_EQUAL(call(readlink, guest_text("/proc/7/exe"), GUEST_BUFFER, 100), -EACCES);
    CHECK_EQUAL(do_open("/proc/7/cwd", O_RDONLY, 0), -EACCES);
    CHECK(strstr(read_all("/proc/7/status"), "Uid:\t1000") != NULL);
    CHECK(read_all("/proc/self/maps")[0] != 0);
    become(0, 0);
    CHECK(read_all("/proc/7/environ")[0] != 0);
    CHECK_TEXT(read_all("/proc/sys/fs/protected_symlinks"), "1\n");
    world_end();
}

TEST("a process reads its own descriptors whosever they are said to be")
{
    world_begin();
    CHECK_EQUAL(do_stat("/proc/self/fd").st_mode, S_IFDIR | 0500);
    become(1001, 1001);
    CHECK(do_open("/proc/self/fd", O_RDONLY, 0) >= 0);
    CHECK_EQUAL(do_open("/proc/7/fd", O_RDONLY, 0), -EACCES);
    world_end();
}
