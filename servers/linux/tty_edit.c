/*
 * tty_edit.c - editing the line that is being typed: erase, word erase, kill, reprint, the literal
 * key, and the keys that end it. Lock: tty.mutex, held by the caller.
 */
#include "servers/linux/tty.h"

#define TAB_STOP              8
#define IS_CONTROL(byte)      ((byte) < ' ' || (byte) == 0x7f)
#define LATIN1_LETTERS        0xc0 /* from here on; also where a character of UTF-8 begins */
#define LATIN1_MULTIPLICATION 0xd7
#define LATIN1_DIVISION       0xf7

static bool is_utf8_tail(const struct tty *tty, uint8_t byte)
{
    return (tty->termios.c_iflag & IUTF8) && (byte & 0xc0) == 0x80;
}

static uint8_t byte_at(const struct tty *tty, uint64_t at)
{
    return tty->input.bytes[at % TTY_RING_BYTES];
}

/* Cells that a character takes on the screen at a column. */
static unsigned width_of(const struct tty *tty, uint8_t byte, unsigned column)
{
    if (byte == '\t')
        return TAB_STOP - column % TAB_STOP;
    if (IS_CONTROL(byte))
        return tty_flag(tty, ECHOCTL) ? 2 : 0;
    return is_utf8_tail(tty, byte) ? 0 : 1;
}

static unsigned column_of_tail(const struct tty *tty)
{
    const struct tty_input *input = &tty->input;
    unsigned column = tty->output.line_column;

    for (uint64_t at = input->line_head; at < input->tail; at++)
        column += width_of(tty, byte_at(tty, at), column);
    return column;
}

static bool line_empty(const struct tty *tty) { return tty->input.tail == tty->input.line_head; }

/* Takes one character (all bytes of a UTF-8 one) off the end of the line; its first byte. */
static uint8_t take_off(struct tty *tty)
{
    uint8_t byte;

    do
        byte = byte_at(tty, --tty->input.tail);
    while (is_utf8_tail(tty, byte) && !line_empty(tty));
    return byte;
}

/* ECHOPRT: what is erased is printed again, between \ and /, as on paper. */
static void show_erased(struct tty *tty, uint64_t end)
{
    if (!tty->erasing)
        tty_echo_raw(tty, '\\');
    tty->erasing = true;
    tty_echo(tty, byte_at(tty, tty->input.tail));
    for (uint64_t at = tty->input.tail + 1; at < end; at++)
        tty_echo_raw(tty, byte_at(tty, at));
}

void tty_finish_erasing(struct tty *tty)
{
    if (tty->erasing)
        tty_echo_raw(tty, '/');
    tty->erasing = false;
}

/* `single`: by the erase key, not as part of a word or a line. */
static void erase_character(struct tty *tty, bool single)
{
    unsigned before = column_of_tail(tty);
    uint64_t end = tty->input.tail;
    uint8_t byte = take_off(tty);

    if (!tty_flag(tty, ECHO))
        return;
    if (tty_flag(tty, ECHOPRT)) {
        show_erased(tty, end);
    } else if (single && !tty_flag(tty, ECHOE)) {
        tty_echo(tty, tty->termios.c_cc[VERASE]);
    } else {
        for (unsigned cells = before - column_of_tail(tty); cells > 0; cells--)
            tty_echo_text(tty, byte == '\t' ? "\b" : "\b \b");
    }
    if (line_empty(tty))
        tty_finish_erasing(tty);
}

/* As the kernel's isalnum, which knows Latin-1. */
static bool is_word_byte(uint8_t byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
           (byte >= 'A' && byte <= 'Z') || byte == '_' ||
           (byte >= LATIN1_LETTERS && byte != LATIN1_MULTIPLICATION && byte != LATIN1_DIVISION);
}

/* Of the first byte of the last character of the line. */
static bool ends_in_word(const struct tty *tty)
{
    uint64_t at = tty->input.tail - 1;

    while (at > tty->input.line_head && is_utf8_tail(tty, byte_at(tty, at)))
        at--;
    return is_word_byte(byte_at(tty, at));
}

static void erase_word(struct tty *tty)
{
    while (!line_empty(tty) && !ends_in_word(tty))
        erase_character(tty, false);
    while (!line_empty(tty) && ends_in_word(tty))
        erase_character(tty, false);
}

static void kill_line(struct tty *tty, uint8_t key)
{
    if (line_empty(tty))
        return;
    if (tty_flag(tty, ECHO) && tty_flag(tty, ECHOK) && tty_flag(tty, ECHOKE) &&
        tty_flag(tty, ECHOE)) {
        while (!line_empty(tty))
            erase_character(tty, false);
        return;
    }
    tty->input.tail = tty->input.line_head;
    if (!tty_flag(tty, ECHO))
        return;
    tty_finish_erasing(tty);
    tty_echo(tty, key);
    if (tty_flag(tty, ECHOK))
        tty_echo_raw(tty, '\n');
}

static void reprint(struct tty *tty, uint8_t key)
{
    tty_finish_erasing(tty);
    tty_echo(tty, key);
    tty_echo_raw(tty, '\n');
    tty->output.line_column = tty->output.column;
    for (uint64_t at = tty->input.line_head; at < tty->input.tail; at++)
        tty_echo(tty, byte_at(tty, at));
}

static void literal_key(struct tty *tty)
{
    tty->literal_next = true;
    if (!tty_flag(tty, ECHO))
        return;
    tty_finish_erasing(tty);
    if (tty_flag(tty, ECHOCTL))
        tty_echo_text(tty, "^\b");
}

static bool erase_key(struct tty *tty, uint8_t key)
{
    if (tty_is_special(tty, VERASE, key)) {
        if (!line_empty(tty))
            erase_character(tty, true);
    } else if (tty_is_special(tty, VKILL, key)) {
        kill_line(tty, key);
    } else if (tty_flag(tty, IEXTEN) && tty_is_special(tty, VWERASE, key)) {
        erase_word(tty);
    } else {
        return false;
    }
    return true;
}

static bool end_key(struct tty *tty, uint8_t key)
{
    if (key == '\n') {
        if (tty_flag(tty, ECHO | ECHONL))
            tty_echo_raw(tty, '\n');
        tty_end_line(tty, key, false);
    } else if (tty_is_special(tty, VEOF, key)) {
        tty_end_line(tty, key, true);
    } else if (tty_is_special(tty, VEOL, key) ||
               (tty_flag(tty, IEXTEN) && tty_is_special(tty, VEOL2, key))) {
        if (tty_flag(tty, ECHO))
            tty_echo(tty, key);
        tty_end_line(tty, key, false);
    } else {
        return false;
    }
    return true;
}

bool tty_edit_key(struct tty *tty, uint8_t key)
{
    bool extended = tty_flag(tty, IEXTEN);

    if (erase_key(tty, key))
        return true;
    if (extended && tty_is_special(tty, VLNEXT, key)) {
        literal_key(tty);
        return true;
    }
    if (extended && tty_is_special(tty, VREPRINT, key) && tty_flag(tty, ECHO)) {
        reprint(tty, key);
        return true;
    }
    return end_key(tty, key);
}
