/**
 * op.c - operations from bytes and back.
 *
 * Byte 0 of an input has the settings. An operation is: kind, window, class and number of its name,
 * operation; a system call goes on with label and count of words in one byte, the slots to send
 * and to receive, deadline, and its words as pairs of class and number.
 */
#include "tests/fuzz/op.h"

#include <string.h>

#define BYTES_PLAIN   5u
#define BYTES_SYSCALL 9u

/* Bytes that are not there are zero. */
struct reader {
    const uint8_t *data;
    size_t left;
};

static uint8_t take(struct reader *reader)
{
    if (reader->left == 0)
        return 0;
    reader->left--;
    return *reader->data++;
}

static struct value take_value(struct reader *reader)
{
    struct value value;
    value.class = (uint8_t)(take(reader) % VALUE_CLASSES);
    value.n = take(reader);
    return value;
}

static void decode_one(struct op *op, struct reader *reader)
{
    memset(op, 0, sizeof *op);
    op->kind = (uint8_t)(take(reader) % OP_KINDS);
    op->window = take(reader);
    op->name = take_value(reader);
    op->op = take(reader);
    if (!op_is_syscall(op))
        return;
    uint8_t packed = take(reader);
    op->label = packed & 15;
    op->count_words = (uint8_t)((packed >> 4) % (MESSAGE_WORDS + 1));
    op->send = take(reader);
    op->receive = take(reader);
    op->deadline = take(reader);
    for (unsigned i = 0; i < op->count_words; i++)
        op->words[i] = take_value(reader);
}

void ops_decode(struct ops *ops, const uint8_t *data, size_t size)
{
    struct reader reader = {data, size};
    ops->settings = take(&reader);
    for (ops->count = 0; ops->count < OPS_MAX && reader.left > 0; ops->count++)
        decode_one(&ops->list[ops->count], &reader);
}

static size_t encoded_bytes(const struct op *op)
{
    return op_is_syscall(op) ? BYTES_SYSCALL + 2u * op->count_words : BYTES_PLAIN;
}

static void encode_one(const struct op *op, uint8_t *to)
{
    *to++ = op->kind;
    *to++ = op->window;
    *to++ = op->name.class;
    *to++ = op->name.n;
    *to++ = op->op;
    if (!op_is_syscall(op))
        return;
    *to++ = (uint8_t)((op->label & 15) | op->count_words << 4);
    *to++ = op->send;
    *to++ = op->receive;
    *to++ = op->deadline;
    for (unsigned i = 0; i < op->count_words; i++) {
        *to++ = op->words[i].class;
        *to++ = op->words[i].n;
    }
}

size_t ops_encode(const struct ops *ops, uint8_t *data, size_t size_max)
{
    size_t size = 0;
    if (size_max == 0)
        return 0;
    data[size++] = ops->settings;
    for (size_t i = 0; i < ops->count; i++) {
        size_t bytes = encoded_bytes(&ops->list[i]);
        if (bytes > size_max - size)
            break;
        encode_one(&ops->list[i], data + size);
        size += bytes;
    }
    return size;
}
