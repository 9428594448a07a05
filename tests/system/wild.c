/*
 * wild.c - a Linux program: makes every system call with wild pointers in every argument.
 *
 * Each call runs in a child, so that whatever it does to its own process ends there; the parent
 * checks that it itself still works afterwards. Calls that would only stop or leave are left out.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define CALLS_MAX      462
#define CHILD_LIMIT_S  1
#define ARGUMENT_COUNT 6

/* Null, unmapped, the last user page, not canonical, the kernel's halves, the end of everything. */
static const uint64_t wild[] = {
    0,
    0x1000,
    0x7ffffffff000,
    0x800000000000,
    0xffff800000000000,
    0xffffffff80000000,
    0xffffffffffffffff,
};

/* Calls that would stop, leave, multiply or signal somebody else. */
static int left_out(long number)
{
    static const long numbers[] = {
        SYS_rt_sigsuspend,
        SYS_reboot,
        SYS_kill,
        SYS_tkill,
        SYS_tgkill,
        SYS_rt_sigqueueinfo,
        SYS_rt_tgsigqueueinfo,
        SYS_clone,
        SYS_clone3,
#ifdef SYS_fork /* later architectures have none of these */
        SYS_pause,
        SYS_fork,
        SYS_vfork,
#endif
    };
    for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        if (numbers[i] == number)
            return 1;
    return 0;
}

static void call_in_child(long number, uint64_t value)
{
    const pid_t child = fork();
    if (child < 0)
        return;
    if (child == 0) {
        alarm(CHILD_LIMIT_S);
        for (int slot = 0; slot < ARGUMENT_COUNT; slot++) {
            uint64_t a[ARGUMENT_COUNT] = {1, 64, 64, 64, 64, 64};
            a[slot] = value;
            syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
        }
        syscall(number, value, value, value, value, value, value);
        _exit(0);
    }
    while (waitpid(child, NULL, 0) != child)
        ;
}

int main(void)
{
    for (long number = 0; number < CALLS_MAX; number++) {
        if (left_out(number))
            continue;
        for (unsigned i = 0; i < sizeof(wild) / sizeof(wild[0]); i++)
            call_in_child(number, wild[i]);
    }
    puts("survived");
    return fflush(stdout) == 0 ? 0 : 1;
}
