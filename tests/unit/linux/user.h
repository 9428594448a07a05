/*
 * user.h - whose rights a test asks about.
 */
#pragma once

#include "servers/linux/credentials.h"

static inline struct credentials user(uint32_t uid, uint32_t gid)
{
    return (struct credentials){.uid = uid,
                                .euid = uid,
                                .suid = uid,
                                .fsuid = uid,
                                .gid = gid,
                                .egid = gid,
                                .sgid = gid,
                                .fsgid = gid};
}

static inline struct credentials with(struct credentials who, enum capability which)
{
    who.permitted = who.effective = CAPABILITY_BIT(which);
    return who;
}
