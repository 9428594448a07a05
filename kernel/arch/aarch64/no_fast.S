/*
 * no_fast.S - in place of the fast path where the compiler cannot make it: all calls are slow ones.
 */
.section .text.fast_entry, "ax"
.global fast_entry
fast_entry:
    b syscall_slow
