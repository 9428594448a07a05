/*
 * give_way.c - a plugin for QEMU with which a processor that spins lets others of the machine run.
 *
 *     -plugin give_way.so
 *
 * QEMU runs each processor on a thread of its own. Where the host has fewer, who holds the kernel
 * lock, or is next in its queue, may be the one that the host does not run just now; the others
 * spin until the host's next tick. With this their hint that they wait (x86-64 `pause`, A64
 * `yield`, RISC-V `pause`) gives the host's processor away.
 */
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "plugin.h"

static const struct hint {
    const char *target;
    size_t bytes;
    uint8_t code[4];
} hints[] = {
    {"x86_64", 2, {0xf3, 0x90}},
    {"aarch64", 4, {0x3f, 0x20, 0x03, 0xd5}},
    {"riscv64", 4, {0x0f, 0x00, 0x00, 0x01}},
};
static const struct hint *hint;

static void on_hint(unsigned processor, void *data)
{
    (void)processor;
    (void)data;
    sched_yield();
}

static bool is_hint(const struct qemu_plugin_insn *insn)
{
    return qemu_plugin_insn_size(insn) == hint->bytes &&
           memcmp(qemu_plugin_insn_data(insn), hint->code, hint->bytes) == 0;
}

static void on_translate(plugin_id id, struct qemu_plugin_tb *tb)
{
    (void)id;
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        if (is_hint(insn))
            qemu_plugin_register_vcpu_insn_exec_cb(insn, on_hint, NO_REGISTERS, NULL);
    }
}

int qemu_plugin_install(plugin_id id, const struct qemu_info *info, int argc, char **argv)
{
    (void)argc;
    (void)argv;
    for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++)
        if (strcmp(info->target_name, hints[i].target) == 0)
            hint = &hints[i];
    if (hint == NULL)
        return -1;
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
    return 0;
}
