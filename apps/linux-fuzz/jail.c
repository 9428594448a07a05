/*
 * jail.c - see jail.h. Both files are links, in folders whose names no actor thinks of.
 */
#include "apps/linux-fuzz/jail.h"

#include <errno.h>
#include <linux/capability.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apps/linux-fuzz/actor.h"
#include "apps/linux-fuzz/report.h"
#include "apps/linux-fuzz/value.h"

#define PATH_BYTES 64

static bool put(const char *folder, const char *file)
{
    const size_t upper = (size_t)(strrchr(file, '/') - file);
    char path[PATH_BYTES];

    snprintf(path, sizeof(path), "%s%.*s", folder, (int)upper, file);
    if (mkdir(path, 0755) < 0 && errno != EEXIST)
        return false;
    snprintf(path, sizeof(path), "%s%s", folder, file);
    return link(file, path) == 0;
}

bool jail_fill(const char *folder)
{
    return put(folder, ACTOR_PROGRAM) && put(folder, REPORT_FILE);
}

bool jail_enter(const char *folder)
{
    return prctl(PR_CAPBSET_DROP, ROOT_IS_WITHOUT, 0, 0, 0) == 0 && chroot(folder) == 0;
}
