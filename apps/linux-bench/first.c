/*
 * first.c - process 1: mounts, and the end of the machine.
 */
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <unistd.h>

#include "apps/linux-bench/first.h"

#define FIRST_PID 1

bool first_am_i(void) { return getpid() == FIRST_PID; }

const char *first_mount(void)
{
    static const struct {
        const char *type, *where;
    } mounts[] = {{"proc", "/proc"}, {"devtmpfs", "/dev"}, {"tmpfs", "/tmp"}};

    for (unsigned i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++)
        if (mount(mounts[i].type, mounts[i].where, mounts[i].type, 0, NULL) == -1)
            return mounts[i].where;
    return NULL;
}

void first_end(void)
{
    sync();
    reboot(RB_AUTOBOOT); /* the machine is told not to start again */
    abort();
}
