/*
 * test_credentials.c - users and groups: who may take which number, and what follows.
 */
#include "tests/unit/linux/shim.h"

/* A set-user-id program of user 5 that user 1 runs, and its groups. */
static struct credentials plain(void)
{
    return (struct credentials){.uid = 1,
                                .euid = 5,
                                .suid = 5,
                                .fsuid = 5,
                                .gid = 11,
                                .egid = 15,
                                .sgid = 15,
                                .fsgid = 15,
                                .bounding = CAPABILITIES_ALL};
}

static bool users_are(const struct credentials *who, uint32_t uid, uint32_t euid, uint32_t suid,
                      uint32_t fsuid)
{
    return who->uid == uid && who->euid == euid && who->suid == suid && who->fsuid == fsuid;
}

static bool groups_are(const struct credentials *who, uint32_t gid, uint32_t egid, uint32_t sgid,
                       uint32_t fsgid)
{
    return who->gid == gid && who->egid == egid && who->sgid == sgid && who->fsgid == fsgid;
}

#define TO(...)                                                                                    \
    (const uint32_t[3]) { __VA_ARGS__ }

TEST("setuid of a plain user takes the real or the saved user, and nothing else")
{
    struct credentials who = plain();

    CHECK_EQUAL(credentials_set_uid(&who, TO(1)), 0);
    CHECK(users_are(&who, 1, 1, 5, 1));
    CHECK_EQUAL(credentials_set_uid(&who, TO(5)), 0);
    CHECK(users_are(&who, 1, 5, 5, 5));
    CHECK_EQUAL(credentials_set_uid(&who, TO(2)), -EPERM);
    CHECK_EQUAL(credentials_set_uid(&who, TO(0)), -EPERM);
    CHECK_EQUAL(credentials_set_uid(&who, TO(ID_UNCHANGED)), -EINVAL);
    CHECK(users_are(&who, 1, 5, 5, 5));
}

TEST("setuid with CAP_SETUID sets all users, setgid with CAP_SETGID all groups")
{
    struct credentials who = plain();

    who.effective = who.permitted = CAPABILITY_BIT(CAP_SETUID);
    CHECK_EQUAL(credentials_set_gid(&who, TO(9)), -EPERM);
    CHECK_EQUAL(credentials_set_uid(&who, TO(9)), 0);
    CHECK(users_are(&who, 9, 9, 9, 9));
    who.effective = CAPABILITY_BIT(CAP_SETGID);
    CHECK_EQUAL(credentials_set_uid(&who, TO(1)), -EPERM);
    CHECK_EQUAL(credentials_set_gid(&who, TO(9)), 0);
    CHECK(groups_are(&who, 9, 9, 9, 9));
}

TEST("setreuid swaps real and effective user, and the saved one follows")
{
    struct credentials who = plain();

    CHECK_EQUAL(credentials_set_reuid(&who, TO(5, 1)), 0);
    CHECK(users_are(&who, 5, 1, 1, 1));
    who = plain();
    CHECK_EQUAL(credentials_set_reuid(&who, TO(ID_UNCHANGED, 1)), 0);
    CHECK(users_are(&who, 1, 1, 5, 1)); /* only back to the real one: the saved one stays */
    CHECK_EQUAL(credentials_set_reuid(&who, TO(ID_UNCHANGED, 5)), 0);
    CHECK(users_are(&who, 1, 5, 5, 5));
    who.suid = 7;
    CHECK_EQUAL(credentials_set_reuid(&who, TO(7, ID_UNCHANGED)), -EPERM);
    CHECK_EQUAL(credentials_set_reuid(&who, TO(1, 8)), -EPERM);
    CHECK_EQUAL(credentials_set_reuid(&who, TO(ID_UNCHANGED, 7)), 0);
    CHECK(users_are(&who, 1, 7, 7, 7));
}

TEST("setresuid takes any of the three for each, or nothing at all")
{
    struct credentials who = plain();

    CHECK_EQUAL(credentials_set_resuid(&who, TO(5, 1, 1)), 0);
    CHECK(users_are(&who, 5, 1, 1, 1));
    CHECK_EQUAL(credentials_set_resuid(&who, TO(1, 5, 6)), -EPERM);
    CHECK(users_are(&who, 5, 1, 1, 1));
    who.fsuid = 5;
    CHECK_EQUAL(credentials_set_resuid(&who, TO(5, ID_UNCHANGED, 1)), 0);
    CHECK_EQUAL(who.fsuid, 5); /* nothing changed, so it stays as well */
    CHECK_EQUAL(credentials_set_resuid(&who, TO(1, ID_UNCHANGED, ID_UNCHANGED)), 0);
    CHECK(users_are(&who, 1, 1, 1, 1));
}

