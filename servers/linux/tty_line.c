/*
 * tty_line.c - from keys to bytes for readers: signals, flow control, line editing, echo.
 * The order of the tests is that of Linux's n_tty. Lock: tty.mutex; signals are sent after it is
 * released.
 */
#include "servers/linux/tty.h"

#include "lib/base/bits.h"

#define TAB_STOP 8

bool tty_flag(const struct tty *tty, uint32_t lflag) { return (tty->termios.c_lflag & lflag) != 0; }

bool tty_is_special(const struct tty *tty, unsigned which, uint8_t character)
{
    return tty->termios.c_cc[which] == character && character != 0;
}

/* ---- the input ring ------------------------------------------------------------------- */

static void bit_write(uint64_t *bits, uint64_t at, bool value)
{
    if (value)
        bits[at % TTY_RING_BYTES / 64] |= BIT(at % 64);
    else
        bits[at % TTY_RING_BYTES / 64] &= ~BIT(at % 64);
}

static bool input_full(const struct tty_input *input)
{
    return input->tail - input->head >= TTY_RING_BYTES;
}

/* `ends` a line; an `eof` is a mark that no reader sees. */
static void input_push(struct tty_input *input, uint8_t byte, bool ends, bool eof)
{
    if (input_full(input))
        return;
    input->bytes[input->tail % TTY_RING_BYTES] = byte;
    bit_write(input->line_ends, input->tail, ends);
    bit_write(input->eofs, input->tail, eof);
    input->tail++;
    if (ends)
        input->line_head = input->tail;
}

size_t tty_input_available(const struct tty *tty)
{
    const struct tty_input *input = &tty->input;
    uint64_t end = tty_flag(tty, ICANON) ? input->line_head : input->tail;
    return (size_t)(end - input->head);
}

void tty_flush_input(struct tty *tty)
{
    tty->input.head = tty->input.line_head = tty->input.tail;
    wake_all(&tty->write_queue);
}

/* What was typed raw becomes a line when line editing is switched on, and the other way round. */
void tty_mode_changed(struct tty *tty, uint32_t old_lflag)
{
    struct tty_input *input = &tty->input;

    if (!((old_lflag ^ tty->termios.c_lflag) & ICANON))
        return;
    if (tty_flag(tty, ICANON)) {
        if (input->tail != input->head)
            bit_write(input->line_ends, input->tail - 1, true);
        input->line_head = input->tail;
    }
    tty->literal_next = false;
    wake_all(&tty->read_queue);
}

/* ---- line editing --------------------------------------------------------------------- */

/* Cells that a character takes on the screen at a column. */
static unsigned width_of(const struct tty *tty, uint8_t byte, unsigned column)
{
    if (byte == '\t')
        return TAB_STOP - column % TAB_STOP;
    if (byte < ' ' || byte == 0x7f)
        return tty_flag(tty, ECHOCTL) ? 2 : 0;
    if ((tty->termios.c_iflag & IUTF8) && (byte & 0xc0) == 0x80)
        return 0;
    return 1;
}

static unsigned column_of_tail(const struct tty *tty)
{
    const struct tty_input *input = &tty->input;
    unsigned column = tty->output.line_column;

    for (uint64_t at = input->line_head; at < input->tail; at++)
        column += width_of(tty, input->bytes[at % TTY_RING_BYTES], column);
    return column;
}

/* Takes one character (all bytes of a UTF-8 one) off the end of the line. */
static uint8_t erase_bytes(struct tty *tty)
{
    struct tty_input *input = &tty->input;
    uint8_t byte;

    do {
        byte = input->bytes[--input->tail % TTY_RING_BYTES];
    } while ((tty->termios.c_iflag & IUTF8) && (byte & 0xc0) == 0x80 &&
             input->tail > input->line_head);
    return byte;
}

static void erase_character(struct tty *tty, uint8_t key)
{
    unsigned before = column_of_tail(tty);
    uint8_t byte = erase_bytes(tty);

    if (!tty_flag(tty, ECHO))
        return;
    if (!tty_flag(tty, ECHOE)) {
        tty_echo(tty, key);
        return;
    }
    for (unsigned cells = before - column_of_tail(tty); cells > 0; cells--)
        tty_echo_text(tty, byte == '\t' ? "\b" : "\b \b");
}

static bool line_empty(const struct tty *tty) { return tty->input.tail == tty->input.line_head; }

static bool is_word_byte(uint8_t byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
           (byte >= 'A' && byte <= 'Z') || byte == '_' || byte >= 0x80;
}

static uint8_t last_byte(const struct tty *tty)
{
    return tty->input.bytes[(tty->input.tail - 1) % TTY_RING_BYTES];
}

static void erase_word(struct tty *tty, uint8_t key)
{
    while (!line_empty(tty) && !is_word_byte(last_byte(tty)))
        erase_character(tty, key);
    while (!line_empty(tty) && is_word_byte(last_byte(tty)))
        erase_character(tty, key);
}

static void kill_line(struct tty *tty, uint8_t key)
{
    if (tty_flag(tty, ECHO) && tty_flag(tty, ECHOK) && tty_flag(tty, ECHOKE) &&
        tty_flag(tty, ECHOE)) {
        while (!line_empty(tty))
            erase_character(tty, key);
        return;
    }
    tty->input.tail = tty->input.line_head;
    if (!tty_flag(tty, ECHO))
        return;
    tty_echo(tty, key);
    if (tty_flag(tty, ECHOK))
        tty_echo_raw(tty, '\n');
}

