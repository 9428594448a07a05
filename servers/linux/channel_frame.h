/*
 * channel_frame.h - frames on a line that may lose bytes: the sender's window and the receiver's
 * search, without any knowledge of what the frames mean. The format: abi/channel.h.
 */
#pragma once

#include "abi/channel.h"

#include "servers/linux/base.h"

#define FRAME_CRC_BYTES 4
#define FRAME_BYTES_MAX (CHANNEL_HEADER_BYTES + CHANNEL_PAYLOAD_MAX + FRAME_CRC_BYTES)

struct frame {
    uint16_t bytes; /* of the whole, as on the line */
    uint8_t raw[FRAME_BYTES_MAX];
};

static inline uint8_t *frame_payload(struct frame *frame)
{
    return frame->raw + CHANNEL_HEADER_BYTES;
}

enum frame_on_line { LINE_IDLE, LINE_ANSWER, LINE_FRAME };

/* base <= next <= tail, all modulo 256; tail - base <= CHANNEL_WINDOW. Frame n of the window lies
   in slot n mod CHANNEL_WINDOW. */
struct frame_sender {
    uint8_t base;   /* oldest that is not acknowledged */
    uint8_t next;   /* to be put on the line next */
    uint8_t tail;   /* number of the next new frame */
    uint8_t answer; /* CHANNEL_ACK or CHANNEL_NAK to be sent, or 0 */
    uint8_t answer_number;
    uint8_t current;            /* number of the frame on the line */
    enum frame_on_line on_line; /* what is being written */
    size_t written;             /* bytes of it that are out */
    nanos_t resend_at_ns;       /* NANOS_NEVER: nothing to wait for */
    struct frame answer_frame;
    struct frame window[CHANNEL_WINDOW];
};

void frame_sender_init(struct frame_sender *sender);

/* Where the payload of a new frame goes; NULL if the window is full. Then frame_sender_commit. */
uint8_t *frame_sender_reserve(struct frame_sender *sender);
void frame_sender_commit(struct frame_sender *sender, uint8_t type, size_t payload_bytes);
bool frame_sender_idle(const struct frame_sender *sender); /* all is acknowledged */

/* The peer expects frame `number` next; `resend`: and has lost what came after it. */
void frame_sender_acknowledged(struct frame_sender *sender, uint8_t number, bool resend);
void frame_sender_answer(struct frame_sender *sender, uint8_t type, uint8_t number);

/* Bytes for the line: where they are and how many, then how many it took. NULL: none now. */
const uint8_t *frame_sender_bytes(struct frame_sender *sender, nanos_t now, size_t *count);
void frame_sender_took(struct frame_sender *sender, size_t count, nanos_t now);

/* A frame that has been received whole. */
struct received {
    uint8_t type;
    uint8_t sequence;
    uint16_t payload_bytes;
    const uint8_t *payload; /* in the receiver, valid until its next call */
};

struct frame_receiver {
    uint8_t expected;                  /* number of the next new frame */
    uint8_t held_count;                /* accepted, but its bytes have found no room yet */
    bool nak_sent;                     /* since the last good frame */
    size_t held_offset;                /* bytes of the oldest that are delivered */
    struct frame held[CHANNEL_WINDOW]; /* in slots by number */
    size_t start, end;                 /* unread bytes of `buffer` */
    uint8_t buffer[2 * FRAME_BYTES_MAX];
};

/* Room for bytes from the line; call frame_receiver_filled with how many came. */
uint8_t *frame_receiver_room(struct frame_receiver *receiver, size_t *capacity);
void frame_receiver_filled(struct frame_receiver *receiver, size_t count);

enum frame_find { FRAME_NONE, FRAME_GOOD, FRAME_BAD };

/* The next frame in the buffer. FRAME_BAD: bytes were skipped that looked like one. */
enum frame_find frame_receiver_next(struct frame_receiver *receiver, struct received *received);

/* Keeps a received frame until its bytes find room. The window has a place: see channel.c. */
void frame_receiver_hold(struct frame_receiver *receiver, const struct received *received);
