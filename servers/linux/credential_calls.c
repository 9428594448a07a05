/*
 * credential_calls.c - user and group numbers of a thread.
 *
 * Everything starts as root; the set calls keep Linux's rules, so that a program which gives up its
 * rights really loses them (file permissions: inode_permission). The numbers belong to the thread,
 * as on Linux; libraries change all threads of a process one by one.
 */
#include "servers/linux/signal.h"
#include "servers/linux/sys.h"

#define UNCHANGED UINT32_MAX

static struct credentials *own(void) { return &thread_self()->context.credentials; }

static bool privileged(void) { return own()->euid == 0; }

SYSCALL(getuid)
{
    (void)args;
    return own()->uid;
}

SYSCALL(geteuid)
{
    (void)args;
    return own()->euid;
}

SYSCALL(getgid)
{
    (void)args;
    return own()->gid;
}

SYSCALL(getegid)
{
    (void)args;
    return own()->egid;
}

/* May an unprivileged thread take this number for one of its three? */
static bool uid_allowed(uint32_t uid)
{
    return uid == UNCHANGED || privileged() || uid == own()->uid || uid == own()->euid ||
           uid == own()->suid;
}

static bool gid_allowed(uint32_t gid)
{
    return gid == UNCHANGED || privileged() || gid == own()->gid || gid == own()->egid ||
           gid == own()->sgid;
}

SYSCALL(setuid)
{
    struct credentials *who = own();
    uint32_t uid = (uint32_t)args[0];

    if (uid == UNCHANGED)
        return -EINVAL;
    if (privileged())
        who->uid = who->suid = uid;
    else if (uid != who->uid && uid != who->suid)
        return -EPERM;
    who->euid = who->fsuid = uid;
    return 0;
}

SYSCALL(setgid)
{
    struct credentials *who = own();
    uint32_t gid = (uint32_t)args[0];

    if (gid == UNCHANGED)
        return -EINVAL;
    if (privileged())
        who->gid = who->sgid = gid;
    else if (gid != who->gid && gid != who->sgid)
        return -EPERM;
    who->egid = who->fsgid = gid;
    return 0;
}

SYSCALL(setreuid)
{
    struct credentials *who = own();
    uint32_t uid = (uint32_t)args[0], euid = (uint32_t)args[1], old_uid = who->uid;

    if (!(uid == UNCHANGED || privileged() || uid == who->uid || uid == who->euid) ||
        !uid_allowed(euid))
        return -EPERM;
    if (uid != UNCHANGED)
        who->uid = uid;
    if (euid != UNCHANGED)
        who->euid = euid;
    if (uid != UNCHANGED || (euid != UNCHANGED && euid != old_uid))
        who->suid = who->euid;
    who->fsuid = who->euid;
    return 0;
}

SYSCALL(setregid)
{
    struct credentials *who = own();
    uint32_t gid = (uint32_t)args[0], egid = (uint32_t)args[1], old_gid = who->gid;

    if (!(gid == UNCHANGED || privileged() || gid == who->gid || gid == who->egid) ||
        !gid_allowed(egid))
        return -EPERM;
    if (gid != UNCHANGED)
        who->gid = gid;
    if (egid != UNCHANGED)
        who->egid = egid;
    if (gid != UNCHANGED || (egid != UNCHANGED && egid != old_gid))
        who->sgid = who->egid;
    who->fsgid = who->egid;
    return 0;
}

SYSCALL(setresuid)
{
    struct credentials *who = own();
    uint32_t uid = (uint32_t)args[0], euid = (uint32_t)args[1], suid = (uint32_t)args[2];

    if (!uid_allowed(uid) || !uid_allowed(euid) || !uid_allowed(suid))
        return -EPERM;
    if (uid != UNCHANGED)
        who->uid = uid;
    if (euid != UNCHANGED)
        who->euid = who->fsuid = euid;
    if (suid != UNCHANGED)
        who->suid = suid;
    return 0;
}

