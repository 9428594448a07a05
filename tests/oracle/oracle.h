/**
 * oracle.h - who may do what: computed from the history of operations, apart from the kernel.
 *
 * The oracle is told what user level asked for and what came back, as user level could see it.
 * From that alone it keeps a model: which capability lies where and from which it was derived, what
 * every piece of memory is, which page of which Space reaches which memory with which rights, who
 * waits for whom, and how much time each Sched may still give. oracle_check() compares the model
 * with what the kernel's structures really say: derivation ring, slots, page tables, queues,
 * budgets. The two must be equal: what is only in the kernel was never granted, what is only in the
 * model was lost. The oracle calls no function of the kernel; it only reads its structures.
 *
 * Using it (tests/search does, and so may any other program that drives the host port):
 *
 *     kernel_boot(...);
 *     oracle_start(o);                      what boot made counts as granted; init runs
 *     then, for each thing that user level or the machine does:
 *     oracle_begin(o, &(struct oracle_event){.kind = ORACLE_SYSCALL, .handle = ..., ...});
 *     host_syscall(handle, &registers, deadline);             or host_fault(), host_interrupt() ...
 *     reason = oracle_end(o);               NULL, or what was done without authority
 *     reason = oracle_check(o);             NULL, or where kernel and model differ
 *
 *   - Time: change host_now only before oracle_begin().
 *   - Interrupts: every host_irq_raise() also goes into the `lines` of the next event. They, and
 *     timers that are due, take effect in the model when the kernel dispatches them: in an
 *     ORACLE_INTERRUPT, when a system call was broken off, and while the machine sleeps.
 *   - A broken-off system call (context.restart_handle) is made again as an ORACLE_SYSCALL of its
 *     own with the registers in thread->message; other events may come before.
 *   - While the machine sleeps the kernel calls host_idle_hook: let it change host_now or raise
 *     lines, then call oracle_slept() with these lines. If something waits already it calls
 *     host_idle_pending_hook: then with none.
 *   - struct oracle holds no pointers into itself: copy it freely (oracle_copy is faster), together
 *     with the machine.
 *   - After a reason, the model is of no use. "the oracle is full" is no fault of the kernel.
 *
 * Not modelled: contents of messages, vector state, accessed and dirty, which thread of several
 * that may run does run, Scheds' periods (but see time.c: no Sched gives more than was granted).
 */
#pragma once

#include "kernel/arch/host/host.h"

#define ORACLE_CAPS_MAX     256
#define ORACLE_OBJECTS_MAX  64
#define ORACLE_MAPPINGS_MAX 512
#define ORACLE_SLEEPS_MAX   8
#define ORACLE_NONE         (-1)

/* An index into caps[] or objects[], or ORACLE_NONE. */
typedef int16_t oracle_id;

/** One capability. Free: type 0. */
struct oracle_cap {
    uint8_t type; /* enum object_type */
    uint8_t rights;
    uint8_t size_log2;
    bool device;
    oracle_id parent; /* that it was derived from; none: it is boot's */
    oracle_id holder; /* the Table, Space, Thread or Irq in which it lies ... */
    oracle_id object; /* what it names; none for memory and hardware */
    uint16_t index;   /* ... and in which slot */
    uint64_t value;   /* base of memory; badge; first port; line */
    uint64_t a;       /* Untyped: bytes given out; ports: count; in a Space: start of the window */
    uint64_t b;       /* in a Space: end of the window */
    const struct slot *raw;
};

/** One object, or an interrupt line that somebody holds. Free: type 0. */
struct oracle_object {
    uint8_t type;
    uint8_t flags;
    uint8_t size_log2;
    bool dying; /* nobody has a capability of it any more, but it is not quite taken apart */
    uint16_t slots_named; /* one more than the highest slot of it that was ever named */
    const struct object *raw;
    paddr_t base; /* of its memory */
    uint64_t bytes;

