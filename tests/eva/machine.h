/*
 * machine.h - the prover's machine: a few objects of each type in typed arrays.
 *
 * Included before every file of the core. Where the core says which object of a type it means (a
 * cast, container_of), the prover takes any of that type.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cpu;
struct endpoint;
struct irq_line;
struct notification;
struct sched;
struct slot;
struct space;
struct table;
struct thread;
struct timer;
struct wheel_entry;

/*@ requires nonzero: word != 0; assigns \result \from word; ensures 0 <= \result <= 63; */
int __builtin_ctzll(unsigned long long word);
/*@ requires nonzero: word != 0; assigns \result \from word; ensures 0 <= \result <= 63; */
int __builtin_clzll(unsigned long long word);

/* What is likely the prover need not know: as a call it would tell nothing of the condition. */
#define __builtin_expect(condition, likely) (condition)

/* --- choices --- */

bool eva_bool(void);
uint64_t eva_word(void);

/** eva_below - any number below @limit, which is not 0. */
uint32_t eva_below(uint32_t limit);

/** eva_stop - no execution comes here. */
/*@ assigns \nothing; ensures \false; */
void eva_stop(void);

#define EVA_ASSUME(condition) ((condition) ? (void)0 : eva_stop())

/** eva_nonzero - @word, which is not 0. */
uint64_t eva_nonzero(uint64_t word);

/* --- objects --- */

struct object;
struct endpoint *eva_any_endpoint(void);
struct irq_line *eva_any_irq_line(void);
struct notification *eva_any_notification(void);
struct sched *eva_any_sched(void);
struct space *eva_any_space(void);
struct table *eva_any_table(void);
struct thread *eva_any_thread(void);
struct slot *eva_any_slot(void);
struct wheel_entry *eva_any_wheel_entry(void);

/* The Table of a Thread: the empty one, or any other. */
struct slot *eva_table_base(int empty);
uint64_t eva_table_mask(int empty);

/* What the core casts to a type of object is one. */
#define eva_endpoint(pointer)     ((void)(pointer), eva_any_endpoint())
#define eva_irq_line(pointer)     ((void)(pointer), eva_any_irq_line())
#define eva_notification(pointer) ((void)(pointer), eva_any_notification())
#define eva_sched(pointer)        ((void)(pointer), eva_any_sched())
#define eva_space(pointer)        ((void)(pointer), eva_any_space())
#define eva_table(pointer)        ((void)(pointer), eva_any_table())
#define eva_thread(pointer)       ((void)(pointer), eva_any_thread())
#define eva_slot(pointer)         ((void)(pointer), eva_any_slot())

/* Where a node is meant, and where an entry of a run of one node. */
uint64_t *eva_any_node(void);
#define EVA_NODE(pointer)         ((void)(pointer), eva_any_node())
#define EVA_ENTRY(pointer, index) ((void)(pointer), (void)(index), eva_any_node() + eva_below(512))

/* The address of an object, as a number, is any number. */
#define eva_number(pointer) ((void)(pointer), eva_word())

void *eva_frame(uint64_t address);
#define EVA_FRAME(pointer) ((void)(pointer), eva_frame(0))

/* A counted object; and what takes apart an object of a type that can be. */
struct object *eva_any_object(void);
#define eva_object(pointer) ((void)(pointer), eva_any_object())
typedef bool eva_reap_t(struct object *object);
eva_reap_t *eva_any_reap_step(void);
#define eva_reap_step(type) ((void)(type), eva_any_reap_step())

/* What a link lies in. */
#define eva_of_ready_link(pointer) eva_thread(pointer)
#define eva_of_wait_link(pointer)  eva_thread(pointer)
#define eva_of_home_link(pointer)  eva_thread(pointer)
#define eva_of_all_link(pointer)   eva_thread(pointer)
#define eva_of_sibling(pointer)    eva_sched(pointer)
#define eva_of_refill(pointer)     eva_sched(pointer)
#define eva_of_deadline(pointer)   eva_thread(pointer)
#define eva_of_request(pointer)    eva_thread(pointer)
#define eva_of_link(pointer)       ((void)(pointer), eva_any_wheel_entry())
/* A wheel entry is the first field of its timer. */
#define eva_of_entry(pointer) ((struct timer *)(pointer))

/** eva_memory_log2 - the size of some memory. */
uint8_t eva_memory_log2(uint8_t size_log2);

/** eva_any_processor - from here on the first processor is any of them. */
void eva_any_processor(void);

/** eva_thread_number - one Thread of the two. */
struct thread *eva_thread_number(int number);

/** eva_machine_init - objects as retype makes them, capabilities to them, an idle machine. */
void eva_machine_init(void);
