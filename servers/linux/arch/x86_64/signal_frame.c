/*
 * signal_frame.c - handler frames on the guest's stack, in Linux's layout (struct
 * rt_sigframe of arch/x86; System V ABI for the registers at entry).
 *
 * From high to low addresses: the old stack below its 128-byte red zone, vector state (XSAVE
 * format, aligned to 64, a magic word behind it), the frame, whose first word is the return
 * address: the restorer, which calls rt_sigreturn. What comes back is checked by the kernel on
 * entry (flags, addresses) and by vector_in; everything else in it is the guest's own business.
 */
#include "lib/base/bits.h"
#include "lib/base/string.h"
#include "servers/linux/arch/x86_64/vector.h"
#include "servers/linux/signal_frame.h"

#define RED_ZONE_BYTES 128
#define XSTATE_MAGIC1  0x46505853u
#define XSTATE_MAGIC2  0x46505845u
#define MAGIC2_BYTES   4

#define UC_FP_XSTATE         1
#define UC_SIGCONTEXT_SS     2
#define UC_STRICT_RESTORE_SS 4

#define USER_CS 0x33
#define USER_SS 0x2b

#define FLAGS_CLEARED_AT_ENTRY 0x10500ull /* TF, DF, RF */
#define FLAGS_FIXED            0x202ull   /* interrupts on, and the bit that is always 1 */
#define TRAP_PAGE_FAULT        14
#define PAGE_FAULT_USER        4

struct software_bytes {
    uint32_t magic1;
    uint32_t extended_bytes;
    uint64_t features;
    uint32_t state_bytes;
    uint32_t padding[7];
};
STATIC_ASSERT(sizeof(struct software_bytes) == 48, "fits xsave_area.software");

struct machine_context {
    uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
    uint64_t rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip, eflags;
    uint16_t cs, gs, fs, ss;
    uint64_t err, trapno, oldmask, cr2;
    uint64_t fpstate;
    uint64_t reserved[8];
};
STATIC_ASSERT(sizeof(struct machine_context) == 256, "struct sigcontext");

struct signal_frame {
    uint64_t return_address;
    uint64_t flags;
    uint64_t link;
    struct linux_stack stack;
    struct machine_context machine;
    uint64_t mask;
    uint8_t info[SIGINFO_BYTES];
};
STATIC_ASSERT(sizeof(struct signal_frame) == 440, "struct rt_sigframe");

/* Field by field: what is reserved keeps whatever the guest had there. */
static void fill_machine(struct machine_context *machine, const struct guest_frame *frame,
                         const struct signal_info *info, uint64_t vector)
{
    bool fault = info->kind == INFO_FAULT && (info->signo == SIGSEGV || info->signo == SIGBUS);

    machine->r8 = frame->r8;
    machine->r9 = frame->r9;
    machine->r10 = frame->r10;
    machine->r11 = frame->r11;
    machine->r12 = frame->r12;
    machine->r13 = frame->r13;
    machine->r14 = frame->r14;
    machine->r15 = frame->r15;
    machine->rdi = frame->rdi;
    machine->rsi = frame->rsi;
    machine->rbp = frame->rbp;
    machine->rbx = frame->rbx;
    machine->rdx = frame->rdx;
    machine->rax = frame->rax;
    machine->rcx = frame->rcx;
    machine->rsp = frame->rsp;
    machine->rip = frame->rip;
    machine->eflags = frame->rflags;
    machine->cs = USER_CS;
    machine->gs = machine->fs = 0;
    machine->ss = USER_SS;
    machine->err = fault ? PAGE_FAULT_USER : 0;
    machine->trapno = fault ? TRAP_PAGE_FAULT : 0;
    machine->oldmask = 0;
    machine->cr2 = fault ? info->value : 0;
    machine->fpstate = vector;
}

/* Bytes of vector state in a frame, whatever of it is in use. */
static uint32_t frame_vector_bytes(void)
{
    uint64_t features = guest_vector_features();
    if (features & ~(uint64_t)(XSTATE_LEGACY | XSTATE_AVX))
        return guest_vector_bytes();
    return features & XSTATE_AVX ? XSAVE_AVX_END : XSAVE_HEADER_END;
}

