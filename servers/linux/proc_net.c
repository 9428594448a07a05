/*
 * proc_net.c - /proc/net: there are sockets of AF_UNIX and no interfaces. Formats: proc(5).
 */
#include "servers/linux/proc.h"
#include "servers/linux/unix_socket.h"

void proc_show_net_devices(struct text *text, const struct proc_node *node)
{
    (void)node;
    text_format(text,
                "Inter-|   Receive                                                |  Transmit\n"
                " face |bytes    packets errs drop fifo frame compressed multicast|bytes    "
                "packets errs drop fifo colls carrier compressed\n");
}

void proc_show_sockstat(struct text *text, const struct proc_node *node)
{
    (void)node;
    text_format(text, "sockets: used %u\n", unix_socket_count());
}

/* Flags and states as include/uapi/linux/net.h has them: __SO_ACCEPTCON, SS_UNCONNECTED, ... */
static void show_socket(const struct unix_socket_summary *socket, void *context)
{
    struct text *text = context;

    text_format(text, "%016lx: %08x 00000000 %08x %04x %02x %5lu", UINT64_C(0), socket->refs,
                socket->listening ? 0x10000u : 0, (unsigned)socket->type,
                socket->listening   ? 1u
                : socket->connected ? 3u
                                    : 1u,
                socket->inode_number);
    if (socket->name_length > 0) {
        text_append(text, " ", 1);
        unsigned length = socket->name_length - (socket->name[0] ? 1 : 0); /* a path ends with 0 */
        for (unsigned i = 0; i < length; i++)
            text_append(text, socket->name[i] ? &socket->name[i] : "@", 1);
    }
    text_append(text, "\n", 1);
}

void proc_show_net_unix(struct text *text, const struct proc_node *node)
{
    (void)node;
    text_format(text, "Num       RefCount Protocol Flags    Type St Inode Path\n");
    unix_socket_each(show_socket, text);
}
