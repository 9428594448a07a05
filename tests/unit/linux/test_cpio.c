/*
 * test_cpio.c - the root archive: unpacked in place, copied when written, refused when hostile.
 */
#include <stdio.h>
#include <stdlib.h>

#include "servers/linux/page_tree.h"
#include "servers/linux/tmpfs.h"
#include "tests/unit/linux/shim.h"

#define ARCHIVE_BYTES (1u << 20)

static uint8_t *archive;
static size_t used;

static void archive_begin(void)
{
    if (!archive)
        archive = aligned_alloc(PAGE_BYTES, ARCHIVE_BYTES);
    memset(archive, 0, ARCHIVE_BYTES);
    used = 0;
}

struct item {
    const char *name;
    uint32_t mode;
    const void *data;
    uint32_t bytes;
    uint32_t number, nlink;
    bool aligned;
};

static void put(const struct item *item)
{
    size_t name_bytes = strlen(item->name) + 1;
    size_t data_at = (used + 110 + name_bytes + 3) & ~(size_t)3;
    if (item->aligned)
        data_at = (data_at + PAGE_BYTES - 1) & ~(size_t)(PAGE_BYTES - 1);
    if (item->aligned)
        name_bytes = data_at - used - 110;
    snprintf((char *)archive + used, 111,
             "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", item->number, item->mode,
             3, 4, item->nlink ? item->nlink : 1, 1000, item->bytes, 0, 0, 1, 3,
             (unsigned)name_bytes, 0);
    strcpy((char *)archive + used + 110, item->name);
    if (item->bytes)
        memcpy(archive + data_at, item->data, item->bytes);
    used = (data_at + item->bytes + 3) & ~(size_t)3;
}

static void put_end(void) { put(&(struct item){.name = "TRAILER!!!"}); }

static const char *refusal(size_t bytes)
{
    struct cpio_report report;
    world_begin();
    const char *reason = cpio_unpack(archive, bytes, world.root, &report);
    world_end();
    return reason ? reason : "accepted";
}

TEST("an archive becomes files, directories, links and devices with their attributes")
{
    char text[16];
    archive_begin();
    put(&(struct item){.name = ".", .mode = S_IFDIR | 0755});
    put(&(struct item){.name = "./bin", .mode = S_IFDIR | 0711});
    put(&(struct item){.name = "bin/sh", .mode = S_IFREG | 04755, .data = "program", .bytes = 7});
    put(&(struct item){.name = "bin/ash", .mode = S_IFLNK | 0777, .data = "sh", .bytes = 2});
    put(&(struct item){.name = "null", .mode = S_IFCHR | 0666});
    put(&(struct item){.name = "pipe", .mode = S_IFIFO | 0600});
    put_end();
    world_begin_with(archive, used);
    CHECK_EQUAL(world.report.entries, 6);
    CHECK_TEXT(read_all("/bin/ash"), "program");
    CHECK_EQUAL(do_stat("/bin/sh").st_mode, S_IFREG | 04755);
    CHECK_EQUAL(do_stat("/bin/sh").st_uid, 3);
    CHECK_EQUAL(do_stat("/bin/sh").st_gid, 4);
    CHECK_EQUAL(do_stat("/bin/sh").st_mtime_sec, 1000);
    CHECK_EQUAL(do_stat("/bin").st_mode, S_IFDIR | 0711);
    CHECK_EQUAL(do_stat("/null").st_rdev, 0x103);
    CHECK_EQUAL(do_read(do_open("/null", O_RDONLY, 0), text, 8), 0);
    CHECK(S_ISFIFO(do_stat("/pipe").st_mode));
    world_end();
}

