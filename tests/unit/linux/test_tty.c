/*
 * test_tty.c - line editing, raw reads, signals, job control, output processing.
 */
#include <stdio.h>

#include "servers/linux/dev.h"
#include "servers/linux/tty.h"
#include "tests/unit/linux/shim.h"

static struct tty *tty;
static int fd;

static void tty_begin(void)
{
    world_begin();
    tty = tty_create(dev_make(TTY_MAJOR, TTY_S0), 24, 80);
    REQUIRE(tty != NULL);
    fd = do_open("/dev/ttyS0", O_RDWR, 0);
    REQUIRE(fd == 0);
}

/* The terminal goes before world_end looks for leaks, and its files before it. */
static void finish(void)
{
    fd_table_put(context_current()->files);
    context_current()->files = fd_table_create();
    tty_destroy(tty);
    world_end();
}

static void type(const char *keys) { tty_input(tty, (const uint8_t *)keys, strlen(keys)); }

static const char *screen(void)
{
    static char text[TTY_RING_BYTES + 1];
    text[tty_output_take(tty, (uint8_t *)text, TTY_RING_BYTES)] = 0;
    return text;
}

static const char *line(void)
{
    static char text[5000];
    long count = do_read(fd, text, 4200);
    if (count < 0)
        snprintf(text, sizeof(text), "error %ld", -count);
    return text;
}

static struct linux_termios settings(void)
{
    struct linux_termios termios;
    CHECK_EQUAL(call(ioctl, fd, TCGETS, GUEST_BUFFER), 0);
    memcpy(&termios, (void *)GUEST_BUFFER, sizeof(termios));
    return termios;
}

static void set(struct linux_termios termios)
{
    memcpy((void *)GUEST_BUFFER, &termios, sizeof(termios));
    CHECK_EQUAL(call(ioctl, fd, TCSETS, GUEST_BUFFER), 0);
}

static void set_raw(uint8_t minimum, uint8_t tenths)
{
    struct linux_termios termios = settings();
    termios.c_lflag &= ~(uint32_t)(ICANON | ECHO);
    termios.c_cc[VMIN] = minimum;
    termios.c_cc[VTIME] = tenths;
    set(termios);
}

TEST("a line is read when it ends, and echoed with CR before NL")
{
    tty_begin();
    type("hel");
    CHECK_EQUAL(call(read, fd, GUEST_BUFFER, 10), -ERESTARTSYS);
    type("lo\r");
    CHECK_TEXT(line(), "hello\n");
    CHECK_TEXT(screen(), "hello\r\n");
    type("a\nb\n");
    CHECK_TEXT(line(), "a\n");
    CHECK_TEXT(line(), "b\n");
    finish();
}

TEST("a line may be read in pieces")
{
    char text[8];
    tty_begin();
    type("abcdef\n");
    CHECK_EQUAL(do_read(fd, text, 4), 4);
    CHECK_TEXT(text, "abcd");
    CHECK_EQUAL(call(ioctl, fd, FIONREAD, GUEST_BUFFER), 0);
    CHECK_EQUAL(*(int32_t *)GUEST_BUFFER, 3);
    CHECK_TEXT(line(), "ef\n");
    finish();
}

TEST("erase, word erase and kill edit the line and the screen")
{
    tty_begin();
    type("abx\177c\n");
    CHECK_TEXT(line(), "abc\n");
    CHECK_TEXT(screen(), "abx\b \bc\r\n");
    type("one two\027\027x\n");
    CHECK_TEXT(line(), "x\n");
    CHECK_TEXT(screen(), "one two\b \b\b \b\b \b\b \b\b \b\b \b\b \bx\r\n");
    type("gone\025here\n");
    CHECK_TEXT(line(), "here\n");
    CHECK_TEXT(screen(), "gone\b \b\b \b\b \b\b \bhere\r\n");
    type("\177\177\025\027ok\n");
    CHECK_TEXT(line(), "ok\n");
    CHECK_TEXT(screen(), "ok\r\n");
    finish();
}

TEST("control characters are shown as two and erased as two, tabs to their stop, UTF-8 as one")
{
    tty_begin();
    type("a\002\177b\n");
    CHECK_TEXT(line(), "ab\n");
    CHECK_TEXT(screen(), "a^B\b \b\b \bb\r\n");
    type("ab\t\177\n");
    CHECK_TEXT(line(), "ab\n");
    CHECK_TEXT(screen(), "ab\t\b\b\b\b\b\b\r\n");
    type("\303\251\177x\n");
    CHECK_TEXT(line(), "x\n");
    CHECK_TEXT(screen(), "\303\251\b \bx\r\n");
    finish();
}

