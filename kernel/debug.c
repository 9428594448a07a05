/*
 * debug.c - the debug_* system calls.
 */
#include "kernel/debug.h"

#include "corm/syscall.h"
#include "kernel/arch.h"

const uint32_t debug_feature = BOOTINFO_FEATURE_DEBUG;

void debug_call(struct thread *thread, uint32_t op)
{
    uint64_t word = thread->message.words[0];
    thread->result = OK;
    if (op == SYSCALL_DEBUG_WRITE)
        arch_debug_write((char)word);
    else if (op == SYSCALL_DEBUG_CALL)
        arch_debug_provoke(word);
    else if (op == SYSCALL_DEBUG_CHECK)
        debug_check();
    else
        thread->result = BAD_HANDLE;
}
