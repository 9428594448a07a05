/*
 * tree.c - see tree.h. Owners, modes, sizes and numbers of inodes are compared, not the contents
 * and not the times, which a device has of its last use. All memory is static: the leak check
 * would see what the heap takes.
 */
#include "apps/linux-fuzz/tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ENTRIES_MAX  1024
#define DEPTH_MAX    8
#define PATH_BYTES   64 /* the system's own are shorter */
#define BUFFER_BYTES 4096

struct entry {
    char path[PATH_BYTES];
    uint64_t inode, size;
    uint32_t mode, uid, gid, links, device;
    bool seen;
};

static struct entry entries[ENTRIES_MAX];
static unsigned entry_count;

/* What is done with each entry; false ends the walk. */
typedef bool visit_t(const struct entry *entry);

/* Whose contents are nobody's, or everybody's. */
static bool is_left_out(const char *path)
{
    static const char *const folders[] = {"/tmp", "/proc", "/sys", "/dev/pts"};

    for (unsigned i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
        if (strcmp(path, folders[i]) == 0)
            return true;
    return false;
}

static bool describe(const char *path, struct entry *entry)
{
    struct stat status;

    memset(entry, 0, sizeof(*entry));
    if (strlen(path) >= sizeof(entry->path) || lstat(path, &status) < 0)
        return false;
    strcpy(entry->path, path);
    entry->mode = status.st_mode;
    entry->uid = status.st_uid;
    entry->gid = status.st_gid;
    entry->device = (uint32_t)status.st_rdev;
    if (is_left_out(path))
        return true;
    entry->inode = status.st_ino;
    entry->size = (uint64_t)status.st_size;
    entry->links = (uint32_t)status.st_nlink;
    return true;
}

static bool walk(const char *path, unsigned depth, visit_t *visit);

static bool walk_names(const char *folder, const char *names, long bytes, unsigned depth,
                       visit_t *visit)
{
    for (const char *at = names; at < names + bytes;) {
        const struct dirent64 *name = (const void *)at; /* aligned, each to 8 */
        char path[PATH_BYTES + sizeof(name->d_name)];
        at += name->d_reclen;
        if (strcmp(name->d_name, ".") == 0 || strcmp(name->d_name, "..") == 0)
            continue;
        snprintf(path, sizeof(path), "%s/%s", strcmp(folder, "/") == 0 ? "" : folder, name->d_name);
        if (!walk(path, depth + 1, visit))
            return false;
    }
    return true;
}

static bool walk(const char *path, unsigned depth, visit_t *visit)
{
    static char buffers[DEPTH_MAX][BUFFER_BYTES] __attribute__((aligned(8)));
    struct entry entry;
    long bytes = 0;

    if (depth == DEPTH_MAX || !describe(path, &entry) || !visit(&entry))
        return false;
    if (!S_ISDIR(entry.mode) || is_left_out(path))
        return true;
    int fd = open(path, O_RDONLY | O_DIRECTORY);
    bool good = fd >= 0;
    while (good && (bytes = syscall(SYS_getdents64, fd, buffers[depth], BUFFER_BYTES)) > 0)
        good = walk_names(path, buffers[depth], bytes, depth, visit);
    if (fd >= 0)
        close(fd);
    return good && bytes == 0;
}

/* ---- taking, comparing ----------------------------------------------------------------------- */

static bool keep(const struct entry *entry)
{
    if (entry_count == ENTRIES_MAX)
        return false;
    entries[entry_count++] = *entry;
    return true;
}

bool tree_take(void)
{
    entry_count = 0;
    return walk("/", 0, keep);
}

static char wrong[PATH_BYTES + 16];

static void tell(const char *path, const char *what)
{
    snprintf(wrong, sizeof(wrong), "%.*s is %s", PATH_BYTES, path, what);
}

static bool compare(const struct entry *now)
{
    for (unsigned i = 0; i < entry_count; i++) {
        struct entry *then = &entries[i];
        if (then->seen || strcmp(then->path, now->path) != 0)
            continue;
        if (memcmp(then, now, sizeof(*now)) == 0)
            return then->seen = true;
        tell(now->path, "changed");
        return false;
    }
    tell(now->path, "new");
    return false;
}

bool tree_is_as_taken(char *text, size_t bytes)
{
    wrong[0] = 0;
    for (unsigned i = 0; i < entry_count; i++)
        entries[i].seen = false;
    bool good = walk("/", 0, compare);
    for (unsigned i = 0; i < entry_count && good; i++) {
        if (!entries[i].seen)
            tell(entries[i].path, "gone");
        good = entries[i].seen;
    }
    for (unsigned i = 0; i < entry_count; i++)
        entries[i].seen = false;
    snprintf(text, bytes, "%s", wrong[0] || good ? wrong : "it cannot be read");
    return good;
}
