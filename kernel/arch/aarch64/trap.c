/*
 * trap.c - exceptions: of native threads a message, of guests an exit, of the kernel the end. And
 * entering and leaving a guest with all its registers: what the short path does not do.
 */
#include "abi/fault.h"
#include "kernel/arch/aarch64/parts.h"
#include "kernel/dev/context.h"
#include "kernel/panic.h"
#include "kernel/thread.h"
#include "lib/base/bits.h"

/* The syndrome (Arm ARM D17.2.37): class, and what aborts say. */
#define SYNDROME_CLASS(syndrome)  ((syndrome) >> 26 & 0x3f)
#define SYNDROME_WRITE            BIT(6)
#define SYNDROME_CACHE            BIT(8) /* of a cache operation, which is no write */
#define SYNDROME_STATUS(syndrome) ((syndrome) >> 2 & 0xf) /* without the level; bit 6 is apart */
#define SYNDROME_STATUS_OTHER     BIT(5)

enum abort_status { STATUS_TRANSLATION = 1, STATUS_ACCESSED = 2, STATUS_PERMISSION = 3 };

enum exception_class {
    CLASS_INTERRUPT = 0, /* none: what the entry code says of an interrupt */
    CLASS_VECTOR = 0x07,
    CLASS_FETCH = 0x20,
    CLASS_DATA = 0x24,
};

#define TAG_BITS 8 /* of an address, which the processor ignores (TCR_EL1.TBI0) */

void trap_from_user(uint64_t class);
void trap_last_words(const uint64_t *frame);

status_t arch_guest_enter(struct thread *thread)
{
    /* The frame is shared with the server: one copy, and only the copy is looked at. */
    struct guest_frame *saved = &thread->context.registers;
    *saved = *(const volatile struct guest_frame *)thread->frame;
    saved->pstate &= GUEST_FLAGS_USER;
    if (saved->pc >= USER_LIMIT)
        return RANGE;
    thread->context.full = true;
    thread->context.in_guest = true;
    return OK;
}

/* Is it an access to a page that is not there, or not so? */
static bool is_page_fault(uint64_t class, uint64_t syndrome)
{
    uint64_t status = SYNDROME_STATUS(syndrome);
    return (class == CLASS_FETCH || class == CLASS_DATA) && !(syndrome & SYNDROME_STATUS_OTHER) &&
           status >= STATUS_TRANSLATION && status <= STATUS_PERMISSION;
}

static uint64_t access_of(uint64_t class, uint64_t syndrome)
{
    bool write = class == CLASS_DATA && (syndrome & SYNDROME_WRITE) && !(syndrome & SYNDROME_CACHE);
    return (SYNDROME_STATUS(syndrome) == STATUS_PERMISSION ? GUEST_ACCESS_PRESENT : 0) |
           (write ? GUEST_ACCESS_WRITE : 0) | (class == CLASS_FETCH ? GUEST_ACCESS_EXECUTE : 0);
}

static void exception(struct thread *thread, uint64_t class)
{
    uint64_t syndrome = SYSTEM_READ(esr_el1);
    bool page = is_page_fault(class, syndrome);
    int64_t address = (int64_t)(SYSTEM_READ(far_el1) << TAG_BITS) >> TAG_BITS;
    uint64_t word0 = page ? (uint64_t)address : class;
    uint64_t word1 = page ? access_of(class, syndrome) : syndrome;
    report_exception(thread, page, word0, word1);
}

/* Exception or interrupt at user level; all registers are in the context. */
void trap_from_user(uint64_t class)
{
    if (class == CLASS_INTERRUPT && arch_interrupt_window())
        trap_interrupt();
    else if (class != CLASS_VECTOR || !vector_acquire(cpu_self()))
        exception(cpu_self()->current, class);
}

/* An exception of the kernel itself, or an error that belongs to nobody. */
COLD void trap_last_words(const uint64_t *frame)
{
    kernel_panic("exception in the kernel; x0 to x30, sp, pc, pstate, syndrome, address:", frame,
                 36);
}
