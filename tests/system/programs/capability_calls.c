/*
 * capability_calls.c - capget, capset and the prctls about capabilities, by root and by a user who
 * kept some, and what /proc/self/status says in between.
 *
 * needs root
 */
#include "identities.h"
#include <linux/securebits.h>

/* SHOW of calls, and the five sets. */
static void print_status(void)
{
    char line[256];
    FILE *file = fopen("/proc/self/status", "r");

    NEED(file != NULL);
    while (fgets(line, sizeof(line), file))
        if (strncmp(line, "Cap", 3) == 0 || strncmp(line, "Uid", 3) == 0 ||
            strncmp(line, "Gid", 3) == 0 || strncmp(line, "Groups", 6) == 0 ||
            strncmp(line, "NoNewPrivs", 10) == 0)
            printf("  %s", line);
    fclose(file);
    fflush(stdout);
}

static long get_version(unsigned version, int pid)
{
    struct __user_cap_header_struct header = {version, pid};
    struct __user_cap_data_struct data[2] = {{1, 1, 1}, {1, 1, 1}};
    long result = syscall(SYS_capget, &header, data);

    int error = errno;
    printf("  version %x: %x %x %x, %x\n", header.version, data[0].effective, data[0].permitted,
           data[0].inheritable, data[1].permitted);
    errno = error;
    return result;
}

#define KILL                      BIT(CAP_KILL)
#define OVERRIDE                  BIT(CAP_DAC_OVERRIDE)
#define SETPCAP                   BIT(CAP_SETPCAP)
#define AMBIENT(operation, which) prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_##operation, which, 0, 0)
#define BITS(bits)                prctl(PR_SET_SECUREBITS, bits, 0, 0, 0)

static void versions(void)
{
    SHOW(get_version(_LINUX_CAPABILITY_VERSION_1, 0));
    SHOW(get_version(_LINUX_CAPABILITY_VERSION_2, 0));
    SHOW(get_version(_LINUX_CAPABILITY_VERSION_3, 0));
    SHOW(get_version(_LINUX_CAPABILITY_VERSION_3, -1));
    SHOW(get_version(_LINUX_CAPABILITY_VERSION_3, 1 << 30));
    SHOW(get_version(7, 0));
    SHOW(syscall(SYS_capget, NULL, NULL));
}

static void sets(void)
{
    SHOW(set_capabilities(KILL, KILL | OVERRIDE, 0));
    SHOW(set_capabilities(OVERRIDE, KILL, 0));
    SHOW(set_capabilities(KILL, KILL, BIT(CAP_CHOWN)));
    SHOW(set_capabilities(KILL, KILL | BIT(CAP_SYS_TIME), 0));
    SHOW(set_capabilities(0, KILL | SETPCAP, KILL));
    SHOW(set_capabilities(SETPCAP, KILL | SETPCAP, KILL | OVERRIDE));
    print_status();
}

static void ambient(void)
{
    SHOW(AMBIENT(IS_SET, CAP_KILL));
    SHOW(AMBIENT(RAISE, CAP_KILL));
    SHOW(AMBIENT(RAISE, CAP_CHOWN));
    SHOW(AMBIENT(RAISE, 99));
    SHOW(AMBIENT(IS_SET, CAP_KILL));
    SHOW(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_KILL, 1, 0));
    SHOW(prctl(PR_CAP_AMBIENT, 77, CAP_KILL, 0, 0));
    SHOW(AMBIENT(LOWER, CAP_KILL));
    SHOW(AMBIENT(RAISE, CAP_KILL));
    SHOW(AMBIENT(CLEAR_ALL, CAP_KILL));
    SHOW(AMBIENT(CLEAR_ALL, 0));
    SHOW(AMBIENT(IS_SET, CAP_KILL));
}

static void bits(void)
{
    SHOW(prctl(PR_GET_SECUREBITS));
    SHOW(prctl(PR_SET_KEEPCAPS, 2, 0, 0, 0));
    SHOW(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0));
    SHOW(prctl(PR_GET_KEEPCAPS));
    SHOW(BITS(1 << 20));
    SHOW(BITS(SECBIT_KEEP_CAPS | SECBIT_KEEP_CAPS_LOCKED));
    SHOW(BITS(0));
    SHOW(prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0));
    SHOW(BITS(SECBIT_KEEP_CAPS | SECBIT_KEEP_CAPS_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE));
    SHOW(prctl(PR_GET_SECUREBITS));
    SHOW(AMBIENT(RAISE, CAP_KILL));
}

static void bounds(void)
{
    SHOW(prctl(PR_CAPBSET_READ, CAP_KILL));
    SHOW(prctl(PR_CAPBSET_READ, CAP_SYS_TIME));
    SHOW(prctl(PR_CAPBSET_READ, 99));
    SHOW(prctl(PR_CAPBSET_DROP, CAP_CHOWN));
    SHOW(prctl(PR_CAPBSET_DROP, 99));
    SHOW(prctl(PR_CAPBSET_READ, CAP_CHOWN));
    SHOW(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    SHOW(prctl(PR_SET_NO_NEW_PRIVS, 1, 1, 0, 0));
    SHOW(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    SHOW(prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0));
    SHOW(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
}

static long all(void *unused)
{
    const gid_t groups[] = {30, 7, 50, 7};

    (void)unused;
    SHOW(setgroups(4, groups));
    print_status();
    versions();
    bits();
    bounds();
    sets();
    ambient();
    SHOW(set_users(1000, 1000, 1000));
    print_status();
    return 0;
}

int main(void)
{
    static const unsigned who[] = {0, 1, 4, 5};

    start_as_everywhere();
    for (unsigned i = 0; i < sizeof(who) / sizeof(who[0]); i++) {
        SECTION(identities[who[i]].name);
        as(&identities[who[i]], all, NULL);
    }
    return 0;
}
