/**
 * guest.c - see guest.h.
 */
#include "sdk/guest/guest.h"

#include "lib/base/check.h"
#include "lib/base/fmt.h"
#include "lib/base/string.h"

#define PRINT_BYTES 1024

__asm__(".text\n"
        ".globl _start\n"
        "_start:\n\t" GUEST_START);

long guest_call(long number, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    return guest_trap(number, a, b, c, d);
}

long guest_open(const char *path, int flags)
{
    return guest_call(NR_OPENAT, (uint64_t)GUEST_AT_FDCWD, (uintptr_t)path, (uint64_t)flags, 0);
}

long guest_fork(void) { return guest_call(NR_CLONE, GUEST_SIGCHLD, 0, 0, 0); }

void guest_exit(int status)
{
    for (;;)
        guest_call(NR_EXIT_GROUP, (uint64_t)status, 0, 0, 0);
}

void guest_start(uintptr_t *stack)
{
    int argc = (int)stack[0];
    char **argv = (char **)(stack + 1);
    guest_exit(guest_main(argc, argv, argv + argc + 1));
}

void check_failed(const char *file, int line, const char *what)
{
    guest_print(2, "%s:%d: %s\n", file, line, what);
    guest_exit(134);
}

static void write_all(int fd, const char *bytes, size_t count)
{
    while (count > 0) {
        long done = guest_call(NR_WRITE, (uint64_t)fd, (uintptr_t)bytes, count, 0);
        if (done == -GUEST_EINTR)
            continue;
        if (done <= 0)
            return;
        bytes += done;
        count -= (size_t)done;
    }
}

void guest_print(int fd, const char *format, ...)
{
    char text[PRINT_BYTES];
    va_list args;

    va_start(args, format);
    size_t length = fmt_buffer_args(text, sizeof(text), format, args);
    va_end(args);
    write_all(fd, text, length < sizeof(text) ? length : sizeof(text) - 1);
}

long guest_read_file(const char *path, char *buffer, size_t capacity)
{
    long fd = guest_open(path, GUEST_O_RDONLY);
    size_t length = 0;

    if (fd < 0)
        return fd;
    while (length + 1 < capacity) {
        long done =
            guest_call(NR_READ, (uint64_t)fd, (uintptr_t)buffer + length, capacity - 1 - length, 0);
        if (done <= 0)
            break;
        length += (size_t)done;
    }
    guest_call(NR_CLOSE, (uint64_t)fd, 0, 0, 0);
    buffer[length] = 0;
    return (long)length;
}

const char *guest_errno_text(long error)
{
    switch (-error) {
    case 1:
        return "not permitted";
    case 2:
        return "not found";
    case 5:
        return "input/output error";
    case 7:
        return "argument list too long";
    case 8:
        return "not an executable format";
    case 12:
        return "out of memory";
    case 13:
        return "permission denied";
    case 20:
        return "not a directory";
    case 22:
        return "invalid argument";
    default:
        return "failed";
    }
}