TEST("end of file ends a line without being in it, and alone is the end")
{
    char text[8];
    tty_begin();
    type("abc\004");
    CHECK_TEXT(line(), "abc");
    type("\004");
    CHECK_EQUAL(do_read(fd, text, 5), 0);
    type("xyz\004");
    CHECK_EQUAL(do_read(fd, text, 3), 3);
    type("next\n");
    CHECK_TEXT(line(), "next\n");
    finish();
}

TEST("the literal key takes the meaning of the next one away")
{
    tty_begin();
    type("a\026\003\026\177b\n");
    CHECK_TEXT(line(), "a\003\177b\n");
    CHECK_EQUAL(shim.signals_sent, 0);
    finish();
}

TEST("interrupt, quit and suspend signal the foreground group and drop the line")
{
    tty_begin();
    CHECK_EQUAL(tty->session, 1);
    CHECK_EQUAL(tty->group, 1);
    type("half\003");
    CHECK_EQUAL(shim.last_signal, SIGINT);
    CHECK_EQUAL(shim.last_signal_group, 1);
    type("line\n");
    CHECK_TEXT(line(), "line\n");
    CHECK_TEXT(screen(), "^Cline\r\n");
    type("\034");
    CHECK_EQUAL(shim.last_signal, SIGQUIT);
    type("\032");
    CHECK_EQUAL(shim.last_signal, SIGTSTP);
    struct linux_termios termios = settings();
    termios.c_lflag &= ~(uint32_t)ISIG;
    set(termios);
    int before = shim.signals_sent;
    type("\003\n");
    CHECK_EQUAL(shim.signals_sent, before);
    CHECK_TEXT(line(), "\003\n");
    finish();
}

TEST("a full line rings the bell and still takes its end")
{
    static char keys[5000];
    tty_begin();
    memset(keys, 'x', 4999);
    type(keys);
    screen();
    type("\n");
    CHECK_EQUAL(strlen(line()), 4096);
    type("more\n");
    CHECK_TEXT(line(), "more\n");
    finish();
}

TEST("raw reads obey VMIN and VTIME")
{
    char text[16];
    tty_begin();
    set_raw(1, 0);
    CHECK_EQUAL(do_read(fd, text, 10), -ERESTARTSYS);
    type("ab");
    CHECK_EQUAL(do_read(fd, text, 10), 2);
    set_raw(0, 0);
    CHECK_EQUAL(do_read(fd, text, 10), 0);
    set_raw(0, 5);
    nanos_t before = shim.now;
    CHECK_EQUAL(do_read(fd, text, 10), 0);
    CHECK((shim.now - before) / NANOS_PER_MS == 500);
    set_raw(3, 0);
    type("ab");
    CHECK_EQUAL(call(fcntl, fd, F_SETFL, O_RDWR), 0);
    type("c");
    CHECK_EQUAL(do_read(fd, text, 10), 3);
    set_raw(10, 1);
    type("xy");
    CHECK_EQUAL(do_read(fd, text, 10), 2);
    call(fcntl, fd, F_SETFL, O_NONBLOCK);
    set_raw(1, 0);
    CHECK_EQUAL(do_read(fd, text, 10), -EAGAIN);
    type("\003");
    CHECK_EQUAL(shim.last_signal, SIGINT);
    finish();
}

TEST("what was typed before a change of mode is not lost")
{
    char text[16];
    tty_begin();
    type("ab");
    set_raw(1, 0);
    CHECK_EQUAL(do_read(fd, text, 10), 2);
    CHECK_TEXT(text, "ab");
    type("cd");
    struct linux_termios termios = settings();
    termios.c_lflag |= ICANON;
    set(termios);
    CHECK_TEXT(line(), "cd");
    finish();
}

TEST("output processing: newlines, tabs to spaces, nothing at all")
{
    tty_begin();
    do_write(fd, "a\nb\tc\rd");
    CHECK_TEXT(screen(), "a\r\nb\tc\rd");
    struct linux_termios termios = settings();
    termios.c_oflag |= XTABS;
    set(termios);
    do_write(fd, "\nb\tc");
    CHECK_TEXT(screen(), "\r\nb       c");
    termios.c_oflag &= ~(uint32_t)OPOST;
    set(termios);
    do_write(fd, "a\nb");
    CHECK_TEXT(screen(), "a\nb");
    finish();
}

