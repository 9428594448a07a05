/*
 * channel_frame.c - see channel_frame.h.
 */
#include "servers/linux/channel_frame.h"

#include "lib/base/crc32.h"
#include "lib/base/string.h"

#define RESEND_NS (CHANNEL_RESEND_MS * NANOS_PER_MS)

/* Offsets in a frame. */
#define AT_TYPE     1
#define AT_SEQUENCE 2
#define AT_RESERVED 3
#define AT_LENGTH   4

static void put_le32(uint8_t *to, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t)(value >> 8 * i);
}

static uint32_t get_le32(const uint8_t *from)
{
    return from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 | (uint32_t)from[3] << 24;
}

/* ---- sender --------------------------------------------------------------------------- */

void frame_sender_init(struct frame_sender *sender)
{
    *sender = (struct frame_sender){.resend_at_ns = NANOS_NEVER};
}

static struct frame *slot(struct frame_sender *sender, uint8_t number)
{
    return &sender->window[number % CHANNEL_WINDOW];
}

static void finish_frame(struct frame *frame, uint8_t type, uint8_t sequence, size_t payload_bytes)
{
    uint8_t *raw = frame->raw;
    size_t covered = CHANNEL_HEADER_BYTES - AT_TYPE + payload_bytes;

    raw[0] = CHANNEL_SYNC;
    raw[AT_TYPE] = type;
    raw[AT_SEQUENCE] = sequence;
    raw[AT_RESERVED] = 0;
    raw[AT_LENGTH] = (uint8_t)payload_bytes;
    raw[AT_LENGTH + 1] = (uint8_t)(payload_bytes >> 8);
    put_le32(raw + AT_TYPE + covered, crc32_update(0, raw + AT_TYPE, covered));
    frame->bytes = (uint16_t)(AT_TYPE + covered + FRAME_CRC_BYTES);
}

uint8_t *frame_sender_reserve(struct frame_sender *sender)
{
    if ((uint8_t)(sender->tail - sender->base) >= CHANNEL_WINDOW)
        return NULL;
    /* A frame that was acknowledged while it went out once more still has its slot. */
    if (sender->on_line == LINE_FRAME &&
        slot(sender, sender->current) == slot(sender, sender->tail))
        return NULL;
    return frame_payload(slot(sender, sender->tail));
}

void frame_sender_commit(struct frame_sender *sender, uint8_t type, size_t payload_bytes)
{
    ASSERT(payload_bytes <= CHANNEL_PAYLOAD_MAX);
    finish_frame(slot(sender, sender->tail), type, sender->tail, payload_bytes);
    sender->tail++;
}

bool frame_sender_idle(const struct frame_sender *sender) { return sender->base == sender->tail; }

void frame_sender_acknowledged(struct frame_sender *sender, uint8_t number, bool resend)
{
    uint8_t sent = (uint8_t)(sender->next - sender->base);
    uint8_t acknowledged = (uint8_t)(number - sender->base);

    if (acknowledged > (uint8_t)(sender->tail - sender->base))
        return; /* repeated, or invented */
    sender->base = number;
    if (acknowledged > sent || resend)
        sender->next = number;
    if (acknowledged > 0)
        sender->resend_at_ns = NANOS_NEVER; /* frame_sender_bytes starts it anew */
}

void frame_sender_answer(struct frame_sender *sender, uint8_t type, uint8_t number)
{
    sender->answer = type;
    sender->answer_number = number;
}

/* Decides what goes on the idle line. */
static void choose(struct frame_sender *sender, nanos_t now)
{
    bool waits = sender->base != sender->tail && sender->next == sender->tail;

    if (waits && now >= sender->resend_at_ns)
        sender->next = sender->base;
    if (sender->answer) {
        finish_frame(&sender->answer_frame, sender->answer, sender->answer_number, 0);
        sender->answer = 0;
        sender->on_line = LINE_ANSWER;
    } else if (sender->next != sender->tail) {
        sender->current = sender->next++;
        sender->on_line = LINE_FRAME;
    } else if (waits && sender->resend_at_ns == NANOS_NEVER) {
        sender->resend_at_ns = now + RESEND_NS;
    }
}

