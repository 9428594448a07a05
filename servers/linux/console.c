/*
 * console.c - a terminal on a line without frames (channel.h, the raw part).
 */
#include "servers/linux/channel.h"

void console_init(struct console *console, const struct byte_line *line, struct tty *tty)
{
    console->line = *line;
    console->tty = tty;
    waiter_init(&console->waiter);
    console->entries[0].waiter = console->entries[1].waiter = &console->waiter;
    wait_add(&tty->drain_queue, &console->entries[0]);
    wait_add(&tty->room_queue, &console->entries[1]);
}

static void forget(uint8_t *bytes, size_t *count, size_t taken)
{
    *count -= taken;
    for (size_t i = 0; i < *count; i++)
        bytes[i] = bytes[i + taken];
}

static bool take_input(struct console *console)
{
    if (console->kept == 0)
        console->kept =
            console->line.read(console->line.context, console->input, sizeof(console->input));
    size_t taken = tty_input(console->tty, console->input, console->kept);
    forget(console->input, &console->kept, taken);
    return taken > 0;
}

static bool give_output(struct console *console)
{
    if (console->held == 0)
        console->held = tty_output_take(console->tty, console->output, sizeof(console->output));
    if (console->held == 0)
        return false;
    size_t taken = console->line.write(console->line.context, console->output, console->held);
    forget(console->output, &console->held, taken);
    return taken > 0;
}

void console_service(struct console *console)
{
    bool progress;

    do {
        progress = take_input(console);
        progress |= give_output(console);
    } while (progress);
}

void console_run(struct console *console)
{
    for (;;) {
        console_service(console);
        int reason = waiter_sleep(&console->waiter, NANOS_NEVER);
        (void)reason;
    }
}

void console_kick(struct console *console)
{
    if (!__atomic_exchange_n(&console->waiter.woken, 1, __ATOMIC_ACQ_REL))
        thread_wake(console->waiter.thread);
}

bool console_drained(struct console *console)
{
    return __atomic_load_n(&console->held, __ATOMIC_RELAXED) == 0 && tty_output_empty(console->tty);
}
