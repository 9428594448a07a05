/**
 * fault.c - a native thread's fault as a message to its handler, and what the answer does.
 */
#include "test.h"

#include "abi/fault.h"
#include "abi/guest.h"
#include "machine/code.h"
#include "raw.h"
#include "sdk/rt/time.h"

#define FAR           ADDRESS_FAULT /* nothing is there */
#define BADGE         5u
#define NOT_CANONICAL 0x800000000000ull

static cap_t handler; /* where faults are received */
static struct registers before, after;
static volatile uint64_t reached;

static void fill(struct registers *registers)
{
    uint64_t *words = (uint64_t *)registers;
    for (uint32_t i = 0; i < REGISTERS_GENERAL; i++)
        words[i] = 0x1111111111111111ull * (i + 1);
    registers->RAW_ADDRESS = FAR;
}

static void touch(void *unused)
{
    (void)unused;
    reached++;
    raw_fault(&before, &after);
    reached += 10;
}

/* A thread that faults at FAR, above the worker, so that it has faulted now. */
static cap_t start_faulting(struct message *m)
{
    struct helper helper = {.run = touch, .floor = PRIORITY_HIGH};
    fill(&before);
    after = (struct registers){0};
    reached = 0;
    handler = env_endpoint();
    helper.fault = env_caller(handler, BADGE);
    const cap_t thread = helper_run(&helper);
    *m = (struct message){.tag = ~0ull, .words = {9, 9, 9, 9, 9, 9, 9, 9}};
    CHECK_EQUAL(ipc_reply_wait_deadline(handler, m, DEADLINE_POLL), BADGE);
    return thread;
}

static void answer(uint64_t tag, uint64_t word)
{
    struct message m = {.tag = tag, .words = {word}};
    (void)!ipc_reply_wait_deadline(handler, &m, DEADLINE_POLL);
}

static void message_says(void)
{
    struct message m;
    const cap_t thread = start_faulting(&m);
    CHECK_EQUAL(m.tag, TAG(FAULT_PAGE, 4));
    CHECK_EQUAL(m.words[0], FAR);
    CHECK_EQUAL(m.words[1], 0);
    CHECK_EQUAL(m.words[2], (uint64_t)(uintptr_t)raw_fault_instruction);
    CHECK(m.words[3] != 0);
    CHECK_EQUAL(m.words[4] | m.words[5] | m.words[6] | m.words[7], 0);
    CHECK_EQUAL(thread_state(thread), STATE_CALLING);
}

static void check_registers_kept(void)
{
    const uint64_t *was = (const uint64_t *)&before, *is = (const uint64_t *)&after;
    for (uint32_t i = 0; i < REGISTERS_GENERAL; i++)
        CHECK_EQUAL(is[i], was[i]);
}

static void answered_in_place(void)
{
    struct message m;
    cap_t region = env_make(OBJECT_REGION, 12, 0);
    const uint32_t slot = env.next_space_slot++;
    const cap_t thread = start_faulting(&m);
    CHECK_OK(space_attach(SLOT_SPACE, slot, region, FAR, PAGE));
    CHECK_OK(kit_map_range(SLOT_SPACE, slot, 0, FAR, PAGE, RIGHTS_R));
    answer(TAG(OK, 0), 0x1234);
    CHECK_EQUAL(reached, 11);
    check_registers_kept();
    CHECK_EQUAL(thread_state(thread), STATE_SUSPENDED);
}

static void answered_elsewhere(void)
{
    struct message m;
    start_faulting(&m);
    answer(TAG(OK, 1), (uint64_t)(uintptr_t)raw_fault_next);
    CHECK_EQUAL(reached, 11);
    check_registers_kept();
}

/* Answers one fault with an address, and waits for the next. */
static void answer_and_wait(void *where)
{
    struct message m = {0};
    CHECK_EQUAL(ipc_reply_wait(handler, &m), BADGE);
    m = (struct message){.tag = TAG(OK, 1), .words = {(uint64_t)(uintptr_t)where}};
    (void)!ipc_reply_wait(handler, &m);
}

