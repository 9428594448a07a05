/*
 * shim_proc.h - three invented processes for /proc.
 */
#pragma once

#include "servers/linux/proc_source.h"

extern const struct proc_source shim_proc_source;
