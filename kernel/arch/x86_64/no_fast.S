/*
 * no_fast.S - in place of the fast path where the compiler cannot make it: all calls are slow ones.
 */
.text
.global fast_call, fast_reply_wait
fast_call:
fast_reply_wait:
    jmp syscall_slow
