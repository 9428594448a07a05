/**
 * transfer.c - one capability a message, from the slot that is sent into the slot that is offered.
 */
#include "test.h"

#define SEND(slot)    ((uint64_t)(slot) << TAG_SEND_SLOT_SHIFT)
#define OFFER(slot)   ((uint64_t)(slot) << TAG_RECEIVE_SLOT_SHIFT)
#define SLOTS_OF(tag) ((tag) >> TAG_SEND_SLOT_SHIFT)

static cap_t service, client;
static cap_t offered;       /* by the server when it waits; 0: none */
static cap_t answer_with;   /* sent with its answers; 0: none */
static struct message seen; /* by the server */

static void serve(void *unused)
{
    struct message m = {.tag = OFFER(offered)};
    (void)unused;
    for (;;) {
        const uint64_t received = ipc_reply_wait(service, &m);
        if (received & (RECEIVED_ERROR | RECEIVED_SIGNAL))
            continue;
        seen = m;
        m = (struct message){.tag = TAG(OK, 0) | SEND(answer_with) | OFFER(offered)};
    }
}

static void start_server(cap_t offer, cap_t answer)
{
    offered = offer;
    answer_with = answer;
    service = env_endpoint();
    client = env_caller(service, 1);
    helper_high(serve, NULL);
}

static uint64_t call(uint64_t tag)
{
    struct message m = {.tag = tag};
    CHECK_OK(ipc_call(client, &m));
    return m.tag;
}

static void with_the_call(void)
{
    const cap_t target = env_slot();
    const cap_t notification = env_notification();
    const cap_t sent = env_signal(notification, 4);
    start_server(target, CAP_NONE);
    call(SEND(sent));
    CHECK_EQUAL(SLOTS_OF(seen.tag), target);
    CHECK_EQUAL(slot_type(sent), OBJECT_NOTIFICATION);
    CHECK_OK(ipc_signal(target));
    CHECK_EQUAL(notification_poll(notification), 4);
    CHECK_OK(table_revoke(SLOT_TABLE, sent));
    CHECK_EQUAL(slot_type(target), 0);
}

static void with_the_queued_call(void)
{
    const cap_t target = env_slot();
    const cap_t sent = env_signal(env_notification(), 4);
    const struct helper low = {.run = serve};
    offered = target;
    answer_with = CAP_NONE;
    service = env_endpoint();
    client = env_caller(service, 1);
    helper_run(&low);
    call(SEND(sent));
    CHECK_EQUAL(SLOTS_OF(seen.tag), target);
    CHECK_EQUAL(slot_type(target), OBJECT_NOTIFICATION);
}

static void with_the_answer(void)
{
    const cap_t target = env_slot();
    start_server(CAP_NONE, env_notification());
    CHECK_EQUAL(SLOTS_OF(call(OFFER(target))), target);
    CHECK_EQUAL(slot_type(target), OBJECT_NOTIFICATION);
}

static void rights_and_badge(void)
{
    const cap_t target = env_slot();
    const cap_t sent = env_mint(env_endpoint(), ENDPOINT_RIGHT_CALL, 77);
    uint64_t type = 0, rights = 0, badge = 0;
    start_server(target, CAP_NONE);
    call(SEND(sent));
    CHECK_OK(table_inspect(SLOT_TABLE, target, &type, &rights, &badge));
    CHECK_EQUAL(type, OBJECT_ENDPOINT);
    CHECK_EQUAL(rights, ENDPOINT_RIGHT_CALL);
    CHECK_EQUAL(badge, 77);
}

static void nothing_offered(void)
{
    const cap_t sent = env_notification();
    start_server(CAP_NONE, sent);
    CHECK_EQUAL(SLOTS_OF(call(SEND(sent))), 0);
    CHECK_EQUAL(SLOTS_OF(seen.tag), 0);
}

static void nothing_sent(void)
{
    const cap_t target = env_slot();
    start_server(target, env_slot());
    CHECK_EQUAL(SLOTS_OF(call(OFFER(env_slot()))), 0);
    CHECK_EQUAL(SLOTS_OF(seen.tag), 0);
    call(SEND(env_slot()));
    CHECK_EQUAL(SLOTS_OF(seen.tag), 0);
    call(SEND(0xffff));
    CHECK_EQUAL(SLOTS_OF(seen.tag), 0);
    CHECK_EQUAL(slot_type(target), 0);
}

static void occupied_offer(void)
{
    const cap_t target = env_endpoint();
    start_server(target, CAP_NONE);
    call(SEND(env_notification()));
    CHECK_EQUAL(SLOTS_OF(seen.tag), 0);
    CHECK_EQUAL(slot_type(target), OBJECT_ENDPOINT);
}

static void offer_beyond_the_table(void)
{
    start_server(0xffff, CAP_NONE);
    call(SEND(env_notification()));
    CHECK_EQUAL(SLOTS_OF(seen.tag), 0);
}

static void untyped_stays(void)
{
    const cap_t target = env_slot();
    const cap_t pool = env_make(OBJECT_UNTYPED, 12, 0);
    start_server(target, CAP_NONE);
    call(SEND(pool));
    CHECK_EQUAL(SLOTS_OF(seen.tag), 0);
    CHECK_EQUAL(slot_type(target), 0);
}

