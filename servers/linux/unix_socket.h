/*
 * unix_socket.h - AF_UNIX: what its files share (unix_*.c). The system calls: sys_socket.c,
 * sys_message.c.
 *
 * Whatever goes to one socket is a channel: a ring of bytes (SOCK_STREAM) or a queue of packets.
 * A connection is two of them; a datagram socket has one from its creation. Who sends holds the
 * channel, never the socket that reads it, so sockets need not outlive each other.
 *
 * Locks, outermost first: unix_mutex (states, names, who is connected, pending connections), then
 * channel.mutex (its contents, its ends), then the one of unix_rights.c. User copies happen under
 * channel.mutex; paths are walked and files are put under none of them.
 */
#pragma once

#include "servers/linux/file.h"
#include "servers/linux/socket_abi.h"

#define UNIX_BUFFER_BYTES     212992 /* net.core.wmem_default and wmem_max */
#define UNIX_BUFFER_BYTES_MIN 4608
#define UNIX_QUEUE_MAX        10 /* net.unix.max_dgram_qlen: packets from strangers */

/* An address that sockets are or were bound to. */
struct unix_name {
    uint32_t refs; /* atomic */
    int type;      /* SOCK_*: abstract names are apart for each type */
    uint32_t length;
    struct linux_sockaddr_un address; /* of these `length` bytes */
    struct inode *inode;              /* counted; NULL: an abstract name */
    struct unix_socket *socket;       /* bound to it; NULL: gone. Under unix_mutex */
    struct unix_name *next;           /* abstract names of a bucket; under unix_mutex */
};

struct unix_channel {
    struct mutex mutex;
    uint32_t refs;               /* atomic */
    bool writer_gone;            /* a connection's: nothing more will come */
    bool reader_gone;            /* nothing is read any more */
    bool room_wanted;            /* somebody found it full: say when it is not */
    struct unix_socket *reader;  /* not counted; NULL: closed */
    struct list writers;         /* unix_socket.writer_link: whose `out` it is */
    struct waitqueue room_queue; /* threads that wait to send */
    struct unix_name *name;      /* the reader's, counted; under unix_mutex */
    size_t bytes;                /* of packets, with what each costs */
    uint32_t packet_count;
    struct list packets; /* unix_packet.link */
    struct pipe *ring;   /* of a stream: the bytes. Its own mutex and queues stay unused */
    uint64_t sent;       /* bytes of a stream, ever */
    uint64_t received;
    struct list records; /* unix_record.link: what goes along with some of them */
    struct list rights;  /* unix_rights.link: all that the channel holds; lock: unix_rights.c */
};

enum unix_state { UNIX_IDLE, UNIX_LISTENING, UNIX_CONNECTED, UNIX_CLOSED };

struct unix_options {
    _Atomic uint32_t send_bytes; /* as getsockopt shows them */
    _Atomic uint32_t receive_bytes;
    _Atomic nanos_t send_timeout_ns; /* 0: none */
    _Atomic nanos_t receive_timeout_ns;
    _Atomic bool pass_credentials;
    _Atomic uint32_t kept_bits; /* options without effect here: bit SO_* is their value */
    _Atomic int32_t priority;
    _Atomic int32_t linger_on;
    _Atomic int32_t linger_s;
};

/* Who a socket speaks with, as it was when they met. */
struct unix_peer {
    struct linux_ucred ids;    /* SO_PEERCRED: effective */
    struct group_list *groups; /* SO_PEERGROUPS; counted; NULL: none */
};

struct unix_socket {
    uint32_t refs; /* atomic */
    int type;
    enum unix_state state;   /* under unix_mutex; read without once connected */
    _Atomic uint32_t shut;   /* enum unix_shut; read without a lock */
    int32_t error;           /* atomic: SO_ERROR, a positive errno */
    struct unix_channel *in; /* what comes: counted, constant once set */
    /* Where it goes: counted. A connection's is constant once set; a datagram's is compared without
       a lock. */
    struct unix_channel *_Atomic out;
    struct list writer_link; /* out->writers */
    struct unix_name *name;  /* counted; under unix_mutex */
    bool owns_name;          /* bound, not accepted: the name goes with the socket */
    struct unix_peer peer;   /* under unix_mutex; of a listener: who called listen */
    struct waitqueue read_queue;
    struct waitqueue write_queue;
    struct list pending; /* pending_link of connections that accept will return */
    struct list pending_link;
    uint32_t pending_count;
    uint32_t backlog;
    struct waitqueue connect_queue; /* threads that wait for room in `pending` */
    struct unix_options options;
    struct file *file;     /* not counted; NULL: not accepted yet */
    struct list open_link; /* all that have a file; under unix_mutex */
    /* in flight: unix_rights.c */
    uint32_t in_flight;
    uint32_t unexplained;
    bool garbage;
    struct list in_flight_link;
    struct unix_socket *next_reachable;
};

