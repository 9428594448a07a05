/*
 * channel.h - between a world's standard streams (or its terminal) and a serial line: framed, as
 * abi/channel.h says, or raw.
 *
 * One server thread runs each; everything in it belongs to that thread. It sleeps on its waiter,
 * which stands in the queues of the streams; whoever knows that the line moved calls channel_kick.
 */
#pragma once

#include "servers/linux/channel_frame.h"
#include "servers/linux/file.h"
#include "servers/linux/tty.h"

/* The line. Neither blocks; both return how many bytes they moved. */
struct byte_line {
    size_t (*read)(void *context, uint8_t *to, size_t capacity);
    size_t (*write)(void *context, const uint8_t *from, size_t count);
    void *context;
};

/* What the world is connected with: a terminal, or three pipes of which these are our ends. */
struct channel_streams {
    struct tty *tty;
    struct file *stdin_end;  /* counted by the channel; NULL with a terminal or after its end */
    struct file *stdout_end; /* likewise */
    struct file *stderr_end;
};

#define CHANNEL_QUEUES 3

struct channel {
    struct byte_line line;
    struct channel_streams streams;
    struct frame_sender sender;
    struct frame_receiver receiver;
    struct waiter waiter;
    struct wait_entry entries[CHANNEL_QUEUES];
    uint32_t exit_requested; /* atomic; set last */
    uint32_t exit_status;
    bool exit_sent;
    nanos_t exit_deadline_ns;
};

/* Prepares a channel in zeroed memory; takes over the references in `streams`. Call it on the
   thread that will run it. Sends HELLO first. */
void channel_init(struct channel *channel, const struct byte_line *line,
                  const struct channel_streams *streams);

/* Does all that can be done now; returns when it must be called again at the latest. */
nanos_t channel_service(struct channel *channel);

/* The thread's life: serves until the exit status has been acknowledged (or waited for long
   enough), then releases the streams. */
void channel_run(struct channel *channel);

/* Any thread: the line has bytes or room. */
void channel_kick(struct channel *channel);

/* Any thread, once: the world is over; what it wrote goes out first, then its status. */
void channel_exit(struct channel *channel, uint32_t status);
bool channel_finished(const struct channel *channel);

/* ---- raw: a terminal on a line without frames -------------------------------------------- */

struct console {
    struct byte_line line;
    struct tty *tty;
    struct waiter waiter;
    struct wait_entry entries[2];
    size_t held; /* bytes in `output` that the line has not taken */
    uint8_t output[256];
    size_t kept; /* bytes in `input` that the terminal has not taken */
    uint8_t input[64];
};

void console_init(struct console *console, const struct byte_line *line, struct tty *tty);
void console_service(struct console *console); /* all that can be done now */
void console_run(struct console *console) NORETURN;
void console_kick(struct console *console);
bool console_drained(struct console *console); /* everything written has been taken */

/* Three pipes for a world without a terminal: *ours gets the server's ends, guest[0..2] what
   becomes descriptors 0, 1, 2. 0 or -ENOMEM. */
MUST_USE int channel_make_pipes(struct channel_streams *ours, struct file *guest[3]);
