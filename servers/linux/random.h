/*
 * random.h - starting the source of random_bytes (base.h).
 */
#pragma once

#include "servers/linux/base.h"

struct component_info;

/* 0, or -ENXIO: the boot had no seed, and the processor has no random number instruction that
 * works. */
MUST_USE int random_start(const struct component_info *info);
