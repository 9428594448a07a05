/*
 * control_message.c - see control_message.h.
 */
#include "servers/linux/control_message.h"

#include "lib/base/bits.h"
#include "servers/linux/fd.h"
#include "servers/linux/may.h"

#define CONTROL_MAX   (16 * 1024) /* bytes of control messages in one send; Linux: optmem_max */
#define OVERFLOW_UID  65534       /* of a sender that is not known */
#define CMSG_ALIGN    sizeof(uint64_t)
#define CMSG_DATA(at) ((at) + sizeof(struct linux_cmsghdr))

/* ---- read ----------------------------------------------------------------------------------- */

/* More files after those of an earlier control message, in a new place. */
static struct unix_rights *enlarge(struct unix_rights *old, uint32_t more)
{
    uint32_t had = old ? old->count : 0;
    struct unix_rights *rights = unix_rights_create(had + more);

    if (!rights)
        return NULL;
    rights->count = had;
    for (uint32_t i = 0; i < had; i++)
        rights->files[i] = old->files[i];
    heap_free(old);
    return rights;
}

static int read_rights(struct unix_message *message, uint64_t at, uint64_t bytes)
{
    uint32_t count = (uint32_t)(bytes / sizeof(int32_t));
    uint32_t had = message->rights ? message->rights->count : 0;
    int32_t fd;

    if (bytes / sizeof(int32_t) > SCM_RIGHTS_MAX || had + count > SCM_RIGHTS_MAX)
        return -EINVAL;
    if (count == 0)
        return 0;
    unix_rights_before_send();
    struct unix_rights *rights = enlarge(message->rights, count);
    if (!rights)
        return -ENOMEM;
    message->rights = rights;
    for (uint32_t i = 0; i < count; i++) {
        if (user_read(&fd, uaddr(at + i * sizeof(fd)), sizeof(fd)) < 0)
            return -EFAULT;
        struct file *file = fd_file_or_path(fd);
        if (!file)
            return -EBADF;
        rights->files[rights->count++] = file;
    }
    return 0;
}

static int read_credentials(struct unix_message *message, uint64_t at, uint64_t bytes)
{
    struct linux_ucred *given = &message->credentials;

    if (bytes != sizeof(*given))
        return -EINVAL;
    if (user_read(given, uaddr(at), sizeof(*given)) < 0)
        return -EFAULT;
    message->has_credentials = true;
    return may_claim(credentials_current(), process_current_id(), given);
}

long control_read(struct unix_message *message, const struct linux_msghdr *header)
{
    struct linux_cmsghdr control;
    uint64_t at = header->control, left = header->control ? header->control_length : 0;

    if (left > CONTROL_MAX)
        return -ENOBUFS;
    while (left >= sizeof(control)) {
        int status = 0;
        if (user_read(&control, uaddr(at), sizeof(control)) < 0)
            return -EFAULT;
        if (control.length < sizeof(control) || control.length > left)
            return -EINVAL;
        uint64_t bytes = control.length - sizeof(control);
        if (control.level == SOL_SOCKET && control.type == SCM_RIGHTS)
            status = read_rights(message, CMSG_DATA(at), bytes);
        else if (control.level == SOL_SOCKET && control.type == SCM_CREDENTIALS)
            status = read_credentials(message, CMSG_DATA(at), bytes);
        else if (control.level == SOL_SOCKET)
            status = -EINVAL;
        if (status < 0)
            return status;
        uint64_t step = align_up(control.length, CMSG_ALIGN);
        at += step;
        left -= step < left ? step : left;
    }
    return 0;
}

/* ---- write ---------------------------------------------------------------------------------- */

struct control_sink {
    uint64_t at;
    uint64_t left;
    uint32_t *out_flags;
};

static int put_header(const struct control_sink *sink, int type, uint64_t bytes)
{
    const struct linux_cmsghdr control = {sizeof(control) + bytes, SOL_SOCKET, type};
    return user_write(uaddr(sink->at), &control, sizeof(control));
}

static void advance(struct control_sink *sink, uint64_t bytes)
{
    uint64_t step = align_up(sizeof(struct linux_cmsghdr) + bytes, CMSG_ALIGN);

    sink->at += step;
    sink->left -= step < sink->left ? step : sink->left;
}

/* Cut to the room there is, if a header has room. A fault is nobody's business any more. */
static void put_credentials(struct control_sink *sink, const struct unix_message *message)
{
    struct linux_ucred told = {0, OVERFLOW_UID, OVERFLOW_UID};
    uint64_t bytes = sizeof(told);

    if (message->has_credentials)
        told = message->credentials;
    if (sink->left < sizeof(struct linux_cmsghdr) + bytes)
        *sink->out_flags |= MSG_CTRUNC;
    if (sink->left < sizeof(struct linux_cmsghdr))
        return;
    if (bytes > sink->left - sizeof(struct linux_cmsghdr))
        bytes = sink->left - sizeof(struct linux_cmsghdr);
    if (put_header(sink, SCM_CREDENTIALS, bytes) == 0 &&
        user_write(uaddr(CMSG_DATA(sink->at)), &told, bytes) == 0)
        advance(sink, bytes);
}

/* How many of the files became descriptors. */
static uint32_t install(struct control_sink *sink, struct unix_rights *rights, bool close_on_exec)
{
    uint64_t room = sink->left < sizeof(struct linux_cmsghdr)
                        ? 0
                        : (sink->left - sizeof(struct linux_cmsghdr)) / sizeof(int32_t);
    uint32_t done = 0;

    while (done < rights->count && done < room) {
        struct file *received = file_get(rights->files[done]); /* the caller discards its own */
        int32_t fd = fd_install_or_put(received, close_on_exec);
        if (fd < 0)
            break;
        if (user_write(uaddr(CMSG_DATA(sink->at) + done * sizeof(fd)), &fd, sizeof(fd)) < 0) {
            struct file *file = fd_take(fd);
            if (file)
                file_put(file);
            break;
        }
        done++;
    }
    return done;
}

static void put_rights(struct control_sink *sink, const struct unix_message *message)
{
    uint32_t done = install(sink, message->rights, message->flags & MSG_CMSG_CLOEXEC);

    if (done < message->rights->count)
        *sink->out_flags |= MSG_CTRUNC;
    if (done > 0 && put_header(sink, SCM_RIGHTS, done * sizeof(int32_t)) == 0)
        advance(sink, done * sizeof(int32_t));
}

void control_write(struct unix_message *message, struct linux_msghdr *header,
                   bool tells_credentials)
{
    struct control_sink sink = {header->control, header->control ? header->control_length : 0,
                                &message->out_flags};
    uint64_t room = sink.left;

    if (tells_credentials)
        put_credentials(&sink, message);
    if (message->rights)
        put_rights(&sink, message);
    header->control_length = room - sink.left;
}