static void answered_by_who_waits(void)
{
    struct helper helper = {.run = touch, .floor = PRIORITY_HIGH};
    fill(&before);
    after = (struct registers){0};
    reached = 0;
    handler = env_endpoint();
    helper.fault = env_caller(handler, BADGE);
    helper_high(answer_and_wait, (void *)(uintptr_t)raw_fault_next);
    helper_run(&helper);
    CHECK_EQUAL(reached, 11);
    check_registers_kept();
}

static void answered_with_a_bad_address(void)
{
    static const uint64_t bad[] = {0x800000000000ull, ~0ull, 0xffff800000000000ull,
                                   0x7ffffffff000ull};
    struct message m;
    for (uint32_t i = 0; i < ARRAY_LENGTH(bad); i++) {
        const cap_t thread = start_faulting(&m);
        answer(TAG(OK, 1), bad[i]);
        CHECK_EQUAL(reached, 1);
        const uint64_t state = thread_state(thread);
        CHECK(state == STATE_QUEUED || state == STATE_SUSPENDED || state == STATE_CALLING);
    }
}

static void go_astray(void *unused)
{
    (void)unused;
    ((void (*)(void))NOT_CANONICAL)();
}

/* Processors differ in whether a jump there faults before it (pc is that of the jump) or behind. */
static void answered_astray(void)
{
    struct message m = {0};
    struct helper helper = {.run = go_astray, .floor = PRIORITY_HIGH};
    handler = env_endpoint();
    helper.fault = env_caller(handler, BADGE);
    helper_run(&helper);
    CHECK_EQUAL(ipc_reply_wait_deadline(handler, &m, DEADLINE_POLL), BADGE);
    CHECK_EQUAL(m.tag, TAG(NOT_CANONICAL_FAULT, 4));
    m.tag = TAG(OK, 0);
    CHECK_EQUAL(ipc_reply_wait_deadline(handler, &m, time_now() + NANOS_PER_MS), BADGE);
    CHECK(!PC_IS_CANONICAL || m.words[2] < NOT_CANONICAL);
}

static void refused(void)
{
    struct message m;
    const cap_t thread = start_faulting(&m);
    answer(TAG(METHOD, 0), 0);
    CHECK_EQUAL(reached, 1);
    CHECK_EQUAL(thread_state(thread), STATE_SUSPENDED);
    CHECK_OK(thread_resume(thread));
    CHECK_EQUAL(ipc_reply_wait_deadline(handler, &m, DEADLINE_POLL), BADGE);
    CHECK_EQUAL(m.words[0], FAR);
    answer(TAG(OK, 1), (uint64_t)(uintptr_t)raw_fault_next);
    check_registers_kept();
}

static cap_t inner_handler;

/* Receives a fault and keeps it, waiting in a call of its own. */
static void handler_main(void *received)
{
    struct message m = {0};
    *(volatile uint64_t *)received = ipc_reply_wait(handler, &m);
    (void)!ipc_call(inner_handler, &m);
}

static void handler_dies(void)
{
    struct message m = {0};
    uint64_t received = 0;
    struct helper helper = {.run = touch, .floor = PRIORITY_HIGH};
    fill(&before);
    reached = 0;
    handler = env_endpoint();
    inner_handler = env_endpoint();
    helper.fault = env_caller(handler, BADGE);
    const cap_t first = helper_high(handler_main, &received);
    helper_run(&helper);
    CHECK_EQUAL(*(volatile uint64_t *)&received, BADGE);
    CHECK_OK(table_delete(SLOT_TABLE, first));
    CHECK_EQUAL(ipc_reply_wait_deadline(handler, &m, DEADLINE_POLL), BADGE);
    CHECK_EQUAL(m.tag, TAG(FAULT_PAGE, 4));
    CHECK_EQUAL(m.words[0], FAR);
    answer(TAG(OK, 1), (uint64_t)(uintptr_t)raw_fault_next);
    CHECK_EQUAL(reached, 11);
    check_registers_kept();
}

