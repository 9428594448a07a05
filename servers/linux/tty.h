/*
 * tty.h - terminals: the line discipline between guests and a byte stream (channel.c, or a raw
 * serial line), or the master of a pty (pty.h).
 *
 * The stream's side calls tty_input with what the keyboard sent and takes what is to be shown with
 * tty_output_take. The guest's side is a file. A terminal is the controlling terminal of the
 * session whose id it holds; which of its processes still have it is in those (base.h).
 *
 * An open file remembers how often its terminal had been hung up when it was opened; after one more
 * it reads as ended and writes fail, while a later open works again unless the other end is gone.
 *
 * Locks: terminals_mutex (tty_list.c) for the list, references, and to change session and group;
 * inside it tty.mutex for everything in a terminal. Both are leaves but for user copies (tty.mutex
 * only), queues and process_mutex.
 */
#pragma once

#include "servers/linux/file.h"

#define TTY_RING_BYTES   4096                 /* of input, and of a line's output; a power of two */
#define TTY_LINE_MAX     (TTY_RING_BYTES - 1) /* a line without its end */
#define TTY_LINE_WORDS   (TTY_RING_BYTES / 64)
#define TTY_OUTPUT_PAGES 16
/* The most output of a pty that nobody has read yet. */
#define TTY_PTY_BYTES ((TTY_OUTPUT_PAGES - 1) * PAGE_BYTES)

/* Typed bytes. head <= tail; in canonical mode head <= line_head <= tail, and a read ends at
   line_head. */
struct tty_input {
    uint64_t head;      /* next byte to be read */
    uint64_t line_head; /* behind the last complete line */
    uint64_t tail;
    uint8_t bytes[TTY_RING_BYTES];
    uint64_t line_ends[TTY_LINE_WORDS]; /* this byte ends a line */
    uint64_t eofs[TTY_LINE_WORDS];      /* ... and is not itself part of it */
};

/* Written and echoed bytes, at most limit_bytes. The page of position p is pages[p / 4096 % 16].
   Between them pages and `spare` hold two at least, so an empty ring never lacks memory. */
struct tty_output {
    uint64_t head;
    uint64_t tail;
    uint32_t limit_bytes;
    unsigned column;      /* of the cursor */
    unsigned line_column; /* where the line being edited began */
    bool stopped;         /* nothing is shown: ^S ... */
    bool held;            /* ... or TCXONC, which ^Q does not undo */
    struct page *pages[TTY_OUTPUT_PAGES];
    struct page *spare;
};

struct pty;

struct tty {
    uint32_t refs;
    uint32_t device;  /* number */
    struct list link; /* of all terminals */
    struct pty *pty;  /* that it is the slave of, or NULL */
    int session;      /* 0: nobody's controlling terminal */
    int group;        /* foreground process group, 0: none */
    uint32_t hangups; /* how often it was hung up */
    bool gone;        /* the other end will not come back */
    uint32_t open_count;
    struct mutex mutex;
    struct linux_termios termios;
    uint32_t input_speed; /* bits a second, told and without effect */
    uint32_t output_speed;
    struct linux_winsize size;
    bool exclusive;    /* TIOCEXCL */
    bool literal_next; /* the next key is no special one */
    bool erasing;      /* between the \ and the / of ECHOPRT */
    struct tty_input input;
    struct tty_output output;
    struct waitqueue read_queue;  /* bytes to read, hangup, changed mode */
    struct waitqueue write_queue; /* room in output */
    struct waitqueue drain_queue; /* output to take: for the stream's side */
    struct waitqueue room_queue;  /* room in input: for the stream's side */
};

/* ---- the stream's side (server threads) -------------------------------------------------- */

/* A new terminal with Linux's settings; the first one is also /dev/console. NULL when memory is
   out. */
struct tty *tty_create(uint32_t device, unsigned rows, unsigned columns);
void tty_destroy(struct tty *tty); /* tests: its files have been closed */

/* Returns how many bytes it took; the rest is to come again when room_queue wakes. */
size_t tty_input(struct tty *tty, const uint8_t *bytes, size_t count);

/* Bytes ready to be shown, at most `count`; 0 if none or stopped. Woken through drain_queue. */
size_t tty_output_take(struct tty *tty, uint8_t *to, size_t count);
bool tty_output_empty(struct tty *tty);

