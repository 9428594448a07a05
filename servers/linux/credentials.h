/*
 * credentials.h - who a thread is: its users, groups and capabilities, and how they change.
 *
 * The functions on `struct credentials` are pure: they look at what they are given and at nothing
 * else. The set calls change a copy, which credentials_commit then makes the thread's own. What
 * somebody may do with files and other processes is decided in may.h.
 *
 * Owner: the thread. It alone writes its own, under process_mutex; others read them under that.
 *
 * Sources: credentials(7), capabilities(7), setuid(2) and its siblings.
 */
#pragma once

#include "lib/base/types.h"

#define ID_UNCHANGED UINT32_MAX /* -1: leave it as it is; never a user or a group */

/* ---- capabilities ---------------------------------------------------------------------------- */

typedef uint64_t capability_set_t;

enum capability {
    CAP_CHOWN = 0,
    CAP_DAC_OVERRIDE = 1,
    CAP_DAC_READ_SEARCH = 2,
    CAP_FOWNER = 3,
    CAP_FSETID = 4,
    CAP_KILL = 5,
    CAP_SETGID = 6,
    CAP_SETUID = 7,
    CAP_SETPCAP = 8,
    CAP_LINUX_IMMUTABLE = 9,
    CAP_NET_ADMIN = 12,
    CAP_NET_RAW = 13,
    CAP_IPC_LOCK = 14,
    CAP_IPC_OWNER = 15,
    CAP_SYS_MODULE = 16,
    CAP_SYS_RAWIO = 17,
    CAP_SYS_CHROOT = 18,
    CAP_SYS_PTRACE = 19,
    CAP_SYS_PACCT = 20,
    CAP_SYS_ADMIN = 21,
    CAP_SYS_BOOT = 22,
    CAP_SYS_NICE = 23,
    CAP_SYS_RESOURCE = 24,
    CAP_SYS_TIME = 25,
    CAP_SYS_TTY_CONFIG = 26,
    CAP_MKNOD = 27,
    CAP_SETFCAP = 31,
    CAP_MAC_OVERRIDE = 32,
    CAP_SYSLOG = 34,
    CAP_WAKE_ALARM = 35,
    CAP_LAST = 40, /* Linux 6.1 has 41 of them */
};

#define CAPABILITY_BIT(which) (UINT64_C(1) << (which))
#define CAPABILITIES_ALL      (CAPABILITY_BIT(CAP_LAST + 1) - 1)

/* prctl(PR_SET_SECUREBITS): each is followed by the bit that locks it. */
enum secure_bit {
    SECURE_NO_ROOT = 1u << 0,          /* user 0 gets no capabilities by executing */
    SECURE_NO_SETUID_FIXUP = 1u << 2,  /* changes of users leave capabilities alone */
    SECURE_KEEP_CAPS = 1u << 4,        /* giving up user 0 keeps what is permitted */
    SECURE_KEEP_CAPS_LOCKED = 1u << 5, /* prctl(PR_SET_KEEPCAPS) is refused */
    SECURE_NO_AMBIENT_RAISE = 1u << 6, /* prctl(PR_CAP_AMBIENT_RAISE) is refused */
    SECURE_ALL_BITS = 0x55,
    SECURE_ALL_LOCKS = 0xaa,
};

/* ---- credentials ----------------------------------------------------------------------------- */

#define GROUPS_MAX 65536

/* Never changed once somebody has it; shared. */
struct group_list {
    uint32_t refs; /* atomic */
    uint32_t count;
    uint32_t gids[]; /* rising */
};

struct credentials {
    uint32_t uid, euid, suid, fsuid;
    uint32_t gid, egid, sgid, fsgid;
    capability_set_t inheritable, permitted, effective, bounding, ambient;
    uint32_t secure_bits;      /* enum secure_bit */
    bool no_new_privileges;    /* execve gives nothing more, for good */
    struct group_list *groups; /* supplementary; counted; NULL: none */
};

/* User 0 with every capability, in no further group. */
extern const struct credentials credentials_of_root;

