/*
 * credentials.c - see credentials.h: numbers and groups. (Capabilities: capabilities.c)
 */
#include "servers/linux/credentials.h"

#include "servers/linux/base.h"
#include "servers/linux/credential_rules.h"

const struct credentials credentials_of_root = {
    .permitted = CAPABILITIES_ALL,
    .effective = CAPABILITIES_ALL,
    .bounding = CAPABILITIES_ALL,
};

/* ---- groups ---------------------------------------------------------------------------------- */

struct group_list *groups_create(uint32_t count)
{
    struct group_list *groups =
        heap_alloc(sizeof(*groups) + (size_t)count * sizeof(groups->gids[0]));

    if (!groups)
        return NULL;
    groups->refs = 1;
    groups->count = count;
    return groups;
}

/* Restores the heap below `root`: no number is less than those at 2i+1 and 2i+2. */
static void sift(uint32_t *gids, uint32_t root, uint32_t count)
{
    for (;;) {
        uint32_t child = 2 * root + 1;
        if (child >= count)
            return;
        if (child + 1 < count && gids[child] < gids[child + 1])
            child++;
        if (gids[root] >= gids[child])
            return;
        uint32_t greater = gids[child];
        gids[child] = gids[root];
        gids[root] = greater;
        root = child;
    }
}

/* Heap sort: whatever order a program hands over, n log n. */
void groups_sort(struct group_list *groups)
{
    for (uint32_t root = groups->count / 2; root-- > 0;)
        sift(groups->gids, root, groups->count);
    for (uint32_t end = groups->count; end-- > 1;) {
        uint32_t greatest = groups->gids[0];
        groups->gids[0] = groups->gids[end];
        groups->gids[end] = greatest;
        sift(groups->gids, 0, end);
    }
}

struct group_list *groups_get(struct group_list *groups)
{
    if (groups)
        __atomic_fetch_add(&groups->refs, 1, __ATOMIC_RELAXED);
    return groups;
}

void groups_put(struct group_list *groups)
{
    if (groups && __atomic_sub_fetch(&groups->refs, 1, __ATOMIC_ACQ_REL) == 0)
        heap_free(groups);
}