TEST("stop holds output back and start lets it go")
{
    tty_begin();
    type("\023");
    CHECK_EQUAL(do_write(fd, "held"), 4);
    CHECK_TEXT(screen(), "");
    type("\021");
    CHECK_TEXT(screen(), "held");
    CHECK_EQUAL(call(ioctl, fd, TCXONC, TCOOFF), 0);
    do_write(fd, "x");
    CHECK_TEXT(screen(), "");
    CHECK_EQUAL(call(ioctl, fd, TCXONC, TCOON), 0);
    CHECK_TEXT(screen(), "x");
    CHECK_EQUAL(call(write, fd, GUEST_BUFFER, 10000), 4096 - 7);
    CHECK_EQUAL(call(write, fd, GUEST_BUFFER, 1), -ERESTARTSYS);
    CHECK_EQUAL(call(ioctl, fd, TCFLSH, TCOFLUSH), 0);
    CHECK_EQUAL(call(write, fd, GUEST_BUFFER, 1), 1);
    CHECK_EQUAL(call(ioctl, fd, TCFLSH, 7), -EINVAL);
    finish();
}

TEST("job control: background reads stop, background writes only with TOSTOP")
{
    tty_begin();
    shim.group = 5;
    type("x\n");
    CHECK_EQUAL(call(read, fd, GUEST_BUFFER, 5), -ERESTARTSYS);
    CHECK_EQUAL(shim.last_signal, SIGTTIN);
    CHECK_EQUAL(shim.last_signal_group, 5);
    shim.orphaned = true;
    CHECK_EQUAL(call(read, fd, GUEST_BUFFER, 5), -EIO);
    shim.orphaned = false;
    shim.signal_ignored = true;
    CHECK_EQUAL(call(read, fd, GUEST_BUFFER, 5), -EIO);
    shim.signal_ignored = false;
    CHECK_EQUAL(do_write(fd, "x"), 1);
    CHECK_EQUAL(call(ioctl, fd, TCSETS, GUEST_BUFFER), -ERESTARTSYS);
    CHECK_EQUAL(shim.last_signal, SIGTTOU);
    shim.group = 1;
    struct linux_termios termios = settings();
    termios.c_lflag |= TOSTOP;
    set(termios);
    shim.group = 5;
    CHECK_EQUAL(do_write(fd, "x"), -ERESTARTSYS);
    shim.signal_ignored = true;
    CHECK_EQUAL(do_write(fd, "x"), 1);
    finish();
}

TEST("the foreground group can be asked for and set within the session")
{
    int32_t *group = (void *)GUEST_BUFFER;
    tty_begin();
    CHECK_EQUAL(call(ioctl, fd, TIOCGPGRP, group), 0);
    CHECK_EQUAL(*group, 1);
    CHECK_EQUAL(call(ioctl, fd, TIOCGSID, group), 0);
    CHECK_EQUAL(*group, 1);
    *group = 5;
    CHECK_EQUAL(call(ioctl, fd, TIOCSPGRP, group), 0);
    CHECK_EQUAL(tty->group, 5);
    CHECK_EQUAL(call(ioctl, fd, TIOCSPGRP, group), -ERESTARTSYS);
    shim.group = 5;
    *group = 100;
    CHECK_EQUAL(call(ioctl, fd, TIOCSPGRP, group), -EPERM);
    *group = 500;
    CHECK_EQUAL(call(ioctl, fd, TIOCSPGRP, group), -ESRCH);
    *group = -1;
    CHECK_EQUAL(call(ioctl, fd, TIOCSPGRP, group), -EINVAL);
    CHECK_EQUAL(call(ioctl, fd, TIOCSPGRP, GUEST_BAD), -EFAULT);
    shim.session = shim.pid = 9;
    CHECK_EQUAL(call(ioctl, fd, TIOCGPGRP, group), -ENOTTY);
    CHECK_EQUAL(call(ioctl, fd, TIOCSCTTY, 0), -EPERM);
    CHECK_EQUAL(call(ioctl, fd, TIOCSCTTY, 1), 0);
    CHECK_EQUAL(tty->session, 9);
    CHECK(do_open("/dev/tty", O_RDWR, 0) > 0);
    CHECK_EQUAL(call(ioctl, fd, TIOCNOTTY), 0);
    CHECK_EQUAL(shim.last_signal, SIGCONT);
    CHECK_EQUAL(do_open("/dev/tty", O_RDWR, 0), -ENXIO);
    finish();
}

