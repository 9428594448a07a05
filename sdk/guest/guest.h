/**
 * guest.h - what the project's own Linux programs stand on: system calls (native/guest.h), nothing
 * else. They are static, without a C library, and would run on Linux too.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "lib/base/types.h"
#include "native/guest.h"

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

/** guest_open - the descriptor, or a negative errno. */
long guest_open(const char *path, int flags);

/** guest_fork - 0 in the child, its number in the parent, or a negative errno. */
long guest_fork(void);

#define GUEST_AT_FDCWD (-100)
#define GUEST_SIGCHLD  17
#define GUEST_O_RDONLY 0
#define GUEST_O_WRONLY 1

#define GUEST_ENOENT 2
#define GUEST_EINTR  4
