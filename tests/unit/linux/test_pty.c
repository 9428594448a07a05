/*
 * test_pty.c - pseudo-terminals: the master's file, /dev/pts, packet mode, the end of either side.
 */
#include <stdio.h>

#include "servers/linux/pty.h"
#include "tests/unit/linux/shim.h"

static int master, slave;

static int32_t *word(void) { return (void *)(GUEST_BUFFER + 0x1000); }

static long ask(int fd, uint32_t command, int32_t value)
{
    *word() = value;
    return call(ioctl, fd, command, word());
}

static int open_master(void)
{
    int fd = do_open("/dev/ptmx", O_RDWR | O_NOCTTY, 0);
    REQUIRE(fd >= 0);
    CHECK_EQUAL(ask(fd, TIOCSPTLCK, 0), 0);
    return fd;
}

/* A pty with its slave open, in a session that has no terminal. */
static void pty_begin(void)
{
    world_begin();
    master = open_master();
    slave = do_open("/dev/pts/0", O_RDWR | O_NOCTTY, 0);
    REQUIRE(slave >= 0);
}

static void finish(void)
{
    fd_table_put(context_current()->files);
    context_current()->files = fd_table_create();
    world_end();
}

static const char *get(int fd)
{
    static char text[4200];
    long count = do_read(fd, text, 4100);
    if (count < 0)
        snprintf(text, sizeof(text), "error %ld", -count);
    return text;
}

static struct linux_termios settings(int fd)
{
    struct linux_termios termios;
    CHECK_EQUAL(call(ioctl, fd, TCGETS, GUEST_BUFFER), 0);
    memcpy(&termios, (void *)GUEST_BUFFER, sizeof(termios));
    return termios;
}

static void set(int fd, struct linux_termios termios)
{
    memcpy((void *)GUEST_BUFFER, &termios, sizeof(termios));
    CHECK_EQUAL(call(ioctl, fd, TCSETSW, GUEST_BUFFER), 0);
}

static void no_echo(void)
{
    struct linux_termios termios = settings(slave);
    termios.c_lflag &= ~(uint32_t)ECHO;
    set(slave, termios);
}

static unsigned ready(int fd)
{
    struct linux_pollfd *p = guest(0x300000);
    *p = (struct linux_pollfd){.fd = fd, .events = POLLIN | POLLOUT | POLLPRI};
    call(poll, p, 1, 0);
    return (unsigned)p->revents;
}

TEST("what is written to the master is typed, what the slave shows is read from the master")
{
    pty_begin();
    CHECK_EQUAL(do_write(master, "hello\r"), 6);
    CHECK_TEXT(get(slave), "hello\n");
    CHECK_TEXT(get(master), "hello\r\n");
    CHECK_EQUAL(do_write(slave, "out\n"), 4);
    CHECK_EQUAL(ask(master, FIONREAD, 0), 0);
    CHECK_EQUAL(*word(), 5);
    CHECK_EQUAL(ask(slave, TIOCOUTQ, 1), 0);
    CHECK_EQUAL(*word(), 0);
    CHECK_EQUAL(call(ioctl, slave, TCSBRK, 1), 0); /* nothing to wait for */
    CHECK_TEXT(get(master), "out\r\n");
    CHECK_EQUAL(do_read(master, (char *)guest(0x200000), 4), -ERESTARTSYS);
    finish();
}

TEST("a new pty has the lowest free number, its name while the master is open, and a lock")
{
    world_begin();
    int first = do_open("/dev/ptmx", O_RDWR, 0);
    int second = open_master();
    CHECK_EQUAL(ask(first, TIOCGPTN, 9), 0);
    CHECK_EQUAL(*word(), 0);
    CHECK_EQUAL(ask(second, TIOCGPTN, 9), 0);
    CHECK_EQUAL(*word(), 1);
    CHECK_EQUAL(ask(first, TIOCGPTLCK, 9), 0);
    CHECK_EQUAL(*word(), 1);
    CHECK_EQUAL(do_open("/dev/pts/0", O_RDWR, 0), -EIO);
    CHECK_EQUAL(ask(first, TIOCSPTLCK, 0), 0);
    slave = do_open("/dev/pts/0", O_RDWR, 0);
    CHECK(slave > 0);
    struct linux_stat stat = do_stat("/dev/pts/0");
    CHECK_EQUAL(stat.st_mode, S_IFCHR | 0620);
    CHECK_EQUAL(stat.st_gid, 5);
    CHECK_EQUAL(stat.st_rdev, 136 << 8);
    call(close, first);
    CHECK_EQUAL(do_access("/dev/pts/0"), -ENOENT);
    CHECK_EQUAL(do_access("/dev/pts/1"), 0);
    int third = open_master(); /* the slave of number 0 is still open */
    CHECK_EQUAL(ask(third, TIOCGPTN, 9), 0);
    CHECK_EQUAL(*word(), 2);
    call(close, slave);
    int fourth = open_master();
    CHECK_EQUAL(ask(fourth, TIOCGPTN, 9), 0);
    CHECK_EQUAL(*word(), 0);
    finish();
}

