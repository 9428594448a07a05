/**
 * rights.c - no operation without its right; rights only shrink.
 */
#include "test.h"

#include <corm/object_ops.h>
#include "sdk/rt/component.h"

static void without_rights(void)
{
    const cap_t caps[] = {
        SLOT_SPACE,
        SLOT_TABLE,
        SLOT_THREAD,
        SLOT_SCHED,
        env_notification(),
        env_device(DEVICE_IRQ),
        env_device(DEVICE_PORTS),
    };
    for (uint32_t i = 0; i < ARRAY_LENGTH(caps); i++) {
        if (caps[i] == CAP_NONE)
            continue; /* of a device that this board does not have */
        const uint64_t type = slot_type(caps[i]);
        const cap_t bare = env_copy(caps[i], 0);
        for (uint32_t op = 1; op < 64; op++) {
            struct message m = {0};
            const bool receive = type == OBJECT_NOTIFICATION && op != NOTIFICATION_OP_SIGNAL;
            if (object_ops[type][op].exists && object_ops[type][op].rights != 0 && !receive)
                CHECK_EQUAL(trap(HANDLE(bare, op), &m), RIGHTS);
        }
    }
}

static void endpoint_without_rights(void)
{
    const cap_t bare = env_copy(env_endpoint(), 0);
    const cap_t receive = env_copy(env_endpoint(), ENDPOINT_RIGHT_RECEIVE);
    for (uint32_t op = 1; op < HANDLE_RECEIVE; op++) {
        struct message m = {0};
        CHECK_EQUAL(trap_deadline(HANDLE(bare, op), &m, DEADLINE_POLL), RIGHTS);
        CHECK_EQUAL(trap_deadline(HANDLE(receive, op), &m, DEADLINE_POLL), RIGHTS);
    }
}

static uint64_t rights_of(cap_t slot)
{
    uint64_t type = 0, rights = 0, badge = 0;
    CHECK_OK(table_inspect(SLOT_TABLE, slot, &type, &rights, &badge));
    return rights;
}

static void rights_shrink(void)
{
    cap_t copy = env_copy(env_notification(), NOTIFICATION_RIGHT_RECEIVE);
    CHECK_EQUAL(rights_of(copy), NOTIFICATION_RIGHT_RECEIVE);
    CHECK_EQUAL(rights_of(env_copy(copy, ~0ull)), NOTIFICATION_RIGHT_RECEIVE);
    CHECK_EQUAL(rights_of(env_mint(copy, ~0ull, 0)), NOTIFICATION_RIGHT_RECEIVE);
    CHECK_EQUAL(rights_of(env_mint(copy, NOTIFICATION_RIGHT_SIGNAL, 0)), 0);
}

static void high_bits_of_rights(void)
{
    const cap_t notification = env_notification();
    CHECK_EQUAL(rights_of(env_mint(notification, 1ull << 32 | NOTIFICATION_RIGHT_SIGNAL, 1)),
                NOTIFICATION_RIGHT_SIGNAL);
    CHECK_EQUAL(rights_of(env_mint(notification, 1ull << 32 | 0x100, 1)), 0);
}

static void destination_needs_manage(void)
{
    const cap_t read_only = env_copy(SLOT_TABLE, 0);
    CHECK_STATUS(untyped_retype(env_untyped, OBJECT_ENDPOINT, 0, 0, read_only, env_slot()), RIGHTS);
    CHECK_STATUS(table_copy(SLOT_TABLE, SLOT_SCHED, read_only, env_slot(), 0), RIGHTS);
    CHECK_STATUS(region_mint(env_make(OBJECT_REGION, 12, 0), 0, 12, 0, read_only, env_slot()),
                 RIGHTS);
}

static void bindings_need_rights(void)
{
    const cap_t thread = env_make(OBJECT_THREAD, 0, 0);
    const cap_t bare_thread = env_copy(thread, 0);
    const cap_t untouched = env_copy(env_notification(), NOTIFICATION_RIGHT_SIGNAL);
    const cap_t receiver = env_copy(env_endpoint(), ENDPOINT_RIGHT_RECEIVE);
    CHECK_STATUS(thread_configure(thread, env_copy(SLOT_TABLE, 0), 0, 0), RIGHTS);
    CHECK_STATUS(thread_configure(thread, 0, env_copy(SLOT_SPACE, 0), 0), RIGHTS);
    CHECK_STATUS(thread_configure(thread, 0, 0, receiver), RIGHTS);
    CHECK_STATUS(thread_bind_notification(thread, untouched), RIGHTS);
    CHECK_STATUS(sched_bind(env_sched, bare_thread), RIGHTS);
    CHECK_STATUS(thread_kick(env_copy(thread, THREAD_RIGHT_MANAGE)), RIGHTS);
    CHECK_OK(thread_kick(env_copy(thread, THREAD_RIGHT_KICK)));
}

static void frame_needs_rights(void)
{
    const cap_t thread = env_make(OBJECT_THREAD, 0, 0);
    const cap_t region = env_make(OBJECT_REGION, 12, 0);
    const cap_t read_only = env_slot();
    CHECK_OK(region_mint(region, 0, 12, RIGHTS_R, SLOT_TABLE, read_only));
    CHECK_STATUS(thread_set_guest(thread, 0, read_only, 0), RIGHTS);
    CHECK_STATUS(thread_set_guest(thread, env_copy(SLOT_SPACE, 0), 0, 0), RIGHTS);
}

static void split_needs_rights(void)
{
    const cap_t child = env_make(OBJECT_SCHED, 0, 0);
    CHECK_STATUS(sched_split(env_sched, env_copy(child, 0), NANOS_PER_MS, 10 * NANOS_PER_MS,
                             NANOS_PER_MS, 1),
                 RIGHTS);
    CHECK_STATUS(thread_set_floor(env_make(OBJECT_THREAD, 0, 0), env_copy(env_sched, 0), 1),
                 RIGHTS);
}

TEST_SUITE(rights, {"an operation without its right answers RIGHTS", without_rights},
           {"an Endpoint without the call right passes no operation on", endpoint_without_rights},
           {"copies and children have at most the rights of their source", rights_shrink},
           {"rights above the low byte mean nothing", high_bits_of_rights},
           {"filling a Table needs the right to manage it", destination_needs_manage},
           {"every binding of a thread needs its right", bindings_need_rights},
           {"a guest needs its Space's right and a frame that is writable", frame_needs_rights},
           {"splitting needs the child's right, a floor that of the Sched that is shown",
            split_needs_rights});
