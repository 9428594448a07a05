/*
 * test_channel.c - frames over a line that loses, repeats and changes bytes; pipes and a terminal
 * at the world's end of it; the raw console.
 */
#include <stdlib.h>

#include "lib/base/crc32.h"
#include "servers/linux/channel.h"
#include "servers/linux/dev.h"
#include "tests/unit/linux/shim.h"

#define LINE_BYTES 300000

/* One direction. */
struct wire {
    uint8_t bytes[LINE_BYTES];
    size_t head, tail;
    unsigned harm; /* one byte in so many is lost, repeated or changed; 0: none */
};

static struct wire to_host, to_world;

static void wire_put(struct wire *wire, uint8_t byte)
{
    if (wire->tail - wire->head < LINE_BYTES)
        wire->bytes[wire->tail++ % LINE_BYTES] = byte;
}

static void wire_send(struct wire *wire, const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        unsigned fate = wire->harm && unit_random_below(wire->harm) == 0
                            ? 1 + (unsigned)unit_random_below(3)
                            : 0;
        if (fate != 1)
            wire_put(wire, fate == 2 ? bytes[i] ^ 0x10 : bytes[i]);
        if (fate == 3)
            wire_put(wire, bytes[i]);
    }
}

static size_t line_read(void *context, uint8_t *to, size_t capacity)
{
    struct wire *wire = &to_world;
    size_t count = 0;
    (void)context;
    while (count < capacity && wire->head != wire->tail)
        to[count++] = wire->bytes[wire->head++ % LINE_BYTES];
    return count;
}

static size_t line_write(void *context, const uint8_t *from, size_t count)
{
    (void)context;
    size_t some = count > 700 ? 700 : count; /* the line takes frames in pieces */
    wire_send(&to_host, from, some);
    return some;
}

static const struct byte_line line = {.read = line_read, .write = line_write};

/* ---- the host's end: the simplest peer that obeys abi/channel.h --------------------------- */

static struct host {
    uint8_t expected, base, tail;
    nanos_t sent_at;
    size_t in_bytes, out_bytes, err_bytes;
    uint8_t frame[1100];
    struct {
        uint8_t type;
        uint16_t bytes;
        uint8_t payload[CHANNEL_PAYLOAD_MAX];
    } window[CHANNEL_WINDOW];
    uint8_t out[LINE_BYTES], err[LINE_BYTES];
    bool exited;
    uint32_t status;
} host;

static void host_frame(uint8_t type, uint8_t sequence, const uint8_t *payload, size_t count)
{
    uint8_t *f = host.frame;
    f[0] = CHANNEL_SYNC;
    f[1] = type;
    f[2] = sequence;
    f[3] = 0;
    f[4] = (uint8_t)count;
    f[5] = (uint8_t)(count >> 8);
    if (count)
        memcpy(f + 6, payload, count);
    uint32_t crc = crc32_update(0, f + 1, 5 + count);
    for (int i = 0; i < 4; i++)
        f[6 + count + (unsigned)i] = (uint8_t)(crc >> 8 * i);
    wire_send(&to_world, f, 10 + count);
}

static void host_resend(void)
{
    for (uint8_t n = host.base; n != host.tail; n++)
        host_frame(host.window[n % CHANNEL_WINDOW].type, n, host.window[n % CHANNEL_WINDOW].payload,
                   host.window[n % CHANNEL_WINDOW].bytes);
    host.sent_at = shim.now;
}

static bool host_send(uint8_t type, const void *payload, size_t count)
{
    if ((uint8_t)(host.tail - host.base) >= CHANNEL_WINDOW)
        return false;
    unsigned i = host.tail % CHANNEL_WINDOW;
    host.window[i].type = type;
    host.window[i].bytes = (uint16_t)count;
    if (count)
        memcpy(host.window[i].payload, payload, count);
    host_frame(type, host.tail++, payload, count);
    host.sent_at = shim.now;
    return true;
}

static void host_take(uint8_t type, const uint8_t *payload, size_t count)
{
    if (type == CHANNEL_STDOUT) {
        memcpy(host.out + host.out_bytes, payload, count);
        host.out_bytes += count;
    } else if (type == CHANNEL_STDERR) {
        memcpy(host.err + host.err_bytes, payload, count);
        host.err_bytes += count;
    } else if (type == CHANNEL_EXIT) {
        host.exited = true;
        host.status = payload[0] | (uint32_t)payload[1] << 8;
    }
}

static struct frame_receiver host_receiver; /* the search for frames is tested by the world's end */

