/*
 * report.c - see report.h.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apps/linux-fuzz/report.h"

#define PLACE        "/run/linux-fuzz" /* root's: actors can only map it */
#define REPORT_BYTES 4096
_Static_assert(sizeof(struct report) <= REPORT_BYTES, "one page");

struct report *report;

static bool map(int fd)
{
    void *at =
        fd < 0 ? MAP_FAILED : mmap(NULL, REPORT_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (fd >= 0)
        close(fd);
    report = at == MAP_FAILED ? NULL : at;
    return report != NULL;
}

bool report_create(void)
{
    int fd = open(PLACE, O_RDWR | O_CREAT | O_EXCL, 0666);
    return fd >= 0 && fchmod(fd, 0666) == 0 && ftruncate(fd, REPORT_BYTES) == 0 && map(fd);
}

bool report_attach(void) { return map(open(PLACE, O_RDWR)); }

void report_count(uint64_t *counter) { __atomic_fetch_add(counter, 1, __ATOMIC_RELAXED); }

static char *put_text(char *to, const char *end, const char *text)
{
    while (*text && to < end)
        *to++ = *text++;
    return to;
}

static char *put_number(char *to, const char *end, uint64_t number)
{
    to = put_text(to, end, " 0x");
    for (int shift = 60; shift >= 0 && to < end; shift -= 4)
        if (number >> shift != 0 || shift == 0)
            *to++ = "0123456789abcdef"[number >> shift & 15];
    return to;
}

void report_find(const char *what, const char *where, uint64_t a, uint64_t b, uint64_t c)
{
    uint32_t index = __atomic_fetch_add(&report->claimed, 1, __ATOMIC_RELAXED);
    if (index >= REPORT_FINDINGS)
        return;
    char *to = report->findings[index].text;
    const char *end = to + REPORT_TEXT_BYTES - 1;

    to = put_text(to, end, what);
    to = put_text(to, end, ": ");
    to = put_text(to, end, where);
    to = put_number(to, end, a);
    to = put_number(to, end, b);
    to = put_number(to, end, c);
    *to = 0;
    __atomic_store_n(&report->findings[index].written, 1, __ATOMIC_RELEASE);
}
