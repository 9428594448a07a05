/*
 * test_capabilities.c - capabilities: with users, by capset and prctl, at execve.
 */
#include "servers/linux/exec_grant.h"
#include "tests/unit/linux/shim.h"

#define TO(...)                                                                                    \
    (const uint32_t[3]) { __VA_ARGS__ }
#define KILL   CAPABILITY_BIT(CAP_KILL)
#define CHOWN  CAPABILITY_BIT(CAP_CHOWN)
#define NICE   CAPABILITY_BIT(CAP_SYS_NICE)
#define SETUID CAPABILITY_BIT(CAP_SETUID)

/* The invariants of capabilities.c. */
static bool sound(const struct credentials *who)
{
    return !(who->effective & ~who->permitted) && !(who->ambient & ~who->permitted) &&
           !(who->ambient & ~who->inheritable);
}

TEST("who gives up the last user 0 loses every capability")
{
    struct credentials who = credentials_of_root;

    CHECK_EQUAL(credentials_set_resuid(&who, TO(1000, ID_UNCHANGED, ID_UNCHANGED)), 0);
    CHECK_EQUAL(who.effective, CAPABILITIES_ALL);
    CHECK_EQUAL(credentials_set_resuid(&who, TO(ID_UNCHANGED, 1000, ID_UNCHANGED)), 0);
    CHECK_EQUAL(who.effective, 0); /* the effective user decides what is effective */
    CHECK_EQUAL(who.permitted, CAPABILITIES_ALL);
    CHECK_EQUAL(credentials_set_resuid(&who, TO(ID_UNCHANGED, 0, ID_UNCHANGED)), 0);
    CHECK_EQUAL(who.effective, CAPABILITIES_ALL);
    CHECK_EQUAL(credentials_set_uid(&who, TO(1000)), 0);
    CHECK_EQUAL(who.permitted | who.effective, 0);
    CHECK_EQUAL(who.bounding, CAPABILITIES_ALL);
}

TEST("secure bits keep capabilities over a change of users")
{
    struct credentials who = credentials_of_root;

    CHECK_EQUAL(credentials_set_keep_capabilities(&who, 2), -EINVAL);
    CHECK_EQUAL(credentials_set_keep_capabilities(&who, 1), 0);
    CHECK_EQUAL(credentials_set_uid(&who, TO(1000)), 0);
    CHECK_EQUAL(who.permitted, CAPABILITIES_ALL);
    CHECK_EQUAL(who.effective, 0);
    who = credentials_of_root;
    CHECK_EQUAL(credentials_set_secure_bits(&who, SECURE_NO_SETUID_FIXUP), 0);
    CHECK_EQUAL(credentials_set_uid(&who, TO(1000)), 0);
    CHECK_EQUAL(who.effective, CAPABILITIES_ALL);
}

TEST("a locked secure bit changes no more, and unknown ones are refused")
{
    struct credentials who = credentials_of_root;
    const uint32_t locked = SECURE_KEEP_CAPS | SECURE_KEEP_CAPS_LOCKED;

    CHECK_EQUAL(credentials_set_secure_bits(&who, 0x100), -EPERM);
    CHECK_EQUAL(credentials_set_secure_bits(&who, locked), 0);
    CHECK_EQUAL(credentials_set_secure_bits(&who, SECURE_KEEP_CAPS), -EPERM);
    CHECK_EQUAL(credentials_set_secure_bits(&who, SECURE_KEEP_CAPS_LOCKED), -EPERM);
    CHECK_EQUAL(credentials_set_keep_capabilities(&who, 0), -EPERM);
    CHECK_EQUAL(credentials_set_secure_bits(&who, locked | SECURE_NO_ROOT), 0);
    who.effective = 0;
    CHECK_EQUAL(credentials_set_secure_bits(&who, who.secure_bits), -EPERM);
}

TEST("the file system's user 0 brings the capabilities about files, and only them")
{
    struct credentials who = credentials_of_root;

    credentials_set_fsuid(&who, 1000);
    CHECK(!has_capability(&who, CAP_CHOWN) && !has_capability(&who, CAP_DAC_OVERRIDE) &&
          !has_capability(&who, CAP_MKNOD) && !has_capability(&who, CAP_FSETID));
    CHECK(has_capability(&who, CAP_KILL) && has_capability(&who, CAP_SETUID));
    credentials_set_fsuid(&who, 0);
    CHECK_EQUAL(who.effective, CAPABILITIES_ALL);
}

