/*
 * baseline.h - is everything that programs made the server hold given back?
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Takes the counts of /proc/corm/objects as what must be there at rest. False: cannot read them. */
bool baseline_take(void);

/* Waits a little for the rest. True: as the baseline. Else `text` says what is different, as
   "name +3, name -1". */
bool baseline_restored(char *text, size_t bytes);

/* One count as it is now, -1 if there is none. */
long baseline_count(const char *name);