enum unix_shut { UNIX_SHUT_READ = 1, UNIX_SHUT_WRITE = 2 };

extern struct mutex unix_mutex;

/* One message on its way in or out, beside its bytes. */
struct unix_message {
    struct iter *data;
    uint32_t flags;                     /* MSG_*, as the caller gave them */
    bool nonblocking;                   /* MSG_DONTWAIT or O_NONBLOCK */
    uint32_t out_flags;                 /* receive: MSG_TRUNC, MSG_CTRUNC */
    bool is_complete;                   /* receive: what follows is another message */
    bool wants_name;                    /* receive: the caller asks for the sender's name */
    const struct linux_sockaddr_un *to; /* send: NULL: to whom it is connected */
    uint32_t to_length;
    struct unix_name *from;     /* receive: the sender's, counted; NULL: it has none */
    struct unix_rights *rights; /* send: taken over on success (NULL then); receive: the caller's */
    struct linux_ucred credentials;
    bool has_credentials;
};

/* ---- sockets (unix_socket.c) ------------------------------------------------------------- */

void unix_socket_init(void); /* once, at boot */

/* What a descriptor's file is a socket of, or NULL. */
struct unix_socket *unix_socket_of(const struct file *file);

/* A socket in no file; a datagram socket has its channel. NULL: no memory. */
struct unix_socket *unix_socket_create(int type);
void unix_socket_put(struct unix_socket *socket);
/* Its file, with one reference; takes over the socket's reference on success. */
struct file *unix_socket_file(struct unix_socket *socket, uint32_t flags, int *error);
/* Ends a socket that has no file (any more); the caller's reference goes. */
void unix_socket_end(struct unix_socket *socket);

MUST_USE int unix_pair(int type, uint32_t flags, struct file *files[2]);

/* What /proc/net/unix shows of a socket. */
struct unix_socket_summary {
    uint32_t refs;
    int type;
    bool listening, connected;
    uint64_t inode_number;
    const char *name; /* not 0-terminated: an abstract one begins with 0 */
    unsigned name_length;
};
void unix_socket_each(void (*visit)(const struct unix_socket_summary *socket, void *context),
                      void *context); /* with unix_mutex held */
unsigned unix_socket_count(void);

static inline struct unix_socket *unix_socket_get(struct unix_socket *socket)
{
    __atomic_fetch_add(&socket->refs, 1, __ATOMIC_RELAXED);
    return socket;
}

static inline bool unix_connected(const struct unix_socket *socket)
{
    return __atomic_load_n(&socket->state, __ATOMIC_ACQUIRE) == UNIX_CONNECTED;
}

/* The pending error, which is reported once; negative, or 0. */
static inline int unix_take_error(struct unix_socket *socket)
{
    if (__atomic_load_n(&socket->error, __ATOMIC_RELAXED) == 0)
        return 0;
    return -__atomic_exchange_n(&socket->error, 0, __ATOMIC_RELAXED);
}

/* Both drop what was there; unix_mutex is held, or nobody else knows the socket. */
void unix_peer_set_own(struct unix_peer *peer); /* the current thread */
void unix_peer_set(struct unix_peer *peer, const struct unix_peer *from);

/* When a call with this option's time-out gives up, and what the end of a wait means to it. */
nanos_t unix_deadline(nanos_t timeout_ns);
int unix_wait_status(int status, nanos_t timeout_ns);

/* ---- channels (unix_channel.c) ------------------------------------------------------------- */

struct unix_channel *unix_channel_create(int type); /* NULL: no memory */
void unix_channel_put(struct unix_channel *channel);

static inline struct unix_channel *unix_channel_get(struct unix_channel *channel)
{
    __atomic_fetch_add(&channel->refs, 1, __ATOMIC_RELAXED);
    return channel;
}

/* The two ends. Caller holds unix_mutex, or nobody knows the socket yet. */
void unix_channel_set_reader(struct unix_channel *channel, struct unix_socket *socket);
void unix_channel_add_writer(struct unix_channel *channel, struct unix_socket *socket);

/* No more is read, or comes. `closed`: the socket ends; what was not read is lost, and is a reset
   to who is connected. */
