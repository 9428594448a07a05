/*
 * tty_output.c - from written and echoed characters to bytes for the screen: OPOST, columns, the
 * output ring. Lock: tty.mutex, held by the caller.
 */
#include "servers/linux/tty.h"

#define TAB_STOP           8
#define PUT_MOST           TAB_STOP /* bytes that one character may become */
#define IS_UTF8_TAIL(byte) (((byte)&0xc0) == 0x80)

size_t tty_output_room(const struct tty *tty)
{
    return TTY_RING_BYTES - (size_t)(tty->output.tail - tty->output.head);
}

static void push(struct tty_output *output, uint8_t byte)
{
    output->bytes[output->tail++ % TTY_RING_BYTES] = byte;
}

static void put_newline(struct tty *tty, struct tty_output *output)
{
    if (tty->termios.c_oflag & ONLCR) {
        push(output, '\r');
        output->column = 0;
    }
    if (tty->termios.c_oflag & ONLRET)
        output->column = 0;
    push(output, '\n');
}

static void put_return(struct tty *tty, struct tty_output *output)
{
    if ((tty->termios.c_oflag & ONOCR) && output->column == 0)
        return;
    if (tty->termios.c_oflag & OCRNL) {
        put_newline(tty, output);
        return;
    }
    output->column = 0;
    push(output, '\r');
}

static void put_tab(struct tty *tty, struct tty_output *output)
{
    unsigned spaces = TAB_STOP - output->column % TAB_STOP;

    output->column += spaces;
    if ((tty->termios.c_oflag & TABDLY) != XTABS)
        push(output, '\t');
    else
        while (spaces-- > 0)
            push(output, ' ');
}

bool tty_output_put(struct tty *tty, uint8_t character)
{
    struct tty_output *output = &tty->output;

    if (tty_output_room(tty) < PUT_MOST)
        return false;
    if (!(tty->termios.c_oflag & OPOST)) {
        push(output, character);
        return true;
    }
    switch (character) {
    case '\n':
        put_newline(tty, output);
        return true;
    case '\r':
        put_return(tty, output);
        return true;
    case '\t':
        put_tab(tty, output);
        return true;
    case '\b':
        if (output->column > 0)
            output->column--;
        break;
    default:
        if (character >= ' ' && character != 0x7f &&
            !((tty->termios.c_iflag & IUTF8) && IS_UTF8_TAIL(character)))
            output->column++;
        break;
    }
    push(output, character);
    return true;
}

/* What does not fit is not echoed: the typist outran a screen that has stopped. */
void tty_echo_raw(struct tty *tty, uint8_t character)
{
    if (tty_output_put(tty, character))
        wake_all(&tty->drain_queue);
}

void tty_echo(struct tty *tty, uint8_t character)
{
    bool control = character < ' ' || character == 0x7f;

    if (control && tty_flag(tty, ECHOCTL) && character != '\t' && character != '\n') {
        tty_echo_raw(tty, '^');
        tty_echo_raw(tty, character ^ 0x40);
    } else {
        tty_echo_raw(tty, character);
    }
}

void tty_echo_text(struct tty *tty, const char *text)
{
    while (*text)
        tty_echo_raw(tty, (uint8_t)*text++);
}

void tty_flush_output(struct tty *tty)
{
    tty->output.head = tty->output.tail;
    wake_all(&tty->write_queue);
}

void tty_set_stopped(struct tty *tty, bool stopped)
{
    tty->output.stopped = stopped;
    if (!stopped)
        wake_all(&tty->drain_queue);
}

size_t tty_output_take(struct tty *tty, uint8_t *to, size_t count)
{
    struct tty_output *output = &tty->output;
    size_t taken = 0;

    mutex_lock(&tty->mutex);
    if (!output->stopped) {
        while (taken < count && output->head != output->tail)
            to[taken++] = output->bytes[output->head++ % TTY_RING_BYTES];
    }
    if (taken > 0)
        wake_all(&tty->write_queue);
    mutex_unlock(&tty->mutex);
    return taken;
}

bool tty_output_empty(struct tty *tty)
{
    mutex_lock(&tty->mutex);
    bool empty = tty->output.head == tty->output.tail;
    mutex_unlock(&tty->mutex);
    return empty;
}
