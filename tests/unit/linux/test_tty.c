/*
 * test_tty.c - line editing, raw reads, output processing, settings.
 */
#include "tests/unit/linux/shim_tty.h"

TEST("a line is read when it ends, and echoed with CR before NL")
{
    tty_begin();
    type("hel");
    CHECK_EQUAL(call(read, tty_fd, GUEST_BUFFER, 10), -ERESTARTSYS);
    type("lo\r");
    CHECK_TEXT(line(), "hello\n");
    CHECK_TEXT(screen(), "hello\r\n");
    type("a\nb\n");
    CHECK_TEXT(line(), "a\n");
    CHECK_TEXT(line(), "b\n");
    tty_finish();
}

TEST("a line may be read in pieces")
{
    char text[8];
    tty_begin();
    type("abcdef\n");
    CHECK_EQUAL(do_read(tty_fd, text, 4), 4);
    CHECK_TEXT(text, "abcd");
    CHECK_EQUAL(call(ioctl, tty_fd, FIONREAD, GUEST_BUFFER), 0);
    CHECK_EQUAL(*(int32_t *)GUEST_BUFFER, 3);
    CHECK_TEXT(line(), "ef\n");
    tty_finish();
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
    tty_finish();
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
    tty_finish();
}

TEST("end of file ends a line without being in it, and alone is the end")
{
    char text[8];
    tty_begin();
    type("abc\004");
    CHECK_TEXT(line(), "abc");
    type("\004");
    CHECK_EQUAL(do_read(tty_fd, text, 5), 0);
    type("xyz\004");
    CHECK_EQUAL(do_read(tty_fd, text, 3), 3);
    type("next\n");
    CHECK_TEXT(line(), "next\n");
    tty_finish();
}

TEST("the literal key takes the meaning of the next one away")
{
    tty_begin();
    type("a\026\003\026\177b\n");
    CHECK_TEXT(line(), "a\003\177b\n");
    CHECK_EQUAL(shim.signals_sent, 0);
    tty_finish();
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
    tty_finish();
}

TEST("raw reads obey VMIN and VTIME")
{
    char text[16];
    tty_begin();
    set_raw(1, 0);
    CHECK_EQUAL(do_read(tty_fd, text, 10), -ERESTARTSYS);
    type("ab");
    CHECK_EQUAL(do_read(tty_fd, text, 10), 2);
    set_raw(0, 0);
    CHECK_EQUAL(do_read(tty_fd, text, 10), 0);
    set_raw(0, 5);
    nanos_t before = shim.now;
    CHECK_EQUAL(do_read(tty_fd, text, 10), 0);
    CHECK((shim.now - before) / NANOS_PER_MS == 500);
    set_raw(3, 0);
    type("ab");
    CHECK_EQUAL(call(fcntl, tty_fd, F_SETFL, O_RDWR), 0);
    type("c");
    CHECK_EQUAL(do_read(tty_fd, text, 10), 3);
    set_raw(10, 1);
    type("xy");
    CHECK_EQUAL(do_read(tty_fd, text, 10), 2);
    call(fcntl, tty_fd, F_SETFL, O_NONBLOCK);
    set_raw(1, 0);
    CHECK_EQUAL(do_read(tty_fd, text, 10), -EAGAIN);
    type("\003");
    CHECK_EQUAL(shim.last_signal, SIGINT);
    tty_finish();
}

TEST("what was typed before a change of mode is not lost")
{
    char text[16];
    tty_begin();
    type("ab");
    set_raw(1, 0);
    CHECK_EQUAL(do_read(tty_fd, text, 10), 2);
    CHECK_TEXT(text, "ab");
    type("cd");
    struct linux_termios termios = settings();
    termios.c_lflag |= ICANON;
    set(termios);
    CHECK_TEXT(line(), "cd");
    tty_finish();
}

TEST("output processing: newlines, tabs to spaces, nothing at all")
{
    tty_begin();
    do_write(tty_fd, "a\nb\tc\rd");
    CHECK_TEXT(screen(), "a\r\nb\tc\rd");
    struct linux_termios termios = settings();
    termios.c_oflag |= XTABS;
    set(termios);
    do_write(tty_fd, "\nb\tc");
    CHECK_TEXT(screen(), "\r\nb       c");
    termios.c_oflag &= ~(uint32_t)OPOST;
    set(termios);
    do_write(tty_fd, "a\nb");
    CHECK_TEXT(screen(), "a\nb");
    tty_finish();
}

