/**
 * frame.c - hostile frames: nothing that a server writes there can harm the kernel or get through.
 */
#include "guestkit.h"

#include "lib/base/string.h"
#include "machine/tls.h"

#define NOT_CANONICAL 0x800000000000ull
#define KERNEL        0xffff800000000000ull
#define LAST_PAGE     0x7ffffffff000ull
#define ROUNDS        400u

static const uint64_t bad_pcs[] = {NOT_CANONICAL, KERNEL,     ~0ull,
                                   ~0ull << 12,   1ull << 63, 1ull << 63 | GUEST_CODE};

static uint64_t random_state;

static uint64_t random_word(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static void bad_pc_main(void *unused)
{
    struct message m = {0};
    (void)unused;
    GUEST_CODE_SET(GUEST_CALL);
    for (uint32_t i = 0; i < ARRAY_LENGTH(bad_pcs); i++) {
        guest.frame->FRAME_PC = bad_pcs[i];
        CHECK_STATUS(ipc_enter(&m), RANGE);
        CHECK_EQUAL(guest.frame->FRAME_PC, bad_pcs[i]);
    }
}

static void bad_pc(void) { guest_run(bad_pc_main); }

/* Nothing is mapped there, so it makes no difference whether the kernel looks first. */
static void last_page_main(void *unused)
{
    struct message m = {0};
    (void)unused;
    for (uint64_t pc = LAST_PAGE; pc < NOT_CANONICAL; pc += PAGE - GUEST_CALL_BYTES) {
        GUEST_CODE_SET(GUEST_CALL);
        guest.frame->FRAME_PC = pc;
        const status_t status = ipc_enter(&m);
        CHECK(status == RANGE || (status == OK && tag_label(m.tag) == GUEST_EXIT_FAULT));
    }
}

static void last_page(void) { guest_run(last_page_main); }

static void bad_stack_main(void *unused)
{
    static const uint64_t stacks[] = {NOT_CANONICAL, KERNEL, ~0ull, 0, 1, LAST_PAGE};
    struct message m = {0};
    (void)unused;
    for (uint32_t i = 0; i < ARRAY_LENGTH(stacks); i++) {
        GUEST_CODE_SET(GUEST_CALL);
        guest.frame->FRAME_SP = stacks[i];
        CHECK_EQUAL(guest_enter(&m), GUEST_EXIT_SYSCALL);
        CHECK_EQUAL(guest.frame->FRAME_SP, stacks[i]);
        GUEST_CODE_SET(GUEST_UNDEFINED);
        guest.frame->FRAME_SP = stacks[i];
        CHECK_EQUAL(guest_enter(&m), GUEST_EXIT_TRAP);
        CHECK_EQUAL(guest.frame->FRAME_SP, stacks[i]);
    }
}

static void bad_stack(void) { guest_run(bad_stack_main); }

static void random_frames_main(void *unused)
{
    struct message m = {0};
    uint32_t entered = 0;
    (void)unused;
    random_state = 0x9e3779b97f4a7c15ull;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        volatile uint64_t *words = (volatile uint64_t *)guest.frame;
        for (uint32_t i = 0; i < sizeof(struct guest_frame) / sizeof(uint64_t); i++)
            words[i] = random_word() >> (random_word() % 64);
        if (round % 2) {
            memcpy(guest.code, GUEST_CALL, GUEST_CALL_BYTES);
            guest.frame->FRAME_PC = GUEST_CODE;
        }
        const status_t status = ipc_enter(&m);
        CHECK(status == OK || status == RANGE);
        entered += status == OK;
        if (status != OK)
            continue;
        CHECK(tag_label(m.tag) >= GUEST_EXIT_SYSCALL && tag_label(m.tag) <= GUEST_EXIT_TRAP);
        CHECK(frame_sane(guest.frame));
    }
    CHECK(entered > ROUNDS / 4);
}

static void random_frames(void) { guest_run(random_frames_main); }

/* The server's thread itself must come back as it went in. */
static void server_unharmed_main(void *unused)
{
    struct message m = {0};
    uint64_t tls, stack_before, stack_after;
    (void)unused;
    CHECK_OK(thread_set_tls(guest.thread, (uint64_t)(uintptr_t)&random_state));
    random_state = 77;
    for (uint32_t i = 0; i < 3; i++) {
        if (i == 0)
            GUEST_CODE_SET(GUEST_CALL);
        else
            GUEST_CODE_SET(GUEST_UNDEFINED);
        guest.frame->FRAME_TLS = GUEST_DATA;
        guest.frame->FRAME_SP = 0;
        stack_before = stack_pointer();
        CHECK_OK(ipc_enter(&m));
        stack_after = stack_pointer();
        tls = tls_word();
        CHECK_EQUAL(tls, 77);
        CHECK_EQUAL(stack_before, stack_after);
    }
}

static void server_unharmed(void) { guest_run(server_unharmed_main); }

TEST_SUITE(frame,
           {"a frame whose pc is no user address answers RANGE and is left as it was", bad_pc},
           {"a guest cannot run in the last user page", last_page},
           {"a frame may have any stack pointer, which harms only its guest", bad_stack},
           {"random frames enter or answer RANGE, and always come back", random_frames},
           {"the server comes back with its own stack and TLS base", server_unharmed});
