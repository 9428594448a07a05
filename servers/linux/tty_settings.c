/*
 * tty_settings.c - struct termios in its three forms, and the window's size.
 *
 * struct termios is the middle one: struct termio is older and shorter, termios2 has two speeds
 * more. Nothing depends on a speed; they are kept and told.
 */
#include "servers/linux/pty.h"

#include "lib/base/string.h"

#define TERMIO_CHARACTERS 8

struct linux_termio {
    uint16_t c_iflag;
    uint16_t c_oflag;
    uint16_t c_cflag;
    uint16_t c_lflag;
    uint8_t c_line;
    uint8_t c_cc[TERMIO_CHARACTERS];
};
STATIC_ASSERT(sizeof(struct linux_termio) == 18, "struct termio");

/* Bits a second of the codes in c_cflag, without and with CBAUDEX. */
static const uint32_t speeds[] = {0,   50,   75,   110,  134,  150,  200,   300,
                                  600, 1200, 1800, 2400, 4800, 9600, 19200, 38400};
static const uint32_t speeds_extended[] = {0,       57600,   115200,  230400,  460800,  500000,
                                           576000,  921600,  1000000, 1152000, 1500000, 2000000,
                                           2500000, 3000000, 3500000, 4000000};

/* `told` is what struct termios2 says, for the code that means "look there". */
static uint32_t speed_of(uint32_t code, uint32_t told)
{
    if (code == BOTHER)
        return told;
    return code & CBAUDEX ? speeds_extended[code & CBAUD_LOW] : speeds[code & CBAUD_LOW];
}

enum form { FORM_TERMIO, FORM_TERMIOS, FORM_TERMIOS2 };

static void widen(struct linux_termios *wide, const struct linux_termio *narrow)
{
    wide->c_iflag = (wide->c_iflag & ~0xffffu) | narrow->c_iflag;
    wide->c_oflag = (wide->c_oflag & ~0xffffu) | narrow->c_oflag;
    wide->c_cflag = (wide->c_cflag & ~0xffffu) | narrow->c_cflag;
    wide->c_lflag = (wide->c_lflag & ~0xffffu) | narrow->c_lflag;
    wide->c_line = narrow->c_line;
    memcpy(wide->c_cc, narrow->c_cc, TERMIO_CHARACTERS);
}

/* On top of the present settings, for what a form does not have. 0 or -EFAULT. */
static int read_settings(struct tty *tty, enum form form, uint64_t argument,
                         struct linux_termios2 *wanted)
{
    struct linux_termio narrow;

    mutex_lock(&tty->mutex);
    *wanted = (struct linux_termios2){tty->termios, tty->input_speed, tty->output_speed};
    mutex_unlock(&tty->mutex);
    if (form == FORM_TERMIOS2)
        return user_read(wanted, uaddr(argument), sizeof(*wanted));
    if (form == FORM_TERMIOS)
        return user_read(&wanted->base, uaddr(argument), sizeof(wanted->base));
    if (user_read(&narrow, uaddr(argument), sizeof(narrow)) < 0)
        return -EFAULT;
    widen(&wanted->base, &narrow);
    return 0;
}

/* Caller holds the mutex. */
static void apply(struct tty *tty, const struct linux_termios2 *wanted)
{
    struct linux_termios old = tty->termios;
    uint32_t cflag = wanted->base.c_cflag;

    tty->termios = wanted->base;
    tty->output_speed = speed_of(cflag & CBAUD, wanted->c_ospeed);
    uint32_t input = cflag >> IBSHIFT & CBAUD;
    tty->input_speed = input ? speed_of(input, wanted->c_ispeed) : tty->output_speed;
    if (tty->pty)
        tty->termios.c_cflag = (cflag & ~(uint32_t)(CSIZE | PARENB)) | CS8 | CREAD;
    if ((old.c_iflag & IXON) && !(tty->termios.c_iflag & IXON))
        tty_set_stopped(tty, false);
    tty_mode_changed(tty, old.c_lflag);
    pty_note_settings(tty, &old);
}

