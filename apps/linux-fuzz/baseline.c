/*
 * baseline.c - see baseline.h.
 *
 * What the server keeps for good (threads, Spaces, chunks that were made) is not compared, but
 * what of it is in use. Pages are compared without those of the heap, of kept threads and of kernel
 * objects: a slab with one object holds a whole page. What the world has logged meanwhile stays in
 * its heap.
 */
#include "apps/linux-fuzz/baseline.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define COUNTS_MAX 64
#define NAME_BYTES 32
#define TEXT_BYTES 4096
#define TRIES      40
#define PAUSE_NS   20000000

struct counts {
    unsigned count;
    struct {
        char name[NAME_BYTES];
        long value;
    } of[COUNTS_MAX];
};

static struct counts baseline, now;

static bool kept_for_good(const char *name)
{
    static const char *const names[] = {
        "threads_made",      "thread_pages_made", "spaces_made", "chunks_small_made",
        "chunks_large_made", "chunks_large_used", "slots",       "heap_pages",
        "pages_total",       "pages_free",        "log_records", "object_pages"};
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static long value_of(const struct counts *counts, const char *name)
{
    for (unsigned i = 0; i < counts->count; i++)
        if (strcmp(counts->of[i].name, name) == 0)
            return counts->of[i].value;
    return -1;
}

static void add(struct counts *counts, const char *name, long value)
{
    if (counts->count == COUNTS_MAX)
        return;
    snprintf(counts->of[counts->count].name, NAME_BYTES, "%s", name);
    counts->of[counts->count++].value = value;
}

static bool read_counts(struct counts *counts)
{
    static char text[TEXT_BYTES];
    int fd = open("/proc/corm/objects", O_RDONLY);
    ssize_t bytes = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
    char name[NAME_BYTES];
    long value;
    int length;

    if (fd >= 0)
        close(fd);
    if (bytes <= 0)
        return false;
    text[bytes] = 0;
    counts->count = 0;
    for (const char *at = text; sscanf(at, "%31s %ld\n%n", name, &value, &length) == 2;
         at += length)
        add(counts, name, value);
    add(counts, "other_pages",
        value_of(counts, "pages_total") - value_of(counts, "pages_free") -
            value_of(counts, "heap_pages") - value_of(counts, "thread_pages_made") -
            value_of(counts, "object_pages"));
    return counts->count > 1;
}

bool baseline_take(void) { return read_counts(&baseline); }

long baseline_count(const char *name) { return read_counts(&now) ? value_of(&now, name) : -1; }

static long change_of(unsigned i) { return now.of[i].value - value_of(&baseline, now.of[i].name); }

static bool is_heap(const char *name) { return strncmp(name, "heap_", 5) == 0; }

static long change_by_name(const char *name)
{
    return value_of(&now, name) - value_of(&baseline, name);
}

/* Are the objects of the heap as many as before, but for what was logged and for Spaces? */
static bool only_what_stays_grew(void)
{
    long more = -change_by_name("log_records") - change_by_name("spaces_made");

    for (unsigned i = 0; i < now.count; i++)
        if (is_heap(now.of[i].name) && !kept_for_good(now.of[i].name))
            more += change_of(i);
    return more == 0;
}

static bool compare(char *text, size_t bytes)
{
    const bool heap_is_good = only_what_stays_grew();
    size_t length = 0;

    text[0] = 0;
    for (unsigned i = 0; i < now.count && length < bytes; i++) {
        long change = change_of(i);
        if (heap_is_good && is_heap(now.of[i].name))
            continue;
        if (change != 0 && !kept_for_good(now.of[i].name))
            length += (size_t)snprintf(text + length, bytes - length, "%s%s %+ld",
                                       length ? ", " : "", now.of[i].name, change);
    }
    return length == 0;
}

bool baseline_restored(char *text, size_t bytes)
{
    const struct timespec pause = {0, PAUSE_NS};

    for (unsigned i = 0; i < TRIES; i++) {
        if (!read_counts(&now)) {
            snprintf(text, bytes, "/proc/corm/objects cannot be read");
            return false;
        }
        if (compare(text, bytes))
            return true;
        nanosleep(&pause, NULL);
    }
    return false;
}
