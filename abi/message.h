/*
 * message.h - what travels in one call: a tag, eight words, at most one capability.
 *
 * All of it stays in registers (abi/arch/<arch>/registers.h says which). The kernel never looks at
 * the words of a message between user-level threads and never copies one through memory.
 *
 * Tag layout, least significant bit first:
 *   bits  0-11  label        the method, or the status of a reply
 *   bits 12-15  count_words  how many of the words mean something, 0 to 8
 *   bits 16-31  generation   the session's generation; the kernel does not interpret it
 *   bits 32-47  send_slot    index of the slot whose capability is sent, 0 for none
 *   bits 48-63  receive_slot index of the empty slot that takes a received capability, 0 for none
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define MESSAGE_WORDS 8

struct message {
    uint64_t tag;
    uint64_t words[MESSAGE_WORDS];
};

/* A capability's name: the index of its slot in the thread's Table. Slot 0 is always empty. */
typedef uint32_t cap_t;
#define CAP_NONE ((cap_t)0)

/* A handle names a capability and what to do with it. Slots are 64 bytes, so the handle with its
 * operation masked off is the byte offset of the slot in the Table. */
#define HANDLE_OP_BITS     6
#define HANDLE_OP_MASK     63u
#define HANDLE_INDEX_LIMIT (1u << 26)
#define HANDLE(index, op)  (((uint32_t)(index) << HANDLE_OP_BITS) + (uint32_t)(op))

/* Operations with this bit are Endpoints' and Notifications' alone; those that receive are
 * `reply_wait`, whatever the slot holds. */
#define HANDLE_OP_IPC           32u
#define HANDLE_RECEIVE          62u
#define HANDLE_RECEIVE_DEADLINE 63u

static inline bool handle_receives(uint32_t handle)
{
    return (handle & HANDLE_RECEIVE) == HANDLE_RECEIVE;
}

#define TAG_LABEL_MASK         0xfffu
#define TAG_COUNT_SHIFT        12
#define TAG_GENERATION_SHIFT   16
#define TAG_SEND_SLOT_SHIFT    32
#define TAG_RECEIVE_SLOT_SHIFT 48

#define TAG(label, count_words)                                                                    \
    (((uint64_t)(label)&TAG_LABEL_MASK) | ((uint64_t)(count_words) << TAG_COUNT_SHIFT))

static inline uint32_t tag_label(uint64_t tag) { return (uint32_t)tag & TAG_LABEL_MASK; }

static inline uint32_t tag_count_words(uint64_t tag)
{
    return (uint32_t)(tag >> TAG_COUNT_SHIFT) & 0xf;
}

/* Label and count of words at once: an operation with as many words as it has. */
static inline uint16_t tag_operation(uint64_t tag) { return (uint16_t)tag; }

static inline uint32_t tag_send_slot(uint64_t tag)
{
    return (uint32_t)(tag >> TAG_SEND_SLOT_SHIFT) & 0xffff;
}

static inline uint32_t tag_receive_slot(uint64_t tag)
{
    return (uint32_t)(tag >> TAG_RECEIVE_SLOT_SHIFT) & 0xffff;
}

/*
 * What a receive returns beside the message: the badge of the capability that was called, unless
 * one of these bits is set. Badges therefore have 62 bits, and so have the bits of a Notification.
 */
#define RECEIVED_SIGNAL (1ull << 63) /* no message: the low 62 bits are the Notification's bits */
#define RECEIVED_ERROR  (1ull << 62) /* no message: the low 12 bits are a status */
#define BADGE_MASK      (RECEIVED_ERROR - 1)

/* Deadlines are absolute, in nanoseconds of the kernel clock. */
#define DEADLINE_POLL  0ull
#define DEADLINE_NEVER (~0ull)
