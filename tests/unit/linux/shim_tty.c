/*
 * shim_tty.c - see shim_tty.h.
 */
#include "tests/unit/linux/shim_tty.h"

#include <stdio.h>

#include "servers/linux/dev.h"

struct tty *tty;
int tty_fd;

void tty_begin(void)
{
    world_begin();
    tty = tty_create(dev_make(TTY_MAJOR, TTY_S0), 24, 80);
    REQUIRE(tty != NULL);
    tty_fd = do_open("/dev/ttyS0", O_RDWR, 0);
    REQUIRE(tty_fd == 0);
}

/* The terminal goes before world_end looks for leaks, and its files before it. */
void tty_finish(void)
{
    fd_table_put(context_current()->files);
    context_current()->files = fd_table_create();
    tty_destroy(tty);
    world_end();
}

void type(const char *keys) { tty_input(tty, (const uint8_t *)keys, strlen(keys)); }

const char *screen(void)
{
    static char text[TTY_RING_BYTES + 1];
    text[tty_output_take(tty, (uint8_t *)text, TTY_RING_BYTES)] = 0;
    return text;
}

const char *line(void)
{
    static char text[5000];
    long count = do_read(tty_fd, text, 4200);
    if (count < 0)
        snprintf(text, sizeof(text), "error %ld", -count);
    return text;
}

struct linux_termios settings(void)
{
    struct linux_termios termios;
    CHECK_EQUAL(call(ioctl, tty_fd, TCGETS, GUEST_BUFFER), 0);
    memcpy(&termios, (void *)GUEST_BUFFER, sizeof(termios));
    return termios;
}

void set(struct linux_termios termios)
{
    memcpy((void *)GUEST_BUFFER, &termios, sizeof(termios));
    CHECK_EQUAL(call(ioctl, tty_fd, TCSETS, GUEST_BUFFER), 0);
}

void set_raw(uint8_t minimum, uint8_t tenths)
{
    struct linux_termios termios = settings();
    termios.c_lflag &= ~(uint32_t)(ICANON | ECHO);
    termios.c_cc[VMIN] = minimum;
    termios.c_cc[VTIME] = tenths;
    set(termios);
}
