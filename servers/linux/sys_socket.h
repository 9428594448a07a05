/*
 * sys_socket.h - what the socket calls share.
 */
#pragma once

#include "servers/linux/unix_socket.h"

/* The descriptor's file, counted, and its socket; or NULL and *error: -EBADF, -ENOTSOCK. */
struct file *socket_file(int fd, struct unix_socket **socket, int *error);

/* An address from the guest: 0, -EINVAL (length) or -EFAULT. What is behind it is 0. */
MUST_USE int socket_address_read(struct linux_sockaddr_un *address, uint64_t from, uint64_t length);

/* An address to the guest, cut to the length it has room for; there its whole length is left.
   `none_is_empty`: a socket without a name gives no bytes instead of its family alone. */
MUST_USE int socket_address_write(const struct unix_name *name, bool none_is_empty, uint64_t to,
                                  uint64_t length_at);