TEST("capset only ever takes away, but for what may be inherited")
{
    struct credentials who = credentials_of_root;

    who.permitted = who.effective = KILL | CHOWN;
    CHECK_EQUAL(credentials_set_capabilities(&who, &(struct capability_sets){KILL, NICE, 0}),
                -EPERM);
    CHECK_EQUAL(credentials_set_capabilities(&who, &(struct capability_sets){NICE, KILL, 0}),
                -EPERM);
    CHECK_EQUAL(credentials_set_capabilities(&who, &(struct capability_sets){0, KILL, NICE}),
                -EPERM);
    CHECK_EQUAL(credentials_set_capabilities(&who, &(struct capability_sets){0, KILL, CHOWN}), 0);
    CHECK_EQUAL(who.effective, 0);
    CHECK_EQUAL(who.permitted, KILL);
    CHECK_EQUAL(who.inheritable, CHOWN);
    who.permitted = who.effective = CAPABILITY_BIT(CAP_SETPCAP);
    who.bounding = NICE;
    CHECK_EQUAL(credentials_set_capabilities(&who, &(struct capability_sets){0, 0, NICE | KILL}),
                -EPERM);
    CHECK_EQUAL(credentials_set_capabilities(&who, &(struct capability_sets){0, 0, NICE}), 0);
}

TEST("what leaves the permitted or the inheritable set leaves the ambient one")
{
    struct credentials who = credentials_of_root;

    CHECK_EQUAL(credentials_set_ambient(&who, AMBIENT_RAISE, CAP_KILL), -EPERM);
    who.inheritable = KILL | NICE;
    CHECK_EQUAL(credentials_set_ambient(&who, AMBIENT_RAISE, CAP_KILL), 0);
    CHECK_EQUAL(credentials_set_ambient(&who, AMBIENT_RAISE, CAP_SYS_NICE), 0);
    CHECK_EQUAL(credentials_set_ambient(&who, AMBIENT_IS_SET, CAP_KILL), 1);
    CHECK_EQUAL(credentials_set_ambient(&who, AMBIENT_IS_SET, CAP_LAST + 1), -EINVAL);
    CHECK_EQUAL(credentials_set_ambient(&who, 9, CAP_KILL), -EINVAL);
    CHECK_EQUAL(credentials_set_ambient(&who, AMBIENT_LOWER, CAP_SYS_NICE), 0);
    CHECK_EQUAL(who.ambient, KILL);
    const struct capability_sets fewer = {0, CAPABILITIES_ALL, NICE};
    CHECK_EQUAL(credentials_set_capabilities(&who, &fewer), 0);
    CHECK_EQUAL(who.ambient, 0);
    who.secure_bits = SECURE_NO_AMBIENT_RAISE;
    CHECK_EQUAL(credentials_set_ambient(&who, AMBIENT_RAISE, CAP_SYS_NICE), -EPERM);
    CHECK_EQUAL(credentials_set_ambient(&who, AMBIENT_CLEAR, CAP_KILL), -EINVAL);
    CHECK_EQUAL(credentials_set_ambient(&who, AMBIENT_CLEAR, 0), 0);
    CHECK(sound(&who));
}

TEST("the bounding set shrinks, with CAP_SETPCAP")
{
    struct credentials who = credentials_of_root;

    CHECK_EQUAL(credentials_drop_bounding(&who, CAP_KILL), 0);
    CHECK_EQUAL(who.bounding, CAPABILITIES_ALL & ~KILL);
    CHECK_EQUAL(credentials_drop_bounding(&who, CAP_LAST + 1), -EINVAL);
    who.effective = 0;
    CHECK_EQUAL(credentials_drop_bounding(&who, CAP_CHOWN), -EPERM);
}

/* ---- execve ---------------------------------------------------------------------------------- */