bool credentials_in_group(const struct credentials *who, uint32_t gid)
{
    const struct group_list *groups = who->groups;

    if (who->fsgid == gid)
        return true;
    for (uint32_t low = 0, high = groups ? groups->count : 0; low < high;) {
        uint32_t middle = (low + high) / 2;
        if (groups->gids[middle] == gid)
            return true;
        if (groups->gids[middle] < gid)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

/* ---- copies ---------------------------------------------------------------------------------- */

void credentials_copy(struct credentials *to, const struct credentials *from)
{
    *to = *from;
    groups_get(to->groups);
}

void credentials_drop(struct credentials *who)
{
    groups_put(who->groups);
    who->groups = NULL;
}

const struct credentials *credentials_current(void)
{
    const struct context *context = context_current();
    return UNLIKELY(context->acting != NULL) ? context->acting : &context->credentials;
}

/* ---- the rules of the set calls -------------------------------------------------------------- */

/* Three numbers and the file system's, of users or of groups. */
struct numbers {
    uint32_t real, effective, saved, file;
};

static struct numbers users_of(const struct credentials *who)
{
    return (struct numbers){who->uid, who->euid, who->suid, who->fsuid};
}

static struct numbers groups_of(const struct credentials *who)
{
    return (struct numbers){who->gid, who->egid, who->sgid, who->fsgid};
}

static void take_users(struct credentials *who, const struct numbers *to)
{
    struct credentials old = *who;

    who->uid = to->real;
    who->euid = to->effective;
    who->suid = to->saved;
    who->fsuid = to->file;
    capabilities_follow_users(who, &old);
}

static void take_groups(struct credentials *who, const struct numbers *to)
{
    who->gid = to->real;
    who->egid = to->effective;
    who->sgid = to->saved;
    who->fsgid = to->file;
}

static bool is_one_of_three(const struct numbers *now, uint32_t number)
{
    return number == now->real || number == now->effective || number == now->saved;
}

/* setuid, setgid: whoever may sets all of them; others take their real or saved one. */
static int set_one(struct numbers *now, uint32_t to, bool may)
{
    if (to == ID_UNCHANGED)
        return -EINVAL;
    if (may)
        now->real = now->saved = to;
    else if (to != now->real && to != now->saved)
        return -EPERM;
    now->effective = now->file = to;
    return 0;
}

/* setreuid, setregid. The saved number follows unless the effective one only went back. */
static int set_two(struct numbers *now, uint32_t real, uint32_t effective, bool may)
{
    const struct numbers old = *now;

    if (real != ID_UNCHANGED && real != old.real && real != old.effective && !may)
        return -EPERM;
    if (effective != ID_UNCHANGED && !is_one_of_three(&old, effective) && !may)
        return -EPERM;
    if (real != ID_UNCHANGED)
        now->real = real;
    if (effective != ID_UNCHANGED)
        now->effective = effective;
    if (real != ID_UNCHANGED || (effective != ID_UNCHANGED && effective != old.real))
        now->saved = now->effective;
    now->file = now->effective;
    return 0;
}

static bool same_or_unchanged(uint32_t to, uint32_t now) { return to == ID_UNCHANGED || to == now; }

/* setresuid, setresgid: what changes nothing leaves the file system's number alone too. */
static int set_three(struct numbers *now, const uint32_t to[3], bool may)
{
    const struct numbers old = *now;

    for (int i = 0; i < 3; i++)
        if (to[i] != ID_UNCHANGED && !is_one_of_three(&old, to[i]) && !may)
            return -EPERM;
    if (same_or_unchanged(to[0], old.real) && same_or_unchanged(to[2], old.saved) &&
        (to[1] == ID_UNCHANGED || (to[1] == old.effective && to[1] == old.file)))
        return 0;
    if (to[0] != ID_UNCHANGED)
        now->real = to[0];
    if (to[1] != ID_UNCHANGED)
        now->effective = to[1];
    if (to[2] != ID_UNCHANGED)
        now->saved = to[2];
    now->file = now->effective;
    return 0;
}

int credentials_set_uid(struct credentials *who, const uint32_t to[3])
{
    struct numbers users = users_of(who);
    int status = set_one(&users, to[0], has_capability(who, CAP_SETUID));
    take_users(who, &users);
    return status;
}

int credentials_set_gid(struct credentials *who, const uint32_t to[3])
{
    struct numbers groups = groups_of(who);
    int status = set_one(&groups, to[0], has_capability(who, CAP_SETGID));
    take_groups(who, &groups);
    return status;
}

int credentials_set_reuid(struct credentials *who, const uint32_t to[3])
{
    struct numbers users = users_of(who);
    int status = set_two(&users, to[0], to[1], has_capability(who, CAP_SETUID));
    take_users(who, &users);
    return status;
}

int credentials_set_regid(struct credentials *who, const uint32_t to[3])
{
    struct numbers groups = groups_of(who);
    int status = set_two(&groups, to[0], to[1], has_capability(who, CAP_SETGID));
    take_groups(who, &groups);
    return status;
}

int credentials_set_resuid(struct credentials *who, const uint32_t to[3])
{
    struct numbers users = users_of(who);
    int status = set_three(&users, to, has_capability(who, CAP_SETUID));
    take_users(who, &users);
    return status;
}

int credentials_set_resgid(struct credentials *who, const uint32_t to[3])
{
    struct numbers groups = groups_of(who);
    int status = set_three(&groups, to, has_capability(who, CAP_SETGID));
    take_groups(who, &groups);
    return status;
}

static bool may_be_file_number(const struct numbers *now, uint32_t to, bool may)
{
    return to != ID_UNCHANGED && (is_one_of_three(now, to) || to == now->file || may);
}

void credentials_set_fsuid(struct credentials *who, uint32_t uid)
{
    const struct numbers users = users_of(who);
    const uint32_t old = who->fsuid;

    if (!may_be_file_number(&users, uid, has_capability(who, CAP_SETUID)))
        return;
    who->fsuid = uid;
    capabilities_follow_file_user(who, old);
}

void credentials_set_fsgid(struct credentials *who, uint32_t gid)
{
    const struct numbers groups = groups_of(who);

    if (may_be_file_number(&groups, gid, has_capability(who, CAP_SETGID)))
        who->fsgid = gid;
}

void credentials_real(struct credentials *to, const struct credentials *who)
{
    *to = *who;
    to->fsuid = who->uid;
    to->fsgid = who->gid;
    if (!(who->secure_bits & SECURE_NO_SETUID_FIXUP))
        to->effective = who->uid == 0 ? who->permitted : 0;
}

bool credentials_guard(const struct credentials *old, const struct credentials *new)
{
    return old->euid != new->euid || old->egid != new->egid || old->fsuid != new->fsuid ||
           old->fsgid != new->fsgid || (new->permitted & ~old->permitted) != 0;
}
