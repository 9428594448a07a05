/*
 * pty.h - pseudo-terminals: a terminal whose keyboard and screen is a file, its master.
 *
 * The slave is a struct tty like any other; what is written to the master is typed into it, and
 * what it shows is read from the master. Only the master's side has state of its own. A pty ends
 * when its master and every open file of its slave are closed; its number is free then, and its
 * name in /dev/pts is gone when the master is closed.
 *
 * Lock: tty.mutex.
 */
#pragma once

#include "servers/linux/tty.h"

#define PTY_MAX 4096 /* at once, as Linux has it */

struct pty {
    struct tty tty;
    int number;
    bool locked;          /* TIOCSPTLCK: the slave cannot be opened */
    bool packet;          /* TIOCPKT */
    bool was_open;        /* a slave was: when none is any more, reads end */
    uint8_t events;       /* TIOCPKT_*, to be read in packet mode */
    struct dentry *entry; /* in /dev/pts; counted; NULL when the master is closed */
};

/* Opens /dev/ptmx: a new pty. */
int pty_open_master(struct file *file);
long pty_master_ioctl(struct file *file, uint32_t command, uint64_t argument);

/* For tty_put: nobody knows it any more. */
void pty_free(struct pty *pty);

/* In packet mode, if `tty` is a pty's: what the master is to be told. Caller holds the mutex. */
void pty_note(struct tty *tty, uint8_t set, uint8_t clear);
void pty_note_settings(struct tty *tty, const struct linux_termios *old);

/* ---- /dev/pts (devpts.c) ------------------------------------------------------------------- */

/* The file system, once. NULL when memory is out. */
struct mount *devpts_create(void);
void devpts_destroy(struct mount *mount); /* tests */

/* Gives a pty its name: the entry, counted, or NULL and *error. */
struct dentry *devpts_add(struct pty *pty, int *error);
void devpts_remove(struct dentry *entry); /* consumes the reference */
