/*
 * manifest.h - the compiled manifest: systems/<name>.toml, checked on the host, as init reads it.
 *
 * Fixed-size records, no strings to parse, every index checked again by init; the bundle has its
 * checksum. Components stand in start order (a provider before its clients).
 */
#pragma once

#include <stdint.h>

#define MANIFEST_MAGIC          0x696e616d6d726f63ull
#define MANIFEST_VERSION        4
#define MANIFEST_NAME_BYTES     32
#define MANIFEST_COMPONENTS_MAX 64
#define MANIFEST_SESSIONS_MAX   128
#define MANIFEST_DEVICES_MAX    64
#define MANIFEST_REST           (~0ull)      /* memory or budget = "rest" */
#define MANIFEST_SHARE          (1ull << 63) /* object_bytes = this | n: 1/n of all that is left */
#define MANIFEST_TABLE_LOG2_MIN 9
#define MANIFEST_TABLE_LOG2_MAX 16
#define MANIFEST_INIT           (~0u) /* a session's client is init itself (its log) */

enum manifest_policy { POLICY_ONE_FOR_ONE = 0, POLICY_REST_FOR_ONE = 1, POLICY_NEVER = 2 };

enum manifest_flag {
    COMPONENT_FLAG_ESSENTIAL = 1, /* its orderly exit is the machine's: power off with its status */
    COMPONENT_FLAG_CONTROL = 2,   /* gets a control page: may kill and restart components */
    COMPONENT_FLAG_ROOT = 4,      /* gets the bundle's root and world entries */
    COMPONENT_FLAG_OBJECTS = 8,   /* builds kernel objects: gets the slots marked so */
    COMPONENT_FLAG_TREE = 16, /* gets the device tree, and lists what is wanted (abi/devices.h) */
    COMPONENT_FLAG_PROCESSORS = 32, /* gets its budget on each processor that there is */
};

struct manifest_component {
    char name[MANIFEST_NAME_BYTES];
    char program[MANIFEST_NAME_BYTES]; /* name of a BUNDLE_PROGRAM entry */
    uint64_t memory_bytes; /* image, stack, kernel objects; MANIFEST_REST: everything left */
    uint64_t object_bytes; /* beside memory_bytes; 0, a power of two, or MANIFEST_SHARE */
    uint64_t budget_ns;    /* MANIFEST_REST: what the others leave of the processor */
    uint64_t period_ns;
    uint64_t slice_ns;
    uint64_t heartbeat_ns;     /* 0: none */
    uint64_t request_limit_ns; /* the longest that it may work on one call; 0: no limit */
    uint64_t restart_window_ns;
    uint64_t backoff_ns;
    uint32_t restart_at_most;
    uint32_t policy;
    uint32_t priority;
    uint32_t floor;
    uint32_t flags;
    uint32_t stack_bytes;
    uint32_t table_slots_log2; /* with COMPONENT_FLAG_OBJECTS */
    uint32_t reserved;
};

struct manifest_session {
    char service[MANIFEST_NAME_BYTES];
    uint32_t client;   /* component index */
    uint32_t provider; /* component index, lower than the client's */
    uint32_t badge;    /* unique per provider, 1 to 2^24 */
    uint32_t reserved;
    uint64_t region_bytes; /* 0: no shared memory; else a power of two */
};

/*
 * from_tree: a list of what the board has says where it is (abi/devices.h); behind its prefix, the
 * name is what the device tree calls it. Of several, it is the first in whose registers the word at
 * probe_offset, masked with probe_mask, is probe_value. An interrupt from the tree follows the
 * registers of the same device.
 */
#define MANIFEST_TREE_PREFIX   "fdt:"
#define MANIFEST_DMA_BYTES_MAX 0x100000

struct manifest_device {
    char name[MANIFEST_NAME_BYTES];
    uint32_t component;
    uint32_t kind; /* enum device_kind */
    uint64_t base; /* line, first port, physical address */
    uint64_t size; /* in bytes; for a line: bit 0 level-triggered, bit 1 active low */
    uint32_t from_tree;
    uint32_t probe_offset;
    uint32_t probe_mask; /* 0: the first will do */
    uint32_t probe_value;
};

struct manifest {
    uint64_t magic;
    uint32_t version;
    uint32_t count_components;
    uint32_t count_sessions;
    uint32_t count_devices;
    struct manifest_component components[MANIFEST_COMPONENTS_MAX];
    struct manifest_session sessions[MANIFEST_SESSIONS_MAX];
    struct manifest_device devices[MANIFEST_DEVICES_MAX];
};