SYSCALL(setresgid)
{
    struct credentials *who = own();
    uint32_t gid = (uint32_t)args[0], egid = (uint32_t)args[1], sgid = (uint32_t)args[2];

    if (!gid_allowed(gid) || !gid_allowed(egid) || !gid_allowed(sgid))
        return -EPERM;
    if (gid != UNCHANGED)
        who->gid = gid;
    if (egid != UNCHANGED)
        who->egid = who->fsgid = egid;
    if (sgid != UNCHANGED)
        who->sgid = sgid;
    return 0;
}

static long write_three(const uint64_t args[6], uint32_t first, uint32_t second, uint32_t third)
{
    if (user_write(uaddr(args[0]), &first, sizeof(first)) < 0 ||
        user_write(uaddr(args[1]), &second, sizeof(second)) < 0)
        return -EFAULT;
    return user_write(uaddr(args[2]), &third, sizeof(third));
}

SYSCALL(getresuid) { return write_three(args, own()->uid, own()->euid, own()->suid); }

SYSCALL(getresgid) { return write_three(args, own()->gid, own()->egid, own()->sgid); }

/* Both return the old number, whether or not they change it. */
SYSCALL(setfsuid)
{
    struct credentials *who = own();
    uint32_t old = who->fsuid, uid = (uint32_t)args[0];
    if (uid != UNCHANGED && (uid == old || uid_allowed(uid)))
        who->fsuid = uid;
    return old;
}

SYSCALL(setfsgid)
{
    struct credentials *who = own();
    uint32_t old = who->fsgid, gid = (uint32_t)args[0];
    if (gid != UNCHANGED && (gid == old || gid_allowed(gid)))
        who->fsgid = gid;
    return old;
}

SYSCALL(getgroups)
{
    const struct credentials *who = own();
    int capacity = arg_int(args[0]);

    if (capacity < 0 || (capacity > 0 && (uint32_t)capacity < who->group_count))
        return -EINVAL;
    if (capacity > 0 &&
        user_write(uaddr(args[1]), who->groups, who->group_count * sizeof(who->groups[0])) < 0)
        return -EFAULT;
    return who->group_count;
}

SYSCALL(setgroups)
{
    uint32_t groups[CREDENTIAL_GROUPS];
    uint64_t count = args[0];

    if (!privileged())
        return -EPERM;
    if (count > CREDENTIAL_GROUPS)
        return -EINVAL; /* Linux allows 65536: CAVEATS.md */
    if (user_read(groups, uaddr(args[1]), count * sizeof(groups[0])) < 0)
        return -EFAULT;
    for (unsigned i = 0; i < count; i++)
        own()->groups[i] = groups[i];
    own()->group_count = (uint32_t)count;
    return 0;
}

/* ---- capabilities (Linux's) ------------------------------------------------------------------ */

#define CAPABILITY_VERSION_3 0x20080522u
#define CAPABILITY_WORDS     2

struct capability_header {
    uint32_t version;
    int32_t pid;
};

struct capability_data {
    uint32_t effective;
    uint32_t permitted;
    uint32_t inheritable;
};

static long check_header(uint64_t address)
{
    struct capability_header header;
    if (user_read(&header, uaddr(address), sizeof(header)) < 0)
        return -EFAULT;
    if (header.version == CAPABILITY_VERSION_3)
        return 0;
    header.version = CAPABILITY_VERSION_3;
    return user_write(uaddr(address), &header, sizeof(header)) < 0 ? -EFAULT : -EINVAL;
}

/* Root has all of them, everybody else none. */
SYSCALL(capget)
{
    struct capability_data data[CAPABILITY_WORDS] = {0};
    long error = check_header(args[0]);

    if (error < 0)
        return args[1] == 0 && error == -EINVAL ? 0 : error;
    if (privileged()) {
        data[0].effective = data[0].permitted = UINT32_MAX;
        data[1].effective = data[1].permitted = 0x1ff;
    }
    return args[1] ? user_write(uaddr(args[1]), data, sizeof(data)) : 0;
}

SYSCALL(capset)
{
    long error = check_header(args[0]);
    return error < 0 ? error : -EPERM; /* single capabilities cannot be dropped */
}
