/**
 * guest.c - enter_round_trip: a guest's system call, out to the server, and back into the guest.
 *
 * The guest is a page full of system call instructions, so nothing else of it is counted. The
 * server's thread declares vector state, as those of servers/linux do.
 */
#include "bench.h"
#include "measure.h"

#include <corm/kernel_calls.h>
#include "lib/base/bits.h"
#include "lib/base/string.h"

#define GUEST_ADDRESS    0x10000ull
#define NODES_LOG2       15
#define SPACE_SLOTS_LOG2 2
#define FLAG_GUEST       1u

enum { GUEST_SLOT_NODES, GUEST_SLOT_CODE };

static volatile bool done;
static uint64_t result;
static struct guest_frame *frame;
static char *code;

static void enter_once(void)
{
    struct message m;
    if (ipc_enter(&m) != OK || tag_label(m.tag) != GUEST_EXIT_SYSCALL)
        must(PROTOCOL, "the guest makes a system call");
}

static uint64_t measure_enter(void)
{
    uint64_t least = UINT64_MAX;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        struct message m;
        frame->FRAME_PC = GUEST_ADDRESS;
        enter_once();
        volatile uint32_t left = ITERATIONS;
        const uint64_t start = insn_read();
        do {
            if (ipc_enter(&m) != OK)
                break;
        } while (--left != 0);
        const uint64_t taken = insn_read() - start;
        if (left != 0 || tag_label(m.tag) != GUEST_EXIT_SYSCALL)
            must(PROTOCOL, "the guest makes system calls");
        least = taken < least ? taken : least;
    }
    return least;
}

static void serve(void *unused)
{
    (void)unused;
    result = measure_per_iteration(measure_enter());
    done = true;
    for (;;)
        ipc_yield();
}

static void fill_code(void)
{
    static const char syscall[] = {GUEST_CALL};
    for (uint64_t i = 0; i < KIT_PAGE_BYTES; i += sizeof(syscall))
        memcpy(code + i, syscall, sizeof(syscall));
}

static cap_t make_space(struct kit *kit)
{
    cap_t space = CAP_NONE;
    cap_t nodes = CAP_NONE;
    cap_t region = CAP_NONE;
    void *memory = NULL;
    must(kit_make(kit, OBJECT_SPACE, SPACE_SLOTS_LOG2, FLAG_GUEST, &space), "the guest's Space");
    must(kit_make(kit, OBJECT_UNTYPED, NODES_LOG2, 0, &nodes), "its nodes");
    must(space_donate(space, GUEST_SLOT_NODES, nodes), "donating them");
    must(kit_memory(kit, 12, &region, &memory), "its code");
    code = memory;
    fill_code();
    must(space_attach(space, GUEST_SLOT_CODE, region, GUEST_ADDRESS, KIT_PAGE_BYTES), "attaching");
    must(kit_map_range(space, GUEST_SLOT_CODE, 0, GUEST_ADDRESS, KIT_PAGE_BYTES,
                       REGION_RIGHT_READ | REGION_RIGHT_EXECUTE),
         "mapping");
    return space;
}

void bench_guest(struct bench *bench)
{
    struct kit *kit = &bench->kit;
    struct kit_thread spec = {.sched = bench->worker_sched, .vector = true, .main = serve};
    cap_t region = CAP_NONE;
    cap_t thread = CAP_NONE;
    void *memory = NULL;
    const cap_t space = make_space(kit);
    must(kit_memory(kit, 12, &region, &memory), "the frame");
    frame = memory;
    guest_frame_begin(frame);
    bench_stack(bench, &spec);
    must(kit_thread_make(kit, &spec, &thread), "the server's thread");
    must(thread_set_guest(thread, space, region, 0), "its guest");
    must(kit_thread_start(thread, &spec), "starting it");
    while (!done)
        ipc_yield();
    must(thread_suspend(thread), "stopping it");
    measure_report("enter_round_trip", result);
}