/* Says what it is to whoever looks at it; the second magic word lies behind it. */
static void describe_vector(struct xsave_area *area, uint32_t bytes)
{
    const uint32_t magic2 = XSTATE_MAGIC2;
    const struct software_bytes software = {.magic1 = XSTATE_MAGIC1,
                                            .extended_bytes = bytes + MAGIC2_BYTES,
                                            .features = guest_vector_features(),
                                            .state_bytes = bytes};
    memcpy(area->software, &software, sizeof(software));
    memcpy((char *)area + bytes, &magic2, sizeof(magic2));
}

/* The vector state, to its place on the guest's stack. */
static int push_vector(struct thread *thread, uint64_t to, uint32_t bytes)
{
    struct xsave_area *area = guest_vector_area(thread);
    guest_vector_out(thread);
    describe_vector(area, bytes);
    return user_write(uaddr(to), area, bytes + MAGIC2_BYTES);
}

static void fill_frame(struct signal_frame *frame, const struct thread *thread,
                       const struct linux_sigaction *action, const struct signal_info *info,
                       signal_set_t mask_to_save, uint64_t vector)
{
    frame->return_address = action->restorer;
    frame->flags = UC_FP_XSTATE | UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS;
    frame->link = 0;
    signal_frame_tell_stack(&frame->stack, thread);
    fill_machine(&frame->machine, thread->frame, info, vector);
    frame->mask = mask_to_save;
    signal_info_encode(info, frame->info);
}

/* All of it where it lies, if that is one page and FXSAVE is enough. */
static bool push_in_place(struct thread *thread, const struct linux_sigaction *action,
                          const struct signal_info *info, signal_set_t mask_to_save, uint64_t sp,
                          uint64_t vector)
{
    const size_t bytes = vector - sp + XSAVE_HEADER_END + MAGIC2_BYTES;

    if (guest_vector_features() != XSTATE_LEGACY)
        return false;
    char *window = user_window(uaddr(sp), bytes, ACCESS_WRITE);
    if (!window)
        return false;
    struct xsave_area *area = (void *)(window + (vector - sp));
    fill_frame((void *)window, thread, action, info, mask_to_save, vector);
    guest_vector_save(area);
    area->xstate_bv = XSTATE_LEGACY;
    area->xcomp_bv = 0;
    memset(area->reserved, 0, sizeof(area->reserved));
    describe_vector(area, XSAVE_HEADER_END);
    user_window_end();
    return true;
}

static int push_by_copies(struct thread *thread, const struct linux_sigaction *action,
                          const struct signal_info *info, signal_set_t mask_to_save, uint64_t sp,
                          uint64_t vector)
{
    struct signal_frame copy;

    if (push_vector(thread, vector, frame_vector_bytes()) < 0)
        return -EFAULT;
    memset(&copy, 0, sizeof(copy));
    fill_frame(&copy, thread, action, info, mask_to_save, vector);
    return user_write(uaddr(sp), &copy, sizeof(copy));
}

int signal_frame_push(struct thread *thread, const struct linux_sigaction *action,
                      const struct signal_info *info, signal_set_t mask_to_save)
{
    struct guest_frame *registers = thread->frame;
    const uint32_t vector_bytes = frame_vector_bytes();
    uint64_t sp =
        signal_frame_place(thread, action, RED_ZONE_BYTES,
                           vector_bytes + MAGIC2_BYTES + sizeof(struct signal_frame) + 128);

    if (sp == 0 || !(action->flags & SA_RESTORER))
        return -EFAULT;
    uint64_t vector = align_down(sp - vector_bytes - MAGIC2_BYTES, 64);
    sp = align_down(vector - sizeof(struct signal_frame), 16) - 8;
    if (!push_in_place(thread, action, info, mask_to_save, sp, vector) &&
        push_by_copies(thread, action, info, mask_to_save, sp, vector) < 0)
        return -EFAULT;
    signal_frame_disarm(thread);
    registers->rdi = (uint64_t)info->signo;
    registers->rsi = sp + offsetof(struct signal_frame, info);
    registers->rdx = sp + offsetof(struct signal_frame, flags);
    registers->rax = 0;
    registers->rip = action->handler;
    registers->rsp = sp;
    registers->rflags &= ~FLAGS_CLEARED_AT_ENTRY;
    /* They mean nothing to a handler, and the kernel's short way in wants them so. */
    registers->rcx = registers->rip;
    registers->r11 = registers->rflags = (registers->rflags & GUEST_FLAGS_USER) | FLAGS_FIXED;
    return 0;
}

