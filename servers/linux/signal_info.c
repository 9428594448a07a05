/*
 * signal_info.c - siginfo_t as guests see it (sigaction(2); 64-bit layout).
 */
#include "lib/base/string.h"
#include "servers/linux/signal.h"

struct info_head {
    int32_t signo;
    int32_t error;
    int32_t code;
    int32_t padding;
};

struct info_kill {
    int32_t pid;
    uint32_t uid;
    uint64_t value; /* rt_sigqueueinfo only */
};

struct info_timer {
    int32_t id;
    int32_t overrun;
    uint64_t value;
};

struct info_child {
    int32_t pid;
    uint32_t uid;
    int32_t status;
    int32_t padding;
    int64_t utime;
    int64_t stime;
};

void signal_info_encode(const struct signal_info *info, uint8_t out[SIGINFO_BYTES])
{
    const struct info_head head = {.signo = info->signo, .code = info->code};
    const struct info_kill kill = {info->pid, info->uid, info->value};
    const struct info_timer timer = {info->pid, (int32_t)info->uid, info->value};
    const struct info_child child = {.pid = info->pid,
                                     .uid = info->uid,
                                     .status = info->status,
                                     .utime = info->utime,
                                     .stime = info->stime};
    uint8_t *body = out + sizeof(head);

    memset(out, 0, SIGINFO_BYTES);
    memcpy(out, &head, sizeof(head));
    switch (info->kind) {
    case INFO_KILL:
    case INFO_QUEUE:
        memcpy(body, &kill, sizeof(kill));
        break;
    case INFO_TIMER:
        memcpy(body, &timer, sizeof(timer));
        break;
    case INFO_CHILD:
        memcpy(body, &child, sizeof(child));
        break;
    case INFO_FAULT:
        memcpy(body, &info->value, sizeof(info->value));
        break;
    }
}

void signal_info_decode(struct signal_info *info, const uint8_t in[SIGINFO_BYTES])
{
    struct info_head head;
    struct info_kill kill;

    memcpy(&head, in, sizeof(head));
    memcpy(&kill, in + sizeof(head), sizeof(kill));
    *info = (struct signal_info){.signo = head.signo,
                                 .code = head.code,
                                 .kind = INFO_QUEUE,
                                 .pid = kill.pid,
                                 .uid = kill.uid,
                                 .value = kill.value};
}
