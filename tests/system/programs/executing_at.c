/*
 * executing_at.c - execveat: by descriptor, by directory, and what scripts make of it.
 */
#include "show.h"

#include <sys/syscall.h>

static int execveat_(int dirfd, const char *path, int flags)
{
    char *const arguments[] = {"zero", "child", NULL};
    char *const environment[] = {"WORD=told", NULL};
    return (int)syscall(SYS_execveat, dirfd, path, arguments, environment, flags);
}

static void try(const char *what, int dirfd, const char *path, int flags)
{
    printf("%s: ", what);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        execveat_(dirfd, path, flags);
        printf("%s\n", strerrorname_np(errno));
        fflush(stdout);
        _exit(1);
    }
    int status;
    NEED(waitpid(child, &status, 0) == child);
    printf("status %d\n", WEXITSTATUS(status));
}

static void copy_self(const char *to)
{
    static char bytes[4 << 20];
    int from = open("/proc/self/exe", O_RDONLY), out = open(to, O_WRONLY | O_CREAT, 0755);
    ssize_t length = read(from, bytes, sizeof(bytes));
    NEED(length > 0 && write(out, bytes, length) == length);
    close(from);
    close(out);
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        printf("%s %s %s\n", argv[0], argv[1], getenv("WORD"));
        return 5;
    }
    mkdir("folder", 0755);
    copy_self("folder/program");
    NEED(symlink("program", "folder/link") == 0);
    int script = open("folder/script", O_WRONLY | O_CREAT, 0755);
    dprintf(script, "#!./folder/program\n");
    close(script);
    int folder = open("folder", O_RDONLY | O_DIRECTORY);
    int program = open("folder/program", O_RDONLY), path = open("folder/program", O_PATH);
    int closing = open("folder/script", O_RDONLY | O_CLOEXEC);
    try("in a folder", folder, "program", 0);
    try("of this folder", AT_FDCWD, "folder/program", 0);
    try("a descriptor", program, "", AT_EMPTY_PATH);
    try("O_PATH", path, "", AT_EMPTY_PATH);
    try("no flag", program, "", 0);
    try("a link", folder, "link", 0);
    try("not a link", folder, "link", AT_SYMLINK_NOFOLLOW);
    try("a folder", folder, "", AT_EMPTY_PATH);
    try("a script", folder, "script", 0);
    try("a script that is closed", closing, "", AT_EMPTY_PATH);
    try("nothing", folder, "nothing", 0);
    try("no descriptor", 99, "program", 0);
    try("no folder", program, "program", 0);
    try("wrong flag", folder, "program", 1);
    return 0;
}