static const struct exec_grant nothing = {0};
static const struct exec_grant set_root = {.sets_uid = true};

static struct credentials user(uint32_t uid)
{
    return (struct credentials){.uid = uid,
                                .euid = uid,
                                .suid = uid,
                                .fsuid = uid,
                                .gid = uid,
                                .egid = uid,
                                .sgid = uid,
                                .fsgid = uid,
                                .bounding = CAPABILITIES_ALL};
}

TEST("a plain program of a plain user gives nothing and is not secure")
{
    struct credentials who = user(1000);
    bool secure;

    CHECK_EQUAL(credentials_execute(&who, &nothing, false, &secure), 0);
    CHECK(!secure && who.euid == 1000 && who.permitted == 0);
    who.inheritable = KILL;
    who.permitted = who.effective = CHOWN;
    CHECK_EQUAL(credentials_execute(&who, &nothing, false, &secure), 0);
    CHECK_EQUAL(who.permitted | who.effective, 0);
    CHECK_EQUAL(who.inheritable, KILL);
}

TEST("set-user-id root gives user 0 and its capabilities; the real user stays")
{
    struct credentials who = user(1000);
    bool secure;

    who.bounding &= ~NICE;
    CHECK_EQUAL(credentials_execute(&who, &set_root, false, &secure), 0);
    CHECK(secure && who.uid == 1000 && who.euid == 0 && who.suid == 0 && who.fsuid == 0);
    CHECK_EQUAL(who.effective, CAPABILITIES_ALL & ~NICE);
    CHECK_EQUAL(who.permitted, who.effective);
    CHECK_EQUAL(who.gid, who.egid);
}

TEST("set-user-id and set-group-id of others change the numbers alone")
{
    const struct exec_grant grant = {.sets_uid = true, .sets_gid = true, .uid = 5, .gid = 6};
    struct credentials who = user(1000);
    bool secure;

    CHECK_EQUAL(credentials_execute(&who, &grant, false, &secure), 0);
    CHECK(secure && who.euid == 5 && who.suid == 5 && who.egid == 6 && who.sgid == 6);
    CHECK_EQUAL(who.permitted, 0);
    who = credentials_of_root; /* root who runs it keeps its capabilities permitted */
    CHECK_EQUAL(credentials_execute(&who, &grant, false, &secure), 0);
    CHECK_EQUAL(who.permitted, CAPABILITIES_ALL);
    CHECK_EQUAL(who.effective, 0);
    CHECK(secure);
}

TEST("neither with no_new_privs nor with a shared directory does a file give more")
{
    struct credentials who = user(1000);
    bool secure;

    who.no_new_privileges = true;
    CHECK_EQUAL(credentials_execute(&who, &set_root, false, &secure), 0);
    CHECK(who.euid == 1000 && who.permitted == 0 && !secure);
    who = user(1000);
    CHECK_EQUAL(credentials_execute(&who, &set_root, true, &secure), 0);
    CHECK(who.euid == 1000 && who.suid == 1000 && who.permitted == 0 && secure);
    const struct exec_grant gives = {
        .has_capabilities = true, .makes_effective = true, .permitted = KILL};
    who = user(1000);
    who.no_new_privileges = true;
    CHECK_EQUAL(credentials_execute(&who, &gives, false, &secure), 0);
    CHECK_EQUAL(who.permitted | who.effective, 0);
}

TEST("capabilities of a file are cut to the bounding set, and those it must have are demanded")
{
    struct exec_grant gives = {
        .has_capabilities = true, .permitted = KILL | NICE, .inheritable = CHOWN};
    struct credentials who = user(1000);
    bool secure;

    who.bounding = KILL | CHOWN;
    who.inheritable = CHOWN;
    CHECK_EQUAL(credentials_execute(&who, &gives, false, &secure), 0);
    CHECK_EQUAL(who.permitted, KILL | CHOWN);
    CHECK_EQUAL(who.effective, 0);
    CHECK(secure);
    gives.makes_effective = true;
    CHECK_EQUAL(credentials_execute(&who, &gives, false, &secure), -EPERM);
    who = user(1000);
    CHECK_EQUAL(credentials_execute(&who, &gives, false, &secure), 0);
    CHECK_EQUAL(who.effective, KILL | NICE);
}

