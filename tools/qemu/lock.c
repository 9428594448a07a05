/*
 * lock.c - a plugin for QEMU that counts how often the kernel lock is released, which is as often
 * as it was taken: at the instructions that do so, so that the kernel need not count.
 *
 *     -plugin lock.so,out=FILE,release=ADDRESS+ADDRESS...[,take=ADDRESS+...]
 *
 * FILE is struct counts, little-endian, true at every moment. With the places where the lock is
 * taken, too, it counts all instructions, and those between taking and releasing, both included: of
 * one processor, which always gets what it tries to take.
 */
#include <stdbool.h>
#include <stdio.h>

#include "options.h"
#include "plugin.h"

struct counts {
    uint64_t acquisitions;
    uint64_t insn;        /* with `take` */
    uint64_t locked_insn; /* likewise */
};

static struct places release, take;
static struct counts *counts;
static uint64_t taken_at;

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

int qemu_plugin_install(plugin_id id, const struct qemu_info *info, int argc, char **argv)
{
    bool good = true;
    (void)info;
    for (int i = 0; i < argc; i++) {
        const char *text;
        if ((text = option(argv[i], "out")) != NULL)
            counts = open_counts(text, sizeof(*counts));
        else if ((text = option(argv[i], "release")) != NULL)
            good = good && read_places(text, &release);
        else if ((text = option(argv[i], "take")) != NULL)
            good = good && read_places(text, &take);
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
