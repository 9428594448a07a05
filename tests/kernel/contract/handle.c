/**
 * handle.c - every field of the handle register, with values that mean nothing.
 */
#include "test.h"

#include <corm/object_ops.h>
#include "abi/bootinfo.h"
#include "sdk/rt/component.h"

#define INDEX_BEYOND (1u << COMPONENT_TABLE_SLOTS_LOG2_OBJECTS)
#define OPS          64u
#define BADGE        7u

static uint64_t invoke_zero(uint32_t index, uint32_t op)
{
    struct message m = {0};
    return trap(HANDLE(index, op), &m);
}

/* What a handle that names nothing gives. */
static uint64_t bad(uint32_t op)
{
    return handle_receives(op) ? RECEIVED_ERROR | BAD_HANDLE : BAD_HANDLE;
}

static uint64_t receive_poll(uint32_t index, uint32_t op)
{
    struct message m = {0};
    return trap_deadline(HANDLE(index, op), &m, DEADLINE_POLL);
}

static void empty_slot(void)
{
    const cap_t slot = env_slot();
    for (uint32_t op = 0; op < OPS; op++)
        CHECK_EQUAL(invoke_zero(slot, op), bad(op));
}

static void beyond_the_table(void)
{
    static const uint32_t indices[] = {
        INDEX_BEYOND, INDEX_BEYOND + SLOT_SPACE, 1u << 16,
        1u << 25,     HANDLE_INDEX_LIMIT - 1,    HANDLE_INDEX_LIMIT / 2 + SLOT_TABLE};
    for (uint32_t i = 0; i < ARRAY_LENGTH(indices); i++) {
        for (uint32_t op = 0; op < OPS; op++)
            CHECK_EQUAL(invoke_zero(indices[i], op), bad(op));
        CHECK_EQUAL(receive_poll(indices[i], ENDPOINT_OP_RECEIVE_DEADLINE),
                    RECEIVED_ERROR | BAD_HANDLE);
    }
}

static void slot_zero(void)
{
    static const uint32_t ops[] = {0, 6, 7, 8, 31, 32, 62, 63};
    for (uint32_t i = 0; i < ARRAY_LENGTH(ops); i++)
        CHECK_EQUAL(invoke_zero(0, ops[i]), bad(ops[i]));
    CHECK_EQUAL(receive_poll(0, ENDPOINT_OP_RECEIVE_DEADLINE), RECEIVED_ERROR | BAD_HANDLE);
}

/* One capability of every type that a component can have; Endpoints pass every operation on. */
static void unknown_operations(void)
{
    const cap_t caps[] = {
        env_untyped,
        env_make(OBJECT_REGION, 12, 0),
        SLOT_SPACE,
        SLOT_TABLE,
        SLOT_THREAD,
        SLOT_SCHED,
        env_signal(env_notification(), 1),
        env_device(DEVICE_IRQ),
        env_device(DEVICE_PORTS),
    };
    for (uint32_t i = 0; i < ARRAY_LENGTH(caps); i++) {
        const uint64_t type = slot_type(caps[i]);
        if (caps[i] == CAP_NONE)
            continue; /* of a device that this board does not have */
        CHECK(type != 0);
        for (uint32_t op = 0; op < OPS; op++) {
            if (!object_ops[type][op].exists)
                CHECK_EQUAL(invoke_zero(caps[i], op), bad(op));
        }
    }
}

static void receive_from_others(void)
{
    static const cap_t caps[] = {SLOT_TABLE, SLOT_SPACE, SLOT_THREAD, SLOT_SCHED, SLOT_UNTYPED};
    for (uint32_t i = 0; i < ARRAY_LENGTH(caps); i++) {
        CHECK_EQUAL(receive_poll(caps[i], ENDPOINT_OP_RECEIVE), RECEIVED_ERROR | BAD_HANDLE);
        CHECK_EQUAL(receive_poll(caps[i], ENDPOINT_OP_RECEIVE_DEADLINE),
                    RECEIVED_ERROR | BAD_HANDLE);
    }
}

