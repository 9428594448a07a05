/*
 * guest.h - why `enter` came back, on every architecture. The frame itself is in
 * abi/arch/<arch>/guest_frame.h.
 */
#pragma once

/* Label of the message that `enter` returns with: why the guest stopped. */
enum guest_exit {
    GUEST_EXIT_SYSCALL = 1, /* the frame's pc is after the instruction */
    GUEST_EXIT_FAULT = 2,   /* page fault: word 0 = address, word 1 = enum guest_access bits */
    GUEST_EXIT_TRAP = 3,    /* other exception: word 0 = vector, word 1 = error code */
    GUEST_EXIT_KICK = 4,    /* kicked, or another thread had the processor; nothing happened */
};

enum guest_access {
    GUEST_ACCESS_PRESENT = 1, /* the page was mapped: a protection fault */
    GUEST_ACCESS_WRITE = 2,
    GUEST_ACCESS_EXECUTE = 16,
};
