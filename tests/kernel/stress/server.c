/**
 * server.c - a server: answers with what its caller can foretell, signals what it is sent, calls
 * the next server now and then. It is stopped and moved between processors meanwhile.
 */
#include "tests/kernel/stress/stress.h"

#include "tests/kernel/stress/service.h"

enum { SLOT_TAKEN = ACTOR_OWN };

static uint32_t own;

/* What was sent is signalled, and away. */
static void use_sent(uint64_t tag)
{
    if (tag >> TAG_SEND_SLOT_SHIFT == 0)
        return;
    WANT_EQUAL(tag >> TAG_SEND_SLOT_SHIFT, SLOT_TAKEN);
    const status_t status = ipc_signal(SLOT_TAKEN);
    WANT(status == OK || status == BAD_HANDLE); /* who sent it deletes it */
    WANT_EQUAL(table_delete(ACTOR_TABLE, SLOT_TAKEN), OK);
}

static void call_next(void)
{
    struct calls *calls = &shared->by_server[own + 1];
    struct message m = service_request(own, 3, 3);
    const struct message request = m;
    const status_t status = ipc_call(ACTOR_NEXT, &m);
    if (status == OK)
        WANT(service_answered(&request, &m));
    WANT(status == OK || status == GONE || status == CANCELLED);
    calls->answered += status == OK;
    calls->gone += status == GONE;
    calls->cancelled += status == CANCELLED;
}

void server_run(uint32_t index)
{
    const uint64_t offer = (uint64_t)SLOT_TAKEN << TAG_RECEIVE_SLOT_SHIFT;
    struct message m = {.tag = offer};
    own = index;
    for (;;) {
        const uint64_t received = ipc_reply_wait(ACTOR_ENDPOINT, &m);
        if (received & RECEIVED_ERROR) {
            WANT_EQUAL(received, RECEIVED_ERROR | CANCELLED); /* it was stopped */
            m = (struct message){.tag = offer};
            continue;
        }
        WANT(received != 0 && received <= SERVICE_BADGES);
        __atomic_store_n(&shared->served[index], shared->served[index] + 1, __ATOMIC_RELAXED);
        use_sent(m.tag);
        if (index + 1 < SERVERS && m.words[0] % SERVICE_NESTS == 0 && tag_count_words(m.tag) > 0) {
            const struct message kept = m;
            call_next();
            m = kept;
        }
        m = service_answer(&m);
        m.tag |= offer;
    }
}
