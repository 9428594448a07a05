/*
 * credential_calls.c - the calls about users, groups and capabilities.
 *
 * The rules are in credentials.c and capabilities.c. The numbers belong to the thread, as on Linux;
 * libraries change all threads of a process one by one.
 */
#include "servers/linux/sys.h"

static const struct credentials *own(void) { return &context_current()->credentials; }

/* ---- numbers --------------------------------------------------------------------------------- */

#define GET_CALL(name, member)                                                                     \
    SYSCALL(name)                                                                                  \
    {                                                                                              \
        (void)args;                                                                                \
        return own()->member;                                                                      \
    }

GET_CALL(getuid, uid)
GET_CALL(geteuid, euid)
GET_CALL(getgid, gid)
GET_CALL(getegid, egid)

/* The rule works on a copy, which becomes the thread's own if the rule says yes. */
static long set_numbers(const uint64_t args[6], credentials_rule_t *rule)
{
    const uint32_t to[3] = {(uint32_t)args[0], (uint32_t)args[1], (uint32_t)args[2]};
    struct credentials fresh = *own();
    int status = rule(&fresh, to);

    if (status == 0)
        credentials_commit(&fresh);
    return status;
}

SYSCALL(setuid) { return set_numbers(args, credentials_set_uid); }

SYSCALL(setgid) { return set_numbers(args, credentials_set_gid); }

SYSCALL(setreuid) { return set_numbers(args, credentials_set_reuid); }

SYSCALL(setregid) { return set_numbers(args, credentials_set_regid); }

SYSCALL(setresuid) { return set_numbers(args, credentials_set_resuid); }

SYSCALL(setresgid) { return set_numbers(args, credentials_set_resgid); }

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
    struct credentials fresh = *own();
    const uint32_t old = fresh.fsuid;

    credentials_set_fsuid(&fresh, (uint32_t)args[0]);
    if (fresh.fsuid != old)
        credentials_commit(&fresh);
    return old;
}

SYSCALL(setfsgid)
{
    struct credentials fresh = *own();
    const uint32_t old = fresh.fsgid;

    credentials_set_fsgid(&fresh, (uint32_t)args[0]);
    if (fresh.fsgid != old)
        credentials_commit(&fresh);
    return old;
}

/* ---- groups ---------------------------------------------------------------------------------- */

SYSCALL(getgroups)
{
    const struct group_list *groups = own()->groups;
    const uint32_t count = groups ? groups->count : 0;
    const int room = arg_int(args[0]);

    if (room < 0 || (room > 0 && (uint32_t)room < count))
        return -EINVAL;
    if (room > 0 && count > 0 &&
        user_write(uaddr(args[1]), groups->gids, count * sizeof(groups->gids[0])) < 0)
        return -EFAULT;
    return count;
}

SYSCALL(setgroups)
{
    struct credentials fresh = *own();
    const uint32_t count = (uint32_t)args[0];

    if (!current_has(CAP_SETGID))
        return -EPERM;
    if (count > GROUPS_MAX)
        return -EINVAL;
    fresh.groups = groups_create(count);
    if (!fresh.groups)
        return -ENOMEM;
    int status = user_read(fresh.groups->gids, uaddr(args[1]), count * sizeof(uint32_t));
    for (uint32_t i = 0; i < count && status == 0; i++)
        status = fresh.groups->gids[i] == ID_UNCHANGED ? -EINVAL : 0;
    if (status < 0) {
        groups_put(fresh.groups);
        return status;
    }
    groups_sort(fresh.groups);
    credentials_commit(&fresh);
    return 0;
}

/* ---- capabilities ---------------------------------------------------------------------------- */

#define VERSION_1 0x19980330u /* 32 capabilities */
#define VERSION_2 0x20071026u
#define VERSION_3 0x20080522u

struct capability_header {
    uint32_t version;
    int32_t pid;
};

struct capability_data {
    uint32_t effective;
    uint32_t permitted;
    uint32_t inheritable;
};

/* How many struct capability_data are meant, or an error; tells a version that there is. */
static int read_header(struct capability_header *header, uint64_t address)
{
    static const uint32_t known = VERSION_3;

    if (user_read(header, uaddr(address), sizeof(*header)) < 0)
        return -EFAULT;
    if (header->version == VERSION_1)
        return 1;
    if (header->version == VERSION_2 || header->version == VERSION_3)
        return 2;
    return user_write(uaddr(address), &known, sizeof(known)) < 0 ? -EFAULT : -EINVAL;
}

