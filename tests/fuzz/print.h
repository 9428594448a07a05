/**
 * print.h - what happens, as the lines of a unit test (tests/unit/kernel/machine.h).
 */
#pragma once

#include "tests/oracle/oracle.h"

/** print_event - the running thread, and what is about to happen. */
void print_event(const struct oracle_event *event, unsigned window);

/** print_outcome - what came of it for @thread, if it was its system call. */
void print_outcome(const struct oracle_event *event, const struct thread *thread);
