/*
 * tty_line.c - from keys to bytes for readers: signals, flow control, echo (line editing:
 * tty_edit.c). The order of the tests is that of Linux's n_tty. Lock: tty.mutex; signals are sent
 * after it is released.
 */
#include "servers/linux/pty.h"

#include "lib/base/bits.h"

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

/* A line that is being typed is never full for its end and for editing keys. */
bool tty_input_room(const struct tty *tty)
{
    const struct tty_input *input = &tty->input;

    if (tty_flag(tty, ICANON) && input->line_head == input->head)
        return true;
    return input->tail - input->head < TTY_LINE_MAX;
}

void tty_flush_input(struct tty *tty)
{
    tty->input.head = tty->input.line_head = tty->input.tail;
    wake_all(&tty->room_queue);
    pty_note(tty, TIOCPKT_FLUSHREAD, 0);
}

/* What was typed raw becomes a line when line editing is switched on, and the other way round. */
void tty_mode_changed(struct tty *tty, uint32_t old_lflag)
{
    struct tty_input *input = &tty->input;

    if ((old_lflag ^ tty->termios.c_lflag) & ICANON) {
        if (tty_flag(tty, ICANON)) {
            for (unsigned i = 0; i < TTY_LINE_WORDS; i++)
                input->line_ends[i] = input->eofs[i] = 0;
            if (input->tail != input->head)
                bit_write(input->line_ends, input->tail - 1, true);
            input->line_head = input->tail;
        }
        tty->literal_next = tty->erasing = false;
    }
    wake_all(&tty->read_queue);
    wake_all(&tty->room_queue);
}

void tty_end_line(struct tty *tty, uint8_t byte, bool eof)
{
    input_push(&tty->input, eof ? 0 : byte, true, eof);
    tty->output.line_column = tty->output.column;
    wake_all(&tty->read_queue);
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
        tty->erasing = false;
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
    if (!tty_is_special(tty, VSTART, key) && !tty_is_special(tty, VSTOP, key))
        return false;
    tty_set_stopped(tty, !tty_is_special(tty, VSTART, key));
    return true;
}

/* A newline that was typed as one while no line is edited is shown as ^J: Linux does. */
static void echo_key(struct tty *tty, uint8_t key, bool mapped)
{
    if (!tty_flag(tty, ECHO))
        return;
    tty_finish_erasing(tty);
    if (key == '\n' && mapped) {
        tty_echo_raw(tty, key);
        return;
    }
    if (tty->input.tail == tty->input.line_head)
        tty->output.line_column = tty->output.column;
    tty_echo(tty, key);
}

/* `mapped`: it was typed as another. */
static void ordinary_key(struct tty *tty, uint8_t key, bool mapped)
{
    struct tty_input *input = &tty->input;
    bool canonical = tty_flag(tty, ICANON);
    bool doubled = key == 0xff && (tty->termios.c_iflag & PARMRK);
    uint64_t room = (canonical ? TTY_LINE_MAX : TTY_RING_BYTES) - (input->tail - input->head);

    /* A line leaves room for its end. */
    if (room == 0 || room > TTY_RING_BYTES || (doubled && room < 2)) {
        if (tty->termios.c_iflag & IMAXBEL)
            tty_echo_raw(tty, '\a');
        return;
    }
    echo_key(tty, key, mapped);
    if (doubled)
        input_push(input, key, false, false);
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

static uint8_t stripped(const struct tty *tty, uint8_t key)
{
    if (tty->termios.c_iflag & ISTRIP)
        key &= 0x7f;
    if ((tty->termios.c_iflag & IUCLC) && tty_flag(tty, IEXTEN) && key >= 'A' && key <= 'Z')
        key |= 0x20;
    return key;
}

/* Returns the signal that the key stands for, or 0. */
static int handle_key(struct tty *tty, uint8_t key)
{
    const uint32_t any_restarts = IXON | IXANY;

    key = stripped(tty, key);
    if (tty->literal_next) {
        tty->literal_next = false;
        ordinary_key(tty, key, false);
        return 0;
    }
    if (flow_key(tty, key))
        return 0;
    int signo = signal_of_key(tty, key);
    if (signo) {
        signal_key(tty, key);
        return signo;
    }
    if (tty->output.stopped && (tty->termios.c_iflag & any_restarts) == any_restarts)
        tty_set_stopped(tty, false);
    uint8_t typed = key;
    if (!map_newlines(tty, &key))
        return 0;
    if (!tty_flag(tty, ICANON) || !tty_edit_key(tty, key))
        ordinary_key(tty, key, key != typed);
    return 0;
}

size_t tty_input(struct tty *tty, const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        mutex_lock(&tty->mutex);
        bool room = tty_input_room(tty);
        int signo = room ? handle_key(tty, bytes[i]) : 0;
        int group = tty->group;
        mutex_unlock(&tty->mutex);
        if (!room)
            return i;
        if (signo && group > 0)
            signal_send_group(group, signo);
    }
    return count;
}
