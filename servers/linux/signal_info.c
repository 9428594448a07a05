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

struct info_system_call {
    uint64_t address;
    int32_t number;
    uint32_t architecture;
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
    const struct info_head head = {.signo = info->signo,
                                   .error = info->kind == INFO_SYSTEM_CALL ? info->status : 0,
                                   .code = info->code};
    uint8_t *body = out + sizeof(head);

    memset(body, 0, SIGINFO_BYTES - sizeof(head));
    memcpy(out, &head, sizeof(head));
    if (info->kind == INFO_KILL || info->kind == INFO_QUEUE) {
        const struct info_kill kill = {info->pid, info->uid, info->value};
        memcpy(body, &kill, sizeof(kill));
    } else if (info->kind == INFO_TIMER) {
        const struct info_timer timer = {info->pid, (int32_t)info->uid, info->value};
        memcpy(body, &timer, sizeof(timer));
    } else if (info->kind == INFO_CHILD) {
        const struct info_child child = {.pid = info->pid,
                                         .uid = info->uid,
                                         .status = info->status,
                                         .utime = info->utime,
                                         .stime = info->stime};
        memcpy(body, &child, sizeof(child));
    } else if (info->kind == INFO_SYSTEM_CALL) {
        const struct info_system_call call = {info->value, info->pid, info->uid};
        memcpy(body, &call, sizeof(call));
    } else {
        memcpy(body, &info->value, sizeof(info->value));
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

/* struct signalfd_siginfo (signalfd(2)). */
struct info_fd {
    uint32_t signo;
    int32_t error;
    int32_t code;
    uint32_t pid;
    uint32_t uid;
    int32_t fd;
    uint32_t timer_id;
    uint32_t band;
    uint32_t overrun;
    uint32_t trap;
    int32_t status;
    int32_t value_int;
    uint64_t value_pointer;
    uint64_t utime;
    uint64_t stime;
    uint64_t address;
    uint8_t padding[48];
};
STATIC_ASSERT(sizeof(struct info_fd) == SIGNALFD_INFO_BYTES, "struct signalfd_siginfo");

void signal_info_encode_fd(const struct signal_info *info, uint8_t out[SIGNALFD_INFO_BYTES])
{
    struct info_fd told = {.signo = (uint32_t)info->signo, .code = info->code};

    if (info->kind == INFO_TIMER) {
        told.timer_id = (uint32_t)info->pid;
        told.overrun = info->uid;
    } else if (info->kind != INFO_FAULT) {
        told.pid = (uint32_t)info->pid;
        told.uid = info->uid;
    }
    if (info->kind == INFO_CHILD) {
        told.status = info->status;
        told.utime = (uint64_t)info->utime;
        told.stime = (uint64_t)info->stime;
    } else if (info->kind == INFO_FAULT) {
        told.address = info->value;
    } else if (info->kind != INFO_KILL) {
        told.value_int = (int32_t)info->value;
        told.value_pointer = info->value;
    }
    memcpy(out, &told, sizeof(told));
}
