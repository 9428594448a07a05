/**
 * platform.c - see platform.h.
 */
#include "tests/unit/boot/platform.h"

#include <sanitizer/asan_interface.h>
#include <string.h>

#include "lib/base/check.h"

static uint8_t memory[RAM_BYTES] ALIGNED(4096);
static size_t said_length;

char said[4096];

const uint64_t boot_reach = RAM_BYTES;

__attribute__((constructor)) static void power_on(void)
{
    memset(memory, 0xa5, sizeof memory);
    ram_forbid();
}

void ram_forbid(void) { ASAN_POISON_MEMORY_REGION(memory, sizeof memory); }

void *ram(paddr_t address) { return &memory[address]; }

void ram_allow(paddr_t base, uint64_t size) { ASAN_UNPOISON_MEMORY_REGION(&memory[base], size); }

/* One byte behind the end is a good pointer to nothing. */
void *boot_memory(paddr_t address)
{
    ASSERT(address <= RAM_BYTES);
    return &memory[address];
}

const void *code_written;
uint64_t code_written_bytes;

void boot_code_written(const void *code, uint64_t bytes)
{
    code_written = code;
    code_written_bytes = bytes;
}

void boot_put(char character)
{
    said[said_length] = character;
    said_length = (said_length + 1) % (sizeof said - 1);
}

void boot_stop(void) { check_failed(__FILE__, __LINE__, said); }

bool refused_for(const char *reason)
{
    bool found = strstr(said, "corm: cannot start: ") != NULL && strstr(said, reason) != NULL;
    memset(said, 0, sizeof said);
    said_length = 0;
    return found;
}
