/*
 * registers.h - which register carries what, x86_64.
 *
 *   in
 *     eax         handle
 *     rax[63:32]  receive handle (index << 6 | receive); not zero makes it a reply_wait. The lower
 *                 half must then be 0.
 *     rbx         tag
 *     rdi rsi rdx r10 r8 r9 r12 r13
 *                 words 0 to 7
 *     r14         deadline, for the operations call_deadline and receive_deadline
 *   out
 *     rax         status at a caller; badge, RECEIVED_SIGNAL or RECEIVED_ERROR at a receiver
 *     rbx         tag, words as above
 *   kept          rsp, FS base
 *   lost          rcx r11 rbp r14 r15 and the words
 *
 * The instruction is `syscall`.
 */
#pragma once

#define REGISTER_HANDLE "rax"
#define REGISTER_TAG    "rbx"
