/*
 * old_getdents.c - the entries of a directory as getdents tells them.
 * x86_64 only: later architectures have getdents64 alone.
 */
#include "show.h"

#include <dirent.h>
#include <sys/syscall.h>

struct old_entry {
    unsigned long number, next;
    unsigned short length;
    char name[];
};

int main(void)
{
    char entries[1024];
    mkdir("folder", 0755);
    close(open("folder/one", O_CREAT | O_WRONLY, 0600));
    int folder = open("folder", O_RDONLY | O_DIRECTORY);
    long bytes = syscall(SYS_getdents, folder, entries, sizeof(entries));
    int files = 0, folders = 0;
    for (long at = 0; at < bytes;) {
        const struct old_entry *entry = (const void *)(entries + at);
        char type = entries[at + entry->length - 1];
        files += type == DT_REG && strcmp(entry->name, "one") == 0;
        folders += type == DT_DIR && entry->name[0] == '.';
        at += entry->length;
    }
    printf("%d file, %d folders\n", files, folders);
    SHOW(syscall(SYS_getdents, folder, entries, sizeof(entries)));
    SHOW(lseek(folder, 0, SEEK_SET));
    SHOW(syscall(SYS_getdents, folder, entries, 8));
    return 0;
}
