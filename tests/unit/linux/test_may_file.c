/*
 * test_may_file.c - what may be done with files: mode bits, owners, sticky directories,
 * capabilities.
 */
#include "servers/linux/may.h"
#include "servers/linux/vfs.h"
#include "tests/unit/linux/shim.h"
#include "tests/unit/linux/user.h"

static struct inode inode(uint32_t mode, uint32_t uid, uint32_t gid)
{
    return (struct inode){.mode = mode, .uid = uid, .gid = gid};
}

TEST("the first class that fits decides, for every mode and every wish")
{
    static const struct {
        uint32_t uid, gid, shift;
    } classes[] = {{5, 9, 6}, {5, 6, 6}, {7, 6, 3}, {7, 7, 0}};

    for (uint32_t mode = 0; mode < 01000; mode++)
        for (uint32_t i = 0; i < ARRAY_LENGTH(classes); i++)
            for (uint32_t want = 0; want < 8; want++) {
                const struct credentials who = user(classes[i].uid, classes[i].gid);
                const struct inode file = inode(S_IFREG | mode, 5, 6);
                const bool granted = (mode >> classes[i].shift & want) == want;
                CHECK_EQUAL(may_access(&who, &file, (int)want), granted ? 0 : -EACCES);
            }
}

TEST("a further group counts as much as the first")
{
    struct credentials who = user(7, 7);
    const struct inode file = inode(S_IFREG | 0040, 5, 6);

    world_begin();
    CHECK_EQUAL(may_access(&who, &file, R_OK), -EACCES);
    who.groups = groups_create(2);
    who.groups->gids[0] = 6;
    who.groups->gids[1] = 8;
    CHECK_EQUAL(may_access(&who, &file, R_OK), 0);
    credentials_drop(&who);
    world_end();
}

TEST("CAP_DAC_OVERRIDE opens all but what nobody may execute, CAP_DAC_READ_SEARCH what is read")
{
    const struct credentials overrides = with(user(7, 7), CAP_DAC_OVERRIDE);
    const struct credentials searches = with(user(7, 7), CAP_DAC_READ_SEARCH);
    const struct credentials zero = user(0, 0);
    const struct inode file = inode(S_IFREG, 5, 5), program = inode(S_IFREG | S_IXUSR, 5, 5);
    const struct inode folder = inode(S_IFDIR, 5, 5);

    CHECK_EQUAL(may_access(&overrides, &file, R_OK | W_OK), 0);
    CHECK_EQUAL(may_access(&overrides, &file, X_OK), -EACCES);
    CHECK_EQUAL(may_access(&overrides, &program, X_OK), 0);
    CHECK_EQUAL(may_access(&overrides, &folder, R_OK | W_OK | X_OK), 0);
    CHECK_EQUAL(may_access(&searches, &file, R_OK), 0);
    CHECK_EQUAL(may_access(&searches, &file, W_OK), -EACCES);
    CHECK_EQUAL(may_access(&searches, &program, X_OK), -EACCES);
    CHECK_EQUAL(may_access(&searches, &folder, R_OK | X_OK), 0);
    CHECK_EQUAL(may_access(&searches, &folder, W_OK), -EACCES);
    CHECK_EQUAL(may_access(&zero, &file, R_OK), -EACCES); /* the number 0 is no right */
}

TEST("a sticky directory keeps what is neither one's own nor in one's own directory")
{
    const struct credentials who = user(7, 7), owner = with(user(7, 7), CAP_FOWNER);
    const struct inode sticky = inode(S_IFDIR | S_ISVTX | 0777, 5, 5);
    const struct inode own_sticky = inode(S_IFDIR | S_ISVTX | 0777, 7, 5);
    const struct inode open = inode(S_IFDIR | 0777, 5, 5), shut = inode(S_IFDIR | 0755, 5, 5);
    const struct inode mine = inode(S_IFREG, 7, 7), other = inode(S_IFREG, 8, 7);

    CHECK_EQUAL(may_remove(&who, &sticky, &mine), 0);
    CHECK_EQUAL(may_remove(&who, &sticky, &other), -EPERM);
    CHECK_EQUAL(may_remove(&owner, &sticky, &other), 0);
    CHECK_EQUAL(may_remove(&who, &own_sticky, &other), 0);
    CHECK_EQUAL(may_remove(&who, &open, &other), 0);
    CHECK_EQUAL(may_remove(&owner, &shut, &mine), -EACCES);
}

TEST("devices are made with CAP_MKNOD, in a directory that lets one write")
{
    const struct credentials who = user(7, 7), makes = with(user(7, 7), CAP_MKNOD);
    const struct inode open = inode(S_IFDIR | 0777, 5, 5), shut = inode(S_IFDIR | 0755, 5, 5);

    CHECK_EQUAL(may_create(&who, &open, S_IFCHR | 0666), -EPERM);
    CHECK_EQUAL(may_create(&who, &open, S_IFBLK | 0666), -EPERM);
    CHECK_EQUAL(may_create(&who, &open, S_IFIFO | 0666), 0);
    CHECK_EQUAL(may_create(&makes, &open, S_IFCHR | 0666), 0);
    CHECK_EQUAL(may_create(&makes, &shut, S_IFCHR | 0666), -EACCES);
}