TEST("the calls about groups have the same rules, and leave capabilities alone")
{
    struct credentials who = plain();

    CHECK_EQUAL(credentials_set_regid(&who, TO(15, 11)), 0);
    CHECK(groups_are(&who, 15, 11, 11, 11));
    CHECK_EQUAL(credentials_set_resgid(&who, TO(ID_UNCHANGED, 15, 12)), -EPERM);
    CHECK_EQUAL(credentials_set_resgid(&who, TO(ID_UNCHANGED, 15, ID_UNCHANGED)), 0);
    CHECK(groups_are(&who, 15, 15, 11, 15));
    CHECK_EQUAL(credentials_set_gid(&who, TO(11)), 0);
    CHECK(groups_are(&who, 15, 11, 11, 11));
    who = credentials_of_root;
    CHECK_EQUAL(credentials_set_resgid(&who, TO(7, 7, 7)), 0);
    CHECK_EQUAL(who.effective, CAPABILITIES_ALL);
    CHECK_EQUAL(who.permitted, CAPABILITIES_ALL);
}

TEST("the file system's user is one of the four, or any with CAP_SETUID")
{
    struct credentials who = plain();

    credentials_set_fsuid(&who, 1);
    CHECK_EQUAL(who.fsuid, 1);
    credentials_set_fsuid(&who, 2);
    CHECK_EQUAL(who.fsuid, 1);
    credentials_set_fsuid(&who, ID_UNCHANGED);
    CHECK_EQUAL(who.fsuid, 1);
    credentials_set_fsgid(&who, 11);
    CHECK_EQUAL(who.fsgid, 11);
    credentials_set_fsgid(&who, 2);
    CHECK_EQUAL(who.fsgid, 11);
    who.effective = CAPABILITY_BIT(CAP_SETUID);
    credentials_set_fsuid(&who, 2);
    CHECK(users_are(&who, 1, 5, 5, 2));
}

TEST("setfsuid and setfsgid answer with the old number whatever they do")
{
    world_begin();
    CHECK_EQUAL(call(setfsuid, 7), 0);
    CHECK_EQUAL(call(setfsuid, -1), 7);
    CHECK_EQUAL(call(setfsgid, 8), 0);
    CHECK_EQUAL(call(setfsgid, -1), 8);
    world_end();
}

TEST("further groups are kept in order, and count up to the last")
{
    uint32_t *given = guest(0x300000), *told = guest(0x400000);

    world_begin();
    for (uint32_t i = 0; i < 1000; i++)
        given[i] = (i * 7919 + 13) % 1000 * 3;
    CHECK_EQUAL(call(setgroups, 1000, given), 0);
    CHECK_EQUAL(call(getgroups, 0, 0), 1000);
    CHECK_EQUAL(call(getgroups, 999, told), -EINVAL);
    CHECK_EQUAL(call(getgroups, -1, told), -EINVAL);
    CHECK_EQUAL(call(getgroups, 1000, GUEST_BAD), -EFAULT);
    CHECK_EQUAL(call(getgroups, 1000, told), 1000);
    for (uint32_t i = 0; i < 1000; i++) {
        CHECK_EQUAL(told[i], i * 3);
        CHECK(credentials_in_group(credentials_current(), i * 3));
        CHECK(!credentials_in_group(credentials_current(), i * 3 + 1));
    }
    CHECK_EQUAL(call(setgroups, 65537, given), -EINVAL);
    CHECK_EQUAL(call(setgroups, 4, GUEST_BAD), -EFAULT);
    given[3] = ID_UNCHANGED;
    CHECK_EQUAL(call(setgroups, 4, given), -EINVAL);
    CHECK_EQUAL(call(getgroups, 0, 0), 1000);
    CHECK_EQUAL(call(setgroups, 0, 0), 0);
    CHECK_EQUAL(call(getgroups, 0, 0), 0);
    become(1000, 1000);
    CHECK_EQUAL(call(setgroups, 0, 0), -EPERM);
    world_end();
}

TEST("a refused call changes nothing, and one that gives up rights guards the process")
{
    world_begin();
    shim.guarded = 0;
    CHECK_EQUAL(call(setresuid, 1000, 1000, 1000), 0);
    CHECK_EQUAL(shim.guarded, 1);
    CHECK_EQUAL(call(setuid, 0), -EPERM);
    CHECK_EQUAL(call(setresgid, 5, 5, 5), -EPERM);
    CHECK_EQUAL(call(setreuid, 1000, 1000), 0);
    CHECK_EQUAL(shim.guarded, 1);
    uint32_t *told = guest(0x300000);
    CHECK_EQUAL(call(getresuid, told, told + 1, told + 2), 0);
    CHECK(told[0] == 1000 && told[1] == 1000 && told[2] == 1000);
    CHECK_EQUAL(call(getresgid, told, told + 1, GUEST_BAD), -EFAULT);
    CHECK_EQUAL(call(getgid, 0), 0);
    world_end();
}
