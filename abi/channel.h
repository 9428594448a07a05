/*
 * channel.h - frames between a Linux world and the program that started the machine, over a serial
 * line.
 *
 * The line may lose or repeat a few bytes when its driver dies, so frames carry a sequence number
 * and a checksum, and the sender keeps each one until it is acknowledged (go-back-N, window of
 * CHANNEL_WINDOW). What both ends see is exact.
 *
 * A frame: 0xC0, type, sequence, 0, length (16 bits, little-endian), payload, CRC-32 of everything
 * from type to the end of the payload (32 bits, little-endian). No escaping: a receiver that finds
 * a bad length or sum goes on searching from the byte after the 0xC0.
 *
 * Sequence numbers are 8 bits and count the frames of one direction, ACK and NAK excepted; the
 * first is 0. An ACK carries the number of the next frame that is expected (everything before it
 * has arrived); it is sent after each good frame. NAK is an ACK that also asks for a resend. A
 * sender that has heard nothing for CHANNEL_RESEND_MS resends all that is unacknowledged.
 */
#pragma once

#define CHANNEL_SYNC         0xC0
#define CHANNEL_HEADER_BYTES 6
#define CHANNEL_PAYLOAD_MAX  1024
#define CHANNEL_WINDOW       16
#define CHANNEL_RESEND_MS    200

enum channel_frame {
    CHANNEL_ACK = 1,
    CHANNEL_NAK = 2,
    CHANNEL_HELLO = 3,   /* both ways, empty, sent once at the start: the peer is there */
    CHANNEL_STDIN = 4,   /* host to world; also the keys of a terminal */
    CHANNEL_STDOUT = 5,  /* world to host; also the output of a terminal */
    CHANNEL_STDERR = 6,  /* world to host */
    CHANNEL_EOF = 7,     /* host to world: standard input has ended */
    CHANNEL_WINSIZE = 8, /* host to world: rows, columns, 16 bits each, little-endian */
    CHANNEL_EXIT = 9,    /* world to host: exit status, 32 bits, little-endian; the last frame */
};