TEST("aligned whole pages stay where they lie until they are written")
{
    static uint8_t data[10000];
    char text[32];
    int error;
    archive_begin();
    memset(data, 'd', sizeof(data));
    put(&(struct item){
        .name = "big", .mode = S_IFREG | 0644, .data = data, .bytes = 10000, .aligned = true});
    put_end();
    world_begin_with(archive, used);
    CHECK_EQUAL(world.report.pages_in_place, 2);
    CHECK_EQUAL(world.report.pages_copied, 1);
    CHECK_EQUAL(shim.pages, 1);
    int fd = do_open("/big", O_RDWR, 0);
    struct file *file = fd_file(fd);
    struct page *page = file_page(file, 1, false, &error);
    CHECK(page && (page->flags & PAGE_BOOT));
    file->inode->mapping_count = 1;
    CHECK_EQUAL(call(pwrite64, fd, guest_text("new"), 3, 4096), 3);
    CHECK_EQUAL(shim.pages, 2);
    CHECK_EQUAL(shim.unmapped_calls, 1);
    CHECK_EQUAL(((uint8_t *)page_data(page))[0], 'd');
    page_put(page);
    call(lseek, fd, 4094, SEEK_SET);
    CHECK_EQUAL(do_read(fd, text, 8), 8);
    CHECK_TEXT(text, "ddnewddd");
    struct page *shared = file_page(file, 0, true, &error);
    CHECK(shared && !(shared->flags & PAGE_BOOT));
    page_put(shared);
    file->inode->mapping_count = 0;
    uint64_t before = world.root_mount->pages_used;
    call(ftruncate, fd, 100);
    CHECK_EQUAL(world.root_mount->pages_used, before - 2);
    file_put(file);
    world_end();
}

TEST("the last page of a file has zeros behind its end, not the next header")
{
    int error;
    archive_begin();
    put(&(struct item){
        .name = "f", .mode = S_IFREG | 0644, .data = "tail", .bytes = 4, .aligned = true});
    put(&(struct item){.name = "g", .mode = S_IFREG | 0644, .data = "next", .bytes = 4});
    put_end();
    world_begin_with(archive, used);
    struct file *file = vfs_open(NULL, "/f", O_RDONLY, 0, 0, &error);
    struct page *page = file_page(file, 0, false, &error);
    for (unsigned i = 4; i < PAGE_BYTES; i++)
        CHECK(((uint8_t *)page_data(page))[i] == 0);
    page_put(page);
    file_put(file);
    world_end();
}

TEST("several names of one file are one file, whichever carries the data")
{
    archive_begin();
    put(&(struct item){.name = "a", .mode = S_IFREG | 0644, .number = 9, .nlink = 3});
    put(&(struct item){.name = "b", .mode = S_IFREG | 0644, .number = 9, .nlink = 3});
    put(&(struct item){
        .name = "c", .mode = S_IFREG | 0644, .number = 9, .nlink = 3, .data = "one", .bytes = 3});
    put_end();
    world_begin_with(archive, used);
    CHECK_TEXT(read_all("/a"), "one");
    CHECK_EQUAL(do_stat("/b").st_nlink, 3);
    CHECK_EQUAL(do_stat("/a").st_ino, do_stat("/c").st_ino);
    world_end();
}

TEST("a hostile archive is refused with its reason")
{
    static const struct {
        struct item item;
        const char *reason;
    } cases[] = {
        {{.name = "../up", .mode = S_IFREG},
         "a name has a component that is empty, a dot or too long"},
        {{.name = "tmp/../x", .mode = S_IFREG},
         "a name has a component that is empty, a dot or too long"},
        {{.name = "tmp//x", .mode = S_IFREG},
         "a name has a component that is empty, a dot or too long"},
        {{.name = "no/x", .mode = S_IFREG}, "a directory is missing before what is in it"},
        {{.name = "tmp", .mode = S_IFREG}, "a name stands in it twice"},
        {{.name = "x", .mode = 0170000}, "an entry is of no known kind"},
        {{.name = "x", .mode = S_IFLNK}, "a symbolic link has no proper text"},
        {{.name = "x", .mode = S_IFLNK, .data = "a\0b", .bytes = 3},
         "a symbolic link has no proper text"},
        {{.name = ".", .mode = S_IFREG}, "the root is no directory"},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        archive_begin();
        put(&cases[i].item);
        put_end();
        CHECK_TEXT(refusal(used), cases[i].reason);
    }
    archive_begin();
    put(&(struct item){.name = "f", .mode = S_IFREG, .data = "x", .bytes = 1});
    put(&(struct item){.name = "f/x", .mode = S_IFREG});
    put_end();
    CHECK_TEXT(refusal(used), "a name goes through something that is no directory");
}