TEST("no memory at any step leaves nothing behind")
{
    world_begin();
    for (long allowed = 0; allowed < 8; allowed++) {
        shim.heap_allowed = allowed;
        shim.pages_allowed = allowed % 3;
        int fd = do_open("/dev/ptmx", O_RDWR, 0);
        CHECK(fd >= 0 || fd == -ENOMEM);
        if (fd >= 0)
            call(close, fd);
    }
    shim.heap_allowed = shim.pages_allowed = -1;
    master = open_master();
    CHECK_EQUAL(ask(master, TIOCGPTN, 9), 0);
    CHECK_EQUAL(*word(), 0);
    finish();
}

TEST("nothing is made or removed in /dev/pts by name")
{
    world_begin();
    master = open_master();
    CHECK_EQUAL(do_open("/dev/pts/x", O_RDWR | O_CREAT, 0666), -EACCES);
    CHECK_EQUAL(do_mkdir("/dev/pts/x"), -EPERM);
    CHECK_EQUAL(call(unlink, guest_text("/dev/pts/ptmx")), -EPERM);
    CHECK_EQUAL(call(unlink, guest_text("/dev/pts/0")), -EPERM);
    CHECK_EQUAL(do_access("/dev/pts/0"), 0);
    CHECK_EQUAL(do_open("/dev/pts/7", O_RDWR, 0), -ENOENT);
    become(5, 5);
    CHECK_EQUAL(do_open("/dev/pts/ptmx", O_RDWR, 0), -EACCES);
    become(0, 0);
    CHECK(do_open("/dev/pts/ptmx", O_RDWR, 0) > master);
    finish();
}