TEST("stop holds output back and start lets it go")
{
    tty_begin();
    type("\023");
    CHECK_EQUAL(do_write(tty_fd, "held"), 4);
    CHECK_TEXT(screen(), "");
    type("\021");
    CHECK_TEXT(screen(), "held");
    CHECK_EQUAL(call(ioctl, tty_fd, TCXONC, TCOOFF), 0);
    do_write(tty_fd, "x");
    CHECK_TEXT(screen(), "");
    CHECK_EQUAL(call(ioctl, tty_fd, TCXONC, TCOON), 0);
    CHECK_TEXT(screen(), "x");
    CHECK_EQUAL(call(write, tty_fd, GUEST_BUFFER, 10000), 4096 - 512 - 7);
    CHECK_EQUAL(call(write, tty_fd, GUEST_BUFFER, 1), -ERESTARTSYS);
    CHECK_EQUAL(call(ioctl, tty_fd, TCFLSH, TCOFLUSH), 0);
    CHECK_EQUAL(call(write, tty_fd, GUEST_BUFFER, 1), 1);
    CHECK_EQUAL(call(ioctl, tty_fd, TCFLSH, 7), -EINVAL);
    tty_finish();
}

TEST("erased characters are printed between strokes where the terminal is paper")
{
    tty_begin();
    struct linux_termios termios = settings();
    termios.c_lflag |= ECHOPRT;
    set(termios);
    type("abc\177\177d\n");
    CHECK_TEXT(line(), "ad\n");
    CHECK_TEXT(screen(), "abc\\cb/d\r\n");
    type("xy\025z\n");
    CHECK_TEXT(line(), "z\n");
    CHECK_TEXT(screen(), "xy\\yx/z\r\n");
    tty_finish();
}

TEST("without ECHOE the erase key shows itself, without ECHOKE the kill key does")
{
    tty_begin();
    struct linux_termios termios = settings();
    termios.c_lflag &= ~(uint32_t)ECHOE;
    set(termios);
    type("ab\177c\025d\n");
    CHECK_TEXT(line(), "d\n");
    CHECK_TEXT(screen(), "ab^?c^U\r\nd\r\n");
    tty_finish();
}

TEST("the reprint key shows the line again, the second end key ends it")
{
    tty_begin();
    struct linux_termios termios = settings();
    termios.c_cc[VEOL2] = '|';
    set(termios);
    type("ab\002\022c|d\n");
    CHECK_TEXT(line(), "ab\002c|");
    CHECK_TEXT(line(), "d\n");
    CHECK_TEXT(screen(), "ab^B^R\r\nab^Bc|d\r\n");
    termios.c_lflag &= ~(uint32_t)IEXTEN;
    set(termios);
    type("a\026\027\022|\n");
    CHECK_TEXT(line(), "a\026\027\022|\n");
    tty_finish();
}

TEST("newlines and case as the input flags say")
{
    tty_begin();
    struct linux_termios termios = settings();
    termios.c_iflag = INLCR | IUCLC | PARMRK;
    termios.c_lflag &= ~(uint32_t)ECHO;
    set(termios);
    type("AB\n\377\004");
    CHECK_TEXT(line(), "ab\r\377\377");
    termios.c_iflag = IGNCR | ISTRIP;
    set(termios);
    type("a\r\342b\n");
    CHECK_TEXT(line(), "abb\n");
    termios.c_oflag |= OLCUC | OCRNL;
    set(termios);
    do_write(tty_fd, "a\rb\n");
    CHECK_TEXT(screen(), "A\nB\r\n");
    tty_finish();
}

TEST("what two lines were is one after the mode has changed twice")
{
    tty_begin();
    type("a\nb\n\004");
    set_raw(1, 0);
    struct linux_termios termios = settings();
    termios.c_lflag |= ICANON;
    set(termios);
    CHECK_EQUAL(call(read, tty_fd, GUEST_BUFFER, 20), 5);
    CHECK(memcmp((void *)GUEST_BUFFER, "a\nb\n\0", 5) == 0);
    tty_finish();
}

