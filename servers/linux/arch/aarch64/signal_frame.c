/*
 * signal_frame.c - handler frames on the guest's stack, in Linux's layout (struct rt_sigframe of
 * arch/arm64, asm/sigcontext.h).
 *
 * From high to low addresses: the old stack, a frame record (so that who walks the stack finds what
 * was interrupted), room for records up to the size that programs expect, the records that there
 * are (vector state; the syndrome of a fault; the end), registers, signal information <- sp. Only
 * up to the end of the records is anything written.
 */
#include "lib/base/bits.h"
#include "lib/base/string.h"
#include "servers/linux/arch/aarch64/vector.h"
#include "servers/linux/signal_frame.h"
#include "servers/linux/vdso.h"

#define STACK_ALIGNMENT 16
#define RECORDS_BYTES   4096 /* of the frame, for records */

#define MAGIC_VECTOR   0x46508001u
#define MAGIC_SYNDROME 0x45535201u
#define MAGIC_END      0u

/* Syndrome of an abort from user level (Arm ARM D17.2.37): classes, 32-bit instruction, a write,
   and why: no translation or no permission, at the last level. */
#define SYNDROME_FETCH       (0x20u << 26)
#define SYNDROME_DATA        (0x24u << 26)
#define SYNDROME_LONG        (1u << 25)
#define SYNDROME_TRANSLATION 0x07u
#define SYNDROME_PERMISSION  0x0fu

/* pstate: what a frame may say of the mode is "user level, 64 bits, nothing masked". */
#define PSTATE_MODE  0x1fu
#define PSTATE_MASKS 0x3c0u

struct record {
    uint32_t magic;
    uint32_t bytes;
};

struct vector_record {
    struct record head;
    uint32_t fpsr, fpcr;
    uint64_t v[32][2];
};
STATIC_ASSERT(sizeof(struct vector_record) == 528, "struct fpsimd_context");

struct syndrome_record {
    struct record head;
    uint64_t syndrome;
};

struct machine_context {
    uint64_t fault_address;
    uint64_t x[31];
    uint64_t sp;
    uint64_t pc;
    uint64_t pstate;
    uint64_t padding;
};
STATIC_ASSERT(sizeof(struct machine_context) == 288, "struct sigcontext up to its records");

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

/* What is written: a frame with its records, the last of which may be missing. */
struct pushed {
    struct signal_frame frame;
    struct vector_record vector;
    struct syndrome_record syndrome;
    struct record end;
};
STATIC_ASSERT(sizeof(struct pushed) - sizeof(struct signal_frame) <= RECORDS_BYTES, "they fit");

/* What a frame pointer leads to (AAPCS64 §6.4.6). */
struct frame_record {
    uint64_t fp, lr;
};

#define FRAME_BYTES (sizeof(struct signal_frame) + RECORDS_BYTES)

static bool is_abort(const struct signal_info *info)
{
    return info->kind == INFO_FAULT && (info->signo == SIGSEGV || info->signo == SIGBUS);
}

/* The server is not told the syndrome of a page fault: what can be said of it without. */
static uint64_t syndrome_of(const struct signal_info *info, const struct guest_frame *registers)
{
    bool fetch = info->value == registers->pc;
    uint32_t why = info->signo == SIGSEGV && info->code == SEGV_ACCERR ? SYNDROME_PERMISSION
                                                                       : SYNDROME_TRANSLATION;
    return (fetch ? SYNDROME_FETCH : SYNDROME_DATA) | SYNDROME_LONG | why;
}

static void fill_records(struct pushed *pushed, struct thread *thread,
                         const struct signal_info *info)
{
    const struct guest_vector *vector = guest_vector_area(thread);

    guest_vector_out(thread);
    pushed->vector = (struct vector_record){.head = {MAGIC_VECTOR, sizeof(struct vector_record)},
                                            .fpsr = vector->fpsr,
                                            .fpcr = vector->fpcr};
    memcpy(pushed->vector.v, vector->v, sizeof(pushed->vector.v));
    if (is_abort(info)) {
        pushed->frame.machine.fault_address = info->value;
        pushed->syndrome = (struct syndrome_record){
            .head = {MAGIC_SYNDROME, sizeof(struct syndrome_record)},
            .syndrome = syndrome_of(info, thread->frame),
        };
    } /* otherwise the zeros there are the end */
}

static void fill_frame(struct signal_frame *frame, const struct thread *thread,
                       const struct signal_info *info, signal_set_t mask_to_save)
{
    const struct guest_frame *registers = thread->frame;

    signal_frame_tell_stack(&frame->stack, thread);
    memcpy(frame->machine.x, registers->x, sizeof(frame->machine.x));
    frame->machine.sp = registers->sp;
    frame->machine.pc = registers->pc;
    frame->machine.pstate = registers->pstate;
    frame->mask = mask_to_save;
    signal_info_encode(info, frame->info);
}

