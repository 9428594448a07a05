/*
 * tree.h - what stands in the file system outside of the folders that actors may write to: nobody
 * of them may make, remove or change anything there.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Takes the tree as it is for what it must be. False: it cannot be read, or is too large. */
bool tree_take(void);

/* Is it as it was taken? Else `text` names one entry that is not. */
bool tree_is_as_taken(char *text, size_t bytes);
