/*
 * identities.h - the users that the programs about rights try everything as, and how to become one.
 *
 * needs root: what these programs compare is what root's children may do.
 *
 * A world gives root every capability, the machine of a continuous integration fewer: everybody
 * starts with those that such machines leave. Settings of the host that change rules
 * (fs.protected_*, kernel.yama) are kept out of the programs; the unit tests have those rules.
 */
#pragma once

#include "show.h"
#include <grp.h>
#include <linux/capability.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define BIT(which) (1ull << (which))

static const unsigned long long everywhere =
    BIT(CAP_CHOWN) | BIT(CAP_DAC_OVERRIDE) | BIT(CAP_FOWNER) | BIT(CAP_FSETID) | BIT(CAP_KILL) |
    BIT(CAP_SETGID) | BIT(CAP_SETUID) | BIT(CAP_SETPCAP) | BIT(CAP_SYS_CHROOT) | BIT(CAP_MKNOD) |
    BIT(CAP_SETFCAP);

/* What nobody is or has. */
#define KEEP ((unsigned)-1)

struct identity {
    const char *name;
    unsigned uid, euid, suid, gid;
    unsigned group;               /* a further one, or KEEP */
    unsigned long long permitted; /* of those that everybody starts with */
    unsigned long long effective; /* of those in turn */
};

#define ALL (~0ull)

static const struct identity identities[] = {
    {"root", 0, 0, 0, 0, KEEP, ALL, ALL},
    {"user", 1000, 1000, 1000, 1000, KEEP, 0, 0},
    {"member", 1000, 1000, 1000, 1000, 50, 0, 0},
    {"other", 1001, 1001, 1001, 1000, KEEP, 0, 0},
    {"set-uid", 1000, 0, 0, 1000, KEEP, ALL, ALL},
    {"dropped", 0, 1000, 0, 0, KEEP, ALL, 0},
    {"hollow", 0, 0, 0, 0, KEEP, 0, 0},
    {"override", 1000, 1000, 1000, 1000, KEEP, BIT(CAP_DAC_OVERRIDE), ALL},
    {"owner", 1001, 1001, 1001, 1001, KEEP, BIT(CAP_FOWNER) | BIT(CAP_FSETID), ALL},
    {"giver", 1001, 1001, 1001, 1001, KEEP, BIT(CAP_CHOWN), ALL},
    {"killer", 1001, 1001, 1001, 1001, KEEP, BIT(CAP_KILL), ALL},
};
#define IDENTITIES (sizeof(identities) / sizeof(identities[0]))

/* libc's set calls change all threads and know no halves; these are the kernel's. */
static inline long set_users(unsigned uid, unsigned euid, unsigned suid)
{
    return syscall(SYS_setresuid, uid, euid, suid);
}

static inline long set_groups(unsigned gid) { return syscall(SYS_setresgid, gid, gid, gid); }

static inline long set_capabilities(unsigned long long effective, unsigned long long permitted,
                                    unsigned long long inheritable)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2] = {
        {(unsigned)effective, (unsigned)permitted, (unsigned)inheritable},
        {(unsigned)(effective >> 32), (unsigned)(permitted >> 32), (unsigned)(inheritable >> 32)}};
    return syscall(SYS_capset, &header, data);
}

/* Once, first of all. */
static inline void start_as_everywhere(void)
{
    NEED(geteuid() == 0);
    for (unsigned which = 0; prctl(PR_CAPBSET_READ, which, 0, 0, 0) >= 0; which++)
        if (which > 63 || !(everywhere & BIT(which)))
            NEED(prctl(PR_CAPBSET_DROP, which, 0, 0, 0) == 0);
    NEED(set_capabilities(everywhere, everywhere, 0) == 0);
    NEED(setgroups(0, NULL) == 0);
    umask(022);
}

/* In a child. */
static inline void become(const struct identity *who)
{
    const unsigned long long permitted = who->permitted & everywhere;

    if (who->group != KEEP)
        NEED(setgroups(1, &who->group) == 0);
    NEED(set_groups(who->gid) == 0);
    NEED(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == 0);
    NEED(set_users(who->uid, who->euid, who->suid) == 0);
    NEED(set_capabilities(who->effective & permitted, permitted, 0) == 0);
    NEED(prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) == 0);
}

/* Runs `act` as somebody, in a process of its own; what it gives, or minus the error. */
static inline long as(const struct identity *who, long (*act)(void *), void *argument)
{
    static long *answer;

    if (!answer)
        answer = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    NEED(answer != MAP_FAILED);
    fflush(stdout);
    pid_t child = fork();
    NEED(child >= 0);
    if (child == 0) {
        become(who);
        errno = 0;
        long result = act(argument);
        *answer = result == -1 ? -errno : result;
        _exit(0);
    }
    int status;
    NEED(waitpid(child, &status, 0) == child && status == 0);
    return *answer;
}

static inline void print_answer(long answer)
{
    if (answer < 0)
        printf(" %s", strerrorname_np((int)-answer));
    else
        printf(" %lo", (unsigned long)answer);
}

static inline void get_capabilities(unsigned long long sets[3])
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2];

    NEED(syscall(SYS_capget, &header, data) == 0);
    sets[0] = data[0].effective | (unsigned long long)data[1].effective << 32;
    sets[1] = data[0].permitted | (unsigned long long)data[1].permitted << 32;
    sets[2] = data[0].inheritable | (unsigned long long)data[1].inheritable << 32;
}

/* Users, groups (real effective saved file) and capabilities (effective permitted inheritable). */
static inline void print_credentials(void)
{
    unsigned id[3];
    unsigned long long sets[3];

    NEED(syscall(SYS_getresuid, &id[0], &id[1], &id[2]) == 0);
    printf(" %u,%u,%u,%u", id[0], id[1], id[2], (unsigned)syscall(SYS_setfsuid, -1));
    NEED(syscall(SYS_getresgid, &id[0], &id[1], &id[2]) == 0);
    printf(" %u,%u,%u,%u", id[0], id[1], id[2], (unsigned)syscall(SYS_setfsgid, -1));
    get_capabilities(sets);
    printf(" %llx,%llx,%llx", sets[0], sets[1], sets[2]);
}
