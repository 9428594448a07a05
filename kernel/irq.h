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

void irq_init(void);

/** One step of giving a line back: it is masked and forgets its Notification. True when done. */
MUST_USE bool irq_reap_step(struct irq_line *line);