static void reprint(struct tty *tty, uint8_t key)
{
    const struct tty_input *input = &tty->input;

    tty_echo(tty, key);
    tty_echo_raw(tty, '\n');
    for (uint64_t at = input->line_head; at < input->tail; at++)
        tty_echo(tty, input->bytes[at % TTY_RING_BYTES]);
}

static void end_line(struct tty *tty, uint8_t byte, bool eof)
{
    input_push(&tty->input, eof ? 0 : byte, true, eof);
    tty->output.line_column = tty->output.column;
    wake_all(&tty->read_queue);
}

/* Editing keys and line ends. True if the key was one. */
static bool edit_key(struct tty *tty, uint8_t key)
{
    bool extended = tty_flag(tty, IEXTEN);

    if (tty_is_special(tty, VERASE, key)) {
        if (!line_empty(tty))
            erase_character(tty, key);
    } else if (tty_is_special(tty, VKILL, key)) {
        kill_line(tty, key);
    } else if (extended && tty_is_special(tty, VWERASE, key)) {
        erase_word(tty, key);
    } else if (extended && tty_is_special(tty, VLNEXT, key)) {
        tty->literal_next = true;
        if (tty_flag(tty, ECHO))
            tty_echo_text(tty, "^\b");
    } else if (extended && tty_is_special(tty, VREPRINT, key) && tty_flag(tty, ECHO)) {
        reprint(tty, key);
    } else if (key == '\n') {
        if (tty_flag(tty, ECHO | ECHONL))
            tty_echo_raw(tty, '\n');
        end_line(tty, key, false);
    } else if (tty_is_special(tty, VEOF, key)) {
        end_line(tty, key, true);
    } else if (tty_is_special(tty, VEOL, key) || (extended && tty_is_special(tty, VEOL2, key))) {
        if (tty_flag(tty, ECHO))
            tty_echo(tty, key);
        end_line(tty, key, false);
    } else {
        return false;
    }
    return true;
}

/* ---- keys ----------------------------------------------------------------------------- */

static int signal_of_key(const struct tty *tty, uint8_t key)
{
    if (!tty_flag(tty, ISIG))
        return 0;
    if (tty_is_special(tty, VINTR, key))
        return SIGINT;
    if (tty_is_special(tty, VQUIT, key))
        return SIGQUIT;
    return tty_is_special(tty, VSUSP, key) ? SIGTSTP : 0;
}

static void signal_key(struct tty *tty, uint8_t key)
{
    if (!tty_flag(tty, NOFLSH)) {
        tty_flush_input(tty);
        tty_flush_output(tty);
    }
    if (tty->termios.c_iflag & IXON)
        tty_set_stopped(tty, false);
    if (tty_flag(tty, ECHO))
        tty_echo(tty, key);
    tty->output.line_column = tty->output.column;
}

/* ^S and ^Q. True if the key was one. */
static bool flow_key(struct tty *tty, uint8_t key)
{
    if (!(tty->termios.c_iflag & IXON))
        return false;
    if (tty_is_special(tty, VSTART, key)) {
        tty_set_stopped(tty, false);
        return true;
    }
    if (tty_is_special(tty, VSTOP, key)) {
        tty_set_stopped(tty, true);
        return true;
    }
    if (tty->output.stopped && (tty->termios.c_iflag & IXANY))
        tty_set_stopped(tty, false);
    return false;
}

static void ordinary_key(struct tty *tty, uint8_t key)
{
    struct tty_input *input = &tty->input;
    bool canonical = tty_flag(tty, ICANON);

    /* A line leaves room for its end. */
    if (input_full(input) || (canonical && input->tail - input->head >= TTY_LINE_MAX)) {
        if (tty->termios.c_iflag & IMAXBEL)
            tty_echo_raw(tty, '\a');
        return;
    }
    if (tty_flag(tty, ECHO)) {
        if (canonical && line_empty(tty))
            tty->output.line_column = tty->output.column;
        tty_echo(tty, key);
    }
    input_push(input, key, false, false);
    if (!canonical)
        wake_all(&tty->read_queue);
}

/* CR and NL as the mode wants them; false: the key is to be ignored. */
static bool map_newlines(const struct tty *tty, uint8_t *key)
{
    uint32_t iflag = tty->termios.c_iflag;

    if (*key == '\r') {
        if (iflag & IGNCR)
            return false;
        if (iflag & ICRNL)
            *key = '\n';
    } else if (*key == '\n' && (iflag & INLCR)) {
        *key = '\r';
    }
    return true;
}

/* Returns the signal that the key stands for, or 0. */
static int handle_key(struct tty *tty, uint8_t key)
{
    if (tty->termios.c_iflag & ISTRIP)
        key &= 0x7f;
    if (tty->literal_next) {
        tty->literal_next = false;
        ordinary_key(tty, key);
        return 0;
    }
    if (flow_key(tty, key))
        return 0;
    int signo = signal_of_key(tty, key);
    if (signo) {
        signal_key(tty, key);
        return signo;
    }
    if (!map_newlines(tty, &key))
        return 0;
    if (!tty_flag(tty, ICANON) || !edit_key(tty, key))
        ordinary_key(tty, key);
    return 0;
}

void tty_input(struct tty *tty, const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        mutex_lock(&tty->mutex);
        int signo = handle_key(tty, bytes[i]);
        int group = tty->group;
        mutex_unlock(&tty->mutex);
        if (signo && group > 0)
            signal_send_group(group, signo);
    }
}