void unix_channel_end_reading(struct unix_channel *channel, bool closed, bool reset);
void unix_channel_end_writing(struct unix_channel *channel, struct unix_socket *writer);
/* A datagram socket is no longer connected to it. */
void unix_channel_remove_writer(struct unix_channel *channel, struct unix_socket *writer);

/* Caller holds channel.mutex. */
static inline void unix_channel_wake_reader(struct unix_channel *channel)
{
    if (channel->reader)
        wake_all(&channel->reader->read_queue);
}

void unix_channel_wake_writers(struct unix_channel *channel);

/* Is the receiver, or the sender, one that wants messages to carry credentials? Holds the mutex. */
bool unix_wants_credentials(const struct unix_channel *channel, const struct unix_socket *sender);

/* ---- names and connections (unix_name.c, unix_connect.c) ------------------------------------ */

/* 0 or -EINVAL. */
MUST_USE int unix_address_check(const struct linux_sockaddr_un *address, uint32_t length);

MUST_USE int unix_bind(struct unix_socket *socket, const struct linux_sockaddr_un *address,
                       uint32_t length);
MUST_USE int unix_autobind(struct unix_socket *socket);

struct unix_name *unix_name_get(struct unix_name *name); /* NULL is allowed, here and there */
void unix_name_put(struct unix_name *name);
void unix_name_release(struct unix_name *name); /* its socket ends; caller holds unix_mutex */

/* Somebody's address, looked up as far as no lock is needed. */
struct unix_target {
    const struct linux_sockaddr_un *address;
    uint32_t length;
    int type;
    struct inode *inode; /* counted; NULL: an abstract name */
};
/* 0 or what walking the path gives; -ECONNREFUSED if it is no socket. Then unix_target_close. */
MUST_USE int unix_target_open(struct unix_target *target, const struct linux_sockaddr_un *address,
                              uint32_t length, int type);
void unix_target_close(struct unix_target *target);
/* Caller holds unix_mutex. NULL and *error: -ECONNREFUSED or -EPROTOTYPE. */
struct unix_socket *unix_target_socket(const struct unix_target *target, int *error);

MUST_USE int unix_listen(struct unix_socket *socket, int backlog);
MUST_USE int unix_connect(struct unix_socket *socket, const struct linux_sockaddr_un *address,
                          uint32_t length, bool nonblocking);
/* The connection's file, or NULL and *error. */
struct file *unix_accept(struct unix_socket *socket, bool nonblocking, uint32_t flags, int *error);
MUST_USE int unix_shutdown(struct unix_socket *socket, int how);
/* Counted; NULL: it has none. */
struct unix_name *unix_own_name(struct unix_socket *socket);
MUST_USE int unix_peer_name(struct unix_socket *socket, struct unix_name **name); /* -ENOTCONN */

/* ---- messages (unix_stream.c, unix_packet.c, unix_transfer.c) ---------------------------------
 */

/* Bytes, or an error. SIGPIPE is sent here. */
long unix_send(struct unix_socket *socket, struct unix_message *message);
long unix_receive(struct unix_socket *socket, struct unix_message *message);

/* Gives it the current thread's real credentials. */
void unix_message_sign(struct unix_message *message);

long unix_stream_send(struct unix_socket *socket, struct unix_message *message);
long unix_stream_receive(struct unix_socket *socket, struct unix_message *message);
long unix_packet_send(struct unix_socket *socket, struct unix_message *message);
long unix_packet_receive(struct unix_socket *socket, struct unix_message *message);

/* Drops what a channel holds. Caller holds channel.mutex, and then discards the rights. */
struct unix_rights *unix_stream_drop(struct unix_channel *channel);
struct unix_rights *unix_packet_drop(struct unix_channel *channel);

/* What FIONREAD says, and whether a writer finds room. Caller holds channel.mutex. */
size_t unix_stream_used(const struct unix_channel *channel);
bool unix_stream_has_room(const struct unix_channel *channel, const struct unix_socket *writer);
size_t unix_packet_first(const struct unix_channel *channel);
bool unix_packet_has_room(const struct unix_channel *channel, const struct unix_socket *writer);

/* ---- options (unix_option.c) --------------------------------------------------------------------
 */

void unix_options_init(struct unix_options *options);
long unix_option_set(struct unix_socket *socket, int level, int option, uaddr_t value,
                     uint32_t length);
long unix_option_get(struct unix_socket *socket, int level, int option, uaddr_t value,
                     uaddr_t length);
