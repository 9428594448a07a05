/*
 * control_message.h - what a msghdr carries beside bytes: cmsg(3) of AF_UNIX.
 */
#pragma once

#include "servers/linux/unix_rights.h"

/* Reads a header's control messages into a message that will be sent: files, credentials. On
   failure too the message's rights are the caller's. 0 or an error. */
MUST_USE long control_read(struct unix_message *message, const struct linux_msghdr *header);

/* Writes what was received where the header says; leaves the length used in it. What does not fit
   is lost and MSG_CTRUNC set. Descriptors are made here. */
void control_write(struct unix_message *message, struct linux_msghdr *header,
                   bool tells_credentials);