static inline bool has_capability(const struct credentials *who, enum capability which)
{
    return who->effective & CAPABILITY_BIT(which);
}

/* Is its file system group, or one of its further ones, `gid`? */
bool credentials_in_group(const struct credentials *who, uint32_t gid);

/* ---- set calls, on a copy: 0, or -EPERM, -EINVAL with the copy as it was --------------------- */

/* `to`: the call's one, two or three numbers. */
typedef int credentials_rule_t(struct credentials *who, const uint32_t to[3]);
credentials_rule_t credentials_set_uid, credentials_set_gid, credentials_set_reuid,
    credentials_set_regid, credentials_set_resuid, credentials_set_resgid;
void credentials_set_fsuid(struct credentials *who, uint32_t uid); /* refused: without effect */
void credentials_set_fsgid(struct credentials *who, uint32_t gid);

struct capability_sets {
    capability_set_t effective, permitted, inheritable;
};
MUST_USE int credentials_set_capabilities(struct credentials *who,
                                          const struct capability_sets *to);
MUST_USE int credentials_drop_bounding(struct credentials *who, uint64_t which);
MUST_USE int credentials_set_secure_bits(struct credentials *who, uint64_t bits);
MUST_USE int credentials_set_keep_capabilities(struct credentials *who, uint64_t keep);

#define AMBIENT_IS_SET 1 /* prctl(PR_CAP_AMBIENT); the answer is 0 or 1 */
#define AMBIENT_RAISE  2
#define AMBIENT_LOWER  3
#define AMBIENT_CLEAR  4
MUST_USE int credentials_set_ambient(struct credentials *who, uint64_t operation, uint64_t which);

/* What access(2) looks with: the real user and group. `to` borrows the groups of `who`. */
void credentials_real(struct credentials *to, const struct credentials *who);

/* After this change, is the process no longer one that its former equals may inspect? */
bool credentials_guard(const struct credentials *old, const struct credentials *new);

/* ---- execve ---------------------------------------------------------------------------------- */

/* What a program's file gives to whoever executes it (may.h: exec_grant_of). */
struct exec_grant {
    bool sets_uid, sets_gid;
    uint32_t uid, gid;
    bool has_capabilities; /* the attribute security.capability */
    bool makes_effective;  /* its flag */
    capability_set_t permitted, inheritable;
};

/**
 * credentials_execute - the credentials with which a program starts.
 * @who:    the caller's, which become the program's
 * @shared: somebody else could change the new program's working directory under its hands
 * @secure: what AT_SECURE tells the program: it runs with more than its caller has
 *
 * -EPERM if the file asks for capabilities that cannot be given; `who` is undefined then.
 */
MUST_USE int credentials_execute(struct credentials *who, const struct exec_grant *grant,
                                 bool shared, bool *secure);

/* ---- the current thread's -------------------------------------------------------------------- */

/* Those by which files and processes are judged: the thread's, but for the length of access(2). */
const struct credentials *credentials_current(void);

static inline bool current_has(enum capability which)
{
    return has_capability(credentials_current(), which);
}

/* Makes them the thread's. The groups' reference passes; the old ones' is dropped. */
void credentials_commit(const struct credentials *fresh);

/* Those of another thread (0: the current one), without its groups; -ESRCH: there is none. */
MUST_USE int credentials_of_thread(int tid, struct credentials *whose);

/* The prctls about credentials: false if it is none. */
bool credentials_prctl(const uint64_t args[6], long *result);
#define PR_GET_NO_NEW_PRIVS 39 /* of what the thread itself has asked for; seccomp.h has more */

/* A copy for another thread, with its own reference to the groups; and its end. */
void credentials_copy(struct credentials *to, const struct credentials *from);
void credentials_drop(struct credentials *who);

/* `count` numbers to be filled in and then sorted; NULL: no memory. */
struct group_list *groups_create(uint32_t count);
void groups_sort(struct group_list *groups);
struct group_list *groups_get(struct group_list *groups); /* NULL stays NULL, here and below */
void groups_put(struct group_list *groups);
