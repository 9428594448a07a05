/*
 * credential_rules.h - between credentials.c and capabilities.c.
 */
#pragma once

#include "servers/linux/credentials.h"

/* The real, effective or saved user has changed: user 0's capabilities come and go with it. */
void capabilities_follow_users(struct credentials *who, const struct credentials *old);

/* The same for the capabilities about files when fsuid alone has changed. */
void capabilities_follow_file_user(struct credentials *who, uint32_t old_fsuid);
