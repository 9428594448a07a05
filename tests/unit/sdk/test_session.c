/**
 * test_session.c - a call through the death of its server.
 */
#include "sdk/ipc/session.h"
#include "sdk/rt/time.h"
#include "tests/unit/sdk/fake.h"
#include "tests/unit/unit.h"

static struct session session = {.endpoint = 5, .timeout_ns = 100 * NANOS_PER_MS};

static void start(uint64_t (*call)(struct message *m))
{
    fake = (struct fake){.generation = 1, .available = true, .call = call};
}

static uint64_t answer(struct message *m)
{
    if ((uint16_t)(m->tag >> TAG_GENERATION_SHIFT) != fake.generation) {
        *m = (struct message){.tag = TAG(STALE, 0)};
        return OK;
    }
    m->words[0] += 1;
    m->tag = TAG(OK, 1);
    return OK;
}

/** A restart comes between the client's look at the generation and the server's. */
static uint64_t answer_after_restart(struct message *m)
{
    if (fake.calls == 1)
        fake.generation++;
    return answer(m);
}

static uint64_t die_twice(struct message *m)
{
    if (fake.calls <= 2) {
        *m = (struct message){.words = {99}};
        return GONE;
    }
    return answer(m);
}

static uint64_t be_stopped_often(struct message *m)
{
    if (fake.calls <= 5) {
        *m = (struct message){0};
        return CANCELLED;
    }
    return answer(m);
}

static uint64_t die_always(struct message *m)
{
    (void)m;
    return GONE;
}

static uint64_t stale_always(struct message *m)
{
    *m = (struct message){.tag = TAG(STALE, 0)};
    return OK;
}

TEST("a call whose caller was stopped is made again")
{
    struct message m = {.tag = TAG(3, 1), .words = {41}};
    start(be_stopped_often);
    CHECK_EQUAL(session_call(&session, &m), OK);
    CHECK_EQUAL(m.words[0], 42);
    CHECK_EQUAL(fake.calls, 6);
}

TEST("a call carries its words and the generation, and brings the reply back")
{
    struct message m = {.tag = TAG(3, 1), .words = {41}};
    start(answer);
    CHECK_EQUAL(session_call(&session, &m), OK);
    CHECK_EQUAL(m.words[0], 42);
    CHECK_EQUAL(fake.calls, 1);
}

TEST("a call that a restart made stale is made again as it was")
{
    struct message m = {.tag = TAG(3, 1), .words = {41}};
    start(answer_after_restart);
    CHECK_EQUAL(session_call(&session, &m), OK);
    CHECK_EQUAL(m.words[0], 42);
    CHECK_EQUAL(fake.calls, 2);
}

TEST("a call under which the server died is made again as it was")
{
    struct message m = {.tag = TAG(3, 1), .words = {41}};
    start(die_twice);
    CHECK_EQUAL(session_call(&session, &m), OK);
    CHECK_EQUAL(m.words[0], 42);
}

TEST("a call under which the server dies three times answers GONE")
{
    struct message m = {.tag = TAG(3, 0)};
    start(die_always);
    CHECK_EQUAL(session_call(&session, &m), GONE);
    CHECK_EQUAL(fake.calls, SESSION_DEATHS_MAX);
}

TEST("a call to a server that will not come back answers GONE at once")
{
    struct message m = {.tag = TAG(3, 0)};
    start(answer);
    fake.available = false;
    CHECK_EQUAL(session_call(&session, &m), GONE);
    CHECK_EQUAL(fake.calls, 0);
}

TEST("a call does not try for longer than its session's time")
{
    struct message m = {.tag = TAG(3, 0)};
    start(stale_always);
    CHECK_EQUAL(session_call(&session, &m), TIMEOUT);
    CHECK(fake.now_ns <= 101 * NANOS_PER_MS);
}

TEST("the generation in a tag is the low half of the real one")
{
    struct message m = {.tag = TAG(3, 1)};
    start(stale_always);
    fake.generation = 0x12345;
    session.timeout_ns = 0;
    status_ignore(session_call(&session, &m), "only what was sent is looked at");
    CHECK_EQUAL(fake.calls, 1);
}

TEST("a session that the manifest does not grant is denied")
{
    static struct component_info info = {.count_sessions = 2};
    struct session found;
    info.sessions[0] = (struct component_session){.service = "clock", .role = SESSION_PROVIDER};
    info.sessions[1] = (struct component_session){
        .service = "line", .role = SESSION_CLIENT, .endpoint_slot = 7, .signal_slot = 8};
    CHECK_EQUAL(session_open(&found, &info, "clock"), DENIED);
    CHECK_EQUAL(session_open(&found, &info, "line"), OK);
    CHECK_EQUAL(found.endpoint, 7);
    CHECK_EQUAL(found.bit, SIGNAL_SESSION + 1);
}
