/*
 * irq.h - interrupt lines as capabilities.
 *
 * One fixed entry a line. An interrupt masks its line and signals the bound Notification; ack
 * unmasks. Lock: the kernel lock.
 */
#pragma once

#include "kernel/cap.h"
#include "kernel/message.h"

#define IRQ_LINES_MAX 64u

struct irq_line {
    struct object object;
    struct slot binding; /* of a Notification; its value is the bits to signal */
    bool masked;
};
