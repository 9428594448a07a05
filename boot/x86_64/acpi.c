/*
 * acpi.c - which processors there are: the table with the signature "APIC" (ACPI specification 6.5,
 * 5.2.12), found by way of RSDP and RSDT or XSDT (5.2.5 to 5.2.8). Nothing is believed whose sum is
 * wrong or which lies out of reach; then there is the first processor alone.
 */
#include "boot/join.h"
#include "boot/x86_64/parts.h"
#include "lib/base/bits.h"
#include "lib/base/copy.h"

#define RSDP_BYTES        20u /* that its first sum is of */
#define RSDP_REVISION_NEW 2u  /* it has an XSDT */
#define TABLE_BYTES_MAX   (1u << 20)
#define ENTRY_ENABLED     1u
#define ID_ALL            0xffu /* in the first mode of the APIC: all processors */

/* None of these is known to be aligned. */

struct rsdp {
    char signature[8];
    uint8_t sum, maker[6], revision;
    uint32_t rsdt, bytes;
    uint64_t xsdt;
} PACKED;

struct table {
    char signature[4];
    uint32_t bytes;
    uint8_t others[28];
    uint8_t rest[];
} PACKED;

enum entry_type { ENTRY_APIC = 0, ENTRY_X2APIC = 9 };

struct entry {
    uint8_t type, bytes;
    union {
        struct {
            uint8_t number, id;
            uint32_t flags;
        } PACKED apic;
        struct {
            uint16_t reserved;
            uint32_t id, flags, number;
        } PACKED x2apic;
    };
} PACKED;

#define ENTRY_BYTES(kind) (offsetof(struct entry, kind) + sizeof(((struct entry *)0)->kind))

static bool sum_is_zero(const void *at, uint32_t bytes)
{
    uint8_t sum = 0;
    for (uint32_t i = 0; i < bytes; i++)
        sum = (uint8_t)(sum + ((const uint8_t *)at)[i]);
    return sum == 0;
}

static bool starts_with(const void *at, const char *signature)
{
    const char *text = at;
    for (; *signature != '\0'; text++, signature++)
        if (*text != *signature)
            return false;
    return true;
}

/* The table at @address if it is a sound one, or NULL. */
static const struct table *table_at(paddr_t address, const char *signature)
{
    if (address == 0 || !range_within(address, sizeof(struct table), boot_reach))
        return NULL;
    const struct table *table = boot_memory(address);
    uint32_t bytes = table->bytes;
    bool fits = bytes >= sizeof(*table) && bytes <= TABLE_BYTES_MAX &&
                range_within(address, bytes, boot_reach);
    return fits && starts_with(table, signature) && sum_is_zero(table, bytes) ? table : NULL;
}

/* In the list of tables with addresses of @width bytes. */
static const struct table *find_madt(const struct table *list, uint32_t width)
{
    uint32_t bytes = list == NULL ? 0 : (uint32_t)(list->bytes - sizeof(*list));
    for (uint32_t at = 0; range_within(at, width, bytes); at += width) {
        uint64_t address = 0;
        memcpy(&address, &list->rest[at], width);
        const struct table *table = table_at(address, "APIC");
        if (table != NULL)
            return table;
    }
    return NULL;
}

static void processor_found(struct machine *machine, uint32_t id, uint32_t flags)
{
    if (!(flags & ENTRY_ENABLED))
        return;
    if (id < ID_ALL)
        join_add(machine, id);
    else
        boot_print("corm: processor 0x%x is left alone: its number is too large\n", id);
}

/* Behind the head of a MADT, @bytes of entries. */
static void entries_read(struct machine *machine, const uint8_t *entries, uint32_t bytes)
{
    for (uint32_t at = 0; range_within(at, 2, bytes);) {
        const struct entry *entry = (const void *)&entries[at];
        if (entry->bytes < 2 || !range_within(at, entry->bytes, bytes))
            break;
        if (entry->type == ENTRY_APIC && entry->bytes >= ENTRY_BYTES(apic))
            processor_found(machine, entry->apic.id, entry->apic.flags);
        else if (entry->type == ENTRY_X2APIC && entry->bytes >= ENTRY_BYTES(x2apic))
            processor_found(machine, entry->x2apic.id, entry->x2apic.flags);
        at += entry->bytes;
    }
}

#define MADT_HEAD 8u /* of it alone: the local APICs' address, flags */

void acpi_read(struct machine *machine, paddr_t address)
{
    const struct table *madt = NULL;
    if (address != 0 && range_within(address, sizeof(struct rsdp), boot_reach)) {
        const struct rsdp *rsdp = boot_memory(address);
        bool sound = starts_with(rsdp, "RSD PTR ") && sum_is_zero(rsdp, RSDP_BYTES);
        if (sound && rsdp->revision >= RSDP_REVISION_NEW)
            madt = find_madt(table_at(rsdp->xsdt, "XSDT"), sizeof(uint64_t));
        if (sound && madt == NULL)
            madt = find_madt(table_at(rsdp->rsdt, "RSDT"), sizeof(uint32_t));
    }
    if (madt == NULL || madt->bytes < sizeof(*madt) + MADT_HEAD)
        boot_print("corm: one processor: there is no sound table of others\n");
    else
        entries_read(machine, &madt->rest[MADT_HEAD],
                     (uint32_t)(madt->bytes - sizeof(*madt) - MADT_HEAD));
}
