/*
 * registers.h - which register carries what, riscv64.
 *
 *   in
 *     t0          handle, extended with its sign, as the calling convention has 32 bits
 *     s1          tag
 *     a0 to a7    words 0 to 7
 *     s2          deadline, for the operations call_deadline and receive_deadline
 *   out
 *     t0          status at a caller; badge, RECEIVED_SIGNAL or RECEIVED_ERROR at a receiver
 *     s1          tag, words as above
 *   kept          sp; tp is again the TLS base that set_tls has set
 *   lost          all others
 *
 * The instruction is `ecall`.
 */
#pragma once

#define REGISTER_HANDLE "t0"
#define REGISTER_TAG    "s1"
