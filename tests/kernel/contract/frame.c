/**
 * frame.c - hostile frames: nothing that a server writes there can harm the kernel or get through.
 */
#include "guestkit.h"

#include "lib/base/string.h"

#define SYSCALL       "\x0f\x05"
#define NOT_CANONICAL 0x800000000000ull
#define KERNEL        0xffff800000000000ull
#define LAST_PAGE     0x7ffffffff000ull
#define FLAG_ALWAYS   0x2ull
#define FLAG_IF       0x200ull
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
    guest_code(SYSCALL, 2);
    for (uint32_t i = 0; i < ARRAY_LENGTH(bad_pcs); i++) {
        guest.frame->rip = bad_pcs[i];
        CHECK_STATUS(ipc_enter(&m), RANGE);
        guest.frame->rcx = bad_pcs[i];
        guest.frame->r11 = GUEST_FLAGS;
        CHECK_STATUS(ipc_enter(&m), RANGE);
        CHECK_EQUAL(guest.frame->rip, bad_pcs[i]);
    }
}

static void bad_pc(void) { guest_run(bad_pc_main); }

/* Nothing is mapped there, so it makes no difference whether the kernel looks first. */
static void last_page_main(void *unused)
{
    struct message m = {0};
    (void)unused;
    for (uint64_t pc = LAST_PAGE; pc < NOT_CANONICAL; pc += PAGE - 2) {
        guest_code(SYSCALL, 2);
        guest.frame->rip = guest.frame->rcx = pc;
        guest.frame->r11 = guest.frame->rflags;
        const status_t status = ipc_enter(&m);
        CHECK(status == RANGE || (status == OK && tag_label(m.tag) == GUEST_EXIT_FAULT));
    }
}

static void last_page(void) { guest_run(last_page_main); }

static void bad_bases_main(void *unused)
{
    static const uint64_t bases[] = {NOT_CANONICAL, 1ull << 63, KERNEL >> 1};
    struct message m = {0};
    (void)unused;
    guest_code(SYSCALL, 2);
    for (uint32_t i = 0; i < 2 * ARRAY_LENGTH(bases); i++) {
        const uint64_t base = bases[i / 2];
        guest.frame->rcx = i % 2 ? GUEST_CODE : 0; /* with it the kernel may take a shorter way */
        guest.frame->r11 = GUEST_FLAGS;
        guest.frame->fs_base = base;
        CHECK_STATUS(ipc_enter(&m), RANGE);
        guest.frame->fs_base = 0;
        guest.frame->gs_base = base;
        CHECK_STATUS(ipc_enter(&m), RANGE);
        guest.frame->gs_base = 0;
    }
    CHECK_EQUAL(guest_enter(&m), GUEST_EXIT_SYSCALL);
}

static void bad_bases(void) { guest_run(bad_bases_main); }

static void flags_main(void *unused)
{
    struct message m = {0};
    (void)unused;
    for (uint32_t i = 0; i < 3 * 64; i++) {
        const uint32_t bit = i / 3;
        const uint64_t allowed = (BIT(bit) & GUEST_FLAGS_USER) | FLAG_IF | FLAG_ALWAYS;
        if (BIT(bit) == 0x100)
            continue; /* single step: guest.c */
        guest_code(SYSCALL, 2);
        guest.frame->rflags = BIT(bit);
        /* Where rcx and r11 are as sysret would leave them the kernel may take a shorter way. */
        guest.frame->rcx = i % 3 ? GUEST_CODE : 0;
        guest.frame->r11 = i % 3 == 1 ? allowed : BIT(bit) | FLAG_IF | FLAG_ALWAYS;
        CHECK_EQUAL(guest_enter(&m), GUEST_EXIT_SYSCALL);
        CHECK_EQUAL(guest.frame->rflags, allowed);
    }
}

static void flags(void) { guest_run(flags_main); }

static void bad_stack_main(void *unused)
{
    static const uint64_t stacks[] = {NOT_CANONICAL, KERNEL, ~0ull, 0, 1, LAST_PAGE};
    struct message m = {0};
    (void)unused;
    for (uint32_t i = 0; i < ARRAY_LENGTH(stacks); i++) {
        guest_code(SYSCALL, 2);
        guest.frame->rsp = stacks[i];
        CHECK_EQUAL(guest_enter(&m), GUEST_EXIT_SYSCALL);
        CHECK_EQUAL(guest.frame->rsp, stacks[i]);
        guest_code("\x0f\x0b", 2);
        guest.frame->rsp = stacks[i];
        CHECK_EQUAL(guest_enter(&m), GUEST_EXIT_TRAP);
        CHECK_EQUAL(guest.frame->rsp, stacks[i]);
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
            memcpy(guest.code, SYSCALL, 2);
            guest.frame->rip = GUEST_CODE;
        }
        const status_t status = ipc_enter(&m);
        CHECK(status == OK || status == RANGE);
        entered += status == OK;
        if (status != OK)
            continue;
        CHECK(tag_label(m.tag) >= GUEST_EXIT_SYSCALL && tag_label(m.tag) <= GUEST_EXIT_TRAP);
        CHECK_EQUAL(guest.frame->rflags & ~(GUEST_FLAGS_USER | 0x10000), FLAG_IF | FLAG_ALWAYS);
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
        guest_code(i == 0 ? SYSCALL : "\x0f\x0b", 2);
        guest.frame->fs_base = GUEST_DATA;
        guest.frame->rsp = 0;
        __asm__ volatile("mov %%rsp, %0" : "=r"(stack_before));
        CHECK_OK(ipc_enter(&m));
        __asm__ volatile("mov %%rsp, %0" : "=r"(stack_after));
        __asm__ volatile("movq %%fs:0, %0" : "=r"(tls));
        CHECK_EQUAL(tls, 77);
        CHECK_EQUAL(stack_before, stack_after);
    }
}

static void server_unharmed(void) { guest_run(server_unharmed_main); }

TEST_SUITE(frame,
           {"a frame whose pc is no user address answers RANGE and is left as it was", bad_pc},
           {"a guest cannot run in the last user page", last_page},
           {"a frame whose segment bases are not canonical answers RANGE", bad_bases},
           {"of a frame's flags only those of user level get through", flags},
           {"a frame may have any stack pointer, which harms only its guest", bad_stack},
           {"random frames enter or answer RANGE, and always come back", random_frames},
           {"the server comes back with its own stack and TLS base", server_unharmed});
