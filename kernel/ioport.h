/*
 * ioport.h - I/O port ranges as capabilities: slot->value = first port, slot->a = how many.
 */
#ifndef KERNEL_IOPORT_H
#define KERNEL_IOPORT_H

#include "kernel/cap.h"
#include "kernel/message.h"

#endif