TEST("ambient capabilities survive a plain program, and no other")
{
    const struct exec_grant gives = {.has_capabilities = true};
    struct credentials who = user(1000), same;
    bool secure;

    who.ambient = who.inheritable = who.permitted = KILL;
    same = who;
    CHECK_EQUAL(credentials_execute(&who, &nothing, false, &secure), 0);
    CHECK(who.effective == KILL && who.permitted == KILL && who.ambient == KILL && !secure);
    who = same;
    CHECK_EQUAL(credentials_execute(&who, &gives, false, &secure), 0);
    CHECK_EQUAL(who.effective | who.ambient, 0);
    who = same;
    CHECK_EQUAL(credentials_execute(&who, &set_root, false, &secure), 0);
    CHECK_EQUAL(who.ambient, 0);
}

TEST("SECURE_NO_ROOT makes user 0 one like others; keep-caps ends with the program")
{
    struct credentials who = credentials_of_root;
    bool secure;

    who.secure_bits = SECURE_NO_ROOT | SECURE_KEEP_CAPS;
    CHECK_EQUAL(credentials_execute(&who, &nothing, false, &secure), 0);
    CHECK_EQUAL(who.permitted | who.effective, 0);
    CHECK_EQUAL(who.secure_bits, SECURE_NO_ROOT);
}

TEST("whatever is executed, capabilities stay within their bounds")
{
    for (int round = 0; round < 20000; round++) {
        struct credentials who = user((uint32_t)unit_random_below(3)), old;
        const struct exec_grant grant = {.sets_uid = unit_random_below(2),
                                         .sets_gid = unit_random_below(2),
                                         .uid = (uint32_t)unit_random_below(3),
                                         .has_capabilities = unit_random_below(2),
                                         .makes_effective = unit_random_below(2),
                                         .permitted = unit_random() & 0xff,
                                         .inheritable = unit_random() & 0xff};
        bool secure, shared = unit_random_below(2);

        who.bounding = unit_random() & 0xff;
        who.permitted = unit_random() & 0xff;
        who.effective = unit_random() & who.permitted;
        who.inheritable = unit_random() & 0xff;
        who.ambient = unit_random() & who.permitted & who.inheritable;
        who.secure_bits = unit_random_below(2) ? SECURE_NO_ROOT : 0;
        who.no_new_privileges = unit_random_below(2);
        old = who;
        if (credentials_execute(&who, &grant, shared, &secure) < 0)
            continue;
        CHECK(sound(&who));
        CHECK(who.bounding == old.bounding && who.inheritable == old.inheritable);
        CHECK(!(who.permitted & ~(who.bounding | who.inheritable | old.ambient)));
        CHECK(who.uid == old.uid && who.suid == who.euid && who.fsuid == who.euid);
        if (old.no_new_privileges)
            CHECK(!(who.permitted & ~old.permitted) &&
                  (who.euid == old.euid || who.euid == old.uid));
    }
}

/* ---- the calls ------------------------------------------------------------------------------- */

static long get(uint32_t version, int pid, uint32_t data[6])
{
    memcpy(guest(0x300000), &(const struct {
               uint32_t version;
               int32_t pid;
           }){version, pid},
           8);
    memset(guest(0x300100), 0, 24);
    long result = call(capget, guest(0x300000), guest(0x300100));
    memcpy(data, guest(0x300100), 24);
    return result;
}

TEST("capget knows three versions, and says which is the newest")
{
    uint32_t data[6], version;

    world_begin();
    CHECK_EQUAL(get(0x20080522, 0, data), 0);
    CHECK(data[0] == UINT32_MAX && data[1] == UINT32_MAX && data[2] == 0 && data[3] == 0x1ff);
    CHECK_EQUAL(get(0x19980330, 0, data), 0);
    CHECK(data[0] == UINT32_MAX && data[3] == 0);
    CHECK_EQUAL(get(0x20080522, -1, data), -EINVAL);
    CHECK_EQUAL(get(0x20080522, 77, data), -ESRCH);
    CHECK_EQUAL(get(1, 0, data), -EINVAL);
    memcpy(&version, guest(0x300000), 4);
    CHECK_EQUAL(version, 0x20080522);
    memset(guest(0x300000), 0, 8);
    CHECK_EQUAL(call(capget, guest(0x300000), 0), 0); /* how libcap asks for the version */
    CHECK_EQUAL(call(capget, GUEST_BAD, 0), -EFAULT);
    world_end();
}

