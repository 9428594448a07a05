/*
 * jail.h - where root's family lives: a root directory of its own. What it did elsewhere would be
 * lasting, and no finding, for root may.
 */
#pragma once

#include <stdbool.h>

/* Puts into an empty folder what an actor needs there: the program that it becomes, and the report.
   False: errno. */
bool jail_fill(const char *folder);

/* Enters it for good, as one of root's family (value_is_root). False: errno. */
bool jail_enter(const char *folder);
