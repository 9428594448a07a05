/**
 * notification.c - signals: they merge, are never lost, wake one waiter.
 */
#include "test.h"

#include "sdk/rt/time.h"

#define MS NANOS_PER_MS

static cap_t notification, service;
static volatile uint64_t heard[2];

static void listen(void *result)
{
    *(volatile uint64_t *)result = notification_wait(notification, DEADLINE_NEVER);
}

static void signals_merge(void)
{
    notification = env_notification();
    CHECK_OK(ipc_signal(env_signal(notification, 1)));
    CHECK_OK(ipc_signal(env_signal(notification, 6)));
    CHECK_OK(ipc_signal(env_signal(notification, 2)));
    CHECK_OK(ipc_signal(env_signal(notification, BADGE_MASK & ~(BADGE_MASK >> 1))));
    CHECK_EQUAL(notification_poll(notification), 7 | (BADGE_MASK & ~(BADGE_MASK >> 1)));
    CHECK_EQUAL(notification_poll(notification), 0);
}

static void signals_keep(void)
{
    notification = env_notification();
    CHECK_OK(ipc_signal(env_signal(notification, 8)));
    CHECK_EQUAL(notification_wait(notification, DEADLINE_NEVER), RECEIVED_SIGNAL | 8);
    CHECK_EQUAL(notification_wait(notification, DEADLINE_POLL), RECEIVED_ERROR | TIMEOUT);
}

static void wakes_the_waiter(void)
{
    notification = env_notification();
    heard[0] = 0;
    helper_high(listen, (void *)(uintptr_t)&heard[0]);
    CHECK_EQUAL(heard[0], 0);
    CHECK_OK(ipc_signal(env_signal(notification, 5)));
    CHECK_EQUAL(heard[0], RECEIVED_SIGNAL | 5);
    CHECK_EQUAL(notification_poll(notification), 0);
}

static void one_waiter(void)
{
    notification = env_notification();
    heard[0] = heard[1] = 0;
    helper_high(listen, (void *)(uintptr_t)&heard[0]);
    CHECK_EQUAL(notification_wait(notification, DEADLINE_NEVER), RECEIVED_ERROR | BUSY);
    CHECK_EQUAL(notification_wait(notification, DEADLINE_POLL), RECEIVED_ERROR | TIMEOUT);
    CHECK_OK(ipc_signal(env_signal(notification, 1)));
    CHECK_EQUAL(heard[0], RECEIVED_SIGNAL | 1);
}

static void wait_ends(void)
{
    notification = env_notification();
    const nanos_t start = time_now();
    CHECK_EQUAL(notification_wait(notification, start + 3 * MS), RECEIVED_ERROR | TIMEOUT);
    CHECK(time_now() >= start + 3 * MS);
    CHECK_EQUAL(notification_wait(notification, 1), RECEIVED_ERROR | TIMEOUT);
    CHECK_OK(ipc_signal(env_signal(notification, 1)));
    CHECK_EQUAL(notification_wait(notification, 1), RECEIVED_SIGNAL | 1);
}

static void receive_at_service(void *result)
{
    struct message m = {0};
    *(volatile uint64_t *)result = ipc_reply_wait(service, &m);
    CHECK_EQUAL(m.tag | m.words[0] | m.words[1] | m.words[2], 0);
}

/* A thread that is to receive at `service`, not started yet. */
static cap_t receiver(void)
{
    const struct helper helper = {.run = receive_at_service,
                                  .argument = (void *)(uintptr_t)&heard[0],
                                  .floor = PRIORITY_HIGH};
    notification = env_notification();
    service = env_endpoint();
    heard[0] = 0;
    return helper_make(&helper);
}

static cap_t bound_receiver(void)
{
    const cap_t thread = receiver();
    CHECK_OK(thread_bind_notification(thread, notification));
    return thread;
}

static void bound_ends_receive(void)
{
    helper_start(bound_receiver());
    CHECK_OK(ipc_signal(env_signal(notification, 9)));
    CHECK_EQUAL(heard[0], RECEIVED_SIGNAL | 9);
}

static void bound_before_receive(void)
{
    const cap_t thread = bound_receiver();
    CHECK_OK(ipc_signal(env_signal(notification, 9)));
    CHECK_OK(ipc_signal(env_signal(notification, 6)));
    helper_start(thread);
    CHECK_EQUAL(heard[0], RECEIVED_SIGNAL | 15);
}

static void bound_while_receiving(void)
{
    const cap_t thread = receiver();
    helper_start(thread);
    CHECK_OK(ipc_signal(env_signal(notification, 2)));
    CHECK_OK(thread_bind_notification(thread, notification));
    CHECK_EQUAL(heard[0], RECEIVED_SIGNAL | 2);
}

static void unbound_is_silent(void)
{
    const cap_t thread = bound_receiver();
    helper_start(thread);
    CHECK_OK(thread_bind_notification(thread, 0));
    CHECK_OK(ipc_signal(env_signal(notification, 1)));
    CHECK_EQUAL(heard[0], 0);
    CHECK_EQUAL(notification_poll(notification), 1);
}

static void signal_then_call(void *unused)
{
    struct message m = {0};
    (void)unused;
    heard[0] = ipc_reply_wait(service, &m);
    m.tag = TAG(OK, 0);
    heard[1] = ipc_reply_wait(service, &m);
}

static void signals_before_calls(void)
{
    const struct helper helper = {.run = signal_then_call};
    struct message m = {0};
    notification = env_notification();
    service = env_endpoint();
    heard[0] = heard[1] = 0;
    const cap_t thread = helper_make(&helper);
    CHECK_OK(thread_bind_notification(thread, notification));
    CHECK_OK(ipc_signal(env_signal(notification, 1)));
    helper_start(thread);
    (void)!ipc_call_deadline(env_caller(service, 7), &m, time_now() + 5 * MS);
    CHECK_EQUAL(heard[0], RECEIVED_SIGNAL | 1);
    CHECK_EQUAL(heard[1], 7);
}

static void dies_under_its_waiter(void)
{
    notification = env_notification();
    heard[0] = 0;
    helper_high(listen, (void *)(uintptr_t)&heard[0]);
    CHECK_OK(table_delete(SLOT_TABLE, notification));
    CHECK_EQUAL(heard[0], RECEIVED_ERROR | GONE);
}

static void dies_while_bound(void)
{
    struct message m = {0};
    helper_start(bound_receiver());
    CHECK_OK(table_delete(SLOT_TABLE, notification));
    CHECK_EQUAL(heard[0], 0);
    (void)!ipc_call_deadline(env_caller(service, 7), &m, DEADLINE_POLL);
    CHECK_EQUAL(heard[0], 7);
}

TEST_SUITE(notification, {"signals merge until they are taken, all 62 bits", signals_merge},
           {"a signal without a waiter is kept", signals_keep},
           {"a signal wakes its waiter, which gets all bits", wakes_the_waiter},
           {"a second waiter gets BUSY", one_waiter},
           {"a wait ends at its deadline, and a past one still takes what is there", wait_ends},
           {"a bound Notification ends a receive, with nothing in the registers",
            bound_ends_receive},
           {"a bound Notification keeps its bits for the next receive, which they end at once",
            bound_before_receive},
           {"binding a Notification that has bits wakes a thread that receives already",
            bound_while_receiving},
           {"an unbound Notification leaves the receive alone", unbound_is_silent},
           {"signals come before queued calls", signals_before_calls},
           {"the waiter of a deleted Notification gets GONE", dies_under_its_waiter},
           {"a thread outlives its bound Notification and still receives", dies_while_bound});