static void receive_empty_slot(void)
{
    const cap_t slot = env_slot();
    for (uint32_t op = HANDLE_RECEIVE; op <= HANDLE_RECEIVE_DEADLINE; op++)
        CHECK_EQUAL(receive_poll(slot, op), RECEIVED_ERROR | BAD_HANDLE);
}

static void receive_without_right(void)
{
    const cap_t endpoint = env_endpoint();
    const cap_t notification = env_notification();
    const cap_t call_only = env_mint(endpoint, ENDPOINT_RIGHT_CALL | ENDPOINT_RIGHT_MANAGE, BADGE);
    const cap_t signal_only = env_signal(notification, BADGE);
    CHECK_OK(ipc_signal(signal_only));
    for (uint32_t op = ENDPOINT_OP_RECEIVE; op <= ENDPOINT_OP_RECEIVE_DEADLINE; op++) {
        CHECK_EQUAL(receive_poll(call_only, op), RECEIVED_ERROR | BAD_HANDLE);
        CHECK_EQUAL(receive_poll(signal_only, op), RECEIVED_ERROR | BAD_HANDLE);
    }
    CHECK_EQUAL(notification_poll(notification), BADGE);
}

static void upper_half_is_ignored(void)
{
    const uint64_t upper = 0xfedcba98ull << 32;
    const cap_t notification = env_notification();
    const cap_t signal = env_signal(notification, 1);
    const uint64_t poll = upper | HANDLE(notification, NOTIFICATION_OP_RECEIVE_DEADLINE);
    struct message m = {0};
    CHECK_EQUAL(trap_deadline(poll, &m, DEADLINE_POLL), RECEIVED_ERROR | TIMEOUT);
    CHECK_OK(trap_bare(upper | HANDLE(signal, NOTIFICATION_OP_SIGNAL), 0));
    CHECK_EQUAL(trap_deadline(poll, &m, DEADLINE_POLL), RECEIVED_SIGNAL | 1);
    CHECK_EQUAL(trap(upper | HANDLE(SLOT_SPACE, 0), &m), BAD_HANDLE);
    CHECK_OK(trap_bare(upper | SYSCALL_YIELD, 0));
}

static void signal_on_endpoint(void)
{
    const cap_t endpoint = env_endpoint();
    const cap_t notification = env_notification();
    CHECK_EQUAL(invoke_zero(notification, NOTIFICATION_OP_SIGNAL), RANGE);
    CHECK_EQUAL(receive_poll(endpoint, ENDPOINT_OP_RECEIVE_DEADLINE), RECEIVED_ERROR | TIMEOUT);
}

/* The debug calls of a release kernel do not exist; 99 provokes nothing. */
static void debug_calls(void)
{
    const bool debug = (component_self()->features & BOOTINFO_FEATURE_DEBUG) != 0;
    struct message m = {.words = {99}};
    CHECK_EQUAL(trap(HANDLE(0, SYSCALL_DEBUG_CALL), &m), debug ? OK : BAD_HANDLE);
    CHECK_EQUAL(trap(HANDLE(0, SYSCALL_DEBUG_CHECK), &m), debug ? OK : BAD_HANDLE);
    if (!debug)
        CHECK_EQUAL(trap(HANDLE(0, SYSCALL_DEBUG_WRITE), &m), BAD_HANDLE);
}

TEST_SUITE(
    handle, {"an empty slot answers BAD_HANDLE to every operation", empty_slot},
    {"an index beyond the Table answers BAD_HANDLE, whatever its low bits are", beyond_the_table},
    {"slot 0 is empty for every operation that is no system call", slot_zero},
    {"a release kernel has no debug calls", debug_calls},
    {"an operation that the object does not have answers BAD_HANDLE", unknown_operations},
    {"an object that is no Endpoint or Notification cannot be received from", receive_from_others},
    {"an empty slot cannot be received from", receive_empty_slot},
    {"receiving needs the receive right, at Endpoints and at Notifications", receive_without_right},
    {"the upper half of the handle's register means nothing", upper_half_is_ignored},
    {"a signal needs a badge", signal_on_endpoint});
