/*
 * futex.c - waiting on a word of guest memory, and waking who does. See futex_queue.h.
 */
#include "servers/linux/futex_queue.h"

#include "servers/linux/clock.h"
#include "servers/linux/mm.h"
#include "servers/linux/signal.h"
#include "servers/linux/sys.h"

#define FUTEX_WAIT           0
#define FUTEX_WAKE           1
#define FUTEX_REQUEUE        3
#define FUTEX_CMP_REQUEUE    4
#define FUTEX_WAKE_OP        5
#define FUTEX_WAIT_BITSET    9
#define FUTEX_WAKE_BITSET    10
#define FUTEX_CLOCK_REALTIME 256
#define FUTEX_COMMAND_MASK   (~(uint32_t)(FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME))

static long wait(uint64_t address, uint32_t expected, uint32_t bits, nanos_t deadline_ns,
                 bool private)
{
    struct futex_waiter waiter = {.bits = bits, .thread = thread_self()};
    long error = futex_key_of(address, private, &waiter.key);
    if (error == 0)
        error = futex_enqueue_if_equal(&waiter, address, expected);
    if (error < 0)
        return error;
    int slept = 0;
    while (slept == 0 && !futex_is_woken(&waiter))
        slept = thread_sleep(deadline_ns, true);
    return futex_leave(&waiter) ? slept : 0;
}

static long resume_wait(const struct restart_block *block)
{
    bool private = block->bits >> 32;
    long result = wait(block->address, (uint32_t)block->value, (uint32_t)block->bits,
                       block->deadline_ns, private);
    return result == -EINTR ? call_resume_later(block) : result;
}

static long wait_call(const uint64_t args[6], uint32_t bits, bool absolute, bool real, bool private)
{
    nanos_t deadline_ns = NANOS_NEVER;
    long error = 0;

    if (bits == 0)
        return -EINVAL;
    if (args[3] != 0 && !absolute) {
        error = clock_read_timeout(uaddr(args[3]), &deadline_ns);
    } else if (args[3] != 0) {
        error = clock_read_nanos(uaddr(args[3]), &deadline_ns);
        if (error == 0)
            error = clock_to_monotonic(real ? CLOCK_REALTIME : CLOCK_MONOTONIC, deadline_ns,
                                       &deadline_ns);
    }
    if (error < 0)
        return error;
    long result = wait(args[0], (uint32_t)args[2], bits, deadline_ns, private);
    if (result != -EINTR)
        return result;
    if (deadline_ns == NANOS_NEVER)
        return -ERESTARTSYS;
    const struct restart_block block = {.resume = resume_wait,
                                        .deadline_ns = deadline_ns,
                                        .address = args[0],
                                        .value = (uint32_t)args[2],
                                        .bits = bits | (uint64_t) private << 32};
    return call_resume_later(&block);
}

/* ---- wake and requeue ------------------------------------------------------------------------ */

/* An int of the guest, who wakes one waiter even if it asks for none: so does Linux. */
static uint32_t at_least_one(uint64_t argument)
{
    int count = arg_int(argument);
    return count < 1 ? 1 : (uint32_t)count;
}

/* args: address, op, wake count, move count, target, expected value */
static long requeue(const uint64_t args[6], bool compares, bool private)
{
    struct futex_key key, target;
    uint32_t value;

    if ((int32_t)args[2] < 0 || (int32_t)args[3] < 0)
        return -EINVAL;
    long error = futex_key_of(args[0], private, &key);
    if (error == 0)
        error = futex_key_of(args[4], private, &target);
    if (error < 0)
        return error;
    struct futex_bucket *from = futex_bucket_of(&key), *to = futex_bucket_of(&target);
    futex_lock_two(from, to);
    if (compares) {
        error = user_read(&value, uaddr(args[0]), sizeof(value));
        if (error == 0 && value != (uint32_t)args[5])
            error = -EAGAIN;
    }
    if (error == 0) {
        error = futex_wake_locked(from, &key, (uint32_t)args[2], FUTEX_BITSET_ANY);
        error += futex_move_locked(from, &key, to, &target, (uint32_t)args[3]);
    }
    futex_unlock_two(from, to);
    return error;
}

/* ---- wake and change --------------------------------------------------------------------------
 */

/* FUTEX_WAKE_OP says in 32 bits what to do with a word and what it must have been: operation (4
   bits), comparison (4), and the operands of both (12 each). futex(2). */
#define OPERAND_BITS     12
#define OPERAND_IS_SHIFT 8u /* the operand is 1 << what stands there */