SYSCALL(capget)
{
    struct capability_header header;
    struct credentials whose;
    int words = read_header(&header, args[0]);

    if (words < 0)
        return args[1] == 0 && words == -EINVAL ? 0 : words;
    if (header.pid < 0)
        return -EINVAL;
    int status = credentials_of_thread(header.pid, &whose);
    if (status < 0 || args[1] == 0)
        return status;
    const struct capability_data data[2] = {
        {(uint32_t)whose.effective, (uint32_t)whose.permitted, (uint32_t)whose.inheritable},
        {(uint32_t)(whose.effective >> 32), (uint32_t)(whose.permitted >> 32),
         (uint32_t)(whose.inheritable >> 32)}};
    return user_write(uaddr(args[1]), data, (size_t)words * sizeof(data[0]));
}

static capability_set_t join(uint32_t low, uint32_t high)
{
    return (low | (uint64_t)high << 32) & CAPABILITIES_ALL;
}

SYSCALL(capset)
{
    struct capability_header header;
    struct capability_data data[2] = {0};
    struct credentials fresh = *own();
    int words = read_header(&header, args[0]);

    if (words < 0)
        return words;
    if (header.pid != 0 && header.pid != thread_current_id())
        return -EPERM;
    if (user_read(data, uaddr(args[1]), (size_t)words * sizeof(data[0])) < 0)
        return -EFAULT;
    const struct capability_sets to = {
        join(data[0].effective, data[1].effective),
        join(data[0].permitted, data[1].permitted),
        join(data[0].inheritable, data[1].inheritable),
    };
    int status = credentials_set_capabilities(&fresh, &to);
    if (status == 0)
        credentials_commit(&fresh);
    return status;
}

/* ---- prctl ----------------------------------------------------------------------------------- */

#define PR_GET_KEEPCAPS     7
#define PR_SET_KEEPCAPS     8
#define PR_CAPBSET_READ     23
#define PR_CAPBSET_DROP     24
#define PR_GET_SECUREBITS   27
#define PR_SET_SECUREBITS   28
#define PR_SET_NO_NEW_PRIVS 38
#define PR_CAP_AMBIENT      47

static int change(struct credentials *who, const uint64_t args[6])
{
    switch (arg_int(args[0])) {
    case PR_SET_KEEPCAPS:
        return credentials_set_keep_capabilities(who, args[1]);
    case PR_CAPBSET_DROP:
        return credentials_drop_bounding(who, args[1]);
    case PR_SET_SECUREBITS:
        return credentials_set_secure_bits(who, args[1]);
    case PR_SET_NO_NEW_PRIVS:
        if (args[1] != 1 || args[2] || args[3] || args[4])
            return -EINVAL;
        who->no_new_privileges = true;
        return 0;
    default: /* PR_CAP_AMBIENT */
        return args[3] || args[4] ? -EINVAL : credentials_set_ambient(who, args[1], args[2]);
    }
}

bool credentials_prctl(const uint64_t args[6], long *result)
{
    struct credentials fresh = *own();

    switch (arg_int(args[0])) {
    case PR_GET_KEEPCAPS:
        *result = (own()->secure_bits & SECURE_KEEP_CAPS) != 0;
        return true;
    case PR_CAPBSET_READ:
        *result = args[1] > CAP_LAST ? -EINVAL : (long)(own()->bounding >> args[1] & 1);
        return true;
    case PR_GET_SECUREBITS:
        *result = own()->secure_bits;
        return true;
    case PR_GET_NO_NEW_PRIVS:
        *result = args[1] || args[2] || args[3] || args[4] ? -EINVAL : own()->no_new_privileges;
        return true;
    case PR_SET_KEEPCAPS:
    case PR_CAPBSET_DROP:
    case PR_SET_SECUREBITS:
    case PR_SET_NO_NEW_PRIVS:
    case PR_CAP_AMBIENT:
        *result = change(&fresh, args);
        if (*result == 0)
            credentials_commit(&fresh);
        return true;
    default:
        return false;
    }
}
