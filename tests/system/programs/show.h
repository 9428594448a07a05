/*
 * show.h - what the programs of this folder print: calls as they are written, and their results.
 */
#pragma once

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

/* "call = result", with the name of the error if it is -1. */
#define SHOW(call)                                                                                 \
    do {                                                                                           \
        errno = 0;                                                                                 \
        long result_ = (long)(call);                                                               \
        printf("%s = %ld%s%s\n", #call, result_, result_ == -1 ? " " : "",                         \
               result_ == -1 ? strerrorname_np(errno) : "");                                       \
        fflush(stdout);                                                                            \
    } while (0)

#define SECTION(title)                                                                             \
    do {                                                                                           \
        printf("-- %s\n", title);                                                                  \
        fflush(stdout);                                                                            \
    } while (0)

/* What is needed before the interesting part: its failure ends the program. */
#define NEED(claim)                                                                                \
    do {                                                                                           \
        if (!(claim)) {                                                                            \
            printf("%s:%d: %s does not hold: %s\n", __FILE__, __LINE__, #claim, strerror(errno));  \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)
