/*
 * text.h - text that grows: what a file of /proc says.
 */
#pragma once

#include "servers/linux/base.h"

struct text {
    char *bytes; /* heap; NULL when empty */
    size_t length;
    size_t capacity;
    bool failed; /* memory ran out: the text is cut */
};

void text_format(struct text *text, const char *format, ...) PRINTF(2, 3);
void text_append(struct text *text, const char *bytes, size_t count);
void text_free(struct text *text);
