/**
 * fake.c - the rest of the world, for the SDK under test.
 */
#include "tests/unit/sdk/fake.h"

#include <corm/object.h>
#include <corm/status.h>
#include "native/trap.h"
#include "sdk/rt/component.h"
#include "sdk/rt/time.h"

struct fake fake;

uint32_t peer_generation(uint32_t index)
{
    (void)index;
    return fake.generation;
}

bool peer_available(uint32_t index)
{
    (void)index;
    return fake.available;
}

nanos_t time_now(void) { return fake.now_ns; }

uint64_t kernel_trap(uint64_t handle, struct message *m, nanos_t deadline_ns)
{
    (void)deadline_ns;
    if ((handle & HANDLE_OP_MASK) != ENDPOINT_OP_CALL_DEADLINE)
        return OK;
    fake.calls++;
    fake.now_ns += NANOS_PER_MS;
    return fake.call == NULL ? OK : fake.call(m);
}
