/*
 * set_id_programs.c - execve of set-user-id and set-group-id programs, of programs with
 * capabilities, by every kind of user: what the program is then, and what the auxiliary vector
 * says.
 *
 * needs root
 */
#include "identities.h"
#include <linux/securebits.h>
#include <sched.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/personality.h>
#include <sys/sendfile.h>
#include <sys/xattr.h>

/* ---- the program that is executed: this one, with an argument -------------------------------- */

static void print_capability_lines(void)
{
    char line[256];
    FILE *file = fopen("/proc/self/status", "r");

    NEED(file != NULL);
    while (fgets(line, sizeof(line), file))
        if (strncmp(line, "CapInh", 6) == 0 || strncmp(line, "CapBnd", 6) == 0 ||
            strncmp(line, "CapAmb", 6) == 0 || strncmp(line, "NoNewPrivs", 10) == 0)
            printf(" %.*s", (int)strcspn(strchr(line, '\t') + 1, "\n"), strchr(line, '\t') + 1);
    fclose(file);
}

static int executed(void)
{
    printf("  is");
    print_credentials();
    print_capability_lines();
    printf("\n  aux %lu %lu %lu %lu secure %lu, bits %x keep %d", getauxval(AT_UID),
           getauxval(AT_EUID), getauxval(AT_GID), getauxval(AT_EGID), getauxval(AT_SECURE),
           prctl(PR_GET_SECUREBITS), prctl(PR_GET_KEEPCAPS));
    printf(" dumpable %d personality %x\n", prctl(PR_GET_DUMPABLE) == 1, personality(0xffffffff));
    fflush(stdout);
    return 0;
}

/* ---- the files --------------------------------------------------------------------------------
 */

static void copy_self(const char *path, unsigned uid, unsigned gid, unsigned mode)
{
    struct stat stat;
    int from = open("/proc/self/exe", O_RDONLY), to = open(path, O_WRONLY | O_CREAT, 0700);

    NEED(from >= 0 && to >= 0 && fstat(from, &stat) == 0);
    while (stat.st_size > 0) {
        long done = sendfile(to, from, NULL, stat.st_size);
        NEED(done > 0);
        stat.st_size -= done;
    }
    close(from);
    close(to);
    NEED(chown(path, uid, gid) == 0 && chmod(path, mode) == 0);
}

static void give(const char *path, unsigned permitted, unsigned inheritable, int effective)
{
    const unsigned data[5] = {VFS_CAP_REVISION_2 | (effective ? VFS_CAP_FLAGS_EFFECTIVE : 0),
                              permitted, inheritable};
    NEED(setxattr(path, "security.capability", data, sizeof(data), 0) == 0);
}

static const char *const programs[] = {
    "plain",           "set-root",         "set-user",   "set-group",     "set-both",
    "group-without-x", "unreadable",       "group-only", "capable",       "inherits",
    "forced",          "capable-set-root", "script",     "not-executable"};
#define PROGRAMS (sizeof(programs) / sizeof(programs[0]))

static void furnish(void)
{
    copy_self("plain", 0, 0, 0755);
    copy_self("set-root", 0, 0, 04755);
    copy_self("set-user", 1001, 1001, 04755);
    copy_self("set-group", 0, 50, 02755);
    copy_self("set-both", 1001, 50, 06755);
    copy_self("group-without-x", 0, 50, 02745);
    copy_self("unreadable", 0, 0, 0711);
    copy_self("group-only", 0, 50, 04750);
    copy_self("not-executable", 0, 0, 04644);
    copy_self("capable", 0, 0, 0755);
    give("capable", BIT(CAP_KILL) | BIT(CAP_CHOWN), 0, 1);
    copy_self("inherits", 0, 0, 0755);
    give("inherits", 0, BIT(CAP_KILL) | BIT(CAP_CHOWN), 0);
    copy_self("forced", 0, 0, 0755);
    give("forced", BIT(CAP_SYS_TIME), 0, 1); /* nobody has that here */
    copy_self("capable-set-root", 0, 0, 04755);
    give("capable-set-root", BIT(CAP_KILL), 0, 1);
    int script = open("script", O_WRONLY | O_CREAT, 0700);
    NEED(script >= 0 && write(script, "#!./plain run\n", 14) == 14 && close(script) == 0);
    NEED(chown("script", 1001, 50) == 0 && chmod("script", 06755) == 0);
}

/* ---- what the caller did before ----------------------------------------------------------------
 */

static long as_it_is(void) { return 0; }

static long no_new_privileges(void) { return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); }

static long inheritable(void)
{
    unsigned long long sets[3];

    get_capabilities(sets);
    return set_capabilities(sets[0], sets[1], sets[1]);
}

static long ambient(void)
{
    long result = inheritable();

    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0);
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_KILL, 0, 0);
    return result;
}

static long no_root(void)
{
    prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_KEEP_CAPS, 0, 0, 0); /* root alone may */
    return 0;
}

static long layout(void)
{
    prctl(PR_SET_PDEATHSIG, SIGCONT, 0, 0, 0);
    return personality(ADDR_NO_RANDOMIZE) < 0 ? -1 : 0;
}

/* Somebody else could change the program's working directory. */
static long shared(void)
{
    pid_t child = syscall(SYS_clone, CLONE_FS | SIGCHLD, 0, 0, 0, 0);

    if (child == 0) {
        sleep(1);
        _exit(0);
    }
    return child < 0 ? -1 : 0;
}

static const struct {
    const char *name;
    long (*prepare)(void);
} ways[] = {{"as it is", as_it_is},
            {"no_new_privs", no_new_privileges},
            {"inheritable", inheritable},
            {"ambient", ambient},
            {"no root", no_root},
            {"layout", layout},
            {"shared", shared}};

struct execution {
    const char *program;
    long (*prepare)(void);
};

static long execute(void *argument)
{
    const struct execution *this = argument;
    char *const arguments[] = {"x", "run", NULL}, *const environment[] = {NULL};

    NEED(this->prepare() == 0);
    execve(this->program, arguments, environment);
    printf("  %s\n", strerrorname_np(errno));
    fflush(stdout);
    return 0;
}

int main(int argc, char **argv)
{
    static const unsigned who[] = {0, 1, 2, 4, 6, 10};

    if (argc > 1)
        return executed();
    (void)argv;
    start_as_everywhere();
    furnish();
    for (unsigned way = 0; way < sizeof(ways) / sizeof(ways[0]); way++)
        for (unsigned i = 0; i < sizeof(who) / sizeof(who[0]); i++)
            for (unsigned j = 0; j < PROGRAMS; j++) {
                struct execution this = {programs[j], ways[way].prepare};
                if (way > 0 && (i == 2 || i == 3))
                    continue; /* Linux 6.16 changed what becomes of a real user that differs */
                printf("%s, %s, %s\n", ways[way].name, identities[who[i]].name, programs[j]);
                as(&identities[who[i]], execute, &this);
            }
    return 0;
}
