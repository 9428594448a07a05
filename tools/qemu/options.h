/*
 * options.h - what the plugins that count at places of the kernel are told: the places, and the
 * file in which the counts are to be seen.
 */
#pragma once

#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PLACES_MAX 64u

struct places {
    uint64_t at[PLACES_MAX];
    size_t count;
};

static bool is_place(const struct places *places, uint64_t address)
{
    for (size_t i = 0; i < places->count; i++)
        if (places->at[i] == address)
            return true;
    return false;
}

/* "ADDRESS+ADDRESS...", in hexadecimal digits. */
static bool read_places(const char *text, struct places *places)
{
    do {
        char *end;
        if (places->count == PLACES_MAX)
            return false;
        places->at[places->count++] = strtoull(text, &end, 16);
        if (end == text || (*end != '+' && *end != '\0'))
            return false;
        text = *end == '\0' ? end : end + 1;
    } while (*text != '\0');
    return true;
}

/* @bytes of zeros at @path that others can read at every moment; NULL if it cannot be had. */
static void *open_counts(const char *path, size_t bytes)
{
    int file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (file < 0 || ftruncate(file, (off_t)bytes) != 0)
        return NULL;
    void *counts = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    return close(file) == 0 && counts != MAP_FAILED ? counts : NULL;
}

/* The text behind "NAME=" if that is what @argument begins with. */
static const char *option(const char *argument, const char *name)
{
    size_t length = strlen(name);
    return strncmp(argument, name, length) == 0 && argument[length] == '=' ? argument + length + 1
                                                                           : NULL;
}
