/*
 * capabilities.c - how capabilities change: with users, by capset and prctl, at execve.
 *
 * Invariants: effective and ambient lie within permitted; ambient within inheritable too. The
 * letters in comments are those of capabilities(7): P for the thread's sets, F for the file's, X
 * for the bounding set; a prime for what comes out of execve.
 */
#include "servers/linux/credential_rules.h"
#include "servers/linux/linux_abi.h"

/* What goes and comes with fsuid 0. */
#define CAPABILITIES_OF_FILES                                                                      \
    (CAPABILITY_BIT(CAP_CHOWN) | CAPABILITY_BIT(CAP_DAC_OVERRIDE) |                                \
     CAPABILITY_BIT(CAP_DAC_READ_SEARCH) | CAPABILITY_BIT(CAP_FOWNER) |                            \
     CAPABILITY_BIT(CAP_FSETID) | CAPABILITY_BIT(CAP_LINUX_IMMUTABLE) |                            \
     CAPABILITY_BIT(CAP_MKNOD) | CAPABILITY_BIT(CAP_MAC_OVERRIDE))

static bool is_subset(capability_set_t part, capability_set_t whole) { return !(part & ~whole); }

static bool is_capability(uint64_t which) { return which <= CAP_LAST; }

static bool any_user_is_root(const struct credentials *who)
{
    return who->uid == 0 || who->euid == 0 || who->suid == 0;
}

void capabilities_follow_users(struct credentials *who, const struct credentials *old)
{
    if (who->secure_bits & SECURE_NO_SETUID_FIXUP)
        return;
    if (any_user_is_root(old) && !any_user_is_root(who)) {
        if (!(who->secure_bits & SECURE_KEEP_CAPS))
            who->permitted = who->effective = 0;
        who->ambient = 0;
    }
    if (old->euid == 0 && who->euid != 0)
        who->effective = 0;
    else if (old->euid != 0 && who->euid == 0)
        who->effective = who->permitted;
}

void capabilities_follow_file_user(struct credentials *who, uint32_t old_fsuid)
{
    if (who->secure_bits & SECURE_NO_SETUID_FIXUP)
        return;
    if (old_fsuid == 0 && who->fsuid != 0)
        who->effective &= ~CAPABILITIES_OF_FILES;
    else if (old_fsuid != 0 && who->fsuid == 0)
        who->effective |= who->permitted & CAPABILITIES_OF_FILES;
}

/* ---- capset and prctl ------------------------------------------------------------------------ */

int credentials_set_capabilities(struct credentials *who, const struct capability_sets *to)
{
    if (!has_capability(who, CAP_SETPCAP) &&
        !is_subset(to->inheritable, who->inheritable | who->permitted))
        return -EPERM;
    if (!is_subset(to->inheritable, who->inheritable | who->bounding) ||
        !is_subset(to->permitted, who->permitted) || !is_subset(to->effective, to->permitted))
        return -EPERM;
    who->effective = to->effective;
    who->permitted = to->permitted;
    who->inheritable = to->inheritable;
    who->ambient &= to->permitted & to->inheritable;
    return 0;
}

int credentials_drop_bounding(struct credentials *who, uint64_t which)
{
    if (!has_capability(who, CAP_SETPCAP))
        return -EPERM;
    if (!is_capability(which))
        return -EINVAL;
    who->bounding &= ~CAPABILITY_BIT(which);
    return 0;
}

int credentials_set_secure_bits(struct credentials *who, uint64_t bits)
{
    const uint32_t locks = who->secure_bits & SECURE_ALL_LOCKS;
    const uint64_t changed = who->secure_bits ^ bits;

    if ((locks >> 1 & changed) || (locks & ~bits) ||
        (bits & ~(uint64_t)(SECURE_ALL_BITS | SECURE_ALL_LOCKS)) ||
        !has_capability(who, CAP_SETPCAP))
        return -EPERM;
    who->secure_bits = (uint32_t)bits;
    return 0;
}

int credentials_set_keep_capabilities(struct credentials *who, uint64_t keep)
{
    if (keep > 1)
        return -EINVAL;
    if (who->secure_bits & SECURE_KEEP_CAPS_LOCKED)
        return -EPERM;
    who->secure_bits &= ~(uint32_t)SECURE_KEEP_CAPS;
    who->secure_bits |= keep ? SECURE_KEEP_CAPS : 0;
    return 0;
}

int credentials_set_ambient(struct credentials *who, uint64_t operation, uint64_t which)
{
    if (operation == AMBIENT_CLEAR && which == 0) {
        who->ambient = 0;
        return 0;
    }
    if (!is_capability(which))
        return -EINVAL;
    const capability_set_t bit = CAPABILITY_BIT(which);
    switch (operation) {
    case AMBIENT_IS_SET:
        return (who->ambient & bit) != 0;
    case AMBIENT_RAISE:
        if (!is_subset(bit, who->permitted & who->inheritable) ||
            (who->secure_bits & SECURE_NO_AMBIENT_RAISE))
            return -EPERM;
        who->ambient |= bit;
        return 0;
    case AMBIENT_LOWER:
        who->ambient &= ~bit;
        return 0;
    default:
        return -EINVAL;
    }
}

/* ---- execve ---------------------------------------------------------------------------------- */

/* P'(permitted) without ambient ones, and whether they are effective at once. */
static int take_from_file(struct credentials *who, const struct exec_grant *grant, bool *effective)
{
    *effective = grant->has_capabilities && grant->makes_effective;
    who->permitted = (who->bounding & grant->permitted) | (who->inheritable & grant->inheritable);
    /* A program that does not know about capabilities must not run with some of them. */
    return *effective && !is_subset(grant->permitted, who->permitted) ? -EPERM : 0;
}

/* User 0 executes as if every file had every capability. */
static void take_as_root(struct credentials *who, const struct exec_grant *grant, bool *effective)
{
    const bool only_effective = who->uid != 0 && who->euid == 0;

    if ((who->secure_bits & SECURE_NO_ROOT) || (who->uid != 0 && who->euid != 0))
        return;
    if (grant->has_capabilities && only_effective)
        return; /* set-user-id root, and capabilities: the file's count */
    who->permitted = who->bounding | who->inheritable;
    if (who->euid == 0)
        *effective = true;
}

int credentials_execute(struct credentials *who, const struct exec_grant *grant, bool shared,
                        bool *secure)
{
    const struct credentials old = *who;
    bool effective;

    if (grant->sets_uid && !old.no_new_privileges)
        who->euid = grant->uid;
    if (grant->sets_gid && !old.no_new_privileges)
        who->egid = grant->gid;
    int status = take_from_file(who, grant, &effective);
    if (status < 0)
        return status;
    take_as_root(who, grant, &effective);
    const bool sets_id = who->euid != old.uid || who->egid != old.gid;
    const bool gains = !is_subset(who->permitted, old.permitted);
    if ((sets_id || gains) && (shared || old.no_new_privileges)) {
        if (!has_capability(&old, CAP_SETUID) || old.no_new_privileges) {
            who->euid = who->uid;
            who->egid = who->gid;
        }
        who->permitted &= old.permitted;
    }
    who->suid = who->fsuid = who->euid;
    who->sgid = who->fsgid = who->egid;
    if (grant->has_capabilities || sets_id)
        who->ambient = 0;
    who->permitted |= who->ambient;
    who->effective = effective ? who->permitted : who->ambient;
    who->secure_bits &= ~(uint32_t)SECURE_KEEP_CAPS;
    *secure = sets_id || (who->uid != 0 && (effective || !is_subset(who->permitted, who->ambient)));
    return 0;
}
