/*
 * registers.h - which register carries what, aarch64.
 *
 *   in
 *     w8          handle
 *     x9          tag
 *     x0 to x7    words 0 to 7
 *     x10         deadline, for the operations call_deadline and receive_deadline
 *   out
 *     x8          status at a caller; badge, RECEIVED_SIGNAL or RECEIVED_ERROR at a receiver
 *     x9          tag, words as above
 *   kept          sp, TPIDR_EL0
 *   lost          x10 to x30, the flags and the words
 *
 * The instruction is `svc #0`.
 */
#pragma once
