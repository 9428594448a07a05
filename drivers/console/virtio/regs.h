/**
 * regs.h - registers of a virtio device in memory (Virtual I/O Device version 1.2, §4.2.2), and of
 * the console (§5.3).
 */
#pragma once

enum {
    REG_MAGIC = 0x000,
    REG_VERSION = 0x004,
    REG_DEVICE = 0x008,
    REG_DEVICE_FEATURES = 0x010, /* 32 of them, which REG_DEVICE_FEATURES_SELECT selects */
    REG_DEVICE_FEATURES_SELECT = 0x014,
    REG_DRIVER_FEATURES = 0x020,
    REG_DRIVER_FEATURES_SELECT = 0x024,
    REG_QUEUE_SELECT = 0x030,
    REG_QUEUE_SIZE_MAX = 0x034,
    REG_QUEUE_SIZE = 0x038,
    REG_QUEUE_READY = 0x044,
    REG_QUEUE_NOTIFY = 0x050,
    REG_INTERRUPT_STATUS = 0x060,
    REG_INTERRUPT_ACKNOWLEDGE = 0x064,
    REG_STATUS = 0x070,
    REG_QUEUE_DESCRIPTORS = 0x080, /* lower half; the upper one is behind it */
    REG_QUEUE_DRIVER = 0x090,
    REG_QUEUE_DEVICE = 0x0a0,
    REG_BYTES = 0x100,
};

#define MAGIC          0x74726976u /* "virt" */
#define VERSION        2u
#define DEVICE_CONSOLE 3u /* §5.3.1 */

/* §2.1 */
#define STATUS_ACKNOWLEDGE 1u
#define STATUS_DRIVER      2u
#define STATUS_DRIVER_OK   4u
#define STATUS_FEATURES_OK 8u
#define STATUS_FAILED      128u

#define FEATURES_1_VERSION_1 1u /* §6: bit 32, the first of the second word */

/* §5.3.2: of port 0. */
enum { QUEUE_RECEIVE = 0, QUEUE_TRANSMIT = 1, QUEUE_COUNT = 2 };