static void endpoint_dies(void)
{
    struct helper helper = {.run = touch, .floor = PRIORITY_HIGH};
    fill(&before);
    reached = 0;
    handler = env_endpoint();
    helper.fault = env_caller(handler, BADGE);
    const cap_t thread = helper_run(&helper);
    CHECK_EQUAL(thread_state(thread), STATE_QUEUED);
    CHECK_OK(table_delete(SLOT_TABLE, handler));
    CHECK_EQUAL(thread_state(thread), STATE_FAULTED);
    CHECK_EQUAL(reached, 1);
}

static void nobody_to_tell(void)
{
    const struct helper helper = {.run = touch, .floor = PRIORITY_HIGH, .no_fault = true};
    struct message m = {0};
    fill(&before);
    reached = 0;
    const cap_t thread = helper_run(&helper);
    CHECK_EQUAL(thread_state(thread), STATE_FAULTED);
    handler = env_endpoint();
    CHECK_OK(thread_configure(thread, 0, 0, env_caller(handler, BADGE)));
    CHECK_OK(thread_resume(thread));
    CHECK_EQUAL(ipc_reply_wait_deadline(handler, &m, DEADLINE_POLL), BADGE);
    CHECK_EQUAL(m.words[0], FAR);
}

static void faulting_handler(void *unused)
{
    struct message m = {0};
    (void)unused;
    CHECK_EQUAL(ipc_reply_wait(handler, &m), BADGE);
    *(volatile uint8_t *)(FAR + PAGE) = 1;
}

static void nested(void)
{
    struct message m = {0};
    struct helper helper = {.run = faulting_handler, .floor = PRIORITY_HIGH};
    struct helper faulting = {.run = touch, .floor = PRIORITY_HIGH};
    fill(&before);
    handler = env_endpoint();
    inner_handler = env_endpoint();
    helper.fault = env_caller(inner_handler, BADGE + 1);
    faulting.fault = env_caller(handler, BADGE);
    const cap_t middle = helper_run(&helper);
    const cap_t first = helper_run(&faulting);
    CHECK_EQUAL(ipc_reply_wait_deadline(inner_handler, &m, DEADLINE_POLL), BADGE + 1);
    CHECK_EQUAL(m.words[0], FAR + PAGE);
    CHECK_EQUAL(m.words[1], GUEST_ACCESS_WRITE);
    CHECK_EQUAL(thread_state(first), STATE_CALLING);
    CHECK_EQUAL(thread_state(middle), STATE_CALLING);
}

static void fault_while_serving(void *unused)
{
    struct message m = {0};
    (void)unused;
    CHECK_EQUAL(ipc_reply_wait(inner_handler, &m), BADGE);
    raw_fault(&before, &after);
    m = (struct message){.tag = TAG(3, 1), .words = {m.words[0] + 1}};
    (void)!ipc_reply_wait(inner_handler, &m);
}

static void call_server(void *result)
{
    struct message m = {.tag = TAG(0, 1), .words = {41}};
    CHECK_OK(ipc_call(env_caller(inner_handler, BADGE), &m));
    *(volatile uint64_t *)result = m.words[0];
}

static void server_faults(void)
{
    struct message m = {0};
    uint64_t result = 0;
    struct helper helper = {.run = fault_while_serving, .floor = PRIORITY_HIGH};
    fill(&before);
    handler = env_endpoint();
    inner_handler = env_endpoint();
    helper.fault = env_caller(handler, BADGE);
    helper_run(&helper);
    helper_high(call_server, &result);
    CHECK_EQUAL(ipc_reply_wait_deadline(handler, &m, DEADLINE_POLL), BADGE);
    CHECK_EQUAL(*(volatile uint64_t *)&result, 0);
    answer(TAG(OK, 1), (uint64_t)(uintptr_t)raw_fault_next);
    CHECK_EQUAL(*(volatile uint64_t *)&result, 42);
}