enum word_operation { WORD_SET, WORD_ADD, WORD_OR, WORD_AND_NOT, WORD_XOR };
enum word_comparison { WAS_EQUAL, WAS_OTHER, WAS_LESS, WAS_AT_MOST, WAS_GREATER, WAS_AT_LEAST };

static int32_t operand_of(uint32_t encoded, unsigned shift)
{
    return (int32_t)(encoded << (32 - OPERAND_BITS - shift)) >> (32 - OPERAND_BITS);
}

/* What the word becomes; false: no such operation. */
static bool operate(uint32_t encoded, uint32_t old, uint32_t *result)
{
    uint32_t operand = (uint32_t)operand_of(encoded, OPERAND_BITS);

    if (encoded >> 28 & OPERAND_IS_SHIFT)
        operand = UINT32_C(1) << (operand & 31);
    switch ((enum word_operation)(encoded >> 28 & ~OPERAND_IS_SHIFT)) {
    case WORD_SET:
        *result = operand;
        return true;
    case WORD_ADD:
        *result = old + operand;
        return true;
    case WORD_OR:
        *result = old | operand;
        return true;
    case WORD_AND_NOT:
        *result = old & ~operand;
        return true;
    case WORD_XOR:
        *result = old ^ operand;
        return true;
    }
    return false;
}

/* 1, 0, or -ENOSYS: no such comparison. */
static long compare(uint32_t encoded, int32_t old)
{
    const int32_t with = operand_of(encoded, 0);

    switch ((enum word_comparison)(encoded >> 24 & 0xf)) {
    case WAS_EQUAL:
        return old == with;
    case WAS_OTHER:
        return old != with;
    case WAS_LESS:
        return old < with;
    case WAS_AT_MOST:
        return old <= with;
    case WAS_GREATER:
        return old > with;
    case WAS_AT_LEAST:
        return old >= with;
    }
    return -ENOSYS;
}

/* Changes the word; whether it was what is asked for, or an error. */
static long change_word(uint64_t address, uint32_t encoded)
{
    uint32_t old, becomes;
    int other;

    if (user_read(&old, uaddr(address), sizeof(old)) < 0)
        return -EFAULT;
    do {
        if (!operate(encoded, old, &becomes))
            return -ENOSYS;
        other = user_exchange_if(uaddr(address), &old, becomes);
    } while (other > 0);
    return other < 0 ? other : compare(encoded, (int32_t)old);
}

/* args: address, op, wake count, wake count there, the other address, what to do with its word */
static long wake_op(const uint64_t args[6], bool private)
{
    struct futex_key key, other;
    long woken = futex_key_of(args[0], private, &key);

    if (woken == 0)
        woken = futex_key_of(args[4], private, &other);
    if (woken < 0)
        return woken;
    struct futex_bucket *first = futex_bucket_of(&key), *second = futex_bucket_of(&other);
    futex_lock_two(first, second);
    long was = change_word(args[4], (uint32_t)args[5]);
    woken = was < 0 ? was : futex_wake_locked(first, &key, at_least_one(args[2]), FUTEX_BITSET_ANY);
    if (was > 0)
        woken += futex_wake_locked(second, &other, at_least_one(args[3]), FUTEX_BITSET_ANY);
    futex_unlock_two(first, second);
    return woken;
}

SYSCALL(futex)
{
    uint32_t op = (uint32_t)args[1];
    bool private = op & FUTEX_PRIVATE_FLAG;
    bool real = op & FUTEX_CLOCK_REALTIME;

    if (real && (op & FUTEX_COMMAND_MASK) != FUTEX_WAIT_BITSET)
        return -ENOSYS;
    switch (op & FUTEX_COMMAND_MASK) {
    case FUTEX_WAIT:
        return wait_call(args, FUTEX_BITSET_ANY, false, false, private);
    case FUTEX_WAIT_BITSET:
        return wait_call(args, (uint32_t)args[5], true, real, private);
    case FUTEX_WAKE:
        return futex_wake(args[0], at_least_one(args[2]), FUTEX_BITSET_ANY, private);
    case FUTEX_WAKE_BITSET:
        return futex_wake(args[0], at_least_one(args[2]), (uint32_t)args[5], private);
    case FUTEX_WAKE_OP:
        return wake_op(args, private);
    case FUTEX_REQUEUE:
        return requeue(args, false, private);
    case FUTEX_CMP_REQUEUE:
        return requeue(args, true, private);
    default:
        return -ENOSYS;
    }
}
