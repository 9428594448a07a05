/*
 * terminals.c - what a terminal does with each key and each character, in every mode: through a
 * pty.
 */
#define _GNU_SOURCE
#include "show.h"

#include <asm/termbits.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>

#define QUIET_MS 30 /* nothing more is coming */

static int master, slave;
static struct termios usual;

static void print_bytes(const char *what, const char *bytes, long count)
{
    printf("%s: ", what);
    if (count < 0)
        printf("%s", strerrorname_np(errno));
    else
        printf("%ld \"", count);
    for (long i = 0; i < count; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        if (byte < ' ' || byte > '~' || byte == '\\')
            printf("\\%03o", byte);
        else
            putchar(byte);
    }
    puts(count < 0 ? "" : "\"");
}

static int ready(int fd, int ms)
{
    struct pollfd p = {.fd = fd, .events = POLLIN | POLLPRI};
    poll(&p, 1, ms);
    return p.revents;
}

/* Everything that the master has to read. */
static void screen(void)
{
    char text[8192];
    long total = 0, part = 0;

    while ((ready(master, QUIET_MS) & POLLIN) &&
           (part = read(master, text + total, sizeof(text) - (size_t)total)) > 0)
        total += part;
    print_bytes("  screen", text, total);
}

static void type_bytes(const char *keys, size_t count)
{
    if (write(master, keys, count) != (long)count)
        printf("  typed less\n");
}

static void line(void)
{
    char text[8192];

    if (!(ready(slave, QUIET_MS) & POLLIN)) {
        puts("  nothing to read");
        return;
    }
    long count = read(slave, text, sizeof(text));
    print_bytes("  read", text, count);
}

static void type(const char *keys)
{
    print_bytes("type", keys, (long)strlen(keys));
    type_bytes(keys, strlen(keys));
    screen();
}

static void apply(const struct termios *wanted)
{
    if (ioctl(slave, TCSETS, wanted) < 0)
        puts("TCSETS failed");
}

/* The usual settings with some bits of a flag word turned around. */
static void turn(const char *what, tcflag_t iflag, tcflag_t oflag, tcflag_t lflag)
{
    struct termios now = usual;
    now.c_iflag ^= iflag;
    now.c_oflag ^= oflag;
    now.c_lflag ^= lflag;
    printf("--- %s\n", what);
    apply(&now);
}

static void lines(int count)
{
    while (count-- > 0)
        line();
}

static void edit(void)
{
    type("abx\177c\n");
    type("one, two\027\027x\n");
    type("gone\025here\n");
    type("\177\025\027ok\n");
    lines(4);
    type("a\002\177b\001\027c\n");
    type("ab\t\177\tx\025y\n");
    type("ab\022c\n");
    type("a\026\004\026\177\026\n\n");
    lines(4);
    type("part\004");
    line();
    type("\004");
    line();
    type("x\004\n");
    lines(2);
}

static void editing(void)
{
    turn("usual", 0, 0, 0);
    edit();
    turn("ECHOPRT", 0, 0, ECHOPRT);
    edit();
    turn("no ECHOE", 0, 0, ECHOE);
    edit();
    turn("no ECHOKE", 0, 0, ECHOKE);
    edit();
    turn("no ECHOK", 0, 0, ECHOK);
    edit();
    turn("no ECHOCTL", 0, 0, ECHOCTL);
    edit();
    turn("no ECHO", 0, 0, ECHO);
    edit();
    turn("ECHONL alone", 0, 0, ECHO | ECHONL);
    edit();
    turn("no IEXTEN", 0, 0, IEXTEN);
    edit();
    turn("IUTF8", IUTF8, 0, 0);
    type("\303\251\342\202\254\177x\303\244\303\266 \027y\n");
    line();
    turn("no IUTF8", 0, 0, 0);
    type("\303\251\177x\303\n");
    line();
}

static void ends(void)
{
    struct termios now = usual;

    puts("--- ends of lines");
    now.c_cc[VEOL] = ';';
    now.c_cc[VEOL2] = '|';
    apply(&now);
    type("a;b|c\n");
    lines(3);
    now.c_cc[VEOF] = 'q';
    now.c_cc[VERASE] = 'e';
    now.c_cc[VKILL] = 0;
    apply(&now);
    type("abeecq\177\025\004\n");
    lines(2);
}