static int write_frame(struct thread *thread, const struct signal_info *info,
                       signal_set_t mask_to_save, uint64_t sp, uint64_t record_at)
{
    const struct frame_record record = {thread->frame->x[29], thread->frame->x[30]};
    struct pushed pushed;

    memset(&pushed, 0, sizeof(pushed));
    fill_frame(&pushed.frame, thread, info, mask_to_save);
    fill_records(&pushed, thread, info);
    if (user_write(uaddr(sp), &pushed, sizeof(pushed)) < 0)
        return -EFAULT;
    return user_write(uaddr(record_at), &record, sizeof(record));
}

int signal_frame_push(struct thread *thread, const struct linux_sigaction *action,
                      const struct signal_info *info, signal_set_t mask_to_save)
{
    struct guest_frame *registers = thread->frame;
    uint64_t top = signal_frame_place(thread, action, 0,
                                      FRAME_BYTES + sizeof(struct frame_record) + STACK_ALIGNMENT);

    if (top == 0)
        return -EFAULT;
    uint64_t record_at = align_down(top - sizeof(struct frame_record), STACK_ALIGNMENT);
    uint64_t sp = align_down(record_at - FRAME_BYTES, STACK_ALIGNMENT);
    if (write_frame(thread, info, mask_to_save, sp, record_at) < 0)
        return -EFAULT;
    signal_frame_disarm(thread);
    registers->x[0] = (uint64_t)info->signo;
    if (action->flags & SA_SIGINFO) {
        registers->x[1] = sp + offsetof(struct signal_frame, info);
        registers->x[2] = sp + offsetof(struct signal_frame, flags);
    }
    registers->x[29] = record_at;
    registers->x[30] = action->flags & SA_RESTORER ? action->restorer : vdso_return(thread->mm);
    registers->sp = sp;
    registers->pc = action->handler;
    return 0;
}

/* One record at a time, in a frame that the guest may write to meanwhile: -EINVAL unless they end,
   and vector state is among them once. */
static int pop_records(struct thread *thread, uint64_t at)
{
    const uint64_t end = at + RECORDS_BYTES;
    struct vector_record vector;
    bool found = false;

    for (;;) {
        struct record record;
        if (end - at < sizeof(record) || user_read(&record, uaddr(at), sizeof(record)) < 0)
            return -EINVAL;
        if (record.magic == MAGIC_END)
            break;
        if (record.bytes < sizeof(record) || record.bytes % STACK_ALIGNMENT != 0 ||
            record.bytes > end - at)
            return -EINVAL;
        if (record.magic == MAGIC_VECTOR) {
            if (found || record.bytes != sizeof(vector) ||
                user_read(&vector, uaddr(at), sizeof(vector)) < 0)
                return -EINVAL;
            found = true;
        } else if (record.magic != MAGIC_SYNDROME) {
            return -EINVAL;
        }
        at += record.bytes;
    }
    if (!found)
        return -EINVAL;
    struct guest_vector *area = guest_vector_area(thread);
    memcpy(area->v, vector.v, sizeof(area->v));
    area->fpsr = vector.fpsr;
    area->fpcr = vector.fpcr;
    return guest_vector_in(thread);
}

static int pop(struct thread *thread, struct signal_returned *returned)
{
    struct guest_frame *registers = thread->frame;
    const uint64_t sp = registers->sp;
    struct signal_frame frame;

    if (sp % STACK_ALIGNMENT != 0 || user_read(&frame, uaddr(sp), sizeof(frame)) < 0)
        return -EFAULT;
    if (frame.machine.pstate & (PSTATE_MODE | PSTATE_MASKS))
        return -EINVAL;
    *returned = (struct signal_returned){.mask = frame.mask, .stack = frame.stack};
    memcpy(registers->x, frame.machine.x, sizeof(registers->x));
    registers->sp = frame.machine.sp;
    registers->pc = frame.machine.pc;
    registers->pstate = frame.machine.pstate;
    return pop_records(thread, sp + sizeof(frame));
}

long signal_frame_pop(struct thread *thread)
{
    struct signal_returned returned;

    thread->syscall_number = NO_SYSCALL;
    if (pop(thread, &returned) < 0)
        return signal_frame_refuse();
    return signal_frame_return(thread, &returned);
}

uint64_t signal_frame_bytes_max(void)
{
    return FRAME_BYTES + sizeof(struct frame_record) + STACK_ALIGNMENT;
}
