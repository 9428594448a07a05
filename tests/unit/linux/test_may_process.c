/*
 * test_may_process.c - what may be done with other processes and their IPC objects.
 */
#include "servers/linux/ipc.h"
#include "servers/linux/may.h"
#include "servers/linux/socket_abi.h"
#include "tests/unit/linux/shim.h"
#include "tests/unit/linux/user.h"

TEST("a signal goes to whose real or saved user is the sender's real or effective one")
{
    for (uint32_t mask = 0; mask < 81; mask++) {
        struct credentials who = user(0, 0), whom = user(0, 0);
        who.uid = mask % 3;
        who.euid = mask / 3 % 3;
        whom.uid = mask / 9 % 3;
        whom.suid = mask / 27 % 3;
        whom.euid = whom.fsuid = 9;
        const bool same = who.uid == whom.uid || who.uid == whom.suid || who.euid == whom.uid ||
                          who.euid == whom.suid;
        CHECK_EQUAL(may_signal(&who, &whom), same ? 0 : -EPERM);
        const struct credentials kills = with(who, CAP_KILL);
        CHECK_EQUAL(may_signal(&kills, &whom), 0);
    }
}

TEST("one looks into processes that are wholly one's own, dumpable, and have no more")
{
    const struct credentials who = user(7, 7), traces = with(user(8, 8), CAP_SYS_PTRACE);
    const struct credentials strong = with(user(7, 7), CAP_KILL);
    struct credentials whom = user(7, 7);

    CHECK_EQUAL(may_inspect(&who, &whom, true, INSPECT_BY_FILES), 0);
    CHECK_EQUAL(may_inspect(&who, &whom, false, INSPECT_BY_FILES), -EPERM);
    CHECK_EQUAL(may_inspect(&who, &strong, true, INSPECT_BY_FILES), -EPERM);
    CHECK_EQUAL(may_inspect(&strong, &whom, true, INSPECT_BY_FILES), 0);
    whom.suid = 0;
    CHECK_EQUAL(may_inspect(&who, &whom, true, INSPECT_BY_FILES), -EPERM);
    whom = user(7, 8);
    CHECK_EQUAL(may_inspect(&who, &whom, true, INSPECT_BY_CALL), -EPERM);
    CHECK_EQUAL(may_inspect(&traces, &strong, false, INSPECT_BY_CALL), 0);
}

TEST("files of /proc are judged by the file system's user, calls by the real one")
{
    struct credentials who = user(7, 7);
    const struct credentials whom = user(7, 7);

    who.fsuid = 8;
    CHECK_EQUAL(may_inspect(&who, &whom, true, INSPECT_BY_FILES), -EPERM);
    CHECK_EQUAL(may_inspect(&who, &whom, true, INSPECT_BY_CALL), 0);
    who = user(7, 7);
    who.uid = 8;
    CHECK_EQUAL(may_inspect(&who, &whom, true, INSPECT_BY_FILES), 0);
    CHECK_EQUAL(may_inspect(&who, &whom, true, INSPECT_BY_CALL), -EPERM);
}

TEST("limits are set for one's own processes, or with CAP_SYS_RESOURCE")
{
    const struct credentials who = user(7, 7), may = with(user(8, 8), CAP_SYS_RESOURCE);
    struct credentials whom = user(7, 7);

    CHECK_EQUAL(may_limit(&who, &whom), 0);
    whom.egid = 8;
    CHECK_EQUAL(may_limit(&who, &whom), -EPERM);
    CHECK_EQUAL(may_limit(&may, &whom), 0);
}

TEST("one schedules one's own user's processes that have no more than oneself")
{
    struct credentials who = user(7, 7);
    const struct credentials same = user(7, 9), other = user(8, 7);
    const struct credentials strong = with(user(7, 7), CAP_KILL);
    const struct credentials nices = with(user(8, 8), CAP_SYS_NICE);

    CHECK_EQUAL(may_schedule(&who, &same), 0);
    CHECK_EQUAL(may_schedule(&who, &other), -EPERM);
    CHECK_EQUAL(may_schedule(&who, &strong), -EPERM);
    CHECK_EQUAL(may_schedule(&nices, &strong), 0);
    who.uid = 8; /* the effective user counts */
    CHECK_EQUAL(may_schedule(&who, &same), 0);
    CHECK_EQUAL(may_schedule(&who, &other), -EPERM);
}

