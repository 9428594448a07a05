/*
 * bundle.h - the boot bundle, as far as the kernel looks into it: header, table, init.
 */
#pragma once

#include "abi/bundle.h"
#include "kernel/arch.h"

/**
 * bundle_find_init - check @bundle and return init's image in it.
 * Returns NULL and sets *reason (text for the log) if the bundle is missing, truncated or corrupt.
 */
MUST_USE const struct init_image *bundle_find_init(const struct boot_range *bundle,
                                                   const char **reason);