static long set(struct tty *tty, enum form form, bool waits, bool flushes, uint64_t argument)
{
    struct linux_termios2 wanted;
    int status = tty_check_background(tty, SIGTTOU);

    if (status < 0)
        return status;
    if (read_settings(tty, form, argument, &wanted) < 0)
        return -EFAULT;
    mutex_lock(&tty->mutex);
    if (flushes)
        tty_flush_input(tty);
    if (waits)
        status = tty_drain(tty);
    if (status == 0)
        apply(tty, &wanted);
    mutex_unlock(&tty->mutex);
    return status;
}

static long get(struct tty *tty, enum form form, uint64_t argument)
{
    mutex_lock(&tty->mutex);
    const struct linux_termios2 now = {tty->termios, tty->input_speed, tty->output_speed};
    mutex_unlock(&tty->mutex);
    if (form == FORM_TERMIOS2)
        return user_write(uaddr(argument), &now, sizeof(now));
    if (form == FORM_TERMIOS)
        return user_write(uaddr(argument), &now.base, sizeof(now.base));
    struct linux_termio narrow = {(uint16_t)now.base.c_iflag,
                                  (uint16_t)now.base.c_oflag,
                                  (uint16_t)now.base.c_cflag,
                                  (uint16_t)now.base.c_lflag,
                                  now.base.c_line,
                                  {0}};
    memcpy(narrow.c_cc, now.base.c_cc, TERMIO_CHARACTERS);
    return user_write(uaddr(argument), &narrow, sizeof(narrow));
}

/* ---- the window ---------------------------------------------------------------------------- */

/* Caller holds the mutex, which is let go. */
static void resize_and_unlock(struct tty *tty, const struct linux_winsize *size)
{
    bool changed = memcmp(&tty->size, size, sizeof(*size)) != 0;
    int group = tty->group;

    tty->size = *size;
    mutex_unlock(&tty->mutex);
    if (changed && group > 0)
        signal_send_group(group, SIGWINCH);
}

void tty_resize(struct tty *tty, unsigned rows, unsigned columns)
{
    mutex_lock(&tty->mutex);
    struct linux_winsize size = tty->size;
    size.ws_row = (uint16_t)rows;
    size.ws_col = (uint16_t)columns;
    resize_and_unlock(tty, &size);
}

static long get_size(struct tty *tty, uint64_t argument)
{
    mutex_lock(&tty->mutex);
    const struct linux_winsize size = tty->size;
    mutex_unlock(&tty->mutex);
    return user_write(uaddr(argument), &size, sizeof(size));
}

static long set_size(struct tty *tty, uint64_t argument)
{
    struct linux_winsize size;

    if (user_read(&size, uaddr(argument), sizeof(size)) < 0)
        return -EFAULT;
    mutex_lock(&tty->mutex);
    resize_and_unlock(tty, &size);
    return 0;
}

long tty_settings_ioctl(struct tty *tty, uint32_t command, uint64_t argument)
{
    switch (command) {
    case TCGETS:
        return get(tty, FORM_TERMIOS, argument);
    case TCGETS2:
        return get(tty, FORM_TERMIOS2, argument);
    case TCGETA:
        return get(tty, FORM_TERMIO, argument);
    case TCSETS:
    case TCSETSW:
    case TCSETSF:
        return set(tty, FORM_TERMIOS, command != TCSETS, command == TCSETSF, argument);
    case TCSETS2:
    case TCSETSW2:
    case TCSETSF2:
        return set(tty, FORM_TERMIOS2, command != TCSETS2, command == TCSETSF2, argument);
    case TCSETA:
    case TCSETAW:
    case TCSETAF:
        return set(tty, FORM_TERMIO, command != TCSETA, command == TCSETAF, argument);
    case TIOCGWINSZ:
        return get_size(tty, argument);
    case TIOCSWINSZ:
        return set_size(tty, argument);
    default:
        return -ENOTTY;
    }
}
