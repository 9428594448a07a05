/**
 * init.h - the supervisor's state and its parts.
 *
 * init builds every component from memory of that component's own, watches it, and builds it again
 * when it dies. After boot it allocates nothing: a restart revokes what the component was made of
 * and makes the same things of the same memory. It calls nobody: it waits for faults and signals,
 * and reads shared words, none of which it believes beyond what concerns their writer.
 *
 * One thread, one struct init, no locks.
 */
#pragma once

#include <corm/status.h>
#include "abi/bootinfo.h"
#include "abi/bundle.h"
#include "abi/component.h"
#include "abi/devices.h"
#include "abi/manifest.h"
#include "servers/init/layout.h"
#include "lib/base/bits.h"
#include "lib/base/chacha20.h"
#include "lib/base/check.h"
#include "servers/init/memory.h"
#include "servers/init/policy.h"
#include "servers/init/registers.h"
#include "servers/init/slots.h"

/* An entry of the bundle, checked. */
struct message;

struct blob {
    const void *data;
    uint64_t size_bytes;
    uint64_t offset; /* in the bundle */
    uint32_t crc32;  /* as the bundle's table has it */
};

struct component {
    const struct manifest_component *spec;
    const struct program_image *program;
    uint64_t program_offset; /* in the bundle */
    struct layout layout;
    uint32_t index;
    uint32_t slots; /* where its parts begin */
    unsigned memory_log2;
    unsigned objects_log2; /* 0: none */
    unsigned table_slots_log2;
    uint64_t count_nodes;
    uint32_t count_processors; /* on which it has time */
    uint32_t other_scheds;     /* slots of its Scheds, from processor 1 on */
    bool takes_rest;           /* all of init.rest is its */
    struct component_shared *shared;
    struct control_page *control; /* NULL if not granted */
    struct policy_history history;
    nanos_t restart_ns;  /* when RESTARTING */
    nanos_t ping_ns;     /* when the ping went out, or is to go out */
    bool ping_out;       /* no pulse yet */
    nanos_t ping_cpu_ns; /* consumed then */
    nanos_t cpu_ns;      /* by earlier incarnations */
};

/* A piece of "memory = rest": an Untyped of init's and the Region that is all of it. */
struct rest_piece {
    uint32_t memory_slot;
    uint32_t region_slot;
    unsigned size_log2;
};

struct init_session {
    const struct manifest_session *spec;
    void *memory; /* as init sees it; NULL: no shared memory */
    uint32_t region_slot;
    uint32_t client_index;   /* in the client's list of sessions */
    uint32_t provider_index; /* in the provider's */
};

/* A line of the manifest's devices. `slot` holds its Irq, or the Region of its registers or of the
 * memory that it shares with its component; ports have none. */
struct init_device {
    const struct manifest_device *spec;
    uint32_t index; /* in its component's list */
    uint32_t slot;
    uint32_t signal_slot; /* of a line */
    uint64_t base;        /* line, first port, physical address */
    uint64_t size;
    unsigned size_log2; /* of the pages of its registers */
    bool there;         /* false: not found, or not yet */
};

struct init {
    const struct bootinfo *boot;
    const struct manifest *manifest;
    struct memory memory;
    struct slot_plan slots;
    uint32_t count_components;
    uint32_t count_sessions;
    uint32_t count_rest;
    uint64_t arena_bytes;
    struct status_page *status;
    struct component *finder; /* the device server, or NULL */
    struct device_list *list; /* its list, or NULL */
    struct random random;     /* from the boot's seed, if it has one: what it gives to components */
    bool started;             /* all but the device server, which they wait for */
    struct component components[MANIFEST_COMPONENTS_MAX];
    struct init_session sessions[MANIFEST_SESSIONS_MAX];
    struct init_device devices[MANIFEST_DEVICES_MAX];
    bool device_memory_made[BOOTINFO_UNTYPED_MAX]; /* slots.device_memory holds a Region */
    struct rest_piece rest[REST_PIECES_MAX];       /* largest first: the order of addresses */
};

static inline uint32_t part_slot(const struct component *component, enum part part)
{
    return component->slots + (uint32_t)part;
}

/** sched_slot - where the Sched of @component on @processor is. */
static inline uint32_t sched_slot(const struct component *component, uint32_t processor)
{
    return processor == 0 ? part_slot(component, PART_SCHED)
                          : component->other_scheds + processor - 1;
}

static inline struct status_entry *status_entry(struct init *init,
                                                const struct component *component)
{
    return &init->status->components[component->index];
}

/* ---- bundle.c: what the boot bundle holds --------------------------------------------- */

/** bundle_find - the entry @name of @type, its checksum verified. Errors: NOT_FOUND CORRUPT. */
MUST_USE status_t bundle_find(const struct bootinfo *boot, enum bundle_type type, const char *name,
                              struct blob *blob);

/** manifest_check - @blob is a manifest whose every index and name holds. Errors: CORRUPT. */
MUST_USE status_t manifest_check(const struct blob *blob);

/* ---- plan.c: who gets which memory, decided once --------------------------------------- */

