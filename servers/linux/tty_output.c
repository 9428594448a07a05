/*
 * tty_output.c - from written and echoed characters to bytes for the screen: OPOST, columns, the
 * output ring. Lock: tty.mutex, held by the caller.
 */
#include "lib/base/string.h"
#include "servers/linux/pty.h"

#define TAB_STOP           8
#define PUT_MOST           TAB_STOP /* bytes that one character may become */
#define IS_UTF8_TAIL(byte) (((byte)&0xc0) == 0x80)

#define ECHO_RESERVE 512 /* of the room that only echoes may fill */

static size_t free_bytes(const struct tty_output *output)
{
    size_t used = (size_t)(output->tail - output->head);
    return used < output->limit_bytes ? output->limit_bytes - used : 0;
}

size_t tty_output_room(const struct tty *tty)
{
    size_t room = free_bytes(&tty->output);
    return room >= ECHO_RESERVE + PUT_MOST ? room - ECHO_RESERVE - PUT_MOST + 1 : 0;
}

static struct page **page_of(struct tty_output *output, uint64_t position)
{
    return &output->pages[position / PAGE_BYTES % TTY_OUTPUT_PAGES];
}

/* A page for this position; false: memory is out. */
static bool have_page(struct tty_output *output, uint64_t position)
{
    struct page **page = page_of(output, position);

    if (*page)
        return true;
    *page = output->spare ? output->spare : page_alloc_unzeroed();
    output->spare = NULL;
    return *page != NULL;
}

static void push(struct tty_output *output, uint8_t byte)
{
    uint8_t *bytes = page_data(*page_of(output, output->tail));
    bytes[output->tail++ % PAGE_BYTES] = byte;
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
    uint32_t oflag = tty->termios.c_oflag;

    if ((oflag & ONOCR) && output->column == 0)
        return;
    if (!(oflag & OCRNL) || (oflag & ONLRET))
        output->column = 0;
    push(output, oflag & OCRNL ? '\n' : '\r');
}

static uint8_t put_visible(struct tty *tty, uint8_t character)
{
    if ((tty->termios.c_oflag & OLCUC) && character >= 'a' && character <= 'z')
        character &= 0xdf;
    if (!((tty->termios.c_iflag & IUTF8) && IS_UTF8_TAIL(character)))
        tty->output.column++;
    return character;
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

/* Leaves `reserve` bytes of room; false: there is no more, nothing changed. */
static bool put(struct tty *tty, uint8_t character, size_t reserve)
{
    struct tty_output *output = &tty->output;

    if (free_bytes(output) < reserve + PUT_MOST || !have_page(output, output->tail) ||
        !have_page(output, output->tail + PUT_MOST - 1))
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
        if (character >= ' ' && character != 0x7f)
            character = put_visible(tty, character);
        break;
    }
    push(output, character);
    return true;
}

/* A pty's writer waits while the master has it stopped; a line takes what it has room for. */
bool tty_output_put(struct tty *tty, uint8_t character)
{
    if (tty->pty && tty->output.stopped)
        return false;
    return put(tty, character, ECHO_RESERVE);
}

/* What does not fit is not echoed: the typist outran a screen that has stopped. */
void tty_echo_raw(struct tty *tty, uint8_t character)
{
    if (put(tty, character, 0))
        wake_all(&tty->drain_queue);
}

void tty_echo(struct tty *tty, uint8_t character)
{
    bool control = character < ' ' || character == 0x7f;

    if (control && tty_flag(tty, ECHOCTL) && character != '\t') {
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

/* ---- the stream's side ---------------------------------------------------------------------- */

size_t tty_output_peek(const struct tty *tty, const uint8_t **bytes)
{
    const struct tty_output *output = &tty->output;
    size_t count = (size_t)(output->tail - output->head);
    size_t at = output->head % PAGE_BYTES;

    if (count == 0 || (output->stopped && !tty->pty))
        return 0;
    struct page *page = output->pages[output->head / PAGE_BYTES % TTY_OUTPUT_PAGES];
    *bytes = (const uint8_t *)page_data(page) + at;
    return count < PAGE_BYTES - at ? count : PAGE_BYTES - at;
}

/* A page that has been read becomes the spare one, or goes. */
void tty_output_consume(struct tty *tty, size_t count)
{
    struct tty_output *output = &tty->output;
    struct page **page = page_of(output, output->head);

    output->head += count;
    if (output->head % PAGE_BYTES == 0 && count > 0) {
        if (output->spare)
            page_put(*page);
        else
            output->spare = *page;
        *page = NULL;
    }
    wake_all(&tty->write_queue);
}

void tty_discard_output(struct tty *tty)
{
    struct tty_output *output = &tty->output;

    while (output->head != output->tail) {
        size_t in_page = PAGE_BYTES - output->head % PAGE_BYTES;
        size_t count = (size_t)(output->tail - output->head);
        tty_output_consume(tty, count < in_page ? count : in_page);
    }
}

/* What a pty's master could have read already stays. */
void tty_flush_output(struct tty *tty)
{
    if (tty->pty)
        pty_note(tty, TIOCPKT_FLUSHWRITE, 0);
    else
        tty_discard_output(tty);
}

void tty_set_stopped(struct tty *tty, bool stopped)
{
    if (tty->output.held || tty->output.stopped == stopped)
        return;
    tty->output.stopped = stopped;
    if (stopped) {
        pty_note(tty, TIOCPKT_STOP, TIOCPKT_START);
        return;
    }
    pty_note(tty, TIOCPKT_START, TIOCPKT_STOP);
    wake_all(&tty->drain_queue);
    wake_all(&tty->write_queue);
}

size_t tty_output_take(struct tty *tty, uint8_t *to, size_t count)
{
    const uint8_t *bytes;
    size_t taken = 0, part;

    mutex_lock(&tty->mutex);
    while (taken < count && (part = tty_output_peek(tty, &bytes)) > 0) {
        if (part > count - taken)
            part = count - taken;
        memcpy(to + taken, bytes, part);
        tty_output_consume(tty, part);
        taken += part;
    }
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
