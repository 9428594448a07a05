/*
 * owned.h - who may see what: memory that carries its owner's name in every word.
 *
 * All that the processes of a family write anywhere is made of such words (or of small numbers and
 * paths). Families share nothing, so a word of another family is a leak, wherever it turns up: in
 * what a call gives out, in fresh memory, in the padding of a structure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

extern uint16_t owned_by; /* the family of this process */

uint64_t owned_word(void);
void owned_fill(void *to, size_t bytes);

/* Looks for words of others, now and then at any alignment; @at is aligned. Reports the first;
   @where names what was looked at. */
void owned_check(const void *at, size_t bytes, const char *where, uint64_t detail);

/* Looks for addresses of the server's own memory in what a call gave out (it did not clear what it
   wrote there): words of which both halves are new, for a few random bytes over a number that looks
   like one make another. */
void owned_check_addresses(const void *at, const void *before, size_t bytes, uint64_t call);

/* The family's secret: memory that nobody is ever told about. Made once a process; a check says
   whether it is what it was. Zeroes are allowed: its owner may have dropped the pages. */
bool owned_make_secret(void);
void owned_check_secret(void);
