/*
 * host.h - the machine that the host port pretends to be, as its tests see and steer it.
 *
 * RAM is an array at the physical address HOST_RAM_BASE. Time moves only when a test moves it.
 * Translations are cached like in a TLB until the core flushes them, so that a forgotten flush
 * shows. One processor, unless a test starts more: those run in turn, when the test says so.
 * Everything here is as at power-on when the process starts.
 */
#pragma once

#include "kernel/arch.h"
#include "kernel/thread.h"

#define HOST_RAM_BASE     0x10000000ull
#define HOST_RAM_BYTES    (32ull << 20)
#define HOST_DEVICE_BASE  0xf0000000ull /* nothing is behind it: touching it is an error */
#define HOST_DEVICE_BYTES (16ull << 20)
#define HOST_IRQ_LINES    24u

/** RAM by its physical address. */
void *host_ram(paddr_t address);

/* --- processors --- */

#define HOST_CPUS_MAX 4u

extern uint32_t host_cpu; /* the one that runs */

/** host_cpus - there are @count processors; before boot. */
void host_cpus(uint32_t count);

/** host_run_on - processor @index is the one that runs. It first takes the interrupts that it was
 * sent, and may have nobody to run then: cpu_self()->current is NULL. */
void host_run_on(uint32_t index);

/** host_return_to - processor @index goes on in the core, where a hook of the test interrupted it.
 */
void host_return_to(uint32_t index);

/** Not NULL: who takes the lock next finds it held, and attends; this is called meanwhile, once. It
 * may make other processors run. */
extern void (*host_lock_hook)(void);
extern const struct cpu *host_waiting; /* that one, meanwhile; else NULL */

/* --- time --- */

extern nanos_t host_now;
extern nanos_t host_timer; /* the deadline that the core has set, or NANOS_NEVER; of processor 0 */

/* --- interrupts --- */

/** host_irq_raise - a device raises @line; it is recorded at the next chance unless masked. */
void host_irq_raise(uint32_t line);

bool host_irq_masked(uint32_t line);

/** How many more calls of arch_interrupt_window() find nothing; 0: the next one finds something,
 * and so does every `host_window_every`th after it. Both 0 (at start): only real interrupts count.
 */
extern unsigned host_window_every;
extern unsigned host_window_countdown;

/** Called when host_window_countdown makes a chance find something: what it raises is found there.
 * At start: nothing. */
extern void (*host_window_hook)(void);

extern bool host_at_timer; /* the kernel deals with its timer; what is raised now comes after */

/** Called by arch_idle() when no interrupt is pending. At start: time jumps to the timer, and a
 * machine that would sleep for ever fails the test. */
extern void (*host_idle_hook)(void);

/** Called instead when one is. At start: nothing. */
extern void (*host_idle_pending_hook)(void);

/* --- ports, text, halt --- */

extern uint32_t host_port_value; /* what every port reads */
struct host_port_write {
    uint16_t port;
    uint8_t width;
    uint32_t value;
};
extern struct host_port_write host_port_writes[64];
extern unsigned host_port_count_writes;

extern char host_text[4096]; /* what the core wrote to its debug UART */

/* --- memory management unit --- */

/**
 * host_access - what user level in the address space @root would see at @vaddr.
 * @rights: those of a Region that the access needs
 *
 * Marks the entry accessed, and dirty for a write. Returns true and the physical address in
 * *@address if the access is allowed. Uses and fills the TLB.
 */
bool host_access(paddr_t root, uint64_t vaddr, uint8_t rights, paddr_t *address);

/** host_tlb_load - the processor that runs loads @root; of several processors, one that had another
 * root forgets all that it knew. */
void host_tlb_load(paddr_t root);

/** host_tlb_leave - the processor forgets all translations, as when it loads another root. */
void host_tlb_leave(uint32_t cpu);

/** host_tlb_coherent - every cached translation still stands in its page table. */
bool host_tlb_coherent(void);

extern unsigned host_code_appeared; /* how often what is to be executed was mapped or made so */

/* --- the ways into the core, by the running thread --- */

extern bool host_fast_enabled;   /* system calls try the fast path first (at start: yes) */
extern unsigned host_fast_count; /* how many it finished */

void host_syscall(uint64_t handle, const struct message *registers, nanos_t deadline_ns);
void host_fault(const struct message *message);
void host_interrupt(void);

/* --- guests --- */

/** host_guest_exit - the guest of the running thread does what brings it back with @label. */
void host_guest_exit(uint64_t label);