/* The offer of an earlier message must not count for a later one. */
static void stale_offer_of_a_caller(void)
{
    const cap_t target = env_slot();
    start_server(CAP_NONE, CAP_NONE);
    call(OFFER(target));
    call(0);
    answer_with = env_notification();
    call(0);
    CHECK_EQUAL(SLOTS_OF(call(0)), 0);
    CHECK_EQUAL(slot_type(target), 0);
}

static void stale_offer_of_a_server(void)
{
    const cap_t target = env_slot();
    start_server(target, CAP_NONE);
    call(0);
    offered = CAP_NONE;
    call(0);
    call(0);
    call(SEND(env_notification()));
    CHECK_EQUAL(SLOTS_OF(seen.tag), 0);
    CHECK_EQUAL(slot_type(target), 0);
}

static void no_offer_in_kernel_calls(void)
{
    const cap_t target = env_slot();
    struct message m = {.tag = OFFER(target) | SEND(SLOT_SCHED)};
    CHECK_OK(corm_invoke(HANDLE(env_untyped, UNTYPED_OP_INFO), &m));
    CHECK_EQUAL(slot_type(target), 0);
    start_server(CAP_NONE, env_notification());
    call(0);
    CHECK_EQUAL(slot_type(target), 0);
}

static void sent_to_a_dead_end(void)
{
    struct message m = {.tag = SEND(env_notification())};
    CHECK_STATUS(ipc_call_deadline(env_caller(env_endpoint(), 1), &m, DEADLINE_POLL), TIMEOUT);
}

static void call_sending(void *slot)
{
    struct message m = {.tag = TAG(6, 0) | SEND(*(const cap_t *)slot)};
    CHECK_OK(ipc_call(client, &m));
    seen = m;
}

/* A call with a capability is queued; the worker will receive it. */
static cap_t queue_call(cap_t *sent)
{
    service = env_endpoint();
    client = env_caller(service, 1);
    return helper_high(call_sending, sent);
}

static void revoked_in_the_queue(void)
{
    struct message m = {.tag = OFFER(env_slot())};
    const cap_t notification = env_notification();
    cap_t sent = env_signal(notification, 4);
    queue_call(&sent);
    CHECK_OK(table_revoke(SLOT_TABLE, notification));
    CHECK_EQUAL(ipc_reply_wait(service, &m), 1);
    CHECK_EQUAL(m.tag, TAG(6, 0));
}

static void table_dies_in_the_queue(void)
{
    static uint8_t stack[4096] ALIGNED(16);
    struct message m = {.tag = OFFER(env_slot())};
    cap_t thread = CAP_NONE, sent = 2;
    const cap_t table = env_make(OBJECT_TABLE, 4, 0);
    const struct kit_thread spec = {.table = table,
                                    .fault = env_fault,
                                    .floor = PRIORITY_HIGH,
                                    .main = call_sending,
                                    .argument = &sent,
                                    .stack = stack,
                                    .stack_bytes = sizeof(stack),
                                    .sched = env_sched};
    service = env_endpoint();
    client = 1;
    CHECK_OK(table_copy(SLOT_TABLE, env_caller(service, 9), table, 1, ~0ull));
    CHECK_OK(table_copy(SLOT_TABLE, env_notification(), table, 2, ~0ull));
    CHECK_OK(kit_thread_make(&env, &spec, &thread));
    CHECK_OK(kit_thread_start(thread, &spec));
    CHECK_EQUAL(thread_state(thread), STATE_QUEUED);
    CHECK_OK(table_delete(SLOT_TABLE, table));
    CHECK_EQUAL(ipc_reply_wait(service, &m), 9);
    CHECK_EQUAL(m.tag, TAG(6, 0));
}

static void offer_filled_meanwhile(void)
{
    const cap_t target = env_slot();
    start_server(target, CAP_NONE);
    CHECK_OK(table_copy(SLOT_TABLE, SLOT_SCHED, SLOT_TABLE, target, 0));
    call(SEND(env_notification()));
    CHECK_EQUAL(SLOTS_OF(seen.tag), 0);
    CHECK_EQUAL(slot_type(target), OBJECT_SCHED);
}

TEST_SUITE(transfer, {"a capability goes with a call, as a child of the sender's", with_the_call},
           {"a capability goes with a queued call, into the slot that the receiver offers",
            with_the_queued_call},
           {"a capability goes with an answer", with_the_answer},
           {"a capability keeps its rights and its badge", rights_and_badge},
           {"who offers no slot gets no capability, but the message", nothing_offered},
           {"sending an empty or impossible slot sends no capability", nothing_sent},
           {"an occupied slot that is offered takes no capability", occupied_offer},
           {"a slot beyond the Table that is offered takes no capability", offer_beyond_the_table},
           {"an Untyped is not sent", untyped_stays},
           {"a caller's offer counts for that call only", stale_offer_of_a_caller},
           {"a server's offer counts for that receive only", stale_offer_of_a_server},
           {"kernel objects take no offer", no_offer_in_kernel_calls},
           {"a call that nobody takes sends nothing", sent_to_a_dead_end},
           {"a capability that is revoked while its call is queued is not sent",
            revoked_in_the_queue},
           {"a caller whose Table dies while its call is queued sends nothing but the message",
            table_dies_in_the_queue},
           {"a slot that was filled after it was offered takes no capability",
            offer_filled_meanwhile});
