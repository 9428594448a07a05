/**
 * calls.c - calls of servers in other Spaces, and signals.
 *
 * Servers are stopped and started by workers, so that a call may end with GONE if it was taken, and
 * waits if it was not. Workers are stopped too, by move_other(): then a call is CANCELLED.
 */
#include "tests/kernel/stress/worker.h"

#include "sdk/rt/time.h"
#include "tests/kernel/stress/service.h"

#define DEADLINE_IN 8u /* one call in so many has one */
#define SENDS_IN    8u
#define CALL_US     200u
#define WAIT_US     60u

void calls_begin(void)
{
    for (uint32_t i = 0; i < BITS_OWN; i++)
        DO_OK(table_mint(ACTOR_TABLE, ACTOR_NOTIFICATION, ACTOR_TABLE, SLOT_SIGNALS + i,
                         NOTIFICATION_RIGHT_SIGNAL, BIT(BIT_OWN + i)));
    DO_OK(untyped_retype(ACTOR_UNTYPED, OBJECT_NOTIFICATION, 0, 0, ACTOR_TABLE, SLOT_SILENT));
}

static struct message roll_request(void)
{
    struct message m = {.tag = TAG(roll(1000), roll(MESSAGE_WORDS + 1))};
    for (uint32_t i = 0; i < tag_count_words(m.tag); i++)
        m.words[i] = generator_next(&me.generator);
    return m;
}

static void count(struct calls *calls, status_t status)
{
    calls->answered += status == OK;
    calls->gone += status == GONE;
    calls->cancelled += status == CANCELLED;
}

/* What a server was sent is a copy of the offer: gone with it. */
static void send_with(struct message *m)
{
    DO_OK(table_mint(ACTOR_TABLE, ACTOR_NOTIFICATION, ACTOR_TABLE, SLOT_OFFER,
                     NOTIFICATION_RIGHT_SIGNAL, BITS_SENT));
    m->tag |= (uint64_t)SLOT_OFFER << TAG_SEND_SLOT_SHIFT;
    me.forbidden &= ~BITS_SENT;
}

static void forbid_sent(bool was_signalled)
{
    DO_OK(table_delete(ACTOR_TABLE, SLOT_OFFER));
    const uint64_t received = notification_wait(ACTOR_NOTIFICATION, DEADLINE_POLL);
    took_bits(received);
    if (was_signalled)
        WANT((received & RECEIVED_SIGNAL) && (received & BITS_SENT));
    me.forbidden |= BITS_SENT;
}

void call_server(void)
{
    const uint32_t server = roll(SERVERS);
    const bool sends = roll(SENDS_IN) == 0;
    struct message m = roll_request();
    if (sends)
        send_with(&m);
    const struct message request = m;
    uint64_t allowed = ONE(OK) | ONE(GONE) | ONE(CANCELLED);
    status_t status;
    if (roll(DEADLINE_IN) == 0) {
        allowed |= ONE(TIMEOUT);
        status = ipc_call_deadline(ACTOR_SERVERS + server, &m, soon(CALL_US));
    } else {
        status = ipc_call(ACTOR_SERVERS + server, &m);
    }
    DO_ONE_OF(status, allowed);
    count(&shared->by_worker[me.index][server], status);
    if (status == OK)
        WANT(service_answered(&request, &m));
    if (sends)
        forbid_sent(status == OK);
}

void stop_server(void)
{
    const uint32_t server = roll(SERVERS);
    const cap_t thread = ACTOR_SERVER_THREADS + server;
    uint64_t state = 0, pc = 0, sp = 0;
    if (!try_take(&shared->server_taken[server]))
        return;
    DO_OK(thread_suspend(thread));
    DO_OK(thread_inspect(thread, &state, &pc, &sp));
    WANT_EQUAL(state, STATE_SUSPENDED);
    if (roll(2) == 0)
        DO_OK(sched_bind(ACTOR_OTHER_TIMES + roll(PROCESSORS), thread));
    DO_OK(thread_resume(thread));
    give_back(&shared->server_taken[server]);
}

void signal_self(void)
{
    const uint32_t bit = roll(BITS_OWN);
    DO_OK(ipc_signal(SLOT_SIGNALS + bit));
    me.own_bits |= BIT(BIT_OWN + bit);
}

void poll_self(void)
{
    const uint64_t received = notification_wait(ACTOR_NOTIFICATION, DEADLINE_POLL);
    took_bits(received);
    if (!(received & RECEIVED_SIGNAL))
        WANT_EQUAL(received, RECEIVED_ERROR | TIMEOUT);
    actor_count();
}

/* Whoever waits may be stopped. */
void wait_for_bits(void)
{
    const uint64_t received = notification_wait(ACTOR_NOTIFICATION, soon(WAIT_US));
    took_bits(received);
    if (!(received & RECEIVED_SIGNAL))
        WANT(received == (RECEIVED_ERROR | TIMEOUT) || received == (RECEIVED_ERROR | CANCELLED));
    actor_count();
}

void signal_other(void) { DO_OK(ipc_signal(ACTOR_WORKER_SIGNALS + roll_other())); }

void yield(void)
{
    ipc_yield();
    actor_count();
}
