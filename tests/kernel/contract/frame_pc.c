/**
 * frame_pc.c - hostile frames on x86_64: segment bases, flags, and the shorter way in.
 */
#include "guestkit.h"

#define SYSCALL       "\x0f\x05"
#define NOT_CANONICAL 0x800000000000ull
#define KERNEL        0xffff800000000000ull
#define LAST_PAGE     0x7ffffffff000ull
#define FLAG_ALWAYS   0x2ull
#define FLAG_IF       0x200ull

static const uint64_t bad_pcs[] = {NOT_CANONICAL, KERNEL,     ~0ull,
                                   ~0ull << 12,   1ull << 63, 1ull << 63 | GUEST_CODE};

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

TEST_SUITE(frame_pc,
           {"a frame whose pc is no user address answers RANGE on the short way, too", bad_pc},
           {"a guest cannot run in the last user page on the short way, either", last_page},
           {"a frame whose segment bases are not canonical answers RANGE", bad_bases},
           {"of a frame's flags only those of user level get through", flags});