TEST("a nice value gets better within its limit, of one's own user's processes that have no more")
{
    const struct credentials who = user(7, 7), same = user(7, 9), other = user(8, 7);
    const struct credentials strong = with(user(7, 7), CAP_KILL);
    const struct credentials nices = with(user(8, 8), CAP_SYS_NICE);

    CHECK_EQUAL(may_renice(&who, &same, true), 0);
    CHECK_EQUAL(may_renice(&who, &same, false), -EACCES);
    CHECK_EQUAL(may_renice(&who, &other, true), -EPERM);
    CHECK_EQUAL(may_renice(&who, &strong, true), -EPERM);
    CHECK_EQUAL(may_renice(&who, &strong, false), -EACCES);
    CHECK_EQUAL(may_renice(&nices, &strong, false), 0);
}

TEST("one says of oneself what is true, and the rest with a capability for each")
{
    struct credentials who = user(7, 17);
    const struct linux_ucred self = {5, 7, 17}, pid = {6, 7, 17}, uid = {5, 8, 17},
                             gid = {5, 7, 18};

    who.suid = 9;
    CHECK_EQUAL(may_claim(&who, 5, &self), 0);
    CHECK_EQUAL(may_claim(&who, 5, &(struct linux_ucred){5, 9, 17}), 0);
    CHECK_EQUAL(may_claim(&who, 5, &pid), -EPERM);
    CHECK_EQUAL(may_claim(&who, 5, &uid), -EPERM);
    CHECK_EQUAL(may_claim(&who, 5, &gid), -EPERM);
    const struct credentials admin = with(who, CAP_SYS_ADMIN), users = with(who, CAP_SETUID);
    const struct credentials groups = with(who, CAP_SETGID);
    CHECK_EQUAL(may_claim(&admin, 5, &pid), 0);
    CHECK_EQUAL(may_claim(&admin, 5, &uid), -EPERM);
    CHECK_EQUAL(may_claim(&users, 5, &uid), 0);
    CHECK_EQUAL(may_claim(&groups, 5, &gid), 0);
}

TEST("a shared segment has two owners and two groups")
{
    const struct linux_ipc_perm perm = {.uid = 1, .gid = 11, .cuid = 2, .cgid = 12, .mode = 0640};
    const struct credentials owner = user(1, 1), creator = user(2, 2), member = user(3, 11);
    const struct credentials other = user(4, 4), ipc = with(user(4, 4), CAP_IPC_OWNER);
    const struct credentials creators_group = user(3, 12), admin = with(other, CAP_SYS_ADMIN);

    CHECK_EQUAL(may_use_ipc(&owner, &perm, 0600), 0);
    CHECK_EQUAL(may_use_ipc(&owner, &perm, 0006), 0);
    CHECK_EQUAL(may_use_ipc(&owner, &perm, 0001), -EACCES);
    CHECK_EQUAL(may_use_ipc(&creator, &perm, 0600), 0);
    CHECK_EQUAL(may_use_ipc(&member, &perm, 0400), 0);
    CHECK_EQUAL(may_use_ipc(&creators_group, &perm, 0400), 0);
    CHECK_EQUAL(may_use_ipc(&member, &perm, 0600), -EACCES);
    CHECK_EQUAL(may_use_ipc(&other, &perm, 0400), -EACCES);
    CHECK_EQUAL(may_use_ipc(&ipc, &perm, 0600), 0);
    CHECK_EQUAL(may_change_ipc(&creator, &perm), 0);
    CHECK_EQUAL(may_change_ipc(&member, &perm), -EPERM);
    CHECK_EQUAL(may_change_ipc(&ipc, &perm), -EPERM);
    CHECK_EQUAL(may_change_ipc(&admin, &perm), 0);
}
