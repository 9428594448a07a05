/*
 * machine.c - memory, time, interrupts, ports and text of the host port.
 */
#include "kernel/arch/host/host.h"
#include "kernel/cpu.h"
#include "kernel/debug.h"
#include "kernel/arch/host/rest.h"
#include "lib/base/bits.h"
#include "lib/base/check.h"

static uint8_t ram[HOST_RAM_BYTES] ALIGNED(4096);

nanos_t host_now;
nanos_t host_timer = NANOS_NEVER;
unsigned host_window_every;
unsigned host_window_countdown;
uint32_t host_port_value;
struct host_port_write host_port_writes[64];
unsigned host_port_count_writes;
char host_text[4096];

static uint64_t irq_raised_lines; /* by devices; waits while masked */
static uint64_t irq_masked_lines = ~0ull;
static uint64_t irq_recorded; /* taken by the processor, not yet dispatched */
static bool timer_recorded;
static nanos_t other_timers[HOST_CPUS_MAX];
bool host_at_timer;

struct cpu cpu_first;

struct cpu *arch_cpu_self(void) { return cpus[host_cpu]; }

void *arch_phys_to_virt(paddr_t address)
{
    ASSERT(address - HOST_RAM_BASE < HOST_RAM_BYTES);
    return &ram[address - HOST_RAM_BASE];
}

paddr_t arch_virt_to_phys(const void *at)
{
    paddr_t offset = (paddr_t)((const uint8_t *)at - ram);
    ASSERT(offset < HOST_RAM_BYTES);
    return HOST_RAM_BASE + offset;
}

void *host_ram(paddr_t address) { return arch_phys_to_virt(address); }

nanos_t arch_time_now(void) { return host_now; }

static nanos_t *own_timer(void) { return host_cpu == 0 ? &host_timer : &other_timers[host_cpu]; }

void arch_timer_set(nanos_t deadline) { *own_timer() = deadline; }

void host_irq_raise(uint32_t line)
{
    ASSERT(line < HOST_IRQ_LINES);
    irq_raised_lines |= BIT(line);
}

bool host_irq_masked(uint32_t line) { return (irq_masked_lines & BIT(line)) != 0; }

/* What a processor does between two instructions with interrupts on. */
static bool record_interrupts(void)
{
    uint64_t ready = host_cpu == 0 ? irq_raised_lines & ~irq_masked_lines : 0;
    irq_recorded |= ready;
    irq_raised_lines &= ~ready;
    if (host_now >= *own_timer()) {
        *own_timer() = NANOS_NEVER;
        timer_recorded = true;
    }
    return irq_recorded != 0 || timer_recorded;
}

static void find_nothing(void) {}

void (*host_window_hook)(void) = find_nothing;

bool arch_interrupt_window(void)
{
    bool forced = false;
    if (host_window_countdown > 0)
        forced = --host_window_countdown == 0;
    if (forced) {
        host_window_countdown = host_window_every;
        host_window_hook();
    }
    return record_interrupts() || forced;
}

static void idle_until_timer(void)
{
    ASSERT(host_timer != NANOS_NEVER); /* or the machine sleeps for ever */
    if (host_now < host_timer)
        host_now = host_timer;
}

static void idle_for_no_time(void) {}

void (*host_idle_hook)(void) = idle_until_timer;
void (*host_idle_pending_hook)(void) = idle_for_no_time;

void arch_idle(void)
{
    if (record_interrupts())
        host_idle_pending_hook();
    else if (cpu_count > 1)
        host_rest(); /* till it is its turn again */
    else
        host_idle_hook();
    (void)record_interrupts();
}

void arch_interrupts_dispatch(void)
{
    while (record_interrupts()) {
        if (irq_recorded != 0) {
            uint32_t line = bits_lowest(irq_recorded);
            irq_recorded &= ~BIT(line);
            irq_raised(line);
        } else {
            timer_recorded = false;
            host_at_timer = true;
            time_expired();
            host_at_timer = false;
        }
    }
}

void arch_irq_configure(uint32_t line, bool level, bool active_low)
{
    (void)level;
    (void)active_low;
    arch_irq_mask(line);
}

void arch_irq_mask(uint32_t line)
{
    ASSERT(line < HOST_IRQ_LINES);
    irq_masked_lines |= BIT(line);
}

void arch_irq_unmask(uint32_t line)
{
    ASSERT(line < HOST_IRQ_LINES);
    irq_masked_lines &= ~BIT(line);
}

bool arch_port_in(uint16_t port, unsigned width, uint32_t *value)
{
    (void)port;
    *value = host_port_value & (uint32_t)(BIT(8 * width) - 1);
    return true;
}

bool arch_port_out(uint16_t port, unsigned width, uint32_t value)
{
    unsigned slot = host_port_count_writes++ % ARRAY_LENGTH(host_port_writes);
    host_port_writes[slot] =
        (struct host_port_write){.port = port, .width = (uint8_t)width, .value = value};
    return true;
}

void arch_debug_write(char character)
{
    static size_t length;
    host_text[length] = character;
    length = (length + 1) % (sizeof host_text - 1);
}

void arch_reset(void)
{
    check_failed(__FILE__, __LINE__, host_text); /* the last words fail the test that runs */
}

/* Who uses the host port looks by itself, after each system call. */
void debug_check(void) {}

void arch_debug_provoke(uint64_t which) { (void)which; /* there is no hardware that could fault */ }
