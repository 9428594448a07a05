/*
 * report.c - see report.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apps/linux-fuzz/report.h"

#define REPORT_BYTES 4096
_Static_assert(sizeof(struct report_page) <= REPORT_BYTES, "one page");

/* A filter of system calls, which a program inherits, may tell of a close that was not made. */
static bool is_closed(int fd)
{
    return mmap(NULL, REPORT_BYTES, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED && errno == EBADF;
}

/* True if the report is mapped, and can be written to in no other way. */
static bool map(int fd)
{
    const int protection = PROT_READ | PROT_WRITE;

    if (fd < 0)
        return false;
    void *at = mmap(report, REPORT_BYTES, protection, MAP_SHARED | MAP_FIXED_NOREPLACE, fd, 0);
    close(fd);
    return at == report && is_closed(fd);
}

bool report_create(void)
{
    int fd = open(REPORT_FILE, O_RDWR | O_CREAT | O_EXCL, 0666);
    return fd >= 0 && fchmod(fd, 0666) == 0 && ftruncate(fd, REPORT_BYTES) == 0 && map(fd);
}

/* Others of the family must not take the descriptor meanwhile: pidfd_getfd, /proc/PID/fd. */
bool report_attach(void)
{
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    bool mapped = map(open(REPORT_FILE, O_RDWR));
    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    return mapped;
}

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
