/*
 * may_process.c - decisions about other processes and their IPC objects; see may.h.
 */
#include "servers/linux/ipc.h"
#include "servers/linux/may.h"
#include "servers/linux/socket_abi.h"

static int unless(bool granted) { return granted ? 0 : -EPERM; }

int may_signal(const struct credentials *who, const struct credentials *whom)
{
    return unless(who->euid == whom->suid || who->euid == whom->uid || who->uid == whom->suid ||
                  who->uid == whom->uid || has_capability(who, CAP_KILL));
}

/* Is it this user's and group's throughout: real, effective and saved? */
static bool is_wholly(const struct credentials *whom, uint32_t uid, uint32_t gid)
{
    return whom->uid == uid && whom->euid == uid && whom->suid == uid && whom->gid == gid &&
           whom->egid == gid && whom->sgid == gid;
}

int may_inspect(const struct credentials *who, const struct credentials *whom, bool whom_dumpable,
                enum inspection way)
{
    const bool by_files = way == INSPECT_BY_FILES;
    const capability_set_t own = by_files ? who->effective : who->permitted;

    if (has_capability(who, CAP_SYS_PTRACE))
        return 0;
    if (!is_wholly(whom, by_files ? who->fsuid : who->uid, by_files ? who->fsgid : who->gid))
        return -EPERM;
    return unless(whom_dumpable && !(whom->permitted & ~own));
}

int may_limit(const struct credentials *who, const struct credentials *whom)
{
    return unless(is_wholly(whom, who->uid, who->gid) || has_capability(who, CAP_SYS_RESOURCE));
}

static bool is_same_user(const struct credentials *who, const struct credentials *whom)
{
    return who->euid == whom->uid || who->euid == whom->euid;
}

static bool has_no_more(const struct credentials *whom, const struct credentials *who)
{
    return !(whom->permitted & ~who->permitted);
}

int may_schedule(const struct credentials *who, const struct credentials *whom)
{
    return unless((is_same_user(who, whom) && has_no_more(whom, who)) ||
                  has_capability(who, CAP_SYS_NICE));
}

int may_renice(const struct credentials *who, const struct credentials *whom, bool within)
{
    if (has_capability(who, CAP_SYS_NICE))
        return 0;
    if (!is_same_user(who, whom))
        return -EPERM;
    return within ? unless(has_no_more(whom, who)) : -EACCES;
}

int may_claim(const struct credentials *who, int own_pid, const struct linux_ucred *claim)
{
    const bool own_user =
        claim->uid == who->uid || claim->uid == who->euid || claim->uid == who->suid;
    const bool own_group =
        claim->gid == who->gid || claim->gid == who->egid || claim->gid == who->sgid;

    return unless((claim->pid == own_pid || has_capability(who, CAP_SYS_ADMIN)) &&
                  (own_user || has_capability(who, CAP_SETUID)) &&
                  (own_group || has_capability(who, CAP_SETGID)));
}

int may_use_ipc(const struct credentials *who, const struct linux_ipc_perm *perm, uint32_t want)
{
    const uint32_t bits = (want | want >> 3 | want >> 6) & 7;
    uint32_t granted = perm->mode;

    if (who->euid == perm->uid || who->euid == perm->cuid)
        granted >>= 6;
    else if (credentials_in_group(who, perm->gid) || credentials_in_group(who, perm->cgid))
        granted >>= 3;
    return !(bits & ~granted) || has_capability(who, CAP_IPC_OWNER) ? 0 : -EACCES;
}

int may_change_ipc(const struct credentials *who, const struct linux_ipc_perm *perm)
{
    return unless(who->euid == perm->uid || who->euid == perm->cuid ||
                  has_capability(who, CAP_SYS_ADMIN));
}