TEST("links to others' files need what the owner could have given")
{
    const struct credentials who = user(7, 7), owner = with(user(7, 7), CAP_FOWNER);
    const struct inode open = inode(S_IFREG | 0666, 5, 5), readable = inode(S_IFREG | 0644, 5, 5);
    const struct inode set_user = inode(S_IFREG | S_ISUID | 0777, 5, 5);
    const struct inode set_group = inode(S_IFREG | S_ISGID | 0777, 5, 5);
    const struct inode fifo = inode(S_IFIFO | 0666, 5, 5), own = inode(S_IFIFO | S_ISUID, 7, 7);

    CHECK_EQUAL(may_link(&who, &open), 0);
    CHECK_EQUAL(may_link(&who, &readable), -EPERM);
    CHECK_EQUAL(may_link(&who, &set_user), -EPERM);
    CHECK_EQUAL(may_link(&who, &set_group), -EPERM);
    CHECK_EQUAL(may_link(&who, &fifo), -EPERM);
    CHECK_EQUAL(may_link(&who, &own), 0);
    CHECK_EQUAL(may_link(&owner, &set_user), 0);
}

TEST("in shared sticky directories one follows one's own links and the directory's owner's")
{
    const struct credentials who = user(7, 7), root = credentials_of_root;
    const struct inode tmp = inode(S_IFDIR | S_ISVTX | 0777, 0, 0);
    const struct inode plain = inode(S_IFDIR | 0777, 0, 0);
    const struct inode mine = inode(S_IFLNK, 7, 7), roots = inode(S_IFLNK, 0, 0);
    const struct inode other = inode(S_IFLNK, 8, 8);

    CHECK_EQUAL(may_follow(&who, &tmp, &mine), 0);
    CHECK_EQUAL(may_follow(&who, &tmp, &roots), 0);
    CHECK_EQUAL(may_follow(&who, &tmp, &other), -EACCES);
    CHECK_EQUAL(may_follow(&root, &tmp, &mine), -EACCES);
    CHECK_EQUAL(may_follow(&root, &plain, &mine), 0);
}

TEST("opening to create does not take what somebody else laid out")
{
    const struct credentials who = user(7, 7), root = credentials_of_root;
    const struct inode tmp = inode(S_IFDIR | S_ISVTX | 0777, 0, 0);
    const struct inode group = inode(S_IFDIR | S_ISVTX | 0775, 0, 0);
    const struct inode file = inode(S_IFREG | 0666, 8, 8), fifo = inode(S_IFIFO | 0666, 8, 8);
    const struct inode mine = inode(S_IFREG | 0666, 7, 7), roots = inode(S_IFREG | 0666, 0, 0);

    CHECK_EQUAL(may_open_to_create(&who, &tmp, &file), -EACCES);
    CHECK_EQUAL(may_open_to_create(&who, &tmp, &fifo), -EACCES);
    CHECK_EQUAL(may_open_to_create(&who, &tmp, &mine), 0);
    CHECK_EQUAL(may_open_to_create(&who, &tmp, &roots), 0);
    CHECK_EQUAL(may_open_to_create(&root, &tmp, &mine), -EACCES);
    CHECK_EQUAL(may_open_to_create(&who, &group, &file), -EACCES);
    CHECK_EQUAL(may_open_to_create(&who, &group, &fifo), 0);
}

TEST("a set-group-id program is made only for a group that one is in")
{
    const struct credentials who = user(7, 7), may = with(user(7, 7), CAP_FSETID);
    const struct inode theirs = inode(S_IFDIR | S_ISGID | 0777, 5, 5);
    const struct inode ours = inode(S_IFDIR | S_ISGID | 0777, 5, 7);
    const struct inode file = inode(S_IFREG | 0777, 7, 5);

    CHECK_EQUAL(mode_to_make(&who, &theirs, S_IFREG | 02775), S_IFREG | 0775);
    CHECK_EQUAL(mode_to_make(&who, &theirs, S_IFREG | 02765), S_IFREG | 02765);
    CHECK_EQUAL(mode_to_make(&may, &theirs, S_IFREG | 02775), S_IFREG | 02775);
    CHECK_EQUAL(mode_to_make(&who, &ours, S_IFREG | 02775), S_IFREG | 02775);
    CHECK_EQUAL(mode_to_set(&who, &file, 06755), 04755);
    CHECK_EQUAL(mode_to_set(&may, &file, 06755), 06755);
}