TEST("an archive that ends anywhere, or has any wrong byte, does no harm")
{
    static uint8_t copy[8192];
    archive_begin();
    put(&(struct item){.name = "d", .mode = S_IFDIR | 0755});
    put(&(struct item){.name = "d/f", .mode = S_IFREG | 0644, .data = "data", .bytes = 4});
    put(&(struct item){.name = "d/l", .mode = S_IFLNK | 0777, .data = "f", .bytes = 1});
    size_t body = used;
    put_end();
    REQUIRE(used < sizeof(copy));
    for (size_t bytes = 0; bytes < body; bytes++)
        CHECK(strcmp(refusal(bytes), "accepted") != 0);
    CHECK_TEXT(refusal(used), "accepted");
    memcpy(copy, archive, used);
    for (int round = 0; round < 2000; round++) {
        memcpy(archive, copy, used);
        for (int i = 0; i < 3; i++)
            archive[unit_random_below(used)] =
                (uint8_t) "0123456789abcdef/.\0\377"[unit_random_below(20)];
        refusal(used);
    }
    CHECK(true);
}

TEST("an archive for which there is no memory is refused, wherever it runs out")
{
    static uint8_t data[9000];
    struct cpio_report report;
    archive_begin();
    put(&(struct item){.name = "d", .mode = S_IFDIR | 0755});
    put(&(struct item){.name = "d/f", .mode = S_IFREG | 0644, .data = data, .bytes = 9000});
    put(&(struct item){.name = "d/l", .mode = S_IFLNK | 0777, .data = "f", .bytes = 1});
    put_end();
    for (long allowed = 0; allowed < 12; allowed++) {
        world_begin();
        shim.heap_allowed = allowed;
        const char *reason = cpio_unpack(archive, used, world.root, &report);
        shim.heap_allowed = -1;
        CHECK(reason == NULL || strcmp(reason, "there is not enough memory for it") == 0 ||
              strcmp(reason, "a symbolic link has no proper text") == 0);
        world_end();
    }
    world_begin();
    shim.pages_allowed = 1;
    CHECK_TEXT(cpio_unpack(archive, used, world.root, &report),
               "there is not enough memory for it");
    world_end();
}

TEST("a page tree agrees with a plain list at any indices")
{
    enum { MODEL = 64 };
    static const uint64_t places[] = {0, 1, 63, 64, 65, 4095, 4096, 262144, UINT64_C(1) << 40};
    struct page_tree tree = {0};
    uint64_t index[MODEL];
    struct page *pages[MODEL];
    unsigned count = 0;
    world_begin();
    for (int round = 0; round < 20000; round++) {
        uint64_t at = places[unit_random_below(9)] + unit_random_below(4);
        unsigned i = 0;
        while (i < count && index[i] != at)
            i++;
        if (unit_random_below(3) == 0) {
            uint64_t last = at + unit_random_below(200);
            uint64_t dropped = page_tree_drop(&tree, at, last), expected = 0;
            for (i = 0; i < count;) {
                if (index[i] < at || index[i] > last) {
                    i++;
                    continue;
                }
                expected++;
                count--;
                index[i] = index[count];
                pages[i] = pages[count];
            }
            CHECK_EQUAL(dropped, expected);
        } else if (i == count) {
            struct page *old = NULL, *page = page_alloc_unzeroed();
            shim.heap_allowed = unit_random_below(4) == 0 ? (long)unit_random_below(5) : -1;
            int status = page_tree_set(&tree, at, page, &old);
            shim.heap_allowed = -1;
            CHECK(old == NULL);
            if (status < 0) {
                page_put(page);
            } else {
                index[count] = at;
                pages[count++] = page;
            }
        } else {
            CHECK(page_tree_find(&tree, at) == pages[i]);
        }
        CHECK_EQUAL(tree.page_count, count);
        uint64_t next, from = places[unit_random_below(9)], lowest = UINT64_MAX;
        for (i = 0; i < count; i++)
            lowest = index[i] >= from && index[i] < lowest ? index[i] : lowest;
        CHECK_EQUAL(page_tree_next(&tree, from, &next) ? next : UINT64_MAX, lowest);
    }
    page_tree_drop(&tree, 0, UINT64_MAX);
    CHECK(tree.root == NULL);
    world_end();
}
