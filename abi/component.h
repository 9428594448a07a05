/*
 * component.h - what a native program finds when it starts.
 *
 * init builds every component from its own memory, maps these pages and starts one thread whose
 * first argument is the address of the read-only struct component_info. Everything that is listed
 * is already there: sessions mapped, capabilities in their slots. After a restart a component finds
 * the same picture with a new generation; nothing needs to be asked for.
 */
#pragma once

#include <stdint.h>

#define COMPONENT_MAGIC        0x706d6f636d726f63ull
#define COMPONENT_NAME_BYTES   32
#define COMPONENT_SESSIONS_MAX 24
#define COMPONENT_DEVICES_MAX  8
#define COMPONENT_MEMORY_MAX   32
#define COMPONENT_SEED_BYTES   32

#define COMPONENT_PROCESSORS_MAX 32

/*
 * Slots of a component's Table at its start. The marked ones are there only for a component to
 * which the manifest grants `objects`, and so is the rest, from SLOT_FIRST_FREE, which is its own:
 * who builds nothing needs no authority over its own Table, Space and time.
 */
enum component_slot {
    SLOT_TABLE = 1,        /* objects */
    SLOT_SPACE = 2,        /* objects */
    SLOT_THREAD = 3,       /* objects: the first thread */
    SLOT_SCHED = 4,        /* objects: its home Sched, the authority for floors and for splitting */
    SLOT_NOTIFICATION = 5, /* receive right; bound to the first thread; bits as below */
    SLOT_SERVICE = 6, /* the Endpoint that it serves (receive right), if it provides anything */
    SLOT_UNTYPED = 7, /* objects: memory of object_bytes to make them from */
    SLOT_FAULT = 8,   /* objects: fault endpoint for threads of its own; who faults there ends it */
    SLOT_SIGNAL_SELF = 9,  /* objects: its Notification to mint signal capabilities from */
    SLOT_CONTROL = 10,     /* signals init: the control page holds a request; if granted */
    SLOT_FIRST_GRANT = 16, /* sessions and devices, as component_info says */
    /* objects: its Scheds on processor 1 and those that follow, as count_processors says */
    SLOT_OTHER_SCHEDS = 192,
    SLOT_FIRST_FREE = SLOT_OTHER_SCHEDS + COMPONENT_PROCESSORS_MAX,
};
/* With `objects`, if the manifest does not say; without, a Table has room for what is granted and
 * none beyond. */
#define COMPONENT_TABLE_SLOTS_LOG2_OBJECTS 12

/* Space slots: init uses the low ones; a component may attach from here on. */
#define COMPONENT_SPACE_SLOTS_LOG2 6
#define COMPONENT_SPACE_FIRST_FREE 48

/* Addresses below this belong to init's layout; a component maps what it attaches from here on, or
 * behind the last of component_info.memory and the bundle. */
#define COMPONENT_ADDRESS_FREE 0x2000000000ull

/* Bits of the component's Notification. Session i (client or provider) signals bit SIGNAL_SESSION +
 * i, device i bit SIGNAL_DEVICE + i. Bits from SIGNAL_FREE are the component's own. */
enum component_signal {
    SIGNAL_PING = 0,   /* copy component_shared.ping to .pulse once all other work is done */
    SIGNAL_STATUS = 1, /* the status page changed (a peer has a new generation) */
    SIGNAL_SESSION = 2,
    SIGNAL_DEVICE = 26,
    SIGNAL_FREE = 34,
    SIGNAL_LIMIT = 62,
};

enum session_role { SESSION_CLIENT = 1, SESSION_PROVIDER = 2 };

/* One session: an Endpoint capability, a Notification each way, and a shared Region. */
struct component_session {
    char service[COMPONENT_NAME_BYTES]; /* as the manifest names it, "console" for instance */
    char peer[COMPONENT_NAME_BYTES];    /* the component at the other end */
    uint32_t role;
    uint32_t peer_index;     /* index in the status page */
    uint32_t endpoint_slot;  /* client: badged, to call; provider: 0 (SLOT_SERVICE receives) */
    uint32_t signal_slot;    /* signals the peer */
    uint64_t badge;          /* provider: what calls of this session carry */
    uint64_t region_address; /* the session's shared memory, 0 if it has none */
    uint64_t region_bytes;
};

enum device_kind {
    DEVICE_IRQ = 1,
    DEVICE_PORTS = 2,
    DEVICE_MEMORY = 3, /* registers */
    DEVICE_DMA = 4,    /* memory of the component's own, that its device may use; survives it */
};

struct component_device {
    char name[COMPONENT_NAME_BYTES]; /* as the manifest names it, "com1" for instance */
    uint32_t kind;
    uint32_t slot;     /* Irq or IoPort; 0 for memory, which is mapped */
    uint64_t base;     /* line, first port, or mapped address */
    uint64_t size;     /* ports or bytes */
    uint64_t physical; /* DEVICE_DMA: the address for the device */
};

/* Memory that the manifest grants beyond the program itself. */
struct component_memory {
    uint64_t address;     /* where it is mapped, contiguous pieces follow each other */
    uint64_t size_bytes;  /* a power of two */
    uint32_t region_slot; /* the Region capability, to attach to guest Spaces */
    uint32_t reserved;
};

/* How a component ended; anything but EXIT_ORDERLY counts as a failure. */
enum component_exit {
    EXIT_NONE = 0,    /* it did not end by itself */
    EXIT_ORDERLY = 1, /* exit_status says how */
    EXIT_CHECK = 2,   /* it found itself broken: an assertion, as last_words says */
};

