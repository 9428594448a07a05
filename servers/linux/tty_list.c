/*
 * tty_list.c - the terminals that exist, and their lives.
 */
#include "servers/linux/dev.h"
#include "servers/linux/pty.h"

struct mutex terminals_mutex = MUTEX_OF(LOCK_TERMINALS);
static struct list terminals = {&terminals, &terminals};
static struct tty *console; /* the first line */

#define SPEED_DEFAULT 38400

static const struct linux_termios termios_default = {
    .c_iflag = ICRNL | IXON,
    .c_oflag = OPOST | ONLCR,
    .c_cflag = B38400 | CS8 | CREAD,
    .c_lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN,
    .c_cc = {[VINTR] = 3,
             [VQUIT] = 28,
             [VERASE] = 127,
             [VKILL] = 21,
             [VEOF] = 4,
             [VMIN] = 1,
             [VSTART] = 17,
             [VSTOP] = 19,
             [VSUSP] = 26,
             [VREPRINT] = 18,
             [VDISCARD] = 15,
             [VWERASE] = 23,
             [VLNEXT] = 22},
};

int tty_init(struct tty *tty, uint32_t device, uint32_t output_bytes)
{
    tty->refs = 1;
    mutex_init(&tty->mutex, LOCK_TTY);
    tty->device = device;
    tty->termios = termios_default;
    tty->input_speed = tty->output_speed = SPEED_DEFAULT;
    tty->output.limit_bytes = output_bytes;
    tty->output.pages[0] = page_alloc_unzeroed();
    tty->output.spare = page_alloc_unzeroed();
    if (tty->output.pages[0] && tty->output.spare)
        return 0;
    tty_clear(tty);
    return -ENOMEM;
}

void tty_clear(struct tty *tty)
{
    for (unsigned i = 0; i < TTY_OUTPUT_PAGES; i++) {
        if (tty->output.pages[i])
            page_put(tty->output.pages[i]);
    }
    if (tty->output.spare)
        page_put(tty->output.spare);
}

void tty_register(struct tty *tty)
{
    mutex_lock(&terminals_mutex);
    list_push_back(&terminals, &tty->link);
    mutex_unlock(&terminals_mutex);
}

void tty_put(struct tty *tty)
{
    mutex_lock(&terminals_mutex);
    bool last = --tty->refs == 0;
    if (last)
        list_remove(&tty->link);
    if (last && tty == console)
        console = NULL;
    mutex_unlock(&terminals_mutex);
    if (!last)
        return;
    tty_clear(tty);
    if (tty->pty)
        pty_free(tty->pty);
    else
        heap_free(tty);
}

struct tty *tty_create(uint32_t device, unsigned rows, unsigned columns)
{
    struct tty *tty = heap_alloc(sizeof(*tty));

    if (!tty)
        return NULL;
    if (tty_init(tty, device, TTY_RING_BYTES) < 0) {
        heap_free(tty);
        return NULL;
    }
    tty->termios.c_iflag |= IUTF8;
    tty->termios.c_cflag |= HUPCL;
    tty->size.ws_row = (uint16_t)rows;
    tty->size.ws_col = (uint16_t)columns;
    tty_register(tty);
    if (!console)
        console = tty;
    return tty;
}

void tty_destroy(struct tty *tty)
{
    ASSERT(tty->refs == 1);
    tty_put(tty);
}

/* ---- finding ----------------------------------------------------------------------------- */

struct tty *tty_find_session(int session)
{
    list_for_each (link, &terminals) {
        struct tty *tty = list_entry(link, struct tty, link);
        if (session > 0 && tty->session == session)
            return tty;
    }
    return NULL;
}

static struct tty *find_device(uint32_t device)
{
    if (device == dev_make(TTYAUX_MAJOR, TTYAUX_TTY))
        return process_has_terminal() ? tty_find_session(process_current_session()) : NULL;
    if (device == dev_make(TTYAUX_MAJOR, TTYAUX_CONSOLE))
        return console;
    list_for_each (link, &terminals) {
        struct tty *tty = list_entry(link, struct tty, link);
        if (tty->device == device && !tty->pty)
            return tty;
    }
    return NULL;
}

struct tty *tty_find(uint32_t device)
{
    mutex_lock(&terminals_mutex);
    struct tty *tty = find_device(device);
    if (tty)
        tty->refs++;
    mutex_unlock(&terminals_mutex);
    return tty;
}

uint32_t tty_of_session(int session, int *group)
{
    mutex_lock(&terminals_mutex);
    struct tty *tty = tty_find_session(session);
    uint32_t device = tty ? tty->device : 0;
    *group = tty ? tty->group : -1;
    mutex_unlock(&terminals_mutex);
    return device;
}