static void input_flags(void)
{
    turn("INLCR, no ICRNL", INLCR | ICRNL, 0, 0);
    type("a\rb\nc\004");
    line();
    turn("IGNCR", IGNCR, 0, 0);
    type("a\rb\nc\n");
    lines(2);
    turn("ISTRIP", ISTRIP, 0, 0);
    type("\341\302\n");
    line();
    turn("IUCLC", IUCLC, 0, 0);
    type("aBC\n");
    line();
    turn("PARMRK", PARMRK, 0, 0);
    type("a\377b\n");
    line();
    turn("raw newlines", ICRNL, 0, ICANON);
    type("a\nb\rc");
    line();
}

static void show_output(const char *text)
{
    print_bytes("write", text, (long)strlen(text));
    if (write(slave, text, strlen(text)) != (long)strlen(text))
        puts("  wrote less");
    screen();
}

static void output_flags(void)
{
    static const char *text = "\nab\tc\r\rd\b\be\tf\001g\n\tz";

    turn("output as usual", 0, 0, 0);
    show_output(text);
    turn("XTABS", 0, XTABS, 0);
    show_output(text);
    turn("no ONLCR", 0, ONLCR, 0);
    show_output(text);
    turn("OCRNL", 0, OCRNL, 0);
    show_output(text);
    turn("ONOCR", 0, ONOCR, 0);
    show_output(text);
    turn("ONLRET", 0, ONLRET | XTABS | ONLCR, 0);
    show_output(text);
    turn("OLCUC", 0, OLCUC, 0);
    show_output(text);
    turn("no OPOST", 0, OPOST, 0);
    show_output(text);
    turn("OCRNL, ONLRET, XTABS", 0, OCRNL | ONLRET | XTABS, 0);
    show_output(text);
}

static void flow(void)
{
    turn("stop and start", 0, 0, 0);
    type("\023");
    fcntl(slave, F_SETFL, O_RDWR | O_NONBLOCK);
    long written = write(slave, "held", 4);
    printf("stopped: %ld %d\n", written, errno == EAGAIN);
    type("\021");
    show_output("let go");
    turn("IXANY", IXANY, 0, 0);
    type("\023");
    type("k");
    show_output("let go");
    type("\n");
    line();
    turn("no IXON", IXON, 0, 0);
    type("\023\021\n");
    line();
    turn("TCXONC", 0, 0, 0);
    printf("TCOOFF %d\n", ioctl(slave, TCXONC, TCOOFF));
    type("\021");
    printf("still stopped: %ld\n", (long)write(slave, "held", 4));
    printf("TCOON %d\n", ioctl(slave, TCXONC, TCOON));
    show_output("let go");
    int off = ioctl(slave, TCXONC, TCIOFF);
    printf("TCIOFF %d, TCION %d\n", off, ioctl(slave, TCXONC, TCION));
    screen();
    int refused = ioctl(slave, TCXONC, 9);
    printf("TCXONC of 9: %d %s\n", refused, strerrorname_np(errno));
    fcntl(slave, F_SETFL, O_RDWR);
}

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void raw_read(int minimum, int tenths, size_t size, const char *keys)
{
    struct termios now = usual;
    char text[64];

    now.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    now.c_cc[VMIN] = (cc_t)minimum;
    now.c_cc[VTIME] = (cc_t)tenths;
    apply(&now);
    type_bytes(keys, strlen(keys));
    usleep(QUIET_MS * 1000);
    double began = now_s();
    printf("VMIN %d VTIME %d, poll %d", minimum, tenths, ready(slave, 0) & POLLIN);
    fflush(stdout);
    long count = read(slave, text, size);
    double took = now_s() - began;
    printf(", waited %s", took >= tenths * 0.1 && tenths ? "the time" : "less");
    print_bytes("", text, count);
}

