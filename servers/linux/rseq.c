/*
 * rseq.c - rseq(2), and what becomes of a sequence that was interrupted.
 *
 * The layouts are Linux's (include/uapi/linux/rseq.h), and so is the order of the checks. The
 * processor's number is written when it may have changed. Lock: none; all is the thread's own.
 */
#include "servers/linux/rseq.h"

#include "servers/linux/mm.h"
#include "servers/linux/signal.h"
#include "servers/linux/sys.h"

#define FLAG_UNREGISTER 1u
#define AREA_BYTES      32u /* and its alignment */
#define PROCESSOR_NONE  UINT32_MAX
#define VERSION_KNOWN   0u

/* What the thread shares with us. Its fields are read one by one, each once. */
struct rseq_area {
    uint32_t processor_start;
    uint32_t processor;
    uint64_t sequence; /* address of the struct rseq_sequence that it is in, or is to be in; 0 */
    uint32_t flags;
};

struct rseq_sequence {
    uint32_t version;
    uint32_t flags;
    uint64_t start;
    uint64_t bytes;     /* to the end of the last instruction, which commits */
    uint64_t abandoned; /* where to continue; the signature is in front of it */
};

static uaddr_t field(const struct thread *thread, size_t offset)
{
    return uaddr(thread->rseq_area + offset);
}

static int tell_processor(const struct thread *thread, uint32_t start, uint32_t processor)
{
    const uint32_t pair[] = {start, processor};
    return user_write(field(thread, offsetof(struct rseq_area, processor_start)), pair,
                      sizeof(pair));
}

/* 0: it makes sense; or -EINVAL or -EFAULT. */
static int check(const struct thread *thread, const struct rseq_sequence *sequence)
{
    uint32_t signature;
    uint64_t end;

    if (sequence->version != VERSION_KNOWN || sequence->start >= GUEST_ADDRESS_END ||
        __builtin_add_overflow(sequence->start, sequence->bytes, &end) ||
        end >= GUEST_ADDRESS_END || sequence->abandoned >= GUEST_ADDRESS_END ||
        sequence->abandoned - sequence->start < sequence->bytes)
        return -EINVAL;
    int error =
        user_read(&signature, uaddr(sequence->abandoned - sizeof(signature)), sizeof(signature));
    if (error == 0 && signature != thread->rseq_signature)
        error = -EINVAL;
    return error;
}

/* It is in the sequence at @address, or was, or will be. */
static int abandon(struct thread *thread, uint64_t address)
{
    const uint64_t none = 0;
    struct rseq_sequence sequence;
    uint32_t flags;

    int error = user_read(&sequence, uaddr(address), sizeof(sequence));
    if (error == 0)
        error = check(thread, &sequence);
    if (error < 0)
        return error;
    bool within = guest_pc(thread->frame) - sequence.start < sequence.bytes;
    if (within) {
        error = user_read(&flags, field(thread, offsetof(struct rseq_area, flags)), sizeof(flags));
        if (error < 0)
            return error;
        if (sequence.flags != 0 || flags != 0)
            return -EINVAL;
    }
    error = user_write(field(thread, offsetof(struct rseq_area, sequence)), &none, sizeof(none));
    if (error == 0 && within)
        guest_set_pc(thread->frame, sequence.abandoned);
    return error;
}

/* No handler would help: before it runs, the same is found wrong again. */
static void refuse(struct thread *thread)
{
    mutex_lock(&process_mutex);
    process_begin_exit(thread->process, SIGSEGV);
    mutex_unlock(&process_mutex);
}

static NOINLINE void abandon_or_refuse(struct thread *thread, uint64_t address)
{
    if (abandon(thread, address) < 0)
        refuse(thread);
}

void rseq_look(struct thread *thread)
{
    uint64_t address;

    if (user_read(&address, field(thread, offsetof(struct rseq_area, sequence)), sizeof(address)) <
        0)
        refuse(thread);
    else if (UNLIKELY(address != 0))
        abandon_or_refuse(thread, address);
}

void rseq_moved(struct thread *thread)
{
    const uint32_t processor = thread_processor(thread);
    if (thread->rseq_area != 0 && tell_processor(thread, processor, processor) < 0)
        refuse(thread);
}

static long unregister(struct thread *thread, const uint64_t args[6])
{
    if (thread->rseq_area != args[0] || args[0] == 0 || (uint32_t)args[1] != AREA_BYTES)
        return -EINVAL;
    if (thread->rseq_signature != (uint32_t)args[3])
        return -EPERM;
    int error = tell_processor(thread, 0, PROCESSOR_NONE);
    if (error == 0)
        thread->rseq_area = 0;
    return error;
}

SYSCALL(rseq)
{
    struct thread *thread = thread_self();
    uint32_t bytes = (uint32_t)args[1], flags = (uint32_t)args[2], signature = (uint32_t)args[3];

    if (flags == FLAG_UNREGISTER)
        return unregister(thread, args);
    if (flags != 0 || bytes != AREA_BYTES)
        return -EINVAL;
    if (thread->rseq_area != 0) {
        if (thread->rseq_area != args[0])
            return -EINVAL;
        return thread->rseq_signature != signature ? -EPERM : -EBUSY;
    }
    if (args[0] % AREA_BYTES != 0)
        return -EINVAL;
    if (args[0] >= GUEST_ADDRESS_END - AREA_BYTES)
        return -EFAULT;
    thread->rseq_area = args[0];
    thread->rseq_signature = signature;
    rseq_moved(thread);
    return 0;
}
