/*
 * signal_frame.c - handler frames on the guest's stack, in Linux's layout (struct rt_sigframe of
 * arch/riscv, asm/sigcontext.h): signal information <- sp, then registers, then floating-point
 * state.
 */
#include "lib/base/bits.h"
#include "lib/base/string.h"
#include "servers/linux/arch/riscv64/vector.h"
#include "servers/linux/signal_frame.h"
#include "servers/linux/vdso.h"

#define STACK_ALIGNMENT 16

/* In the order of Linux: pc, then x1 to x31. That of a guest's frame is the same. */
struct machine_context {
    struct guest_frame registers;
    struct guest_frame_vector vector;
    uint64_t room[31];    /* for the state of registers of 128 bits */
    uint32_t fcsr;        /* of those */
    uint32_t reserved[3]; /* zeros */
};
STATIC_ASSERT(sizeof(struct machine_context) == 784, "struct sigcontext");
STATIC_ASSERT(sizeof(struct guest_frame) == 256, "struct user_regs_struct");
STATIC_ASSERT(offsetof(struct guest_frame, t6) == 31 * 8, "registers in order");

struct signal_frame {
    uint8_t info[SIGINFO_BYTES];
    uint64_t flags; /* struct ucontext from here on */
    uint64_t link;
    struct linux_stack stack;
    uint64_t mask;
    uint8_t unused[128];
    struct machine_context machine;
};
STATIC_ASSERT(offsetof(struct signal_frame, machine) == SIGINFO_BYTES + 176, "uc_mcontext");

static void fill_frame(struct signal_frame *frame, struct thread *thread,
                       const struct signal_info *info, signal_set_t mask_to_save)
{
    signal_frame_tell_stack(&frame->stack, thread);
    frame->machine.registers = *thread->frame;
    guest_vector_out(thread);
    frame->machine.vector = *guest_vector_area(thread);
    frame->mask = mask_to_save;
    signal_info_encode(info, frame->info);
}

int signal_frame_push(struct thread *thread, const struct linux_sigaction *action,
                      const struct signal_info *info, signal_set_t mask_to_save)
{
    struct guest_frame *registers = thread->frame;
    struct signal_frame frame;
    uint64_t top = signal_frame_place(thread, action, 0, sizeof(frame) + STACK_ALIGNMENT);

    if (top == 0)
        return -EFAULT;
    uint64_t sp = align_down(top - sizeof(frame), STACK_ALIGNMENT);
    memset(&frame, 0, sizeof(frame));
    fill_frame(&frame, thread, info, mask_to_save);
    if (user_write(uaddr(sp), &frame, sizeof(frame)) < 0)
        return -EFAULT;
    signal_frame_disarm(thread);
    registers->a0 = (uint64_t)info->signo;
    registers->a1 = sp + offsetof(struct signal_frame, info);
    registers->a2 = sp + offsetof(struct signal_frame, flags);
    registers->ra = vdso_return(thread->mm);
    registers->sp = sp;
    registers->pc = action->handler;
    return 0;
}

static bool is_reserved_zero(const struct machine_context *machine)
{
    return (machine->reserved[0] | machine->reserved[1] | machine->reserved[2]) == 0;
}

static int pop(struct thread *thread, struct signal_returned *returned)
{
    struct signal_frame frame;

    if (user_read(&frame, uaddr(thread->frame->sp), sizeof(frame)) < 0)
        return -EFAULT;
    if (!is_reserved_zero(&frame.machine))
        return -EINVAL;
    *returned = (struct signal_returned){.mask = frame.mask, .stack = frame.stack};
    *thread->frame = frame.machine.registers;
    *guest_vector_area(thread) = frame.machine.vector;
    return guest_vector_in(thread);
}

long signal_frame_pop(struct thread *thread)
{
    struct signal_returned returned;

    thread->syscall_number = NO_SYSCALL;
    if (pop(thread, &returned) < 0)
        return signal_frame_refuse();
    return signal_frame_return(thread, &returned);
}