    /* Thread */
    uint8_t state; /* enum thread_state */
    bool fault_call;
    bool in_guest;
    bool kicked;
    bool outcome_known;
    uint16_t offer;   /* the slot in which it would take a capability, */
    uint16_t gift;    /* ... and the one whose capability it sends */
    oracle_id wait;   /* Endpoint or Notification */
    oracle_id serves; /* whose call it works on */
    oracle_id server; /* who works on its call */
    oracle_id home;   /* Sched */
    oracle_id lent;   /* the Sched that came with the call it took last */
    oracle_id held;   /* the Sched that it was seen to run on, or would */
    oracle_id bound;  /* Notification */
    uint32_t floor;
    uint32_t arrived; /* order of arrival in a queue */
    uint64_t badge;
    uint64_t deadline;
    uint64_t limit; /* of one request, 0: none */
    uint64_t request_due;
    uint64_t frame;   /* offset in the Region that is bound as frame */
    uint64_t outcome; /* what its system call returns */

    /* Notification; of an Irq, bits is the line's number; of an Endpoint min_budget */
    uint64_t bits;
    oracle_id waiter;
    oracle_id listener; /* bound Thread */
    uint64_t min_budget;

    /* Sched */
    oracle_id giver;  /* whom its time came from */
    uint64_t share;   /* of a processor: what it has itself, in SCHED_UTILISATION_ONE parts */
    uint64_t granted; /* ... and with all that was split off from it */
    uint64_t budget;
    uint64_t period;  /* 0: no time yet */
    uint64_t longest; /* the longest period of it and of all that was split off from it */
    uint32_t priority;
    int64_t credit; /* nanoseconds that it and its parts may use at once */
};

/** One leaf of a page table. */
struct oracle_mapping {
    oracle_id space;
    uint8_t rights;
    bool device;
    uint64_t vaddr;
    uint64_t bytes;
    paddr_t base;
};

enum oracle_event_kind {
    ORACLE_SYSCALL,
    ORACLE_FAULT,      /* of the running thread */
    ORACLE_INTERRUPT,  /* pending interrupts and due timers are let in */
    ORACLE_GUEST_EXIT, /* the running thread's guest does what brings it back */
};

struct oracle_event {
    enum oracle_event_kind kind;
    uint64_t handle; /* with the tag and the words: the registers of a system call */
    struct message registers;
    nanos_t deadline;
    uint64_t lines; /* raised since the last event, a bit each */
    uint64_t late;  /* raised while the kernel was at its timer: oracle_raised() */
};

struct oracle {
    struct oracle_cap caps[ORACLE_CAPS_MAX];
    struct oracle_object objects[ORACLE_OBJECTS_MAX];
    struct oracle_mapping mappings[ORACLE_MAPPINGS_MAX];
    int count_caps; /* those above are free */
    int count_objects;
    int count_mappings;
    uint32_t arrivals;
    uint64_t lines_raised;
    uint64_t lines_masked;
    nanos_t now;
    /* The event under way. */
    struct oracle_event event;
    oracle_id self; /* who does it */
    const struct thread *self_raw;
    struct {
        nanos_t now;
        uint64_t lines;
        uint64_t late;
    } sleeps[ORACLE_SLEEPS_MAX];
    int count_sleeps;
    const char *wrong;
};

void oracle_start(struct oracle *o);
void oracle_begin(struct oracle *o, const struct oracle_event *event);
void oracle_slept(struct oracle *o, uint64_t lines);

/** oracle_raised - devices raise @lines in the midst of the event. */
void oracle_raised(struct oracle *o, uint64_t lines);

const char *oracle_end(struct oracle *o);
const char *oracle_check(const struct oracle *o);

/** oracle_copy - as an assignment, but without what lies above the counts. */
void oracle_copy(struct oracle *to, const struct oracle *from);

/**
 * oracle_hash - of what the model knows and the kernel's structures need not: how much time each
 * Sched may give. All else equals the kernel's structures after oracle_check(). For a search that
 * tells states apart.
 */
uint64_t oracle_hash(const struct oracle *o);
