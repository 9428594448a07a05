/*
 * report.h - one page that all processes of a run share: what they count, and what they found.
 *
 * Whoever writes to it may be killed at any moment, so counters are single atomic words and a
 * finding is claimed before it is written. It lies where no actor maps anything, and none of them
 * ever sees a descriptor of it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define REPORT_FINDINGS   8
#define REPORT_TEXT_BYTES 160

struct report_page {
    bool unprotected; /* this system lets anybody signal anybody: then nobody may try */
    uint64_t calls;   /* made by actors */
    uint64_t execs;   /* programs that actors became */
    uint64_t children;
    uint64_t checks; /* looks at memory for what is somebody else's */
    uint32_t claimed;
    struct {
        uint32_t written;
        char text[REPORT_TEXT_BYTES];
    } findings[REPORT_FINDINGS];
};

#define REPORT_AT 0x1180000000ull
#define report    ((struct report_page *)REPORT_AT)

#define REPORT_FILE "/run/linux-fuzz" /* root's: actors can only map it */

/* Makes the page, once in a world: an actor that executes us as if it were the first may not begin
   it anew. false: errno. A program that an actor becomes maps it by its file. */
bool report_create(void);
bool report_attach(void);

void report_count(uint64_t *counter);

/* One line, no newline. Uses no TLS. */
void report_find(const char *what, const char *where, uint64_t a, uint64_t b, uint64_t c);
