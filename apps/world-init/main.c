/**
 * main.c - pid 1 of a Linux world: starts the command that the world is for, takes in orphans, and
 * ends with the command's status.
 *
 *     world-init --command|--terminal [COMMAND [ARG...]]
 *
 * The command gets a session of its own, with the terminal as its controlling terminal if there is
 * one. Without COMMAND it is a login shell. Exit status: the command's; 128 + n if signal n ended
 * it; 127 if it was not found, 126 if it could not be executed.
 */
#include "sdk/guest/guest.h"
#include "lib/base/string.h"

#define TIOCSCTTY   0x540e
#define PATH_BYTES  4096
#define SHELL       "/bin/sh"
#define LOGIN_NAME  "-sh"
#define NOT_FOUND   127
#define NOT_STARTED 126

static const char *variable(char **envp, const char *name)
{
    size_t length = strlen(name);
    for (; *envp; envp++)
        if (strncmp(*envp, name, length) == 0 && (*envp)[length] == '=')
            return *envp + length + 1;
    return NULL;
}

static long execute(const char *path, char **argv, char **envp)
{
    return guest_call(NR_EXECVE, (uintptr_t)path, (uintptr_t)argv, (uintptr_t)envp, 0);
}

static bool has_slash(const char *name)
{
    for (; *name; name++)
        if (*name == '/')
            return true;
    return false;
}

/* Tries each folder of PATH. Returns the most telling error. */
static long execute_in_path(char **argv, char **envp)
{
    const char *folders = variable(envp, "PATH");
    size_t name_bytes = strlen(argv[0]) + 1;
    char path[PATH_BYTES];
    long error = -GUEST_ENOENT;

    for (const char *at = folders ? folders : "/bin"; *at;) {
        size_t length = 0;
        while (at[length] && at[length] != ':')
            length++;
        if (length + 1 + name_bytes <= sizeof(path)) {
            memcpy(path, at, length);
            path[length] = '/';
            memcpy(path + length + 1, argv[0], name_bytes);
            long result = execute(path, argv, envp);
            if (result != -GUEST_ENOENT)
                error = result;
        }
        at += length + (at[length] == ':');
    }
    return error;
}

NORETURN static void run(bool terminal, char **command, char **envp)
{
    char *login[] = {(char *)(uintptr_t)LOGIN_NAME, NULL};
    const char *home = variable(envp, "HOME");
    long error;

    guest_call(NR_SETSID, 0, 0, 0, 0);
    if (terminal)
        guest_call(NR_IOCTL, 0, TIOCSCTTY, 0, 0);
    if (!command[0]) {
        if (home)
            guest_call(NR_CHDIR, (uintptr_t)home, 0, 0, 0);
        error = execute(SHELL, login, envp);
        command = login;
    } else {
        error = has_slash(command[0]) ? execute(command[0], command, envp)
                                      : execute_in_path(command, envp);
    }
    guest_print(2, "world-init: %s: %s\n", command[0], guest_errno_text(error));
    guest_exit(error == -GUEST_ENOENT ? NOT_FOUND : NOT_STARTED);
}

/* Waits for every child there is until the command has ended. */
static int wait_for_command(long command)
{
    for (;;) {
        int32_t status = 0;
        long pid = guest_call(NR_WAIT4, (uint64_t)-1, (uintptr_t)&status, 0, 0);
        if (pid < 0 && pid != -GUEST_EINTR)
            return NOT_STARTED; /* no child left: cannot be */
        if (pid == command)
            return status & 0x7f ? 128 + (status & 0x7f) : status >> 8 & 0xff;
    }
}

int guest_main(int argc, char **argv, char **envp)
{
    if (argc < 2) {
        guest_print(2, "usage: world-init --command|--terminal [COMMAND [ARG...]]\n");
        return NOT_STARTED;
    }
    bool terminal = strcmp(argv[1], "--terminal") == 0;
    long child = guest_fork();
    if (child == 0)
        run(terminal, argv + 2, envp);
    if (child < 0) {
        guest_print(2, "world-init: fork: %s\n", guest_errno_text(child));
        return NOT_STARTED;
    }
    return wait_for_command(child);
}
