/*
 * lock.c - a plugin for QEMU that counts how often the kernel lock is released, which is as often
 * as it was taken: at the instructions that do so, so that the kernel need not count.
 *
 *     -plugin lock.so,out=FILE,release=ADDRESS+ADDRESS...[,take=ADDRESS+...]
 *
 * FILE is struct counts, little-endian, true at every moment. With the places where the lock is
 * taken, too, it counts all instructions, and those between taking and releasing, both included: of
 * one processor, which always gets what it tries to take.
 *
 * Debian's QEMU 7.2 can load plugins but comes without the header: what is used of it is declared
 * here (include/qemu/qemu-plugin.h, version 1 of the interface).
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

typedef uint64_t plugin_id;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_info;

enum { NO_REGISTERS = 0, INLINE_ADD = 0 };

size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t index);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id,
                                           void (*cb)(plugin_id, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
                                            void (*cb)(unsigned, void *), int flags, void *data);
void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *insn, int op, void *at,
                                                uint64_t by);

#define EXPORT __attribute__((visibility("default")))

EXPORT int qemu_plugin_version = 1;
EXPORT int qemu_plugin_install(plugin_id id, const struct qemu_info *info, int argc, char **argv);

#define PLACES_MAX 64u

struct places {
    uint64_t at[PLACES_MAX];
    size_t count;
};

struct counts {
    uint64_t acquisitions;
    uint64_t insn;        /* with `take` */
    uint64_t locked_insn; /* likewise */
};

static struct places release, take;
static struct counts *counts;
static uint64_t taken_at;

static bool is_place(const struct places *places, uint64_t address)
{
    for (size_t i = 0; i < places->count; i++)
        if (places->at[i] == address)
            return true;
    return false;
}

static void on_insn(unsigned processor, void *data)
{
    (void)processor;
    (void)data;
    counts->insn++;
}

static void on_take(unsigned processor, void *data)
{
    (void)processor;
    (void)data;
    taken_at = counts->insn - 1;
}

static void on_release(unsigned processor, void *data)
{
    (void)processor;
    (void)data;
    counts->locked_insn += counts->insn - taken_at;
}

static void on_translate(plugin_id id, struct qemu_plugin_tb *tb)
{
    (void)id;
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        uint64_t address = qemu_plugin_insn_vaddr(insn);
        if (take.count != 0)
            qemu_plugin_register_vcpu_insn_exec_cb(insn, on_insn, NO_REGISTERS, NULL);
        if (is_place(&take, address))
            qemu_plugin_register_vcpu_insn_exec_cb(insn, on_take, NO_REGISTERS, NULL);
        if (!is_place(&release, address))
            continue;
        if (take.count != 0)
            qemu_plugin_register_vcpu_insn_exec_cb(insn, on_release, NO_REGISTERS, NULL);
        /* Whoever gets here holds the lock: the sum needs none of its own. */
        qemu_plugin_register_vcpu_insn_exec_inline(insn, INLINE_ADD, &counts->acquisitions, 1);
    }
}

static bool read_places(const char *text, struct places *places)
{
    do {
        char *end;
        if (places->count == PLACES_MAX)
            return false;
        places->at[places->count++] = strtoull(text, &end, 16);
        if (end == text || (*end != '+' && *end != '\0'))
            return false;
        text = *end == '\0' ? end : end + 1;
    } while (*text != '\0');
    return true;
}

static bool open_counts(const char *path)
{
    int file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (file < 0 || ftruncate(file, sizeof(*counts)) != 0)
        return false;
    counts = mmap(NULL, sizeof(*counts), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    return close(file) == 0 && counts != MAP_FAILED;
}

int qemu_plugin_install(plugin_id id, const struct qemu_info *info, int argc, char **argv)
{
    bool good = true;
    (void)info;
    for (int i = 0; i < argc; i++) {
        if (strncmp(argv[i], "out=", 4) == 0)
            good = good && open_counts(argv[i] + 4);
        else if (strncmp(argv[i], "release=", 8) == 0)
            good = good && read_places(argv[i] + 8, &release);
        else if (strncmp(argv[i], "take=", 5) == 0)
            good = good && read_places(argv[i] + 5, &take);
        else
            good = false;
    }
    if (!good || counts == NULL || release.count == 0) {
        fprintf(stderr, "lock.so: out=FILE and release=ADDRESS+... are needed\n");
        return -1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
    return 0;
}