static void raw_reads(void)
{
    puts("--- raw reads");
    raw_read(0, 0, 10, "");
    raw_read(0, 0, 10, "abc");
    raw_read(0, 2, 10, "");
    raw_read(0, 20, 10, "abc");
    raw_read(1, 0, 10, "abc");
    raw_read(3, 0, 10, "abc");
    raw_read(5, 2, 10, "abc");
    raw_read(5, 20, 2, "abc");
}

static int readable(int fd)
{
    int count = -1;
    ioctl(fd, FIONREAD, &count);
    return count;
}

static void queues(void)
{
    int count = -1;

    turn("queues", 0, 0, ECHO);
    type("one\ntwo\npart");
    printf("FIONREAD %d\n", readable(slave));
    ioctl(slave, TIOCOUTQ, &count);
    printf("TIOCOUTQ %d\n", count);
    turn("raw now", 0, 0, ECHO | ICANON);
    printf("FIONREAD %d\n", readable(slave));
    turn("lines again", 0, 0, ECHO);
    printf("FIONREAD %d\n", readable(slave));
    line();
    type("gone\n");
    printf("TCIFLUSH %d\n", ioctl(slave, TCFLSH, TCIFLUSH));
    line();
    type("more\n");
    if (write(slave, "shown", 5) == 5)
        usleep(QUIET_MS * 1000);
    printf("master has %d\n", readable(master));
    printf("TCOFLUSH %d, TCFLSH of 7: %d\n", ioctl(slave, TCFLSH, TCOFLUSH),
           ioctl(slave, TCFLSH, 7));
    printf("TCSETSF %d\n", ioctl(slave, TCSETSF, &usual));
    line();
    screen();
    printf("TCSBRK %d, TCSBRKP %d\n", ioctl(slave, TCSBRK, 1), ioctl(slave, TCSBRKP, 1));
}

/* A line of any length can be ended and edited; what no reader has room for is beeped or dropped.
 */
static void long_line(void)
{
    char keys[5000], text[8192];

    turn("a long line", 0, 0, ECHO);
    memset(keys, 'x', sizeof(keys));
    for (size_t done = 0; done < sizeof(keys);) {
        long part = write(master, keys + done, sizeof(keys) - done);
        done += part > 0 ? (size_t)part : 0;
    }
    type("\n");
    printf("of it %ld came\n", (long)read(slave, text, sizeof(text)));
    type("short\n");
    line();
}

static void other_settings(void)
{
    struct termios2 two;
    int value = -1;

    puts("--- settings");
    printf("%o %o %o %o\n", usual.c_iflag, usual.c_oflag, usual.c_cflag, usual.c_lflag);
    for (int i = 0; i < 17; i++)
        printf("%d ", usual.c_cc[i]);
    printf("\nTCGETS2 %d", ioctl(slave, TCGETS2, &two));
    printf(" %u %u\n", two.c_ispeed, two.c_ospeed);
    two.c_cflag = BOTHER | PARENB | CS7;
    two.c_ospeed = 31250;
    printf("TCSETS2 %d", ioctl(slave, TCSETSW2, &two));
    printf(" TCGETS2 %d", ioctl(master, TCGETS2, &two));
    printf(" %o %u\n", two.c_cflag, two.c_ospeed);
    two.c_cflag = B115200;
    printf("TCSETS2 %d", ioctl(slave, TCSETS2, &two));
    printf(" TCGETS2 %d", ioctl(slave, TCGETS2, &two));
    printf(" %o %u\n", two.c_cflag, two.c_ospeed);
    apply(&usual);
    printf("TIOCGETD %d", ioctl(slave, TIOCGETD, &value));
    printf(" %d\n", value);
    printf("TIOCEXCL %d", ioctl(slave, TIOCEXCL));
    printf(" TIOCGEXCL %d", ioctl(slave, TIOCGEXCL, &value));
    printf(" %d TIOCNXCL %d\n", value, ioctl(slave, TIOCNXCL));
}

int main(void)
{
    master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master < 0 || unlockpt(master) < 0 || grantpt(master) < 0)
        return 1;
    slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    if (slave < 0)
        return 2;
    ioctl(slave, TCGETS, &usual);
    other_settings();
    editing();
    ends();
    input_flags();
    output_flags();
    flow();
    queues();
    long_line();
    alarm(20);
    raw_reads();
    return 0;
}