/** plan_all - find the programs, carve memory for everything. Ends the boot if it cannot. */
void plan_all(struct init *init);

/* ---- arena.c: what init shares with components ----------------------------------------- */

/** arena_create - lay out and map status page, shared and control pages and session memory. */
void arena_create(struct init *init);

/* ---- devices.c: who gets which device ------------------------------------------------------ */

/** devices_plan - number them, and set the memory aside that components share with theirs. */
void devices_plan(struct init *init);

/** devices_create - make ready what the manifest itself names. */
void devices_create(struct init *init);

/** devices_want - write down for the device server what the device tree has to say. */
void devices_want(const struct init *init);

/** devices_take - make ready what the device server, which has ended, has found. */
void devices_take(struct init *init);

/** devices_missing - a device without which @component cannot be built, or NULL. */
const struct init_device *devices_missing(const struct init *init,
                                          const struct component *component);

/** devices_grant - put @component's devices into its Table and its list. */
MUST_USE status_t devices_grant(const struct init *init, const struct component *component,
                                struct component_info *info);

/* ---- services.c: what outlives components: Endpoints, Notifications, sessions -------------- */

/** mint - a child of @source (a slot of init's) in slot @index of @table. */
MUST_USE status_t mint(uint32_t source, uint32_t table, uint32_t index, uint32_t rights,
                       uint64_t badge);

/** services_create - make and bind them. */
void services_create(struct init *init);

/** services_grant - put @component's sessions and devices into its Table and its list. */
MUST_USE status_t services_grant(struct init *init, const struct component *component,
                                 struct component_info *info);

/** wake - signal through @part, PART_PING or PART_STATUS. */
void wake(const struct component *component, enum part part);

/** services_wake - signal SIGNAL_STATUS to every running component. */
void services_wake(struct init *init);

/* ---- build.c: one component from its memory, and back ----------------------------------- */

/** build_component - make it of its memory and start it. On failure nothing of it runs. */
MUST_USE status_t build_component(struct init *init, struct component *component);

/** build_undo - destroy everything it was made of; its memory is zero and free again. */
void build_undo(struct init *init, struct component *component);

/* ---- space.c: mapping -------------------------------------------------------------------- */

/** space_map_all - map all of a range that the kernel maps piece by piece. */
MUST_USE status_t space_map_all(uint32_t space, uint32_t slot, uint64_t offset, uint64_t address,
                                uint64_t size_bytes, uint64_t rights);

/** space_populate - map everything that @component sees, and say so in @info. */
MUST_USE status_t space_populate(struct init *init, const struct component *component,
                                 struct component_info *info);

/** space_open_window - see the Region in @region, of 2^@size_log2 bytes, at WINDOW_ADDRESS. */
MUST_USE status_t space_open_window(uint32_t region, unsigned size_log2, uint8_t **window);
void space_close_window(void);

/* ---- watch.c: life and death -------------------------------------------------------------- */

/** watch_start - build and start all components, in order. */
void watch_start(struct init *init);

/** watch_died - @component has ended: take it apart, and build it again if its policy says so. */
void watch_died(struct init *init, struct component *component, enum component_reason reason,
                uint64_t detail);

/** watch_revive - build a component that does not run, whatever became of it. */
void watch_revive(struct init *init, struct component *component);

/** watch_fault - @fault is the message (abi/fault.h) of one of the threads of @component. */
void watch_fault(struct init *init, struct component *component, const struct message *fault);

/** watch_tick - do what is due; returns when something will be due next. */
nanos_t watch_tick(struct init *init);

/* ---- status.c, control.c, report.c; MACHINE/machine.c ------------------------------------- */

/** status_begin, status_end - around every change of the status page. */
void status_begin(struct init *init);
void status_end(struct init *init);

/** status_account - measure free memory, free slots and objects. Inside begin and end. */
void status_account(struct init *init);

/** status_home_cpu - time that @component had on the first processor, its home, since it was built.
 */
nanos_t status_home_cpu(const struct component *component);

/** status_cpu - processor time of @component, all its incarnations. */
nanos_t status_cpu(const struct component *component);

/** control_serve - answer every control page that holds a new request. */
void control_serve(struct init *init);

/** power_off - end the machine; @failed decides what an emulator reports. power_reset - reboot. */
NORETURN void power_off(bool failed);
NORETURN void power_reset(void);

/** machine_put - one character to the first serial port, by polling. */
void machine_put(char character);

/** report_open - connect to the console, if the manifest gives init a log. */
void report_open(struct init *init);

/** report_line - a line for the log: "init: <text>". report_update - the console has signalled. */
void report_line(const char *format, ...) PRINTF(1, 2);
void report_update(void);

/** report_fatal - say why on the first serial port, by polling, and end the machine. */
NORETURN COLD void report_fatal(const char *format, ...) PRINTF(1, 2);

/** must - end the boot if @status is not OK; @what was being done to @whom. */
void must(status_t status, const char *what, const char *whom);

/** clock_now - nanoseconds since boot. */
nanos_t clock_now(void);
