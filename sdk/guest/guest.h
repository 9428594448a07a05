/**
 * guest.h - what the project's own Linux programs stand on: system calls of x86_64 Linux, nothing
 * else. They are static, without a C library, and would run on Linux too.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "lib/base/types.h"

/** guest_main - the program. `envp` ends with NULL, as argv does. */
int guest_main(int argc, char **argv, char **envp);

/** guest_start - called by the first instructions with the initial stack. */
NORETURN void guest_start(uintptr_t *stack);

/** guest_call - system call @number; the result, or a negative errno. */
long guest_call(long number, uint64_t a, uint64_t b, uint64_t c, uint64_t d);

NORETURN void guest_exit(int status);

/** guest_print - formatted text to a descriptor (lib/base/fmt.h); at most 1 KiB a call. */
void guest_print(int fd, const char *format, ...) PRINTF(2, 3);

/** guest_read_file - the whole file as text into @buffer, 0-terminated; length or negative errno.
 */
long guest_read_file(const char *path, char *buffer, size_t capacity);

/** guest_errno_text - a few words for a negative errno. */
const char *guest_errno_text(long error);

enum guest_number {
    NR_READ = 0,
    NR_WRITE = 1,
    NR_OPEN = 2,
    NR_CLOSE = 3,
    NR_IOCTL = 16,
    NR_FORK = 57,
    NR_EXECVE = 59,
    NR_WAIT4 = 61,
    NR_CHDIR = 80,
    NR_SETSID = 112,
    NR_EXIT_GROUP = 231,
};

#define GUEST_O_RDONLY 0
#define GUEST_O_WRONLY 1

#define GUEST_ENOENT 2
#define GUEST_EINTR  4