/* Vector state from a frame: ours, or one that the guest has made (then perhaps only FXSAVE). */
static int pop_vector(struct thread *thread, uint64_t at)
{
    struct xsave_area *area = guest_vector_area(thread);
    struct software_bytes software;
    uint32_t bytes = guest_vector_bytes(), ours = frame_vector_bytes();

    /* As it was pushed, mostly: with all that it says it has. */
    if (at != 0 && user_read(area, uaddr(at), ours) == 0) {
        memcpy(&software, area->software, sizeof(software));
        if (software.magic1 == XSTATE_MAGIC1 && software.state_bytes == ours) {
            area->xstate_bv &= software.features;
            return guest_vector_in(thread);
        }
    }
    guest_vector_clear(thread);
    if (at == 0)
        return guest_vector_in(thread);
    if (user_read(area, uaddr(at), XSAVE_HEADER_END) < 0)
        return -EFAULT;
    memcpy(&software, area->software, sizeof(software));
    if (software.magic1 == XSTATE_MAGIC1 && software.state_bytes <= bytes &&
        software.state_bytes >= XSAVE_HEADER_END) {
        if (user_read(area + 1, uaddr(at + XSAVE_HEADER_END),
                      software.state_bytes - XSAVE_HEADER_END) < 0)
            return -EFAULT;
        area->xstate_bv &= software.features;
    } else { /* made by the guest in the old format: the header is not there */
        memset(&area->xstate_bv, 0, XSAVE_HEADER_END - XSAVE_LEGACY_BYTES);
        area->xstate_bv = XSTATE_LEGACY;
    }
    memset(area->software, 0, sizeof(area->software));
    return guest_vector_in(thread);
}

static void take_machine(struct guest_frame *frame, const struct machine_context *machine)
{
    *frame = (struct guest_frame){
        .r8 = machine->r8,
        .r9 = machine->r9,
        .r10 = machine->r10,
        .r11 = machine->r11,
        .r12 = machine->r12,
        .r13 = machine->r13,
        .r14 = machine->r14,
        .r15 = machine->r15,
        .rdi = machine->rdi,
        .rsi = machine->rsi,
        .rbp = machine->rbp,
        .rbx = machine->rbx,
        .rdx = machine->rdx,
        .rax = machine->rax,
        .rcx = machine->rcx,
        .rsp = machine->rsp,
        .rip = machine->rip,
        .rflags = machine->eflags,
        .fs_base = frame->fs_base,
        .gs_base = frame->gs_base,
    };
}

/* The guest may write to the frame meanwhile: each field is read once. */
static ALWAYS_INLINE void take_frame(struct thread *thread, const struct signal_frame *frame,
                                     struct signal_returned *returned)
{
    take_machine(thread->frame, &frame->machine);
    *returned = (struct signal_returned){frame->machine.fpstate, frame->mask, frame->stack};
}

/* The vector state of a frame in the same page. -EAGAIN: it is somewhere else. */
static int pop_vector_in_place(struct thread *thread, const struct signal_frame *frame, uint64_t sp,
                               uint64_t vector)
{
    const uint64_t distance = vector - sp;

    if (guest_vector_features() != XSTATE_LEGACY || vector % XSAVE_ALIGNMENT != 0 ||
        distance < sizeof(*frame) || distance > PAGE_BYTES ||
        sp % PAGE_BYTES + distance + XSAVE_LEGACY_BYTES > PAGE_BYTES)
        return -EAGAIN;
    return guest_vector_load(thread, (const void *)((const char *)frame + distance));
}

static ALWAYS_INLINE int pop(struct thread *thread, uint64_t sp, struct signal_returned *returned)
{
    int status = -EAGAIN;
    const struct signal_frame *frame =
        user_window(uaddr(sp), sizeof(struct signal_frame), ACCESS_READ);
    if (LIKELY(frame != NULL)) {
        take_frame(thread, frame, returned);
        status = pop_vector_in_place(thread, frame, sp, returned->vector);
        user_window_end();
    } else {
        struct signal_frame copy;
        if (user_read(&copy, uaddr(sp), sizeof(copy)) < 0)
            return -EFAULT;
        take_frame(thread, &copy, returned);
    }
    return status == -EAGAIN ? pop_vector(thread, returned->vector) : status;
}

long signal_frame_pop(struct thread *thread)
{
    struct signal_returned returned;

    thread->syscall_number = NO_SYSCALL;
    if (pop(thread, thread->frame->rsp - 8, &returned) < 0)
        return signal_frame_refuse();
    return signal_frame_return(thread, &returned);
}