TEST("a write takes set-id bits away, but for CAP_FSETID and for what is no file")
{
    const struct credentials who = user(7, 5), may = with(user(7, 7), CAP_FSETID);
    const struct credentials outside = user(7, 7);
    const struct inode file = inode(S_IFREG | 06777, 7, 5), lock = inode(S_IFREG | 02707, 7, 5);
    const struct inode fifo = inode(S_IFIFO | 06777, 7, 5);

    CHECK_EQUAL(mode_after_write(&who, &file), S_IFREG | 0777);
    CHECK_EQUAL(mode_after_write(&may, &file), S_IFREG | 06777);
    CHECK_EQUAL(mode_after_write(&who, &lock), S_IFREG | 02707);
    CHECK_EQUAL(mode_after_write(&outside, &lock), S_IFREG | 0707);
    CHECK_EQUAL(mode_after_write(&who, &fifo), S_IFIFO | 06777);
}

TEST("an owner gives a file to his groups, CAP_CHOWN to anybody")
{
    const struct credentials owner = user(7, 5), other = user(8, 5);
    const struct credentials chowns = with(user(8, 8), CAP_CHOWN);
    const struct inode file = inode(S_IFREG | 0777, 7, 6);
    const struct inode program = inode(S_IFREG | 06777, 7, 5);
    uint32_t mode = 1;

    CHECK_EQUAL(may_set_owner(&owner, &file, ID_UNCHANGED, 5, &mode), 0);
    CHECK_EQUAL(mode, S_IFREG | 0777);
    CHECK_EQUAL(may_set_owner(&owner, &file, 7, 6, &mode), 0);
    CHECK_EQUAL(may_set_owner(&owner, &file, 8, ID_UNCHANGED, &mode), -EPERM);
    CHECK_EQUAL(may_set_owner(&owner, &file, ID_UNCHANGED, 9, &mode), -EPERM);
    CHECK_EQUAL(may_set_owner(&other, &file, ID_UNCHANGED, 5, &mode), -EPERM);
    CHECK_EQUAL(may_set_owner(&other, &file, ID_UNCHANGED, ID_UNCHANGED, &mode), 0);
    CHECK_EQUAL(may_set_owner(&chowns, &file, 1, 2, &mode), 0);
    CHECK_EQUAL(may_set_owner(&owner, &program, 7, 5, &mode), 0);
    CHECK_EQUAL(mode, S_IFREG | 0777);
    CHECK_EQUAL(may_set_owner(&chowns, &program, 1, 2, &mode), -EPERM); /* a chmod, too */
}

/* ---- through the calls ----------------------------------------------------------------------- */

TEST("others' links, files and fifos in /tmp are traps, and none is stepped into")
{
    world_begin();
    make_file("/etc", "x");
    become(8, 8);
    CHECK_EQUAL(call(symlink, guest_text("/etc"), guest_text("/tmp/l")), 0);
    make_file("/tmp/f", "x");
    CHECK_EQUAL(call(chmod, guest_text("/tmp/f"), 0666), 0);
    become(7, 7);
    CHECK_EQUAL(do_open("/tmp/l", O_RDONLY, 0), -EACCES);
    CHECK_EQUAL(do_open("/tmp/f", O_RDWR | O_CREAT, 0), -EACCES);
    CHECK(do_open("/tmp/f", O_RDWR, 0) >= 0);
    CHECK_EQUAL(call(link, guest_text("/etc"), guest_text("/tmp/e")), -EPERM);
    CHECK_EQUAL(call(link, guest_text("/tmp/f"), guest_text("/tmp/g")), 0);
    world_end();
}

TEST("what is made in a set-group-id directory gets its group, unnamed files too")
{
    world_begin();
    do_mkdir("/d");
    call(chown, guest_text("/d"), 0, 50);
    call(chmod, guest_text("/d"), 02777);
    become(7, 7);
    make_file("/d/f", "x");
    CHECK_EQUAL(do_stat("/d/f").st_gid, 50);
    do_mkdir("/d/e");
    CHECK_EQUAL(do_stat("/d/e").st_gid, 50);
    CHECK_EQUAL(do_stat("/d/e").st_mode, S_IFDIR | 02755);
    int fd = do_open("/d", O_TMPFILE | O_RDWR, 02755);
    CHECK_EQUAL(call(fstat, fd, GUEST_BUFFER), 0);
    CHECK_EQUAL(((struct linux_stat *)GUEST_BUFFER)->st_gid, 50);
    CHECK_EQUAL(((struct linux_stat *)GUEST_BUFFER)->st_mode, S_IFREG | 0755);
    world_end();
}

TEST("access looks with the real user's capabilities, and leaves the thread as it was")
{
    world_begin();
    make_file("/f", "x");
    call(chmod, guest_text("/f"), 0600);
    CHECK_EQUAL(call(setresuid, 7, 0, 0), 0);
    CHECK_EQUAL(call(access, guest_text("/f"), R_OK), -EACCES);
    CHECK_EQUAL(call(faccessat2, AT_FDCWD, guest_text("/f"), R_OK, AT_EACCESS), 0);
    CHECK(do_open("/f", O_RDONLY, 0) >= 0);
    CHECK_EQUAL(call(setresuid, 0, 7, 0), 0);
    CHECK_EQUAL(call(access, guest_text("/f"), R_OK), 0);
    CHECK_EQUAL(do_open("/f", O_RDONLY, 0), -EACCES);
    world_end();
}
