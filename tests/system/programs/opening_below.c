/*
 * opening_below.c - openat2: what it refuses of its arguments, and where a walk may not go.
 */
#include "show.h"

#include <linux/openat2.h>
#include <sys/syscall.h>

static int root;

static long try(int dir, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve)
{
    struct open_how how = {.flags = flags, .mode = mode, .resolve = resolve};
    long fd = syscall(SYS_openat2, dir, path, &how, sizeof(how));
    if (fd < 0)
        return fd;
    close((int)fd);
    return 0;
}

static void arguments(void)
{
    struct {
        struct open_how how;
        uint64_t more[600];
    } how = {0};

    SECTION("arguments");
    SHOW(syscall(SYS_openat2, root, "file", &how, 8));
    SHOW(syscall(SYS_openat2, root, "file", &how, 8192));
    SHOW(syscall(SYS_openat2, root, "file", (void *)16, sizeof(how.how)));
    SHOW(close((int)syscall(SYS_openat2, root, "file", &how, 64)));
    how.more[3] = 1;
    SHOW(syscall(SYS_openat2, root, "file", &how, 64));
    SHOW(close((int)syscall(SYS_openat2, root, "file", &how, 40)));
    SHOW(try(root, "file", 1ull << 40, 0, 0));
    SHOW(try(root, "file", 0, 0, 64));
    SHOW(try(root, "file", 0, 0600, 0));
    SHOW(try(root, "made", O_CREAT, 0200000, 0));
    SHOW(try(root, "made", O_CREAT | O_WRONLY, 0640, 0));
    SHOW(try(root, "file", O_PATH | O_RDWR, 0, 0));
    SHOW(try(root, "file", O_PATH | O_NOFOLLOW, 0, 0));
    SHOW(try(root, ".", O_TMPFILE | O_RDONLY, 0600, 0));
    SHOW(try(root, "file", 0, 0, RESOLVE_BENEATH | RESOLVE_IN_ROOT));
    SHOW(try(root, "file", O_TRUNC | O_WRONLY, 0, RESOLVE_CACHED));
    SHOW(try(root, "file", 0, 0, RESOLVE_CACHED));
    SHOW(try(-1, "file", 0, 0, 0));
    SHOW(try(-1, "/", 0, 0, 0));
    SHOW(try(-1, "/", 0, 0, RESOLVE_IN_ROOT));
    SHOW(try(root, "", 0, 0, RESOLVE_IN_ROOT));
}

static void walk(const char *path)
{
    static const struct {
        const char *name;
        uint64_t resolve;
    } ways[] = {{"any", 0},
                {"no xdev", RESOLVE_NO_XDEV},
                {"no magic links", RESOLVE_NO_MAGICLINKS},
                {"no links", RESOLVE_NO_SYMLINKS},
                {"beneath", RESOLVE_BENEATH},
                {"in root", RESOLVE_IN_ROOT}};

    printf("%s:", path);
    for (unsigned i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
        if (ways[i].resolve == RESOLVE_NO_XDEV && strcmp(path, "absolute") == 0)
            continue; /* whether / is another mount than this folder's, differs */
        long result = try(root, path, O_RDONLY, 0, ways[i].resolve);
        printf(" %s %s%s", ways[i].name, result < 0 ? strerrorname_np(errno) : "yes",
               i + 1 < sizeof(ways) / sizeof(*ways) ? "," : "\n");
    }
    fflush(stdout);
}

static void walks(void)
{
    static const char *const paths[] = {
        "file",    "dir/../file", "..",         "dir/../..",     "../base/file", "/file",
        "/",       "to-file",     "to-dir/in",  "to-parent",     "absolute",     "/absolute",
        "/dir/in", "dir/up",      "dir/up-two", "none",          "dir/none/x",   "file/x",
        "/proc",   "to-proc",     "circle",     "to-dir/../file"};

    SECTION("walks");
    for (unsigned i = 0; i < sizeof(paths) / sizeof(*paths); i++)
        walk(paths[i]);
    SECTION("links that jump");
    root = open("/proc/self", O_PATH);
    walk("root");
    walk("cwd/base/file");
    walk("exe");
    walk("fd/0");
    walk("status");
    walk("../self");
    SECTION("a root of one's own");
    root = open("/proc", O_PATH);
    walk("..");
    walk("../proc/version");
    walk("/version");
    walk("self/status");
}

int main(void)
{
    NEED(mkdir("base", 0755) == 0 && mkdir("base/dir", 0755) == 0);
    root = open("base", O_PATH);
    NEED(close(openat(root, "file", O_CREAT | O_WRONLY, 0644)) == 0);
    NEED(close(openat(root, "dir/in", O_CREAT | O_WRONLY, 0644)) == 0);
    NEED(symlinkat("file", root, "to-file") == 0 && symlinkat("dir", root, "to-dir") == 0);
    NEED(symlinkat("..", root, "to-parent") == 0 && symlinkat("/file", root, "absolute") == 0);
    NEED(symlinkat("../file", root, "dir/up") == 0);
    NEED(symlinkat("../../base/file", root, "dir/up-two") == 0);
    NEED(symlinkat("/proc", root, "to-proc") == 0 && symlinkat("circle", root, "circle") == 0);
    arguments();
    walks();
    return 0;
}
