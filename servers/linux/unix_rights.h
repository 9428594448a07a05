/*
 * unix_rights.h - open files on their way through sockets (SCM_RIGHTS).
 *
 * A file in a message is in flight: the message holds a reference. Sockets may hold each other so,
 * in circles that no process can reach. Those are looked for when a socket is closed (and when very
 * many files are in flight), not always but after a quarter as many closes as sockets are in
 * flight; what is found is closed.
 */
#pragma once

#include "servers/linux/unix_socket.h"

struct unix_rights {
    struct list link;         /* channel.rights while attached */
    struct unix_rights *next; /* of a chain to discard */
    uint32_t count;
    struct file *files[]; /* counted */
};

struct unix_rights *unix_rights_create(uint32_t count); /* without files yet; NULL: no memory */

/* Into a channel, with a message. Caller holds the channel's mutex. -ETOOMANYREFS. */
MUST_USE int unix_rights_attach(struct unix_rights *rights, struct unix_channel *channel);
/* Out of it: they are the caller's. Caller holds the channel's mutex. */
void unix_rights_detach(struct unix_rights *rights);
/* The same files once more (MSG_PEEK). NULL: no memory. Caller holds the channel's mutex. */
struct unix_rights *unix_rights_copy(struct unix_rights *rights);

/* Closes the files of a chain (NULL: of none), one after the other whatever they hold in turn. Hold
   no lock. */
void unix_rights_discard(struct unix_rights *chain);

/* Both may break circles. Hold no lock. */
void unix_rights_after_close(void);
void unix_rights_before_send(void);