static struct frame *frame_on_line(struct frame_sender *sender)
{
    return sender->on_line == LINE_ANSWER ? &sender->answer_frame : slot(sender, sender->current);
}

const uint8_t *frame_sender_bytes(struct frame_sender *sender, nanos_t now, size_t *count)
{
    if (sender->on_line == LINE_IDLE)
        choose(sender, now);
    if (sender->on_line == LINE_IDLE)
        return NULL;
    struct frame *frame = frame_on_line(sender);
    *count = frame->bytes - sender->written;
    return frame->raw + sender->written;
}

void frame_sender_took(struct frame_sender *sender, size_t count, nanos_t now)
{
    struct frame *frame = frame_on_line(sender);

    ASSERT(sender->on_line != LINE_IDLE && count <= frame->bytes - sender->written);
    sender->written += count;
    if (sender->written < frame->bytes)
        return;
    if (sender->on_line == LINE_FRAME)
        sender->resend_at_ns = now + RESEND_NS;
    sender->written = 0;
    sender->on_line = LINE_IDLE;
}

/* ---- receiver ------------------------------------------------------------------------- */

uint8_t *frame_receiver_room(struct frame_receiver *receiver, size_t *capacity)
{
    if (receiver->start > 0) {
        memmove(receiver->buffer, receiver->buffer + receiver->start,
                receiver->end - receiver->start);
        receiver->end -= receiver->start;
        receiver->start = 0;
    }
    *capacity = sizeof(receiver->buffer) - receiver->end;
    return receiver->buffer + receiver->end;
}

void frame_receiver_filled(struct frame_receiver *receiver, size_t count)
{
    ASSERT(count <= sizeof(receiver->buffer) - receiver->end);
    receiver->end += count;
}

/* Looks at the bytes from a SYNC on. FRAME_NONE: more are needed to tell. */
static enum frame_find judge(const uint8_t *raw, size_t available, struct received *received)
{
    if (available < CHANNEL_HEADER_BYTES)
        return FRAME_NONE;
    size_t payload_bytes = raw[AT_LENGTH] | (size_t)raw[AT_LENGTH + 1] << 8;
    if (payload_bytes > CHANNEL_PAYLOAD_MAX || raw[AT_RESERVED] != 0)
        return FRAME_BAD;
    size_t covered = CHANNEL_HEADER_BYTES - AT_TYPE + payload_bytes;
    if (available < AT_TYPE + covered + FRAME_CRC_BYTES)
        return FRAME_NONE;
    if (crc32_update(0, raw + AT_TYPE, covered) != get_le32(raw + AT_TYPE + covered))
        return FRAME_BAD;
    received->type = raw[AT_TYPE];
    received->sequence = raw[AT_SEQUENCE];
    received->payload_bytes = (uint16_t)payload_bytes;
    received->payload = raw + CHANNEL_HEADER_BYTES;
    return FRAME_GOOD;
}

enum frame_find frame_receiver_next(struct frame_receiver *receiver, struct received *received)
{
    while (receiver->start < receiver->end && receiver->buffer[receiver->start] != CHANNEL_SYNC)
        receiver->start++;
    if (receiver->start == receiver->end)
        return FRAME_NONE;
    enum frame_find found =
        judge(receiver->buffer + receiver->start, receiver->end - receiver->start, received);
    if (found == FRAME_GOOD)
        receiver->start += CHANNEL_HEADER_BYTES + received->payload_bytes + FRAME_CRC_BYTES;
    else if (found == FRAME_BAD)
        receiver->start++;
    return found;
}

void frame_receiver_hold(struct frame_receiver *receiver, const struct received *received)
{
    struct frame *frame = &receiver->held[received->sequence % CHANNEL_WINDOW];

    ASSERT(receiver->held_count < CHANNEL_WINDOW);
    frame->bytes = received->payload_bytes;
    frame->raw[AT_TYPE] = received->type;
    memcpy(frame_payload(frame), received->payload, received->payload_bytes);
    receiver->held_count++;
}