TEST("a session leader takes a free terminal by opening it, unless told not to")
{
    tty_begin();
    tty_session_ended(1);
    CHECK_EQUAL(tty->session, 0);
    CHECK(do_open("/dev/ttyS0", O_RDWR | O_NOCTTY, 0) > 0);
    CHECK_EQUAL(tty->session, 0);
    CHECK(do_open("/dev/console", O_RDWR, 0) > 0);
    CHECK_EQUAL(tty->session, 0);
    shim.pid = 2;
    do_open("/dev/ttyS0", O_RDWR, 0);
    CHECK_EQUAL(tty->session, 0);
    shim.pid = 1;
    int again = do_open("/dev/ttyS0", O_RDWR, 0);
    CHECK_EQUAL(tty->session, 1);
    CHECK_EQUAL(call(fcntl, again, F_GETFL), O_RDWR | O_LARGEFILE);
    finish();
}

TEST("a new size is told to the foreground group, the same size is not")
{
    struct linux_winsize *size = (void *)GUEST_BUFFER;
    tty_begin();
    CHECK_EQUAL(call(ioctl, fd, TIOCGWINSZ, size), 0);
    CHECK_EQUAL(size->ws_row, 24);
    CHECK_EQUAL(size->ws_col, 80);
    CHECK_EQUAL(call(ioctl, fd, TIOCSWINSZ, size), 0);
    CHECK_EQUAL(shim.signals_sent, 0);
    tty_resize(tty, 50, 132);
    CHECK_EQUAL(shim.last_signal, SIGWINCH);
    CHECK_EQUAL(call(ioctl, fd, TIOCGWINSZ, size), 0);
    CHECK_EQUAL(size->ws_col, 132);
    CHECK_EQUAL(call(ioctl, fd, 0x9999), -ENOTTY);
    finish();
}

TEST("hanging up ends reads, fails writes and signals")
{
    char text[8];
    tty_begin();
    tty_hangup(tty);
    CHECK_EQUAL(do_read(fd, text, 4), 0);
    CHECK_EQUAL(do_write(fd, "x"), -EIO);
    CHECK_EQUAL(shim.last_signal_process, 1);
    CHECK_EQUAL(shim.last_signal, SIGCONT);
    finish();
}

TEST("poll on a terminal follows lines, raw bytes and room")
{
    struct linux_pollfd *p = guest(0x300000);
    tty_begin();
    *p = (struct linux_pollfd){.fd = fd, .events = POLLIN | POLLOUT};
    CHECK_EQUAL(call(poll, p, 1, 0), 1);
    CHECK_EQUAL(p->revents, POLLOUT);
    type("half");
    call(poll, p, 1, 0);
    CHECK_EQUAL(p->revents, POLLOUT);
    type("\n");
    call(poll, p, 1, 0);
    CHECK_EQUAL(p->revents, POLLIN | POLLOUT);
    set_raw(1, 0);
    call(ioctl, fd, TCFLSH, TCIFLUSH);
    type("x");
    call(poll, p, 1, 0);
    CHECK_EQUAL(p->revents, POLLIN | POLLOUT);
    tty_hangup(tty);
    call(poll, p, 1, 0);
    CHECK(p->revents & POLLHUP);
    finish();
}

TEST("any keys in any mode leave a terminal that still works")
{
    char text[64];
    tty_begin();
    call(fcntl, fd, F_SETFL, O_NONBLOCK);
    for (int round = 0; round < 300; round++) {
        struct linux_termios termios = settings();
        termios.c_iflag = (uint32_t)unit_random();
        termios.c_oflag = (uint32_t)unit_random();
        termios.c_lflag = (uint32_t)unit_random();
        for (int i = 0; i < NCCS; i++)
            termios.c_cc[i] = (uint8_t)unit_random();
        termios.c_cc[VTIME] = 0;
        set(termios);
        for (int i = 0; i < 200; i++) {
            uint8_t key = (uint8_t)unit_random_below(140);
            tty_input(tty, &key, 1);
        }
        long count = do_read(fd, text, 60);
        CHECK(count >= 0 || count == -EAGAIN);
        do_write(fd, "\t\n\rx");
        screen();
        CHECK(tty->input.head <= tty->input.line_head || !tty_flag(tty, ICANON));
        CHECK(tty->input.tail - tty->input.head <= TTY_RING_BYTES);
    }
    finish();
}