/* Who is to handle its own faults waits for ever, but harms nobody. */
static void own_handler(void)
{
    struct helper helper = {.run = touch, .floor = PRIORITY_HIGH};
    struct message m = {0};
    fill(&before);
    reached = 0;
    handler = env_endpoint();
    helper.fault = env_caller(handler, BADGE);
    const cap_t thread = helper_make(&helper);
    helper_start(thread);
    CHECK_EQUAL(thread_state(thread), STATE_QUEUED);
    CHECK_STATUS(ipc_call_deadline(env_caller(handler, 1), &m, DEADLINE_POLL), TIMEOUT);
    CHECK_OK(table_delete(SLOT_TABLE, thread));
    CHECK_EQUAL(ipc_reply_wait_deadline(handler, &m, DEADLINE_POLL), RECEIVED_ERROR | TIMEOUT);
    CHECK_EQUAL(reached, 1);
}

static cap_t chain_handlers[3];

/* Handles the faults of the one below by faulting: each has its Endpoint one further on. */
static void fault_while_handling(void *number)
{
    const uint64_t index = (uint64_t)(uintptr_t)number;
    struct message m = {0};
    CHECK_EQUAL(ipc_reply_wait(chain_handlers[index], &m), BADGE);
    CHECK_EQUAL(m.words[0], FAR + index * PAGE);
    *(volatile uint8_t *)(FAR + (index + 1) * PAGE) = 1;
}

static void chain_of_handlers(void)
{
    struct message m = {0};
    cap_t threads[3];
    fill(&before);
    for (uint32_t i = 0; i < 3; i++)
        chain_handlers[i] = env_endpoint();
    for (uint32_t i = 0; i < 2; i++) {
        struct helper helper = {.run = fault_while_handling, .floor = PRIORITY_HIGH};
        helper.argument = (void *)(uintptr_t)i;
        helper.fault = env_caller(chain_handlers[i + 1], BADGE);
        threads[i] = helper_run(&helper);
    }
    struct helper first = {.run = touch, .floor = PRIORITY_HIGH};
    first.fault = env_caller(chain_handlers[0], BADGE);
    threads[2] = helper_run(&first);
    CHECK_EQUAL(ipc_reply_wait_deadline(chain_handlers[2], &m, DEADLINE_POLL), BADGE);
    CHECK_EQUAL(m.words[0], FAR + 2 * PAGE);
    for (uint32_t i = 0; i < 3; i++)
        CHECK_EQUAL(thread_state(threads[i]), STATE_CALLING);
    CHECK_OK(table_delete(SLOT_TABLE, threads[1]));
    CHECK_OK(table_delete(SLOT_TABLE, threads[0]));
    CHECK_EQUAL(thread_state(threads[2]), STATE_QUEUED);
    CHECK_EQUAL(ipc_reply_wait_deadline(chain_handlers[0], &m, DEADLINE_POLL), BADGE);
    CHECK_EQUAL(m.words[0], FAR);
}

TEST_SUITE(
    fault, {"a fault is a message: address, access, pc, sp, and nothing else", message_says},
    {"an empty answer to a fault repeats the instruction, with all registers as they were",
     answered_in_place},
    {"an answer to a fault with an address lets the thread go on there, with all registers as they "
     "were",
     answered_elsewhere},
    {"a handler that answers with an address and waits on lets the thread go on there, too",
     answered_by_who_waits},
    {"an answer to a fault with an impossible address starts nothing", answered_with_a_bad_address},
    {"a thread that went to an address that is not canonical goes on at one that is",
     answered_astray},
    {"any other answer to a fault suspends the thread, which faults again when resumed", refused},
    {"a fault whose handler dies is told to the next one", handler_dies},
    {"a fault whose Endpoint dies leaves the thread faulted", endpoint_dies},
    {"a thread without handler can be given one and resumed", nobody_to_tell},
    {"a handler's own fault goes to its own handler", nested},
    {"a thread that is to handle its own faults waits for ever, and can be deleted", own_handler},
    {"faults of handlers nest, and each is told again when its handler dies", chain_of_handlers},
    {"a server that faults goes on serving the same call", server_faults});
