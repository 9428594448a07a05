/*
 * devices.h - the list of devices: what a board has of what the manifest asks for.
 *
 * One page that init shares with the device server. init writes what is wanted; the server, which
 * holds nothing but the device tree, writes what it found and ends. init believes none of it: it
 * grants what it holds itself and what the manifest says, and an entry only says where.
 */
#pragma once

#include <stdint.h>

#define DEVICES_WANTED_MAX 16
#define DEVICES_FOUND_MAX  64
#define DEVICES_NAME_BYTES 32

#define DEVICE_NO_LINE (~0u)

struct device_found {
    uint32_t wanted;  /* index of what it is */
    uint32_t line;    /* as irq_control_issue() counts them, or DEVICE_NO_LINE */
    uint32_t trigger; /* bit 0 level-triggered, bit 1 active low */
    uint32_t reserved;
    uint64_t base; /* physical address of its registers */
    uint64_t size_bytes;
};

struct device_list {
    uint32_t count_wanted; /* written by init, and the names */
    uint32_t count_found;  /* written by the server, and the entries */
    char wanted[DEVICES_WANTED_MAX][DEVICES_NAME_BYTES]; /* as the tree's `compatible` has it */
    struct device_found found[DEVICES_FOUND_MAX];
};
