/**
 * object.c - create_endpoint, delete_endpoint.
 *
 * The memory is as it is after a reset: known to be zero, so that making an object zeroes nothing.
 * (Zeroing belongs to reset, which takes memory back for its next use.) The deleted capability is
 * the only one, so the Endpoint itself is taken apart.
 */
#include "bench.h"
#include "measure.h"

#include <corm/kernel_calls.h>

#define POOL_LOG2 12

void bench_objects(struct bench *bench)
{
    struct kit *kit = &bench->kit;
    const uint64_t empty = measure_empty_each();
    cap_t pool = CAP_NONE;
    cap_t slot = CAP_NONE;
    must(kit_make(kit, OBJECT_UNTYPED, POOL_LOG2, 0, &pool), "a pool");
    must(kit_slot(kit, &slot), "a slot");
    status_t status = OK; /* of everything that is done here: one bad one is seen at the end */
#define CREATE (status |= untyped_retype(pool, OBJECT_ENDPOINT, 0, 0, SLOT_TABLE, slot))
#define DELETE (status |= table_delete(SLOT_TABLE, slot))
    measure_report("create_endpoint",
                   MEASURE_EACH(CREATE, (DELETE, status |= untyped_reset(pool))) - empty);
    CREATE;
    measure_report("delete_endpoint", MEASURE_EACH(DELETE, CREATE) - empty);
    must(status, "creating and deleting");
#undef CREATE
#undef DELETE
}
