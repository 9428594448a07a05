/*
 * bits.h - what WP knows of a compiler's builtins beyond their range: what its manual says.
 */
#pragma once

/*@ requires word != 0; assigns \result \from word;
    ensures (word & ((unsigned long long)(1 << \result))) != 0;
    ensures \forall integer i; 0 <= i < \result ==> (word & ((unsigned long long)(1 << i))) == 0; */
int __builtin_ctzll(unsigned long long word);

/*@ requires word != 0; assigns \result \from word; ensures word >> (63 - \result) == 1; */
int __builtin_clzll(unsigned long long word);