TEST("keys that nobody has room for come again, keys that end a long line do not have to")
{
    static char keys[6000];
    tty_begin();
    memset(keys, 'x', sizeof(keys));
    set_raw(1, 0);
    CHECK_EQUAL(tty_input(tty, (uint8_t *)keys, 5000), 4095);
    CHECK_EQUAL(tty_input(tty, (uint8_t *)keys, 1), 0);
    CHECK_EQUAL(call(read, tty_fd, GUEST_BUFFER, 100), 100);
    CHECK_EQUAL(tty_input(tty, (uint8_t *)keys, 5000), 100);
    call(ioctl, tty_fd, TCFLSH, TCIFLUSH);
    struct linux_termios termios = settings();
    termios.c_lflag |= ICANON;
    set(termios);
    type("line\n");
    CHECK_EQUAL(tty_input(tty, (uint8_t *)keys, 5000), 4090);
    CHECK_TEXT(line(), "line\n");
    CHECK_EQUAL(tty_input(tty, (uint8_t *)keys, 5000), 5000);
    type("\177\n");
    CHECK_EQUAL(strlen(line()), 4095);
    tty_finish();
}

TEST("settings are kept in each of their three forms, speeds in the longest")
{
    struct linux_termios2 *two = (void *)GUEST_BUFFER;
    uint16_t *one = (void *)GUEST_BUFFER;
    tty_begin();
    CHECK_EQUAL(call(ioctl, tty_fd, TCGETS2, two), 0);
    CHECK_EQUAL(two->c_ospeed, 38400);
    two->base.c_cflag = (two->base.c_cflag & ~(uint32_t)CBAUD) | BOTHER;
    two->c_ospeed = 31250;
    CHECK_EQUAL(call(ioctl, tty_fd, TCSETS2, two), 0);
    two->c_ospeed = 0;
    CHECK_EQUAL(call(ioctl, tty_fd, TCGETS2, two), 0);
    CHECK_EQUAL(two->c_ospeed, 31250);
    struct linux_termios termios = settings();
    termios.c_cflag = (termios.c_cflag & ~(uint32_t)CBAUD) | CBAUDEX | 2;
    set(termios);
    CHECK_EQUAL(tty->output_speed, 115200);
    CHECK_EQUAL(call(ioctl, tty_fd, TCGETA, one), 0);
    CHECK_EQUAL(one[0], (uint16_t)termios.c_iflag);
    one[3] = (uint16_t)(one[3] & ~ECHO);
    CHECK_EQUAL(call(ioctl, tty_fd, TCSETAF, one), 0);
    CHECK_EQUAL(settings().c_lflag, termios.c_lflag & ~(uint32_t)ECHO);
    CHECK_EQUAL(call(ioctl, tty_fd, TCSETSW2, GUEST_BAD), -EFAULT);
    tty_finish();
}

TEST("what a program has stopped no key starts, and the other side can be asked to pause")
{
    tty_begin();
    CHECK_EQUAL(call(ioctl, tty_fd, TCXONC, TCOOFF), 0);
    do_write(tty_fd, "x");
    type("\021");
    CHECK_TEXT(screen(), "");
    CHECK_EQUAL(call(ioctl, tty_fd, TCXONC, TCOON), 0);
    CHECK_TEXT(screen(), "x");
    CHECK_EQUAL(call(ioctl, tty_fd, TCXONC, TCIOFF), 0);
    CHECK_EQUAL(call(ioctl, tty_fd, TCXONC, TCION), 0);
    CHECK_TEXT(screen(), "\023\021");
    type("\023");
    struct linux_termios termios = settings();
    termios.c_iflag |= IXANY;
    set(termios);
    do_write(tty_fd, "y");
    type("k");
    CHECK_TEXT(screen(), "yk");
    tty_finish();
}

TEST("any keys in any mode leave a terminal that still works")
{
    char text[64];
    tty_begin();
    call(fcntl, tty_fd, F_SETFL, O_NONBLOCK);
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
        long count = do_read(tty_fd, text, 60);
        CHECK(count >= 0 || count == -EAGAIN);
        do_write(tty_fd, "\t\n\rx");
        screen();
        CHECK(tty->input.head <= tty->input.line_head || !tty_flag(tty, ICANON));
        CHECK(tty->input.tail - tty->input.head <= TTY_RING_BYTES);
    }
    tty_finish();
}