TEST("capset changes the caller and nobody else")
{
    uint32_t *header = guest(0x300000), *data = guest(0x300100);

    world_begin();
    header[0] = 0x20080522;
    header[1] = 77;
    CHECK_EQUAL(call(capset, header, data), -EPERM);
    header[1] = 0;
    memset(data, 0, 24);
    data[0] = data[1] = (uint32_t)KILL;
    CHECK_EQUAL(call(capset, header, data), 0);
    CHECK(current_has(CAP_KILL) && !current_has(CAP_CHOWN));
    CHECK_EQUAL(call(capset, header, GUEST_BAD), -EFAULT);
    data[1] = UINT32_MAX;
    CHECK_EQUAL(call(capset, header, data), -EPERM);
    CHECK_EQUAL(credentials_current()->permitted, KILL);
    world_end();
}

/* ---- what a file has ------------------------------------------------------------------------- */

static void set_file_capabilities(const char *path, uint32_t permitted)
{
    uint32_t *data = guest(0x300000);

    memset(data, 0, 20);
    data[0] = 0x02000001;
    data[1] = permitted;
    CHECK_EQUAL(call(setxattr, guest_text(path), guest_text("security.capability"), data, 20, 0),
                0);
}

static struct exec_grant grant_of(const char *path)
{
    struct exec_grant grant = {0};
    int fd = do_open(path, O_RDONLY, 0);
    struct file *file = fd_file(fd);

    exec_grant_of(file->inode, &grant);
    file_put(file);
    call(close, fd);
    return grant;
}

TEST("a file's capabilities are read from its attribute, and a write takes them away")
{
    world_begin();
    make_file("/f", "x");
    CHECK(!grant_of("/f").has_capabilities);
    set_file_capabilities("/f", (uint32_t)KILL);
    struct exec_grant grant = grant_of("/f");
    CHECK(grant.has_capabilities && grant.makes_effective && grant.permitted == KILL);
    make_file("/f", "y");
    CHECK(!grant_of("/f").has_capabilities);
    set_file_capabilities("/f", (uint32_t)KILL);
    CHECK_EQUAL(call(chown, guest_text("/f"), 0, 0), 0);
    CHECK(!grant_of("/f").has_capabilities);
    world_end();
}

TEST("only CAP_SETFCAP sets capabilities of files, and only well-formed ones")
{
    uint32_t *data = guest(0x300000);

    world_begin();
    make_file("/f", "x");
    call(chown, guest_text("/f"), 1000, 1000);
    memset(data, 0, 24);
    CHECK_EQUAL(call(setxattr, guest_text("/f"), guest_text("security.capability"), data, 20, 0),
                -EINVAL);
    data[0] = 0x02000000;
    CHECK_EQUAL(call(setxattr, guest_text("/f"), guest_text("security.capability"), data, 24, 0),
                -EINVAL);
    become(1000, 1000);
    CHECK_EQUAL(call(setxattr, guest_text("/f"), guest_text("security.capability"), data, 20, 0),
                -EPERM);
    world_end();
}

TEST("set-id bits count where the mount lets them, set-group-id with execution by the group")
{
    world_begin();
    make_file("/f", "x");
    call(chown, guest_text("/f"), 5, 6);
    call(chmod, guest_text("/f"), 06745);
    CHECK(grant_of("/f").sets_uid && !grant_of("/f").sets_gid && grant_of("/f").uid == 5);
    call(chmod, guest_text("/f"), 06755);
    CHECK(grant_of("/f").sets_gid && grant_of("/f").gid == 6);
    make_file("/dev/f", "x");
    call(chmod, guest_text("/dev/f"), 06755);
    CHECK(!grant_of("/dev/f").sets_uid && !grant_of("/dev/f").sets_gid);
    world_end();
}
