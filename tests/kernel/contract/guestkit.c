/**
 * guestkit.c - see guestkit.h.
 */
#include "guestkit.h"

#include "lib/base/string.h"

#define FLAG_GUEST       1u
#define SPACE_SLOTS_LOG2 3
#define NODES_LOG2       15

enum { SLOT_NODES, SLOT_CODE, SLOT_DATA };

struct guest guest;

static void put(uint32_t slot, cap_t region, uint64_t vaddr, uint64_t rights)
{
    CHECK_OK(space_attach(guest.space, slot, region, vaddr, PAGE));
    CHECK_OK(kit_map_range(guest.space, slot, 0, vaddr, PAGE, rights));
}

void guest_make(void (*run)(void *), uint32_t floor, cap_t sched)
{
    const struct helper helper = {.run = run, .floor = floor, .sched = sched, .vector = true};
    cap_t data_region = CAP_NONE;
    guest.space = env_make(OBJECT_SPACE, SPACE_SLOTS_LOG2, FLAG_GUEST);
    CHECK_OK(space_donate(guest.space, SLOT_NODES, env_make(OBJECT_UNTYPED, NODES_LOG2, 0)));
    guest.code = env_memory(12, &guest.code_region);
    guest.data = env_memory(12, &data_region);
    guest.frame = env_memory(12, &guest.frame_region);
    put(SLOT_CODE, guest.code_region, GUEST_CODE, RIGHTS_RW | RIGHTS_RX);
    put(SLOT_DATA, data_region, GUEST_DATA, RIGHTS_RW);
    guest.thread = helper_make(&helper);
    CHECK_OK(thread_set_guest(guest.thread, guest.space, guest.frame_region, 0));
}

void guest_run(void (*run)(void *))
{
    guest_make(run, PRIORITY_HIGH, CAP_NONE);
    helper_start(guest.thread);
    CHECK_EQUAL(thread_state(guest.thread), STATE_SUSPENDED);
}

void guest_code(const void *bytes, uint64_t count)
{
    memcpy(guest.code, bytes, count);
    guest.frame->FRAME_PC = GUEST_CODE;
    guest_flags(guest.frame);
}

uint32_t guest_enter(struct message *m)
{
    CHECK_OK(ipc_enter(m));
    return tag_label(m->tag);
}
