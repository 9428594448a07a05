/*
 * ioport.h - I/O port ranges as capabilities: slot->value = first port, slot->a = how many.
 */
#pragma once

#include "kernel/cap.h"
#include "kernel/message.h"