static void host_service(void)
{
    struct received received;
    enum frame_find found;
    size_t capacity;

    while (to_host.head != to_host.tail) {
        uint8_t *room = frame_receiver_room(&host_receiver, &capacity);
        size_t count = 0;
        while (count < capacity && to_host.head != to_host.tail)
            room[count++] = to_host.bytes[to_host.head++ % LINE_BYTES];
        frame_receiver_filled(&host_receiver, count);
        while ((found = frame_receiver_next(&host_receiver, &received)) != FRAME_NONE) {
            if (found == FRAME_BAD)
                continue;
            if (received.type <= CHANNEL_NAK) {
                if ((uint8_t)(received.sequence - host.base) <= (uint8_t)(host.tail - host.base))
                    host.base = received.sequence;
                if (received.type == CHANNEL_NAK)
                    host_resend();
            } else {
                if (received.sequence == host.expected) {
                    host_take(received.type, received.payload, received.payload_bytes);
                    host.expected++;
                }
                host_frame(CHANNEL_ACK, host.expected, NULL, 0);
            }
        }
    }
    if (host.base != host.tail && shim.now >= host.sent_at + CHANNEL_RESEND_MS * NANOS_PER_MS)
        host_resend();
}

/* ---- set-up --------------------------------------------------------------------------------- */

static struct channel *channel;

static void channel_begin(struct tty *tty)
{
    struct channel_streams streams = {.tty = tty};
    struct file *guest_ends[3];

    memset(&host, 0, sizeof(host));
    memset(&host_receiver, 0, sizeof(host_receiver));
    to_host.head = to_host.tail = to_world.head = to_world.tail = 0;
    to_host.harm = to_world.harm = 0;
    if (!tty) {
        REQUIRE(channel_make_pipes(&streams, guest_ends) == 0);
        REQUIRE(files_install_streams(guest_ends) == 0);
    }
    channel = calloc(1, sizeof(*channel));
    channel_init(channel, &line, &streams);
    host_send(CHANNEL_HELLO, NULL, 0);
}

static void exchange(int rounds)
{
    for (int i = 0; i < rounds; i++) {
        channel_service(channel);
        host_service();
        shim.now += 20 * NANOS_PER_MS;
    }
}

static void channel_end(uint32_t status)
{
    channel_exit(channel, status);
    exchange(60);
    CHECK(host.exited);
    CHECK_EQUAL(host.status, status);
    channel_run(channel); /* has finished: releases the streams */
    free(channel);
}

TEST("standard streams and the exit status reach the host")
{
    char text[16];
    world_begin();
    channel_begin(NULL);
    host_send(CHANNEL_STDIN, "input", 5);
    exchange(2);
    CHECK_EQUAL(do_read(0, text, 15), 5);
    CHECK_TEXT(text, "input");
    do_write(1, "to out");
    do_write(2, "to err");
    exchange(2);
    CHECK_EQUAL(host.out_bytes, 6);
    CHECK(memcmp(host.out, "to out", 6) == 0);
    CHECK(memcmp(host.err, "to err", 6) == 0);
    host_send(CHANNEL_EOF, NULL, 0);
    exchange(2);
    CHECK_EQUAL(do_read(0, text, 15), 0);
    do_write(1, "last words");
    channel_end(7);
    CHECK_EQUAL(host.out_bytes, 16);
    world_end();
}

TEST("a line that loses, repeats and changes bytes still carries every byte, once")
{
    uint8_t *out = guest(0x200000), *in = guest(0x400000);
    size_t sent = 0, received = 0, typed = 0;
    enum { TOTAL = 100000 };
    world_begin();
    channel_begin(NULL);
    call(fcntl, 0, F_SETFL, O_NONBLOCK);
    call(fcntl, 1, F_SETFL, O_NONBLOCK);
    to_host.harm = 900;
    to_world.harm = 900;
    for (size_t i = 0; i < TOTAL; i++)
        out[i] = (uint8_t)unit_random();
    for (int round = 0; round < 20000 && (host.out_bytes < TOTAL || received < TOTAL); round++) {
        if (sent < TOTAL) {
            long count = call(write, 1, out + sent, TOTAL - sent);
            sent += count > 0 ? (size_t)count : 0;
        }
        size_t piece = TOTAL - typed < 1000 ? TOTAL - typed : 1000;
        if (piece > 0 && host_send(CHANNEL_STDIN, out + typed, piece))
            typed += piece;
        exchange(1);
        long count = call(read, 0, in + received, 5000);
        received += count > 0 ? (size_t)count : 0;
    }
    CHECK_EQUAL(host.out_bytes, TOTAL);
    CHECK(memcmp(host.out, out, TOTAL) == 0);
    CHECK_EQUAL(received, TOTAL);
    CHECK(memcmp(in, out, TOTAL) == 0);
    to_host.harm = to_world.harm = 0;
    channel_end(0);
    world_end();
}

