/*
 * fault.h - a native thread's fault, as a message to its fault endpoint.
 *
 * Words: 0 = address (page) or vector (trap); 1 = enum guest_access bits or the processor's error
 * code; 2 = pc; 3 = stack pointer. The answer's label 0 lets the thread go on (word 0, if there is
 * one, is its new pc); any other label leaves it suspended. A timeout says 0, 0, pc and stack
 * pointer; it takes the thread out of its guest, and out of what it waits for, which is CANCELLED.
 */
#pragma once

#define FAULT_WORDS 4

enum fault_label {
    FAULT_PAGE = 1,
    FAULT_TRAP = 2,
    FAULT_TIMEOUT = 3, /* served one request for too long */
};
