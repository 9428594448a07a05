/*
 * socket_abi.h - numbers and layouts of Linux's socket interface. Names are Linux's own.
 * Source: socket(2), unix(7), cmsg(3) and the UAPI headers of Linux 6.1.
 */
#pragma once

#include <stdint.h>

#include "lib/base/types.h"

#define AF_UNSPEC 0
#define AF_UNIX   1
#define PF_UNIX   AF_UNIX

#define SOCK_STREAM    1
#define SOCK_DGRAM     2
#define SOCK_RAW       3
#define SOCK_SEQPACKET 5
#define SOCK_TYPE_MASK 0xf
#define SOCK_TYPE_MAX  10
#define SOCK_CLOEXEC   02000000
#define SOCK_NONBLOCK  00004000
#define SOMAXCONN      4096

#define SHUT_RD   0
#define SHUT_WR   1
#define SHUT_RDWR 2

#define SOL_SOCKET 1

#define SO_REUSEADDR   2
#define SO_TYPE        3
#define SO_ERROR       4
#define SO_DONTROUTE   5
#define SO_BROADCAST   6
#define SO_SNDBUF      7
#define SO_RCVBUF      8
#define SO_KEEPALIVE   9
#define SO_OOBINLINE   10
#define SO_PRIORITY    12
#define SO_LINGER      13
#define SO_REUSEPORT   15
#define SO_PASSCRED    16
#define SO_PEERCRED    17
#define SO_RCVLOWAT    18
#define SO_SNDLOWAT    19
#define SO_RCVTIMEO    20
#define SO_SNDTIMEO    21
#define SO_PEERNAME    28
#define SO_ACCEPTCONN  30
#define SO_SNDBUFFORCE 32
#define SO_RCVBUFFORCE 33
#define SO_PROTOCOL    38
#define SO_DOMAIN      39
#define SO_PEERGROUPS  59
#define SO_RCVTIMEO_64 66
#define SO_SNDTIMEO_64 67

#define MSG_OOB          0x1
#define MSG_PEEK         0x2
#define MSG_CTRUNC       0x8
#define MSG_TRUNC        0x20
#define MSG_DONTWAIT     0x40
#define MSG_EOR          0x80
#define MSG_WAITALL      0x100
#define MSG_NOSIGNAL     0x4000
#define MSG_WAITFORONE   0x10000
#define MSG_CMSG_CLOEXEC 0x40000000

#define SCM_RIGHTS      1
#define SCM_CREDENTIALS 2
#define SCM_RIGHTS_MAX  253

#define UNIX_PATH_MAX 108

struct linux_sockaddr_un {
    uint16_t family;
    char path[UNIX_PATH_MAX];
};
STATIC_ASSERT(sizeof(struct linux_sockaddr_un) == 110, "struct sockaddr_un");
#define SOCKADDR_UN_PATH offsetof(struct linux_sockaddr_un, path)
#define SOCKADDR_MAX     128 /* struct sockaddr_storage */

struct linux_msghdr {
    uint64_t name;
    uint32_t name_length;
    uint32_t padding;
    uint64_t vector;
    uint64_t vector_count;
    uint64_t control;
    uint64_t control_length;
    uint32_t flags;
    uint32_t padding2;
};
STATIC_ASSERT(sizeof(struct linux_msghdr) == 56, "struct msghdr");

struct linux_mmsghdr {
    struct linux_msghdr header;
    uint32_t length;
    uint32_t padding;
};
STATIC_ASSERT(sizeof(struct linux_mmsghdr) == 64, "struct mmsghdr");

/* Followed by its data; both are aligned to 8. */
struct linux_cmsghdr {
    uint64_t length; /* header and data */
    int32_t level;
    int32_t type;
};
STATIC_ASSERT(sizeof(struct linux_cmsghdr) == 16, "struct cmsghdr");

struct linux_ucred {
    int32_t pid;
    uint32_t uid;
    uint32_t gid;
};

struct linux_linger {
    int32_t on;
    int32_t seconds;
};