/*
 * One writable page between a component and init. Each field has one writer; init believes none of
 * the component's beyond what concerns that component. To end, the component fills in the fields
 * and then faults (executes an undefined instruction).
 */
struct component_shared {
    uint32_t ping;           /* written by init */
    uint32_t pulse;          /* written by the component */
    uint32_t exit_requested; /* enum component_exit, written last */
    uint32_t exit_status;
    char last_words[112]; /* NUL-terminated reason for an exit, for the list of components */
    /* Where the boot brought random numbers, init sets these before the component starts: bytes
     * that nobody can predict, and that nobody else has. The component clears both when it takes
     * them. */
    uint32_t has_seed;
    uint8_t seed[COMPONENT_SEED_BYTES];
};

/*
 * The Regions (read-only) of the whole boot bundle, consecutive slots, to attach to guest Spaces.
 * A page at bundle_address + x lies at offset + x of the Regions laid end to end.
 */
struct component_bundle {
    uint32_t region_slot; /* the first; 0 if none granted */
    uint32_t region_count;
    uint64_t offset;
};

enum component_flag {
    COMPONENT_SERVES = 1, /* SLOT_SERVICE holds an Endpoint */
};

struct component_info {
    uint64_t magic;
    char name[COMPONENT_NAME_BYTES];
    uint32_t index; /* in the status page */
    uint32_t generation;
    uint64_t clock_multiplier; /* as in struct bootinfo */
    int64_t clock_offset_ns;
    uint64_t address_end;     /* as in struct bootinfo */
    uint64_t shared_address;  /* struct component_shared, writable */
    uint64_t status_address;  /* struct status_page, read-only */
    uint64_t control_address; /* struct control_page, writable; 0 if not granted */
    uint64_t bundle_address;  /* the bundle entry granted to it (a world's root), read-only; or 0 */
    uint64_t bundle_bytes;
    uint64_t bundle_crc32;  /* what its CRC-32 has to be; the component checks it */
    uint64_t world_address; /* struct world_options, read-only; 0 if none */
    uint64_t world_bytes;
    uint64_t tree_address; /* the device tree, read-only; 0 if not granted */
    uint64_t tree_bytes;
    uint64_t devices_address; /* struct device_list, writable; 0 if not granted */
    uint64_t object_bytes;    /* size of the Untyped in SLOT_UNTYPED */
    uint32_t table_slots_log2;
    uint32_t count_processors; /* on which it has time; those are the first ones */
    uint32_t features;         /* enum bootinfo_feature */
    uint32_t priority;
    uint32_t count_sessions;
    uint32_t count_devices;
    uint32_t count_memory;
    uint32_t flags; /* enum component_flag */
    struct component_bundle bundle;
    struct component_session sessions[COMPONENT_SESSIONS_MAX];
    struct component_device devices[COMPONENT_DEVICES_MAX];
    struct component_memory memory[COMPONENT_MEMORY_MAX];
};

/* The status page: init writes, everybody reads. */
#define STATUS_COMPONENTS_MAX 64

enum component_state {
    COMPONENT_EMPTY = 0,
    COMPONENT_RUNNING = 1,
    COMPONENT_RESTARTING = 2,  /* waits for its backoff, or at the start for the list of devices */
    COMPONENT_QUARANTINED = 3, /* restarted too often: not tried again */
    COMPONENT_STOPPED = 4,
};

enum component_reason {
    REASON_NONE = 0,
    REASON_FAULT = 1,     /* reason_detail = address */
    REASON_EXIT = 2,      /* reason_detail = exit status */
    REASON_HEARTBEAT = 3, /* a ping was not answered in time */
    REASON_KILLED = 4,    /* asked for through the control page */
    REASON_PEER = 5,      /* restarted together with another (rest-for-one) */
    REASON_OVERRUN = 7,   /* it worked on one request for longer than max_request_us */
    REASON_CHECK = 6,     /* it found itself broken and said why in its last words */
};

struct status_entry {
    char name[COMPONENT_NAME_BYTES];
    uint32_t state;
    uint32_t generation; /* 1 at first start */
    uint32_t restarts;
    uint32_t reason;
    uint64_t reason_detail;
    uint64_t memory_bytes;
    uint64_t cpu_ns;
    uint64_t started_ns;
    char last_words[112];
};

struct status_page {
    uint32_t sequence; /* odd while init writes; readers retry */
    uint32_t count_components;
    uint64_t free_bytes;    /* not given out, of all Untypeds that init holds */
    uint64_t free_slots;    /* of init's Table */
    uint64_t count_objects; /* kernel objects that init made and that exist now */
    uint64_t boot_ns;
    uint64_t free_memory_bytes; /* Untyped memory that no component has */
    uint64_t machine_bytes;     /* these four never change: all usable RAM, ... */
    uint64_t kernel_bytes;      /* ... of it the kernel, with init's objects and image, */
    uint64_t bundle_bytes;      /* the boot bundle, */
    uint64_t shared_bytes;      /* and what init keeps for itself and for sessions */
    struct status_entry components[STATUS_COMPONENTS_MAX];
};

/* The control page: a bounded request ring of one. The component writes a request and signals init;
 * init answers by copying `sequence` to `answered`. */
enum control_request {
    CONTROL_NONE = 0,
    CONTROL_KILL = 1,
    CONTROL_RESTART = 2,
    CONTROL_POWER_OFF = 3,
    CONTROL_REBOOT = 4
};

struct control_page {
    uint32_t sequence; /* raised by the component when the request is complete */
    uint32_t answered; /* written by init */
    uint32_t request;
    uint32_t target; /* index in the status page, for KILL and RESTART */
    uint32_t status; /* written by init: status_t of the last request */
    uint32_t reserved;
};
