/*
 * shim_tty.h - a terminal that is the current session's, for tests: a person types and looks.
 */
#pragma once

#include "servers/linux/tty.h"
#include "tests/unit/linux/shim.h"

/* /dev/ttyS0, 24 x 80, open for reading and writing. */
extern struct tty *tty;
extern int tty_fd;

void tty_begin(void);  /* with a world */
void tty_finish(void); /* closes everything; ends the world */

void type(const char *keys);
const char *screen(void); /* what is new on it */
const char *line(void);   /* one read of at most 4200 bytes; "error N" */

struct linux_termios settings(void);
void set(struct linux_termios termios);
void set_raw(uint8_t minimum, uint8_t tenths);