/* SIGWINCH to the foreground group if the size changed; pixels stay. */
void tty_resize(struct tty *tty, unsigned rows, unsigned columns);

/* The other end has gone for good: reads end, SIGHUP and SIGCONT to the session's leader. */
void tty_hangup(struct tty *tty);

/* ---- the guests' side --------------------------------------------------------------------- */

/* ops->open of a terminal device: -ENXIO if there is none of that number. */
int tty_open(struct file *file, uint32_t device);
bool file_is_tty(const struct file *file);
struct tty *tty_of(const struct file *file);

/* Number of the session's controlling terminal for /proc/PID/stat, or 0; *group = foreground. */
uint32_t tty_of_session(int session, int *group);

/* The current process leads its session and is about to end: so does the session's terminal. */
void tty_leader_ended(void);

/* As if the other end had gone and come back: vhangup of this one, and of the current process's. */
void tty_vhangup(struct tty *tty);
void tty_hangup_current(void);

/* ---- between the files of the terminal ------------------------------------------------------ */

/* tty_list.c; references are counted under terminals_mutex. */
extern struct mutex terminals_mutex;
MUST_USE int tty_init(struct tty *tty, uint32_t device, uint32_t output_bytes); /* 0, -ENOMEM */
void tty_clear(struct tty *tty); /* frees what it holds */
void tty_register(struct tty *tty);
void tty_put(struct tty *tty);
struct tty *tty_find(uint32_t device);     /* counted, or NULL */
struct tty *tty_find_session(int session); /* caller holds terminals_mutex; not counted */

/* Makes `file` an open file of `tty`, whose reference it takes over, also when it fails. */
MUST_USE int tty_attach(struct file *file, struct tty *tty, bool may_acquire);
extern const struct file_ops tty_file_ops;
bool tty_file_hung_up(const struct file *file);

/* tty_job.c; tty->mutex is not held. */
int tty_check_background(struct tty *tty, int signo); /* 0, -EIO, -ERESTARTSYS */
void tty_acquire(struct tty *tty);                    /* becomes the current session's if it may */
bool tty_is_job_command(uint32_t command);
/* `master`: asked through the master of the pty. */
long tty_job_ioctl(struct file *file, struct tty *tty, bool master, uint32_t command,
                   uint64_t argument);

/* tty_ioctl.c, tty_settings.c; not held. -ENOTTY: not one of theirs. */
long tty_ioctl(struct file *file, uint32_t command, uint64_t argument);
long tty_settings_ioctl(struct tty *tty, uint32_t command, uint64_t argument);
int tty_set_exclusive(struct tty *tty, uint32_t command, uint64_t argument);

/* The rest wants tty->mutex held. */
int tty_drain(struct tty *tty); /* waits until the stream has taken everything */
long tty_read(struct file *file, struct iter *to, uint64_t *position); /* but for this one */
bool tty_flag(const struct tty *tty, uint32_t lflag);
bool tty_is_special(const struct tty *tty, unsigned which, uint8_t character);
size_t tty_input_available(const struct tty *tty); /* bytes a read may take now */
bool tty_input_room(const struct tty *tty);        /* one more key would be taken */
void tty_flush_input(struct tty *tty);
void tty_mode_changed(struct tty *tty, uint32_t old_lflag);

/* tty_edit.c: true if the key was for editing the line. */
bool tty_edit_key(struct tty *tty, uint8_t key);
void tty_finish_erasing(struct tty *tty);
void tty_end_line(struct tty *tty, uint8_t byte, bool eof);

/* tty_output.c */
void tty_echo(struct tty *tty, uint8_t character);     /* control characters as ^X */
void tty_echo_raw(struct tty *tty, uint8_t character); /* through output processing */
void tty_echo_text(struct tty *tty, const char *text);
size_t tty_output_room(const struct tty *tty);
bool tty_output_put(struct tty *tty, uint8_t character); /* false: no room, nothing changed */
/* The bytes to be taken next that lie together; 0: none, or stopped. */
size_t tty_output_peek(const struct tty *tty, const uint8_t **bytes);
void tty_output_consume(struct tty *tty, size_t count);
void tty_discard_output(struct tty *tty);
void tty_flush_output(struct tty *tty); /* as TCFLSH and ^C want it */
void tty_set_stopped(struct tty *tty, bool stopped);
