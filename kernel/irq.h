/*
 * irq.h - interrupt lines as capabilities.
 *
 * One fixed entry a line. An interrupt masks its line and signals the bound Notification; ack
 * unmasks. Lock: the kernel lock.
 */
#ifndef KERNEL_IRQ_H
#define KERNEL_IRQ_H

#include "kernel/cap.h"
#include "kernel/message.h"

#define IRQ_LINES_MAX 64u

status_t irq_control_invoke(struct slot *slot, uint32_t op, struct invocation *call);
status_t irq_invoke(struct slot *slot, uint32_t op, struct invocation *call);

/** irq_released - the last capability of @line is gone: mask it and forget its Notification. */
void irq_released(uint32_t line);

#endif
