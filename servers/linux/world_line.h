/*
 * world_line.h - the thread that moves bytes between a world's streams and its serial line.
 */
#pragma once

#include "servers/linux/base.h"

/* Everything that was written goes out, then the status (framed lines only); returns when the other
   end has it, or has been waited for long enough. */
void world_line_finish(uint32_t code);
