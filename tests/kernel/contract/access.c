/**
 * access.c - a probe: one helper that does what may fault, and its fault Endpoint.
 *
 * The worker is the fault handler: it receives the fault as a message and lets the probe's thread
 * be started anew; nothing is answered.
 */
#include "access.h"

#include "machine/code.h"

static struct {
    enum access access;
    volatile uint8_t *address;
    void (*function)(void);
    volatile bool done;
} job;

static void probe(void *unused)
{
    (void)unused;
    job.done = false;
    if (job.function != NULL)
        job.function();
    else if (job.access == ACCESS_READ)
        (void)*job.address;
    else if (job.access == ACCESS_WRITE)
        *job.address = CODE_RETURN_BYTE; /* should it be executed one day */
    else
        ((void (*)(void))(uintptr_t)job.address)();
    job.done = true;
}

static struct access_fault run_probe(void)
{
    struct message m = {0};
    const cap_t endpoint = env_endpoint();
    struct helper helper = {.run = probe, .floor = PRIORITY_HIGH};
    helper.fault = env_caller(endpoint, 1);
    const cap_t thread = helper_run(&helper);
    const uint64_t received = ipc_reply_wait_deadline(endpoint, &m, DEADLINE_POLL);
    struct access_fault fault = {.faulted = (received & RECEIVED_ERROR) == 0};
    CHECK(fault.faulted != job.done);
    if (fault.faulted)
        fault = (struct access_fault){true,       tag_label(m.tag), m.words[0],
                                      m.words[1], m.words[2],       m.words[3]};
    CHECK_OK(table_delete(SLOT_TABLE, thread));
    helper_forget(thread);
    CHECK_OK(table_delete(SLOT_TABLE, endpoint));
    return fault;
}

struct access_fault access_try(enum access access, const volatile void *address)
{
    job.access = access;
    job.address = (volatile uint8_t *)(uintptr_t)address;
    job.function = NULL;
    return run_probe();
}

struct access_fault access_call(void (*function)(void))
{
    job.function = function;
    return run_probe();
}

bool access_ok(enum access access, const volatile void *address)
{
    return !access_try(access, address).faulted;
}

bool access_page_fault(enum access access, const volatile void *address, uint64_t code)
{
    const struct access_fault fault = access_try(access, address);
    return fault.faulted && fault.label == FAULT_PAGE &&
           fault.address == (uint64_t)(uintptr_t)address && fault.code == code;
}
