/*
 * tty.h - terminals: the line discipline between guests and a byte stream (channel.c, or a raw
 * serial line).
 *
 * The stream's side calls tty_input with what the keyboard sent and takes what is to be shown with
 * tty_output_take. The guest's side is a file. A terminal is the controlling terminal of the
 * session whose id it holds; there is no other record of that.
 *
 * Lock: tty.mutex for everything in it; leaf but for user copies, queues and signals.
 */
#pragma once

#include "servers/linux/file.h"

#define TTY_RING_BYTES 4096                 /* of each ring; a power of two */
#define TTY_LINE_MAX   (TTY_RING_BYTES - 1) /* a line without its end */
#define TTY_LINE_WORDS (TTY_RING_BYTES / 64)
#define TTY_COUNT_MAX  4

/* Typed bytes. head <= line_head <= tail; in canonical mode a read ends at line_head. */
struct tty_input {
    uint64_t head;      /* next byte to be read */
    uint64_t line_head; /* behind the last complete line */
    uint64_t tail;
    uint8_t bytes[TTY_RING_BYTES];
    uint64_t line_ends[TTY_LINE_WORDS]; /* this byte ends a line */
    uint64_t eofs[TTY_LINE_WORDS];      /* ... and is not itself part of it */
};

struct tty_output {
    uint64_t head;
    uint64_t tail;
    unsigned column;      /* of the cursor */
    unsigned line_column; /* where the line being edited began */
    bool stopped;         /* ^S */
    uint8_t bytes[TTY_RING_BYTES];
};

struct tty {
    struct mutex mutex;
    uint32_t device; /* number */
    struct linux_termios termios;
    struct linux_winsize size;
    int session; /* 0: nobody's controlling terminal */
    int group;   /* foreground process group, 0: none */
    bool literal_next;
    bool hung_up;
    struct tty_input input;
    struct tty_output output;
    struct waitqueue read_queue;  /* bytes to read, hangup, changed mode */
    struct waitqueue write_queue; /* room in output */
    struct waitqueue drain_queue; /* output to take: for the stream's side */
};

/* ---- the stream's side (server threads) -------------------------------------------------- */

/* A new terminal with Linux's settings; the first one is also /dev/console. Never freed but by
   tests. NULL when memory is out or TTY_COUNT_MAX exist. */
struct tty *tty_create(uint32_t device, unsigned rows, unsigned columns);
void tty_destroy(struct tty *tty);

void tty_input(struct tty *tty, const uint8_t *bytes, size_t count);

/* Bytes ready to be shown, at most `count`; 0 if none or stopped. Woken through drain_queue. */
size_t tty_output_take(struct tty *tty, uint8_t *to, size_t count);
bool tty_output_empty(struct tty *tty);

/* SIGWINCH to the foreground group if the size changed. */
void tty_resize(struct tty *tty, unsigned rows, unsigned columns);

/* The other end has gone: reads end, SIGHUP and SIGCONT to the foreground group. */
void tty_hangup(struct tty *tty);

/* ---- the guests' side --------------------------------------------------------------------- */

/* ops->open of a terminal device: -ENXIO if there is none of that number. */
int tty_open(struct file *file, uint32_t device);
bool file_is_tty(const struct file *file);
struct tty *tty_of(const struct file *file);

/* Number of the session's controlling terminal for /proc/PID/stat, or 0; *group = foreground. */
uint32_t tty_of_session(int session, int *group);

/* A session leader has ended: hangup for the foreground group, nobody's terminal from now on. */
void tty_session_ended(int session);

/* ---- between the files of the terminal (caller holds tty->mutex unless said) --------------- */

extern const struct file_ops tty_file_ops;

long tty_read(struct file *file, struct iter *to, uint64_t *position); /* mutex not held */
bool tty_flag(const struct tty *tty, uint32_t lflag);
bool tty_is_special(const struct tty *tty, unsigned which, uint8_t character);
void tty_echo(struct tty *tty, uint8_t character);     /* control characters as ^X */
void tty_echo_raw(struct tty *tty, uint8_t character); /* through output processing */
void tty_echo_text(struct tty *tty, const char *text);
size_t tty_output_room(const struct tty *tty);
bool tty_output_put(struct tty *tty, uint8_t character); /* false: no room, nothing changed */
void tty_flush_input(struct tty *tty);
void tty_flush_output(struct tty *tty);
void tty_set_stopped(struct tty *tty, bool stopped);
size_t tty_input_available(const struct tty *tty); /* bytes a read may take now */
void tty_mode_changed(struct tty *tty, uint32_t old_lflag);
int tty_check_background(struct tty *tty, int signo); /* mutex not held; 0, -EIO, -ERESTARTSYS */
bool tty_is_controlling(const struct tty *tty);
void tty_acquire(struct tty *tty); /* becomes the current session's if it may */
long tty_ioctl(struct file *file, uint32_t command, uint64_t argument);
long tty_job_ioctl(struct tty *tty, uint32_t command, uint64_t argument); /* mutex not held */
