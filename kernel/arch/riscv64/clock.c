/*
 * clock.c - nanoseconds = time * multiplier / 2^32 + offset.
 *
 * The timer is the processor's own (extension Sstc: it comes when `time` reaches stimecmp), or the
 * firmware's (SBI 6.1), which does the same.
 */
#include "kernel/arch/riscv64/parts.h"

/* The timer comes no later than this, so that the arithmetic never overflows. */
#define TIMER_NANOS_MAX (60 * NANOS_PER_S)
/* And no sooner, so that whoever was chosen gets on between two masses of deadlines. */
#define TIMER_GAP_NS 500ull

static uint64_t nanos_per_tick_32; /* times 2^32 */
static uint64_t ticks_per_nano_32;
static int64_t offset_ns;
static bool has_sstc;

void clock_init(const struct boot_handover *handover)
{
    const struct bootinfo *info = arch_phys_to_virt(handover->bootinfo);
    nanos_per_tick_32 = info->clock_multiplier;
    offset_ns = info->clock_offset_ns;
    ticks_per_nano_32 = handover->timer_multiplier;
    has_sstc = handover->port[HANDOVER_SSTC] != 0;
    cpu_self()->arch.timer_deadline = NANOS_NEVER;
    cpu_self()->arch.timer_programmed = NANOS_NEVER;
}

nanos_t arch_time_now(void)
{
    return multiply_shift32(csr_read(time), nanos_per_tick_32) + (uint64_t)offset_ns;
}

/* Also takes back the interrupt of a time before. */
static void timer_write(uint64_t ticks)
{
    if (has_sstc)
        csr_write(CSR_STIMECMP, ticks);
    else
        (void)sbi_call(SBI_TIMER, 0, ticks, 0); /* which has no errors */
}

static void timer_program(struct arch_cpu *arch, nanos_t now)
{
    nanos_t deadline = arch->timer_deadline;
    uint64_t nanos = deadline > now + TIMER_GAP_NS ? deadline - now : TIMER_GAP_NS;
    if (nanos > TIMER_NANOS_MAX)
        nanos = TIMER_NANOS_MAX;
    arch->timer_programmed = deadline;
    timer_write(csr_read(time) + multiply_shift32(nanos, ticks_per_nano_32) + 1);
}

/* Deadlines are put off far more often than they are reached. So a timer that is set for an earlier
 * time stays as it is; it may also come early because its span is limited. clock_timer_interrupt
 * then sets it again. */
void arch_timer_set(nanos_t deadline)
{
    struct arch_cpu *arch = &cpu_self()->arch;
    arch->timer_deadline = deadline;
    if (deadline < arch->timer_programmed)
        timer_program(arch, arch_time_now());
}

NOINLINE void clock_timer_interrupt(void)
{
    struct arch_cpu *arch = &cpu_self()->arch;
    nanos_t now = arch_time_now();
    arch->timer_programmed = NANOS_NEVER;
    timer_write(UINT64_MAX);
    if (now >= arch->timer_deadline) {
        arch->timer_deadline = NANOS_NEVER;
        time_expired();
    } else if (arch->timer_deadline != NANOS_NEVER) {
        timer_program(arch, now);
    }
}
