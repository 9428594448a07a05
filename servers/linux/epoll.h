/*
 * epoll.h - epoll instances.
 */
#pragma once

#include "servers/linux/file.h"

/* A new instance, or NULL and *error. */
struct file *epoll_create(int *error);
bool file_is_epoll(const struct file *file);

/* `event` is NULL for EPOLL_CTL_DEL. Errors as epoll_ctl(2). */
int epoll_control(struct file *epoll, int operation, int fd, struct file *target,
                  const struct linux_epoll_event *event);

/* Number of events written to the guest, 0 when the time is over, -EINTR, -EFAULT. */
struct wait_time;
long epoll_wait_events(struct file *epoll, uaddr_t events, int capacity, struct wait_time *time);

/* The last reference to a watched file has gone. */
void epoll_file_gone(struct file *file);