TEST("a world that does not read stops the host, and loses nothing")
{
    size_t typed = 0, received = 0;
    static uint8_t data[1024];
    world_begin();
    channel_begin(NULL);
    call(fcntl, 0, F_SETFL, O_NONBLOCK);
    for (int round = 0; round < 300; round++) {
        memset(data, (int)(typed / 1024), sizeof(data));
        if (host_send(CHANNEL_STDIN, data, sizeof(data)))
            typed += sizeof(data);
        exchange(1);
    }
    CHECK(typed >= 65536 && typed <= 65536 + CHANNEL_WINDOW * 1024);
    while (received < typed) {
        uint8_t *in = guest(0x400000);
        long count = call(read, 0, in, 1024);
        for (long i = 0; i < count; i++)
            CHECK(in[i] == (uint8_t)((received + (size_t)i) / 1024));
        received += count > 0 ? (size_t)count : 0;
        exchange(1);
    }
    CHECK_EQUAL(received, typed);
    channel_end(1);
    world_end();
}

TEST("a host that listens to nothing keeps the world's end only so long")
{
    world_begin();
    channel_begin(NULL);
    do_write(1, "unheard");
    channel_exit(channel, 3);
    channel_run(channel);
    CHECK(!host.exited);
    free(channel);
    world_end();
}

TEST("noise on the line is no input")
{
    uint8_t noise[64];
    world_begin();
    channel_begin(NULL);
    call(fcntl, 0, F_SETFL, O_NONBLOCK);
    exchange(2);
    for (int round = 0; round < 3000; round++) {
        for (size_t i = 0; i < sizeof(noise); i++)
            noise[i] = unit_random_below(4) ? (uint8_t)unit_random() : CHANNEL_SYNC;
        wire_send(&to_world, noise, sizeof(noise));
        channel_service(channel);
    }
    CHECK_EQUAL(call(read, 0, GUEST_BUFFER, 100), -EAGAIN);
    host_service();
    host_send(CHANNEL_STDIN, "clear", 5);
    exchange(30);
    CHECK_EQUAL(call(read, 0, GUEST_BUFFER, 100), 5);
    channel_end(0);
    world_end();
}

TEST("a terminal over the channel: keys, screen, size, hangup")
{
    char text[16];
    static const uint8_t size[] = {50, 0, 132, 0};
    world_begin();
    struct tty *tty = tty_create(dev_make(TTY_MAJOR, TTY_S0), 24, 80);
    REQUIRE(files_open_terminal("/dev/console") == 0);
    channel_begin(tty);
    host_send(CHANNEL_STDIN, "ls\r", 3);
    host_send(CHANNEL_WINSIZE, size, sizeof(size));
    exchange(3);
    CHECK_EQUAL(do_read(0, text, 15), 3);
    CHECK_TEXT(text, "ls\n");
    CHECK_EQUAL(tty->size.ws_col, 132);
    do_write(1, "out\n");
    exchange(3);
    CHECK_EQUAL(host.out_bytes, 9);
    CHECK(memcmp(host.out, "ls\r\nout\r\n", 9) == 0);
    host_send(CHANNEL_EOF, NULL, 0);
    exchange(3);
    CHECK(tty->gone);
    channel_end(0);
    for (int fd = 0; fd < 3; fd++)
        call(close, fd);
    tty_destroy(tty);
    world_end();
}

TEST("the raw console passes bytes both ways")
{
    static struct console console;
    char text[16];
    world_begin();
    struct tty *tty = tty_create(dev_make(TTY_MAJOR, TTY_S0), 24, 80);
    REQUIRE(files_open_terminal("/dev/console") == 0);
    to_host.head = to_host.tail = to_world.head = to_world.tail = 0;
    memset(&console, 0, sizeof(console));
    console_init(&console, &line, tty);
    wire_send(&to_world, (const uint8_t *)"pwd\r", 4);
    console_service(&console);
    CHECK_EQUAL(do_read(0, text, 15), 4);
    do_write(1, "/\n");
    console_service(&console);
    CHECK(console_drained(&console));
    CHECK_EQUAL(to_host.tail - to_host.head, 8);
    wait_remove(&console.entries[0]);
    wait_remove(&console.entries[1]);
    for (int fd = 0; fd < 3; fd++)
        call(close, fd);
    tty_destroy(tty);
    world_end();
}
