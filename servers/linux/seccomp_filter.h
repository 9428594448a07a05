/*
 * seccomp_filter.h - the filters of seccomp(2): programs of the classic packet filter over a struct
 * seccomp_data. No locks: a filter never changes.
 */
#pragma once

#include "servers/linux/base.h"

#define SECCOMP_INSTRUCTIONS_MAX 4096

/* struct sock_filter */
struct filter_instruction {
    uint16_t code;
    uint8_t if_true;
    uint8_t if_false;
    uint32_t k;
};

/* struct seccomp_data */
struct filter_data {
    int32_t number;
    uint32_t arch;
    uint64_t ip;
    uint64_t args[6];
};
STATIC_ASSERT(sizeof(struct filter_data) == 64, "struct seccomp_data");

/* Only known instructions, jumps and memory inside, and it ends with a return: 0 or -EINVAL. */
MUST_USE int filter_check(const struct filter_instruction *program, unsigned count);

/* What a checked program returns: an action and 16 bits of data. */
uint32_t filter_run(const struct filter_instruction *program, const struct filter_data *data);
