/*
 * system.h - how the world presents itself: the Linux interface that it follows.
 */
#pragma once

#include <stddef.h>

/* The version of Linux whose interface this is, and a word that says whose work it is. */
#define SYSTEM_RELEASE "6.1.0-corm"
#define SYSTEM_VERSION "#1 Corm"

#define SYSTEM_NAME_BYTES 65

void system_host_name(char to[SYSTEM_NAME_BYTES]);
void system_domain_name(char to[SYSTEM_NAME_BYTES]);
int system_set_host_name(const char *name, size_t length); /* 0 or -EINVAL */