TEST("the slave can be opened through its master")
{
    world_begin();
    master = open_master();
    int peer = (int)call(ioctl, master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    REQUIRE(peer > 0);
    CHECK_EQUAL(call(fcntl, peer, F_GETFD), FD_CLOEXEC);
    CHECK_EQUAL(do_write(peer, "x"), 1);
    CHECK_TEXT(get(master), "x");
    finish();
}

TEST("when the last slave is closed the master reads what is left, then EIO, until one is opened")
{
    pty_begin();
    int twin = (int)call(dup, slave);
    int other = do_open("/dev/pts/0", O_RDWR | O_NOCTTY, 0);
    do_write(slave, "left");
    call(close, slave);
    call(close, other);
    CHECK_EQUAL(ready(master), POLLIN | POLLOUT);
    call(close, twin);
    CHECK_EQUAL(ready(master), POLLIN | POLLOUT | POLLHUP);
    CHECK_TEXT(get(master), "left");
    CHECK_TEXT(get(master), "error 5");
    CHECK_EQUAL(ready(master), POLLOUT | POLLHUP);
    CHECK_EQUAL(do_write(master, "early\n"), 6);
    CHECK_TEXT(get(master), "early\r\n"); /* the echo needs no slave */
    slave = do_open("/dev/pts/0", O_RDWR | O_NOCTTY, 0);
    CHECK_EQUAL(ready(master), POLLOUT);
    CHECK_TEXT(get(slave), "early\n");
    finish();
}

TEST("a master that has not seen a slave waits for one")
{
    world_begin();
    master = open_master();
    CHECK_EQUAL(ready(master), POLLOUT);
    CHECK_TEXT(get(master), "error 512");
    call(fcntl, master, F_SETFL, O_NONBLOCK);
    CHECK_TEXT(get(master), "error 11");
    finish();
}

TEST("when the master is closed the slave has ended, and its session is told")
{
    pty_begin();
    CHECK_EQUAL(call(ioctl, slave, TIOCSCTTY, 0), 0);
    CHECK(shim.has_terminal);
    do_write(master, "unread\n");
    call(close, master);
    CHECK_EQUAL(shim.last_signal_process, 1);
    CHECK_EQUAL(shim.signals_sent, 2);
    CHECK_EQUAL(shim.hangup_group, 1);
    CHECK(!shim.has_terminal);
    CHECK_TEXT(get(slave), "");
    CHECK_EQUAL(do_write(slave, "x"), -EIO);
    CHECK_EQUAL(call(ioctl, slave, TCGETS, GUEST_BUFFER), -EIO);
    CHECK_EQUAL(ready(slave), POLLIN | POLLOUT | POLLERR | POLLHUP);
    CHECK_EQUAL(do_open("/dev/tty", O_RDWR, 0), -ENXIO);
    char path[32];
    snprintf(path, sizeof(path), "/proc/self/fd/%d", slave);
    CHECK(do_open(path, O_RDWR, 0) < 0);
    finish();
}

TEST("the end of the session's leader leaves a pty open and nobody's")
{
    pty_begin();
    CHECK_EQUAL(call(ioctl, slave, TIOCSCTTY, 0), 0);
    tty_leader_ended();
    CHECK_EQUAL(shim.last_signal, SIGHUP);
    CHECK_EQUAL(shim.signals_sent, 1);
    CHECK_EQUAL(do_write(slave, "x"), 1);
    CHECK_EQUAL(ask(master, TIOCGSID, 0), -ENOTTY);
    CHECK_EQUAL(ask(master, TIOCGPGRP, 1), 0);
    CHECK_EQUAL(*word(), 0);
    finish();
}

TEST("settings, size and session of the slave are the master's to ask and to change")
{
    struct linux_winsize *size = (void *)GUEST_BUFFER;
    pty_begin();
    CHECK_EQUAL(call(ioctl, slave, TIOCSCTTY, 0), 0);
    struct linux_termios termios = settings(master);
    termios.c_lflag &= ~(uint32_t)ECHO;
    termios.c_cflag = 0;
    set(master, termios);
    CHECK_EQUAL(settings(slave).c_lflag, termios.c_lflag);
    CHECK_EQUAL(settings(slave).c_cflag, CS8 | CREAD); /* a pty has no other */
    *size = (struct linux_winsize){30, 100, 5, 6};
    CHECK_EQUAL(call(ioctl, master, TIOCSWINSZ, size), 0);
    CHECK_EQUAL(shim.last_signal, SIGWINCH);
    *size = (struct linux_winsize){0};
    CHECK_EQUAL(call(ioctl, slave, TIOCGWINSZ, size), 0);
    CHECK(size->ws_row == 30 && size->ws_col == 100 && size->ws_ypixel == 6);
    shim.signals_sent = 0;
    CHECK_EQUAL(call(ioctl, slave, TIOCSWINSZ, size), 0);
    CHECK_EQUAL(shim.signals_sent, 0);
    CHECK_EQUAL(ask(master, TIOCSPGRP, 5), 0);
    CHECK_EQUAL(ask(master, TIOCGPGRP, 0), 0);
    CHECK_EQUAL(*word(), 5);
    CHECK_EQUAL(ask(master, TIOCGSID, 0), 0);
    CHECK_EQUAL(*word(), 1);
    CHECK_EQUAL(call(ioctl, master, TIOCSIG, SIGINT), 0);
    CHECK_EQUAL(shim.last_signal_group, 5);
    CHECK_EQUAL(call(ioctl, master, TIOCSIG, SIGKILL), -EINVAL);
    CHECK_EQUAL(call(ioctl, master, TIOCNOTTY), -ENOTTY);
    CHECK_EQUAL(call(ioctl, slave, TIOCGPTN, word()), -ENOTTY);
    finish();
}

TEST("a master is nobody's controlling terminal by being opened, a slave is")
{
    world_begin();
    master = do_open("/dev/ptmx", O_RDWR, 0);
    CHECK(!shim.has_terminal);
    ask(master, TIOCSPTLCK, 0);
    slave = do_open("/dev/pts/0", O_RDWR, 0);
    CHECK(shim.has_terminal);
    int again = do_open("/dev/tty", O_RDWR, 0);
    CHECK(again > 0);
    call(close, slave);
    CHECK_EQUAL(ready(master), POLLOUT); /* /dev/tty is the slave too */
    do_write(again, "x");
    CHECK_TEXT(get(master), "x");
    finish();
}

TEST("packet mode tells data from events")
{
    pty_begin();
    CHECK_EQUAL(ask(master, TIOCPKT, 1), 0);
    CHECK_EQUAL(ask(master, TIOCGPKT, 0), 0);
    CHECK_EQUAL(*word(), 1);
    no_echo();
    do_write(slave, "ab");
    CHECK_EQUAL(ready(master), POLLIN | POLLOUT);
    CHECK_EQUAL(call(read, master, GUEST_BUFFER, 10), 3);
    CHECK(memcmp((void *)GUEST_BUFFER, "\0ab", 3) == 0);
    do_write(slave, "c");
    do_write(master, "\023");
    CHECK_EQUAL(ready(master), POLLIN | POLLPRI | POLLOUT);
    CHECK_EQUAL(call(read, master, GUEST_BUFFER, 10), 1);
    CHECK_EQUAL(*(uint8_t *)GUEST_BUFFER, TIOCPKT_STOP);
    do_write(master, "\021\003");
    CHECK_EQUAL(call(read, master, GUEST_BUFFER, 10), 1);
    CHECK_EQUAL(*(uint8_t *)GUEST_BUFFER, TIOCPKT_START | TIOCPKT_FLUSHREAD | TIOCPKT_FLUSHWRITE);
    CHECK_EQUAL(call(read, master, GUEST_BUFFER, 10), 2);
    CHECK(memcmp((void *)GUEST_BUFFER, "\0c", 2) == 0);
    struct linux_termios termios = settings(slave);
    termios.c_iflag &= ~(uint32_t)IXON;
    set(slave, termios);
    CHECK_EQUAL(call(read, master, GUEST_BUFFER, 10), 1);
    CHECK_EQUAL(*(uint8_t *)GUEST_BUFFER, TIOCPKT_NOSTOP);
    finish();
}

TEST("a master reads what was written before the interrupt key, and TCFLSH drops it")
{
    pty_begin();
    no_echo();
    do_write(slave, "before");
    do_write(master, "\003");
    CHECK_TEXT(get(master), "before");
    do_write(slave, "gone");
    CHECK_EQUAL(call(ioctl, master, TCFLSH, TCIFLUSH), 0);
    CHECK_EQUAL(ready(master), POLLOUT);
    finish();
}

TEST("a slave whose output is stopped waits, and the master need not read to make room for 60,000")
{
    pty_begin();
    do_write(master, "\023");
    CHECK_EQUAL(ready(slave), 0);
    CHECK_EQUAL(do_write(slave, "x"), -ERESTARTSYS);
    do_write(master, "\021");
    call(fcntl, slave, F_SETFL, O_NONBLOCK);
    CHECK_EQUAL(call(write, slave, GUEST_BUFFER, 60000), 60000);
    long more = call(write, slave, GUEST_BUFFER, 60000);
    CHECK(more > 0 && more < 2000);
    CHECK_EQUAL(call(write, slave, GUEST_BUFFER, 1), -EAGAIN);
    CHECK_EQUAL(ready(slave), 0);
    do_write(master, "typed\n"); /* its echo still has room */
    long total = 0, part;
    while (ready(master) & POLLIN && (part = call(read, master, GUEST_BUFFER, 5000)) > 0)
        total += part;
    CHECK_EQUAL(total, 60000 + more + 7);
    CHECK_EQUAL(ready(slave), POLLIN | POLLOUT);
    finish();
}

TEST("a master that types faster than the slave reads waits or is told how much was taken")
{
    pty_begin();
    no_echo();
    memset((void *)GUEST_BUFFER, 'x', 6000);
    memset((char *)GUEST_BUFFER + 9, '\n', 1);
    call(fcntl, master, F_SETFL, O_NONBLOCK);
    CHECK_EQUAL(call(write, master, GUEST_BUFFER, 6000), 4095);
    CHECK_EQUAL(call(write, master, GUEST_BUFFER, 6000), -EAGAIN);
    CHECK_EQUAL(ready(master), 0);
    CHECK_EQUAL(call(read, slave, GUEST_BUFFER + 8192, 100), 10);
    CHECK_EQUAL(ready(master), POLLOUT);
    finish();
}

static void read_slowly(void *argument)
{
    long *total = argument;
    char text[600];
    long count;
    while ((count = call(read, slave, (char *)guest(0x400000), sizeof(text))) > 0)
        *total += count;
}

static void type_much(void *argument)
{
    (void)argument;
    CHECK_EQUAL(call(write, master, guest(0x500000), 50000), 50000);
}

TEST("50,000 bytes of lines pass while one thread types and another reads")
{
    long total = 0;
    pty_begin();
    no_echo();
    memset(guest(0x500000), 'y', 50000);
    for (int i = 99; i < 50000; i += 100)
        ((char *)guest(0x500000))[i] = '\n';
    struct start *reader = thread_start(read_slowly, &total);
    struct start *writer = thread_start(type_much, NULL);
    thread_join(writer);
    do_write(master, "\004");
    thread_join(reader);
    CHECK_EQUAL(total, 50000);
    finish();
}
