/*
 * shim_proc.h - three invented processes for /proc.
 */
#ifndef TESTS_UNIT_LINUX_SHIM_PROC_H
#define TESTS_UNIT_LINUX_SHIM_PROC_H

#include "servers/linux/proc_source.h"

extern const struct proc_source shim_proc_source;

#endif
