/*
 * window.c - a plugin for QEMU that records every instruction that the machine runs in one window:
 * between the last two marks. A mark is an instruction that does nothing, with bytes that no
 * compiler makes (apps/linux-bench/measure.c has it before each operation).
 *
 *     -plugin window.so,out=FILE
 *
 * FILE, written when the machine ends, all little-endian: the number of different instructions and
 * the number that ran, 8 bytes each; then each different one as struct record; then 4 bytes for
 * each that ran: which one it was. One processor.
 *
 * An instruction that raises an exception is in the window too, although it did not complete.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugin.h"

#define INSN_BYTES  15
#define RAN_MAX     (64u << 20)
#define BUCKETS     (1u << 16)
#define BUCKET_MASK (BUCKETS - 1)

/* nopl 0x4b52414d(%rax) */
static const uint8_t mark_bytes[] = {0x0f, 0x1f, 0x80, 'M', 'A', 'R', 'K'};

/* An instruction at a place of memory. What lies at the same virtual address in another address
 * space is another one. */
struct record {
    uint64_t address;
    uint64_t host_address;
    uint8_t size;
    uint8_t bytes[INSN_BYTES];
};

struct known {
    struct record record;
    uint32_t index;
    bool mark;
    struct known *next; /* in its bucket */
};

/* What ran since a mark. */
struct window {
    uint32_t *ran;
    size_t count;
    size_t capacity;
};

static struct known *buckets[BUCKETS];
static struct known **table;
static size_t table_count, table_capacity;
static struct window current, complete;
static bool marked;
static const char *out_path;

static void die(const char *what)
{
    fprintf(stderr, "window.so: %s\n", what);
    exit(EXIT_FAILURE);
}

/* Room for one more in an array of elements that may move. */
static void *grow(void *array, size_t count, size_t *capacity, size_t element_bytes)
{
    if (count < *capacity)
        return array;
    *capacity = *capacity ? *capacity * 2 : 4096;
    array = realloc(array, *capacity * element_bytes);
    if (!array)
        die("out of memory");
    return array;
}

static struct known *know(const struct qemu_plugin_insn *insn)
{
    uint64_t address = qemu_plugin_insn_vaddr(insn);
    uint64_t host = (uintptr_t)qemu_plugin_insn_haddr(insn);
    size_t size = qemu_plugin_insn_size(insn);
    const void *bytes = qemu_plugin_insn_data(insn);
    struct known **bucket = &buckets[(address ^ host >> 12) & BUCKET_MASK];

    for (struct known *known = *bucket; known; known = known->next)
        if (known->record.address == address && known->record.host_address == host &&
            known->record.size == size && memcmp(known->record.bytes, bytes, size) == 0)
            return known;
    struct known *known = calloc(1, sizeof(*known));
    if (!known || size > INSN_BYTES)
        die("out of memory");
    known->record = (struct record){.address = address, .host_address = host, .size = size};
    memcpy(known->record.bytes, bytes, size);
    known->mark = size == sizeof(mark_bytes) && memcmp(bytes, mark_bytes, size) == 0;
    known->index = (uint32_t)table_count;
    known->next = *bucket;
    *bucket = known;
    table = grow(table, table_count, &table_capacity, sizeof(*table));
    table[table_count++] = known;
    return known;
}

static void on_run(unsigned processor, void *data)
{
    const struct known *known = data;

    (void)processor;
    if (known->mark) {
        struct window swapped = complete;
        complete = current;
        current = swapped;
        current.count = 0;
        marked = true;
    }
    if (!marked || current.count == RAN_MAX)
        return;
    current.ran = grow(current.ran, current.count, &current.capacity, sizeof(*current.ran));
    current.ran[current.count++] = known->index;
}

static void on_translate(plugin_id id, struct qemu_plugin_tb *tb)
{
    (void)id;
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        qemu_plugin_register_vcpu_insn_exec_cb(insn, on_run, NO_REGISTERS, know(insn));
    }
}

static void on_end(plugin_id id, void *data)
{
    uint64_t counts[2] = {table_count, complete.count};
    FILE *out = fopen(out_path, "wb");

    (void)id;
    (void)data;
    if (!out)
        die("cannot write the file");
    fwrite(counts, sizeof(counts), 1, out);
    for (size_t i = 0; i < table_count; i++)
        fwrite(&table[i]->record, sizeof(table[i]->record), 1, out);
    fwrite(complete.ran, sizeof(*complete.ran), complete.count, out);
    if (fclose(out) != 0)
        die("cannot write the file");
}

int qemu_plugin_install(plugin_id id, const struct qemu_info *info, int argc, char **argv)
{
    (void)info;
    for (int i = 0; i < argc; i++)
        if (strncmp(argv[i], "out=", 4) == 0)
            out_path = strdup(argv[i] + 4);
    if (!out_path) {
        fprintf(stderr, "window.so: out=FILE is missing\n");
        return -1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
    qemu_plugin_register_atexit_cb(id, on_end, NULL);
    return 0;
}
