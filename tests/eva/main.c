/*
 * main.c - any system call with any arguments, any fault and any interrupt, without end.
 */
#include "kernel/arch.h"
#include "kernel/cpu.h"
#include "kernel/fast.h"
#include "kernel/thread.h"
#include "port/fast.h"
#include "tests/eva/machine.h"

uint64_t fast_handle;
uint64_t fast_tag;
int64_t fast_standing;
struct endpoint *fast_endpoint;

static void any_message(struct thread *thread)
{
    thread->message.tag = eva_word();
    for (unsigned i = 0; i < MESSAGE_WORDS; i++)
        thread->message.words[i] = eva_word();
}

void eva_resume(const struct thread *thread)
{
    (void)thread->context.tls;
    (void)thread->root;
}

/* On the fast path first; where that gives up, nothing has happened. */
static void any_syscall(struct thread *thread)
{
    fast_handle = eva_word();
    fast_tag = eva_word();
    thread->deadline_ns = eva_word();
    if (eva_bool()) {
        any_message(thread);
        trap_syscall((uint32_t)fast_handle);
    } else {
        fast_entry();
    }
}

static void any_fault(struct thread *thread)
{
    any_message(thread); /* what it last sent or received */
    trap_fault(eva_word(), eva_word(), eva_word(), eva_word(), eva_word());
}

/* @thread, which runs. */
static void any_event(struct thread *thread)
{
    cpu_first.current = thread;
    if (eva_bool())
        any_syscall(thread);
    else if (eva_bool())
        any_fault(thread);
    else
        trap_interrupt();
}

int main(void)
{
    eva_machine_init();
    /*@ widen_hints "all", 255, 511, 767, 1023; */
    ;
    while (true) {
        eva_any_processor();
        if (cpu_first.current == eva_thread_number(0))
            any_event(eva_thread_number(0));
        else if (cpu_first.current == eva_thread_number(1))
            any_event(eva_thread_number(1));
    }
}
