/*
 * processor.c - what the processor has for programs and for the source of randomness, riscv64.
 *
 * What it has beyond the extensions that Linux's distributions ask for, nobody is told.
 */
#include "servers/linux/machine.h"
#include "servers/linux/proc_view.h"

uint64_t guest_address_end;

void machine_start(uint64_t address_end) { guest_address_end = address_end; }

/* Bit n stands for the extension with the n-th letter. */
#define EXTENSION(letter) (1u << ((letter) - 'a'))

#define SV39_END (1ull << 38) /* the lower half of it */

struct machine_auxiliary machine_auxiliary(void)
{
    return (struct machine_auxiliary){.hwcap = EXTENSION('i') | EXTENSION('m') | EXTENSION('a') |
                                               EXTENSION('f') | EXTENSION('d') | EXTENSION('c')};
}

/* Its instruction for that is the machine mode's (seed, Zkr). */
bool machine_random(uint64_t *word)
{
    (void)word;
    return false;
}

bool proc_view_cache(unsigned index, struct proc_cache *cache)
{
    (void)index;
    *cache = (struct proc_cache){0};
    return false;
}

void proc_view_processor(struct text *text, uint32_t number)
{
    text_format(text, "processor\t: %u\nhart\t\t: %u\nisa\t\t: rv64imafdc\nmmu\t\t: %s\n\n", number,
                number, guest_address_end < SV39_END ? "sv39" : "sv48");
}

/* There is no option of this architecture's own. */
long machine_prctl(const uint64_t args[6])
{
    (void)args;
    return -EINVAL;
}
